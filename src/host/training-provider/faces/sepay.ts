/** SePay as its documents show it: notices of what arrives, and the older API's list with amounts as decimal text. */
import type { SepaySettings } from '../../qr/adapters/sepay.ts';
import { hmac, keyFor, localTime, reply, type Face, type Paid } from '../face.ts';

export function sepayFace({ apiToken, webhookAuth, webhookKey }: SepaySettings): Face {
  return {
    base: '/userapi',
    numbered: true,
    knowsOrders: false,
    handle: ({ target, headers }, bank) => {
      const [path, query] = target.split('?');
      if (path !== '/userapi/transactions/list') return reply({ status: 404 }, 404);
      if (headers['authorization'] !== `Bearer ${apiToken}`) return reply('');
      const params = new URLSearchParams(query);
      const [from = '', to = '', account] = ['transaction_date_min', 'transaction_date_max', 'account_number'].map(
        (name) => params.get(name) ?? '',
      );
      const inWindow = ({ paidAt }: Paid): boolean => localTime(paidAt) >= from && localTime(paidAt) <= to;
      const found = bank.transfers().filter((one) => one.account === account && inWindow(one));
      return reply({
        status: 200,
        error: null,
        messages: { success: true },
        transactions: found.slice(0, Number(params.get('limit') ?? 5000)).map((one) => ({
          id: one.id,
          bank_brand_name: 'Vietcombank',
          account_number: one.account,
          transaction_date: localTime(one.paidAt),
          amount_out: '0.00',
          amount_in: `${one.amount}.00`,
          accumulated: '0.00',
          transaction_content: one.memo,
          reference_number: `R${one.id}`,
          code: null,
          sub_account: null,
          bank_account_id: '1',
        })),
      });
    },
    tell: async (post, { paid, url, bank, badSignature }) => {
      const key = keyFor(webhookKey, badSignature);
      const body = JSON.stringify({
        id: Number(paid.id),
        gateway: 'Vietcombank',
        transactionDate: localTime(paid.paidAt),
        accountNumber: paid.account,
        code: null,
        content: paid.memo,
        transferType: 'in',
        transferAmount: paid.amount,
        accumulated: 0,
        subAccount: null,
        referenceCode: `R${paid.id}`,
        description: '',
      });
      const timestamp = String(Math.floor(bank.now() / 1000));
      const proof: Record<string, string> =
        webhookAuth === 'apikey'
          ? { authorization: `Apikey ${key}` }
          : {
              'x-sepay-timestamp': timestamp,
              'x-sepay-signature': `sha256=${hmac('sha256', key, `${timestamp}.${body}`)}`,
            };
      const headers = { 'content-type': 'application/json', ...proof };
      const answer = await post({ method: 'POST', url, headers, body });
      return answer?.status === 200 && answer.body.includes('"success":true');
    },
  };
}
