/** VietQR.vn as its documents show it: tokens both ways, check sums in MD5, notices to `…/bank/api/transaction-sync`. */
import { createHash } from 'node:crypto';
import type { VietqrVnSettings } from '../../qr/adapters/vietqr-vn.ts';
import type { ServiceReply } from '../../qr/http-service.ts';
import { fieldText, jsonNotice, jsonOf, keyFor, reply, type Bank, type Face } from '../face.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const held = 'training-access-token';

const failed = (message: string): ServiceReply => reply({ status: 'FAILED', message }, 400);

export function vietqrVnFace(settings: VietqrVnSettings): Face {
  const { username, password, refundKey = '', noticeUsername, noticePassword } = settings;
  function checkOrder(
    { type, value, checkSum, bankAccount }: Readonly<Record<string, unknown>>,
    bank: Bank,
  ): ServiceReply {
    if (checkSum !== md5(bank.merchant.account + username) || bankAccount !== bank.merchant.account)
      return failed('E39');
    const wanted = fieldText(value);
    const order = type === '0' ? bank.order(wanted) : undefined;
    const paid = type === '0' ? bank.paidFor(wanted) : bank.transfers().filter(({ id }) => id === wanted);
    if (order === undefined && paid.length === 0) return failed('E96');
    const common = { transType: 'C', terminalCode: '', note: '', refundCount: 0, amountRefunded: 0 };
    const entries = paid.map((one) => ({
      ...common,
      referenceNumber: one.id,
      orderId: one.key ?? '',
      amount: one.amount,
      content: one.memo,
      status: 1,
      type: one.key === undefined ? 2 : 0,
      timePaid: Math.floor(one.paidAt / 1000),
    }));
    const refunds = bank.refunds().filter(({ transferId }) => paid.some(({ id }) => id === transferId));
    const given = refunds.map((one) => ({
      ...common,
      referenceNumber: one.id,
      orderId: '',
      amount: one.amount,
      content: one.refundId,
      transType: 'D',
      status: 1,
      type: 6,
      timePaid: Math.floor(bank.now() / 1000),
    }));
    const waiting = { ...common, referenceNumber: '', orderId: wanted, amount: order?.amount ?? 0, content: wanted };
    return reply(entries.length > 0 ? [...entries, ...given] : [{ ...waiting, status: 0, type: 0, timePaid: 0 }]);
  }

  function refund(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const { bankAccount, referenceNumber, amount, checkSum } = content;
    const transferId = fieldText(referenceNumber);
    if (checkSum !== md5(refundKey + transferId + fieldText(amount) + fieldText(bankAccount))) return failed('E39');
    const refundId = fieldText(content['content']);
    const done = bank.refund({ refundId, transferId, amount: Number(amount) });
    return done ? reply({ status: 'SUCCESS', message: `REF${refundId}` }) : failed('E45');
  }

  return {
    base: '/vqr',
    numbered: false,
    knowsOrders: true,
    handle: ({ method, target, headers, body }, bank) => {
      if (method !== 'POST') return failed('E05');
      if (target === '/vqr/api/token_generate') {
        const known = headers['authorization'] === basic(username, password);
        return known ? reply({ access_token: held, token_type: 'Bearer', expires_in: 300 }) : failed('E74');
      }
      if (headers['authorization'] !== `Bearer ${held}`) return reply({ status: 'FAILED', message: 'E401' }, 401);
      const content = jsonOf(body) ?? {};
      if (target === '/vqr/api/transactions/check-order') return checkOrder(content, bank);
      if (target === '/vqr/api/transaction/refund') return refund(content, bank);
      if (target !== '/vqr/api/qr/generate-customer') return reply({ status: 'FAILED' }, 404);
      const { orderId, amount, qrType } = content;
      const reference = fieldText(content['content']);
      if (typeof amount !== 'number' || qrType !== 0 || reference.length > 19) return failed('E46');
      if (!bank.add({ key: fieldText(orderId), reference, amount, noticeUrl: undefined, extra: {} }))
        return failed('E99');
      const qrCode = bank.code(reference, amount);
      return reply({
        bankCode: content['bankCode'],
        bankAccount: bank.merchant.account,
        amount: String(amount),
        content: reference,
        qrCode,
      });
    },
    tell: async (post, { paid, url, bank, badSignature }) => {
      const user = basic(noticeUsername, keyFor(noticePassword, badSignature));
      const asked = await post({
        method: 'POST',
        url: `${url}/api/token_generate`,
        headers: { authorization: user },
        body: '',
      });
      if (asked?.status !== 200) return false;
      const token = fieldText(jsonOf(Buffer.from(asked.body))?.['access_token']);
      const content = {
        bankaccount: paid.account,
        amount: paid.amount,
        transType: 'C',
        content: paid.memo,
        transactionid: `T${paid.id}`,
        transactiontime: bank.now(),
        referencenumber: paid.id,
        orderId: paid.key ?? '',
        terminalCode: '',
        sign: '',
      };
      const answer = await post(
        jsonNotice(`${url}/bank/api/transaction-sync`, content, { authorization: `Bearer ${token}` }),
      );
      return answer?.status === 200 && jsonOf(Buffer.from(answer.body))?.['error'] === false;
    },
  };
}
