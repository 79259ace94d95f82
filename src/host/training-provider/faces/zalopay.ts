/** ZaloPay as its documents show it: values joined by bars under key 1, callbacks as text under key 2. */
import type { ZalopaySettings } from '../../qr/adapters/zalopay.ts';
import type { ServiceReply } from '../../qr/http-service.ts';
import { fieldText, hmac, jsonNotice, jsonOf, keyFor, reply, type Bank, type Face } from '../face.ts';

const answer = (code: number, more = {}): ServiceReply =>
  reply({ return_code: code, return_message: 'training', sub_return_code: code, ...more });

export function zalopayFace({ appId, key1, key2 }: ZalopaySettings): Face {
  const good = (content: Readonly<Record<string, unknown>>, signed: readonly unknown[]): boolean =>
    content['app_id'] === appId && content['mac'] === hmac('sha256', key1, signed.map(fieldText).join('|'));
  function create(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const { app_trans_id: id, app_user: user, amount, app_time: time, embed_data: embed, item } = content;
    if (!good(content, [appId, id, user, amount, time, embed, item])) return answer(2, { sub_return_code: -402 });
    const key = fieldText(id);
    if (!/^\d{6}_/.test(key) || typeof amount !== 'number') return answer(2, { sub_return_code: -401 });
    const reference = fieldText(content['description']);
    const noticeUrl = content['callback_url'] === undefined ? undefined : fieldText(content['callback_url']);
    const extra = { embed: fieldText(embed), user: fieldText(user), item: fieldText(item) };
    if (!bank.add({ key, reference, amount, noticeUrl, extra })) return answer(2, { sub_return_code: -68 });
    return answer(1, {
      order_url: 'https://qr.invalid/',
      qr_code: bank.code(reference, amount),
      zp_trans_token: 'token',
    });
  }

  function query(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const id = fieldText(content['app_trans_id']);
    if (!good(content, [appId, id, key1])) return answer(2, { sub_return_code: -402 });
    const paid = bank.paidFor(id).at(-1);
    if (paid !== undefined) {
      return answer(1, {
        is_processing: false,
        amount: paid.amount,
        zp_trans_id: Number(paid.id),
        server_time: paid.paidAt,
      });
    }
    return bank.order(id) === undefined
      ? answer(2, { sub_return_code: -101, is_processing: false })
      : answer(3, { is_processing: false, amount: 0, zp_trans_id: 0, server_time: bank.now() });
  }

  function refund(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const { zp_trans_id: transferId, amount, description, timestamp, m_refund_id: refundId } = content;
    if (!good(content, [appId, transferId, amount, description, timestamp]))
      return answer(2, { sub_return_code: -402 });
    const done = bank.refund({
      refundId: fieldText(refundId),
      transferId: fieldText(transferId),
      amount: Number(amount),
    });
    // Refunds are taken into work first; a name that is known is turned down.
    return done ? answer(3, { refund_id: 900_000 }) : answer(2, { sub_return_code: -24 });
  }

  function refundQuery(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const { m_refund_id: refundId, timestamp } = content;
    if (!good(content, [appId, refundId, timestamp])) return answer(2, { sub_return_code: -402 });
    return answer(bank.refunds().some((one) => one.refundId === refundId) ? 1 : 2);
  }

  return {
    base: '',
    numbered: true,
    knowsOrders: true,
    handle: ({ method, target, body }, bank) => {
      const content = jsonOf(body) ?? {};
      if (method !== 'POST') return reply({ return_code: 2 }, 405);
      if (target === '/v2/create') return create(content, bank);
      if (target === '/v2/query') return query(content, bank);
      if (target === '/v2/refund') return refund(content, bank);
      return target === '/v2/query_refund' ? refundQuery(content, bank) : reply({ return_code: 2 }, 404);
    },
    tell: async (post, { paid, order, url, badSignature }) => {
      const data = JSON.stringify({
        app_id: appId,
        app_trans_id: paid.key,
        app_time: order?.createdAt,
        app_user: order?.extra['user'],
        amount: paid.amount,
        embed_data: order?.extra['embed'],
        item: order?.extra['item'],
        zp_trans_id: Number(paid.id),
        server_time: paid.paidAt,
        channel: 38,
        merchant_user_id: 'training',
        user_fee_amount: 0,
        discount_amount: 0,
      });
      const mac = hmac('sha256', keyFor(key2, badSignature), data);
      const answered = await post(jsonNotice(url, { data, mac, type: 1 }));
      return answered !== undefined && jsonOf(Buffer.from(answered.body))?.['return_code'] === 1;
    },
  };
}
