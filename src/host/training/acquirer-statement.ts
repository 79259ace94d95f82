/**
 * What the training acquirer would send the merchant for reconciliation: one line for each payment, refund and hold of
 * a terminal, with what became of it. A void has no line of its own; it is the state of what it voided.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import type { CurrencyCode } from '../../core/base/money.ts';
import { isApproved, type AcquirerBook, type EntryState } from './acquirer-book.ts';
import type { Comparison, Operation } from './acquirer-entry.ts';

export interface StatementLine {
  readonly at: EpochMs;
  readonly stan: number;
  readonly rrn: string;
  readonly approvalCode: string;
  readonly operation: Exclude<Operation, 'void'>;
  /** Minor units of `currency`, never negative; a refund is told by its operation. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  /** Empty when only a batch upload told of it. */
  readonly maskedPan: string;
  readonly batch: number;
  readonly state: Exclude<EntryState, 'declined'>;
  /** What batch upload found; null when there was none or it did not concern this line. */
  readonly comparison: Comparison;
}

/** Oldest first; of one batch, or of all. */
export function statementOf(book: AcquirerBook, terminalId: string, batch: number | undefined): StatementLine[] {
  return book.seen().flatMap((entry) => {
    const { terminalId: whose, original: _original, operation, ...line } = entry.request;
    if (whose !== terminalId || (batch !== undefined && line.batch !== batch)) return [];
    if (!isApproved(entry) || operation === 'void') return [];
    const state = book.stateOf(entry);
    return state === 'declined' ? [] : [{ ...line, operation, state, comparison: entry.comparison }];
  });
}

const columns = [
  'at',
  'stan',
  'rrn',
  'approvalCode',
  'operation',
  'amount',
  'currency',
  'maskedPan',
  'batch',
  'state',
  'comparison',
] as const;

/** RFC 4180 with a header; `at` in ISO 8601, UTC. */
export function statementCsv(lines: readonly StatementLine[]): string {
  const rows = lines.map((line) =>
    columns.map((column) => (column === 'at' ? new Date(line.at).toISOString() : String(line[column] ?? ''))),
  );
  return [columns, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
