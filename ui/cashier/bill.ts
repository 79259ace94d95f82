/** A bill that several payments share. The terminal counts; the screen only remembers which bill it is at. */
import type { SaleView, TerminalView } from '../../src/contract/view.ts';

export interface Bill {
  readonly id: string;
  readonly totalMinorUnits: number;
  /** Left as soon as a payment of it has begun: nobody has split this bill. */
  readonly once?: boolean;
}

export type BillBalance = NonNullable<SaleView['order']>;

const letters = 'ACDEFGHJKLMNPQRTUVWXYZ23456789';

/** Short enough to be read out: `B-` and six letters that are not mistaken for each other. */
export function newBill(totalMinorUnits: number): Bill {
  const random = crypto.getRandomValues(new Uint8Array(6));
  return { id: `B-${Array.from(random, (byte) => letters[byte % letters.length]).join('')}`, totalMinorUnits };
}

function shownBills(view: TerminalView): readonly BillBalance[] {
  const sales = [...(view.sale === null ? [] : [view.sale]), ...view.recent, ...view.background, ...view.aside];
  return sales.flatMap(({ order }) => (order === null ? [] : [order]));
}

/** What the terminal says of a bill; before its first payment, all of it remains. */
export function billBalance(view: TerminalView, bill: Bill): BillBalance {
  const known = shownBills(view).find(({ id }) => id === bill.id);
  if (known !== undefined) return known;
  const { currency } = view.terminal;
  const none = { minorUnits: 0, currency };
  const total = { minorUnits: bill.totalMinorUnits, currency };
  return { id: bill.id, total, paid: none, pending: none, remaining: total };
}

/** Bills of which something is still to be collected, each once. */
export function openBills(view: TerminalView): readonly BillBalance[] {
  const bills = new Map(shownBills(view).map((bill) => [bill.id, bill]));
  return [...bills.values()].filter(({ remaining }) => remaining.minorUnits > 0);
}
