/** payOS as its documents show it: envelopes `{code, desc, data, signature}`, orders by number. */
import type { PayosSettings } from '../../qr/adapters/payos.ts';
import type { ServiceReply } from '../../qr/http-service.ts';
import {
  fieldText,
  hmac,
  jsonNotice,
  jsonOf,
  keyFor,
  localTime,
  reply,
  type Bank,
  type Face,
  type Paid,
} from '../face.ts';

const sorted = (one: object): object =>
  Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Values of nested lists are written as JSON with sorted keys; null is empty. */
function sign(key: string, data: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = parts.map(([name, value]) => {
    if (Array.isArray(value)) return `${name}=${JSON.stringify(value.map((one: object) => sorted(one)))}`;
    return `${name}=${value === null ? '' : fieldText(value)}`;
  });
  return hmac('sha256', key, text.join('&'));
}

const bad = (code: string): ServiceReply => reply({ code, desc: 'error', data: null, signature: null });

const transactionOf = (paid: Paid) => ({
  reference: paid.id,
  amount: paid.amount,
  accountNumber: paid.account,
  description: paid.memo,
  transactionDateTime: localTime(paid.paidAt),
  virtualAccountName: null,
  virtualAccountNumber: null,
  counterAccountBankId: null,
  counterAccountBankName: paid.payer.bank,
  counterAccountName: paid.payer.name,
  counterAccountNumber: paid.payer.account,
});

export function payosFace({ clientId, apiKey, checksumKey }: PayosSettings): Face {
  const good = (data: Readonly<Record<string, unknown>>): ServiceReply =>
    reply({ code: '00', desc: 'success', data, signature: sign(checksumKey, data) });
  function link(key: string, bank: Bank): ServiceReply {
    const order = bank.order(key);
    if (order === undefined) return bad('101');
    const paid = bank.paidFor(key);
    const sum = paid.reduce((total, { amount }) => total + amount, 0);
    const open = order.cancelled ? 'CANCELLED' : 'PENDING';
    return good({
      id: `link${key}`,
      orderCode: Number(key),
      amount: order.amount,
      amountPaid: sum,
      amountRemaining: order.amount - sum,
      status: sum === 0 ? open : sum < order.amount ? 'UNDERPAID' : 'PAID',
      createdAt: new Date(order.createdAt).toISOString(),
      transactions: paid.map(transactionOf),
      cancellationReason: null,
      canceledAt: null,
    });
  }

  function create(body: Uint8Array, bank: Bank): ServiceReply {
    const { orderCode, amount, description, cancelUrl, returnUrl, signature } = jsonOf(body) ?? {};
    const text = `amount=${fieldText(amount)}&cancelUrl=${fieldText(cancelUrl)}&description=${fieldText(description)}&orderCode=${fieldText(orderCode)}&returnUrl=${fieldText(returnUrl)}`;
    if (signature !== hmac('sha256', checksumKey, text) || typeof amount !== 'number') return bad('201');
    const reference = fieldText(description);
    const order = { key: fieldText(orderCode), reference, amount, noticeUrl: undefined, extra: {} };
    if (!bank.add(order)) return bad('231');
    return good({
      bin: bank.merchant.bankBin,
      accountNumber: bank.merchant.account,
      accountName: 'TRAINING',
      amount,
      description: reference,
      orderCode: Number(order.key),
      currency: 'VND',
      paymentLinkId: `link${order.key}`,
      status: 'PENDING',
      checkoutUrl: 'https://pay.invalid/',
      qrCode: bank.code(reference, amount),
    });
  }

  return {
    base: '',
    numbered: false,
    knowsOrders: true,
    handle: ({ method, target, headers, body }, bank) => {
      if (headers['x-client-id'] !== clientId || headers['x-api-key'] !== apiKey) return reply({ code: '401' }, 401);
      if (method === 'POST' && target === '/v2/payment-requests') return create(body, bank);
      const [, key = '', cancel] = /^\/v2\/payment-requests\/(\d+)(\/cancel)?$/.exec(target) ?? [];
      const order = bank.order(key);
      if (cancel !== undefined && method === 'POST' && order !== undefined && bank.paidFor(key).length === 0) {
        order.cancelled = true;
      }
      return key === '' ? reply({ code: '404' }, 404) : link(key, bank);
    },
    tell: async (post, { paid, url, badSignature }) => {
      const data = {
        orderCode: Number(paid.key),
        ...transactionOf(paid),
        currency: 'VND',
        paymentLinkId: `link${paid.key}`,
        code: '00',
        desc: 'Thành công',
      };
      const signature = sign(keyFor(checksumKey, badSignature), data);
      const answer = await post(jsonNotice(url, { code: '00', desc: 'success', success: true, data, signature }));
      return answer?.status === 200;
    },
  };
}
