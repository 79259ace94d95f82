/** Casso as its documents show it: webhook V2, and the list of transactions, newest first. */
import type { CassoSettings } from '../../qr/adapters/casso.ts';
import { hmac, jsonNotice, keyFor, localTime, reply, type Face } from '../face.ts';

type Json = string | number | null | { readonly [key: string]: Json };

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

export function cassoFace({ apiKey, webhookKey }: CassoSettings): Face {
  return {
    base: '/v2',
    numbered: true,
    knowsOrders: false,
    handle: ({ target, headers }, bank) => {
      const [path, query] = target.split('?');
      if (path !== '/v2/transactions') return reply({ error: 404 }, 404);
      if (headers['authorization'] !== `Apikey ${apiKey}`) return reply({ error: 401, message: 'Unauthorized' }, 401);
      const params = new URLSearchParams(query);
      const [page, size] = [Number(params.get('page') ?? 1), Number(params.get('pageSize') ?? 20)];
      const all = bank
        .transfers()
        .filter(({ paidAt }) => localTime(paidAt) >= (params.get('fromDate') ?? ''))
        .toReversed();
      const records = all.slice((page - 1) * size, page * size).map((one) => ({
        id: Number(one.id),
        tid: `R${one.id}`,
        description: one.memo,
        amount: one.amount,
        cusumBalance: 0,
        when: localTime(one.paidAt),
        bankSubAccId: one.account,
        virtualAccount: '',
        corresponsiveName: one.payer.name,
        corresponsiveAccount: one.payer.account,
        corresponsiveBankName: one.payer.bank,
      }));
      const totalPages = Math.ceil(all.length / size);
      return reply({
        error: 0,
        message: 'success',
        data: { page, pageSize: size, totalPages, totalRecords: all.length, records },
      });
    },
    tell: async (post, { paid, url, bank, badSignature }) => {
      const content = {
        error: 0,
        data: {
          id: Number(paid.id),
          reference: `R${paid.id}`,
          description: paid.memo,
          amount: paid.amount,
          runningBalance: 0,
          transactionDateTime: localTime(paid.paidAt),
          accountNumber: paid.account,
          bankName: 'Vietcombank',
          bankAbbreviation: 'VCB',
          virtualAccountNumber: '',
          virtualAccountName: '',
          counterAccountName: paid.payer.name,
          counterAccountNumber: paid.payer.account,
          counterAccountBankId: '',
          counterAccountBankName: paid.payer.bank,
        },
      };
      const t = String(bank.now());
      const v1 = hmac('sha512', keyFor(webhookKey, badSignature), `${t}.${JSON.stringify(sorted(content))}`);
      const answer = await post(jsonNotice(url, content, { 'x-casso-signature': `t=${t},v1=${v1}` }));
      return answer?.status === 200;
    },
  };
}
