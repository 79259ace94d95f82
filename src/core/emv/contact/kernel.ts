/**
 * The contact kernel: one sale on an inserted card, from selection to completion. EMV 4.4 Book 1 §12 and Book 3 §10,
 * in the order of the Books.
 */
import type { SaleInput } from '../terminal-data.ts';
import type { ContactSale } from './requests.ts';

// oxlint-disable-next-line require-yield
export function* contactSale(input: SaleInput): ContactSale {
  const detail = `the contact kernel is not written yet (transaction ${input.transactionCounter})`;
  return { kind: 'outcome', result: { outcome: { kind: 'tryAnotherInterface' }, detail } };
}
