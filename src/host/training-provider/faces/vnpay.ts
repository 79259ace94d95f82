/** VNPAY as its documents show it: signed queries, JSON for questions and refunds, notices by GET. */
import type { VnpaySettings } from '../../qr/adapters/vnpay.ts';
import type { ServiceReply } from '../../qr/http-service.ts';
import { fieldText, hmac, jsonOf, keyFor, localTime, reply, type Bank, type Face } from '../face.ts';

type Fields = Readonly<Record<string, string>>;

const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');

/** Sorted, encoded as forms are. */
function queryText(fields: Fields): string {
  const names = Object.keys(fields).filter((name) => name !== 'vnp_SecureHash');
  return names
    .toSorted()
    .map((name) => `${encode(name)}=${encode(fields[name] ?? '')}`)
    .join('&');
}

const compact = (at: Parameters<typeof localTime>[0]): string => localTime(at).replaceAll(/[-: ]/g, '');

const of = (content: Readonly<Record<string, unknown>>, names: string): readonly string[] =>
  names.split(' ').map((name) => fieldText(content[`vnp_${name}`]));

export function vnpayFace({ tmnCode, hashSecret }: Pick<VnpaySettings, 'tmnCode' | 'hashSecret'>): Face {
  const bars = (...values: readonly string[]): string => hmac('sha512', hashSecret, values.join('|'));
  function generate(fields: Fields, bank: Bank): ServiceReply {
    if (fields['vnp_SecureHash'] !== hmac('sha512', hashSecret, queryText(fields)))
      return reply({ code: '97', message: 'checksum' });
    if (fields['vnp_Command'] !== 'genqr' || fields['vnp_TmnCode'] !== tmnCode)
      return reply({ code: '02', message: 'merchant' });
    const {
      vnp_TxnRef: key = '',
      vnp_Amount: amount = '',
      vnp_OrderInfo: info = '',
      vnp_CreateDate: created = '',
    } = fields;
    const order = { key, reference: key, amount: Number(amount) / 100, noticeUrl: undefined, extra: { info, created } };
    if (!bank.add(order)) return reply({ code: '01', message: 'exists' });
    return reply({ code: '00', message: 'Success', qrcontent: bank.code(key, order.amount) });
  }

  function answered(
    content: Readonly<Record<string, unknown>>,
    code: string,
    more: Fields,
    isQuery: boolean,
  ): ServiceReply {
    const fields: Fields = {
      ResponseId: 'r1',
      Command: fieldText(content['vnp_Command']),
      ResponseCode: code,
      Message: 'training',
      TmnCode: tmnCode,
      TxnRef: fieldText(content['vnp_TxnRef']),
      Amount: '',
      BankCode: 'NCB',
      PayDate: '',
      TransactionNo: '',
      TransactionType: '01',
      TransactionStatus: '',
      OrderInfo: fieldText(content['vnp_OrderInfo']),
      ...(isQuery ? { PromotionCode: '', PromotionAmount: '' } : {}),
      ...more,
    };
    const named = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`vnp_${name}`, value]));
    return reply({ ...named, vnp_SecureHash: bars(...Object.values(fields)) });
  }

  function query(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const names = 'RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo';
    if (content['vnp_SecureHash'] !== bars(...of(content, names))) return reply({ vnp_ResponseCode: '97' });
    const key = fieldText(content['vnp_TxnRef']);
    const order = bank.order(key);
    if (order === undefined || order.extra['created'] !== content['vnp_TransactionDate'])
      return answered(content, '91', {}, true);
    const paid = bank.paidFor(key).at(-1);
    if (paid === undefined)
      return answered(content, '00', { Amount: String(order.amount * 100), TransactionStatus: '01' }, true);
    const given = bank.refunds().find(({ transferId }) => transferId === paid.id);
    const state = {
      Amount: String(paid.amount * 100),
      PayDate: compact(paid.paidAt),
      TransactionNo: paid.id,
      TransactionType: given === undefined ? '01' : given.amount === paid.amount ? '02' : '03',
      TransactionStatus: '00',
    };
    return answered(content, '00', state, true);
  }

  function refund(content: Readonly<Record<string, unknown>>, bank: Bank): ServiceReply {
    const names =
      'RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo';
    if (content['vnp_SecureHash'] !== bars(...of(content, names))) return reply({ vnp_ResponseCode: '97' });
    const refundId = fieldText(content['vnp_RequestId']);
    if (bank.refunds().some((one) => one.refundId === refundId)) return answered(content, '94', {}, false);
    const transferId = fieldText(content['vnp_TransactionNo']);
    const done = bank.refund({ refundId, transferId, amount: Number(content['vnp_Amount']) / 100 });
    const state = { Amount: fieldText(content['vnp_Amount']), TransactionNo: '900000', TransactionStatus: '05' };
    return done ? answered(content, '00', state, false) : answered(content, '93', {}, false);
  }

  return {
    base: '',
    numbered: true,
    knowsOrders: true,
    handle: ({ method, target, body }, bank) => {
      const [path = '', text = ''] = target.split('?');
      if (method === 'GET' && path === '/paymentv2/vpcpay.html') {
        return generate(Object.fromEntries(new URLSearchParams(text)), bank);
      }
      const content = jsonOf(body) ?? {};
      if (path !== '/merchant_webapi/api/transaction' || content['vnp_TmnCode'] !== tmnCode)
        return reply({ code: '404' }, 404);
      return content['vnp_Command'] === 'refund' ? refund(content, bank) : query(content, bank);
    },
    tell: async (post, { paid, order, url, badSignature }) => {
      const fields: Fields = {
        vnp_Amount: String(paid.amount * 100),
        vnp_BankCode: 'NCB',
        vnp_BankTranNo: `VNP${paid.id}`,
        vnp_CardType: 'QRCODE',
        vnp_OrderInfo: order?.extra['info'] ?? '',
        vnp_PayDate: compact(paid.paidAt),
        vnp_ResponseCode: '00',
        vnp_TmnCode: tmnCode,
        vnp_TransactionNo: paid.id,
        vnp_TransactionStatus: '00',
        vnp_TxnRef: paid.key ?? '',
      };
      const query = queryText(fields);
      const hash = hmac('sha512', keyFor(hashSecret, badSignature), query);
      const answer = await post({
        method: 'GET',
        url: `${url}?${query}&vnp_SecureHash=${hash}`,
        headers: {},
        body: '',
      });
      const code = answer === undefined ? '' : jsonOf(Buffer.from(answer.body))?.['RspCode'];
      return code === '00' || code === '02';
    },
  };
}
