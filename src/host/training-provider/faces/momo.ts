/** MoMo as its documents show it: every request and notice signed over its fields in alphabetical order. */
import type { MomoSettings } from '../../qr/adapters/momo.ts';
import type { ServiceReply } from '../../qr/http-service.ts';
import { fieldText, hmac, jsonNotice, jsonOf, keyFor, reply, type Bank, type Face, type Paid } from '../face.ts';

export function momoFace({ partnerCode, accessKey, secretKey }: MomoSettings): Face {
  /** `names` as MoMo lists them; the access key comes first of all. */
  const sign = (key: string, names: string, content: Readonly<Record<string, unknown>>): string => {
    const pairs = names.split(' ').map((name) => `${name}=${fieldText(content[name])}`);
    return hmac('sha256', key, [`accessKey=${accessKey}`, ...pairs].join('&'));
  };
  const answer = (content: Readonly<Record<string, unknown>>, resultCode: number, more = {}): ServiceReply =>
    reply({
      partnerCode,
      requestId: content['requestId'],
      orderId: content['orderId'],
      resultCode,
      message: 'training',
      ...more,
    });
  const createFields = 'amount extraData ipnUrl orderId orderInfo partnerCode redirectUrl requestId requestType';

  function create(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const { amount, orderId, ipnUrl, orderInfo, requestId } = content;
    if (content['signature'] !== sign(secretKey, createFields, content)) return answer(content, 11007);
    if (typeof amount !== 'number' || amount < 1000) return answer(content, 22);
    const [key, reference] = [fieldText(orderId), fieldText(orderInfo)];
    const extra = { requestId: fieldText(requestId) };
    const isNew = bank.add({ key, reference, amount, noticeUrl: fieldText(ipnUrl), extra });
    // A request id that is known is answered as it was.
    if (!isNew && bank.order(key)?.extra['requestId'] !== requestId) return answer(content, 41);
    const responseTime = bank.now();
    return answer(content, 0, {
      amount,
      responseTime,
      payUrl: 'https://pay.invalid/',
      qrCodeUrl: bank.code(reference, amount),
    });
  }

  function query(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    if (content['signature'] !== sign(secretKey, 'orderId partnerCode requestId', content))
      return answer(content, 11007);
    const key = fieldText(content['orderId']);
    const order = bank.order(key);
    if (order === undefined) return answer(content, 42);
    // An order is paid once at most, and nothing of another amount is taken for it; a training payer may do both.
    const paid = bank.paidFor(key).at(-1);
    if (paid === undefined)
      return answer(content, 1000, { amount: order.amount, transId: 0, responseTime: bank.now() });
    return answer(content, 0, {
      amount: paid.amount,
      transId: Number(paid.id),
      responseTime: paid.paidAt,
      payType: 'qr',
    });
  }

  function refund(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const names = 'amount description orderId partnerCode requestId transId';
    if (content['signature'] !== sign(secretKey, names, content)) return answer(content, 11007);
    const refundId = fieldText(content['orderId']);
    const known = bank.refunds().find((one) => one.refundId === refundId);
    if (known !== undefined) return answer(content, 0, { amount: known.amount, transId: Number(known.id) });
    const done = bank.refund({
      refundId,
      transferId: fieldText(content['transId']),
      amount: Number(content['amount']),
    });
    return done ? answer(content, 0, { amount: content['amount'], transId: 900_000 }) : answer(content, 1081);
  }

  function refundQuery(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    if (content['signature'] !== sign(secretKey, 'orderId partnerCode requestId', content))
      return answer(content, 11007);
    const known = bank.refunds().find((one) => one.refundId === content['orderId']);
    if (known === undefined) return answer(content, 42);
    const one = { orderId: known.refundId, amount: known.amount, resultCode: 0, transId: Number(known.id) };
    return answer(content, 0, { refundTrans: [one] });
  }

  const notice = (paid: Paid, requestId: string): Readonly<Record<string, unknown>> => ({
    partnerCode,
    orderId: paid.key,
    requestId,
    amount: paid.amount,
    orderInfo: paid.key,
    orderType: 'momo_wallet',
    transId: Number(paid.id),
    resultCode: 0,
    message: 'Giao dịch thành công.',
    payType: 'qr',
    responseTime: paid.paidAt,
    extraData: '',
  });
  const noticeFields =
    'amount extraData message orderId orderInfo orderType partnerCode payType requestId responseTime resultCode transId';

  return {
    base: '',
    numbered: true,
    knowsOrders: true,
    handle: ({ method, target, body }, bank) => {
      const content = jsonOf(body) ?? {};
      if (method !== 'POST' || content['partnerCode'] !== partnerCode) return answer(content, 13);
      if (target === '/v2/gateway/api/create') return create(content, bank);
      if (target === '/v2/gateway/api/query') return query(content, bank);
      if (target === '/v2/gateway/api/refund') return refund(content, bank);
      return target === '/v2/gateway/api/refund/query' ? refundQuery(content, bank) : reply({ resultCode: 12 }, 404);
    },
    tell: async (post, { paid, order, url, badSignature }) => {
      const content = notice(paid, order?.extra['requestId'] ?? '');
      const signature = sign(keyFor(secretKey, badSignature), noticeFields, content);
      return (await post(jsonNotice(url, { ...content, signature })))?.status === 204;
    },
  };
}
