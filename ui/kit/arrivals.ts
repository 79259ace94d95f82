/** Money that has just come for a QR sale, told from two views: only what the terminal has journaled can be in one. */
import type { SaleView, TerminalView } from '../../src/contract/view.ts';

function sales({ sale, aside, background, recent }: TerminalView): readonly SaleView[] {
  return [...(sale === null ? [] : [sale]), ...aside, ...background, ...recent];
}

/** The bank has said so; what a supervisor has confirmed by hand is announced by nobody. */
function isPaid({ method, kind, stage, unverified }: SaleView): boolean {
  return method === 'qr' && kind === 'sale' && stage === 'approved' && unverified === null;
}

/** Sales that were shown unpaid before and are paid now, so that a reload announces nothing. */
export function arrivals(before: TerminalView, after: TerminalView): readonly SaleView[] {
  const unpaid = new Set(sales(before).flatMap((sale) => (isPaid(sale) ? [] : [sale.id])));
  const found = new Map(sales(after).flatMap((sale) => (isPaid(sale) ? [[sale.id, sale]] : [])));
  return [...found.values()].filter(({ id }) => unpaid.has(id));
}
