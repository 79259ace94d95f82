/** X and Z reports and follow-up slips out of the state. */
import type { EpochMs, TransactionId } from '../core/base/brand.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import type { TerminalState } from '../core/transaction/state.ts';
import type { ReceiptHeader } from './receipt.ts';

export function batchReportOf(
  _state: TerminalState,
  _batch: number | null,
  _header: ReceiptHeader,
  _columns: number,
  _at: EpochMs,
): readonly ReceiptLine[] | undefined {
  return undefined;
}

export function followUpSlipOf(
  _state: TerminalState,
  _id: TransactionId,
  _header: ReceiptHeader,
  _columns: number,
  _at: EpochMs,
): readonly ReceiptLine[] | undefined {
  return undefined;
}
