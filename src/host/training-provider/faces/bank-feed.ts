/** A bank that lists transfers as JSON or CSV, in the form that `trainingFeed` describes. */
import type { BankFeedSettings } from '../../qr/adapters/bank-feed.ts';
import { localTime, reply, type Face } from '../face.ts';

/** What a configuration says of this feed, without its address and its key. */
export const trainingFeed: Omit<BankFeedSettings, 'apiBase' | 'authValue'> = {
  target: '/statement?from={from}&to={to}&page={page}&account={account}',
  format: 'json',
  list: 'data.items',
  fields: { id: 'ref', amount: 'money.value', memo: 'note', time: 'bookedAt', account: 'to', payer: 'from' },
  time: 'local',
  thousands: '.',
  pageSize: 50,
  authHeader: 'x-api-key',
};

const amount = (sum: number): string => String(sum).replaceAll(/\B(?=(\d{3})+$)/g, '.');

export function bankFeedFace({
  authValue,
  format,
  pageSize,
}: Pick<BankFeedSettings, 'authValue' | 'format' | 'pageSize'>): Face {
  return {
    base: '/bank',
    numbered: false,
    knowsOrders: false,
    handle: ({ target, headers }, bank) => {
      const [path, query] = target.split('?');
      if (path !== '/bank/statement') return reply({ error: 'no such resource' }, 404);
      if (headers['x-api-key'] !== authValue) return reply({ error: 'who are you' }, 401);
      const params = new URLSearchParams(query);
      const [from = '', to = ''] = ['from', 'to'].map((name) => params.get(name) ?? '');
      const page = Number(params.get('page') ?? 1);
      const found = bank
        .transfers()
        .filter(({ paidAt }) => localTime(paidAt) >= from && localTime(paidAt) <= to)
        .slice((page - 1) * pageSize, page * pageSize);
      if (format === 'csv') {
        const rows = found.map((one) => [
          one.id,
          localTime(one.paidAt),
          amount(one.amount),
          one.account,
          `"${one.memo}, 1"`,
          one.payer.account,
        ]);
        return reply(['ref,bookedAt,money.value,to,note,from', ...rows.map((row) => row.join(','))].join('\r\n'));
      }
      const items = found.map((one) => ({
        ref: one.id,
        bookedAt: localTime(one.paidAt),
        money: { value: amount(one.amount) },
        to: one.account,
        note: one.memo,
        from: one.payer.account,
      }));
      return reply({ data: { items } });
    },
  };
}
