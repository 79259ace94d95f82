/**
 * Paper that is not part of a payment: X and Z reports and follow-up slips. Printed when asked for, and the answer says
 * whether the paper is out.
 */
import { assert } from '../core/base/assert.ts';
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import type { CommandResult } from '../contract/commands.ts';
import type { TransactionId } from '../core/base/brand.ts';
import type { Clock } from '../core/base/ports.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';

export interface ReportsOptions {
  readonly printer: ReceiptPrinter | undefined;
  readonly clock: Clock;
  readonly printTimeoutMs: number;
  /** Undefined when there is no such batch. */
  readonly batchLines: (batch: number | null, columns: number) => readonly ReceiptLine[] | undefined;
  readonly followUpLines: (id: TransactionId, columns: number) => readonly ReceiptLine[] | undefined;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #stop = new AbortController();
  #jobs = 0;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** X report of the open batch (null), or Z report of a closed one. */
  printBatch(batch: number | null): Promise<CommandResult> {
    return this.#print('report', (columns) => this.#options.batchLines(batch, columns));
  }

  printFollowUp(id: TransactionId): Promise<CommandResult> {
    return this.#print('follow-up', (columns) => this.#options.followUpLines(id, columns));
  }

  async #print(
    what: string,
    linesFor: (columns: number) => readonly ReceiptLine[] | undefined,
  ): Promise<CommandResult> {
    const { printer, clock, printTimeoutMs } = this.#options;
    if (printer === undefined) return { ok: false, reason: 'printerTrouble', detail: 'no printer is configured' };
    const lines = linesFor(printer.columns);
    if (lines === undefined) return { ok: false, reason: 'notFound', detail: 'there is nothing to print' };
    assert(lines.at(-1)?.kind === 'cut', 'reports: paper is cut at its end');
    this.#jobs += 1;
    const jobId = `${what}-${clock.now()}-${this.#jobs}`;
    const printed = await printer.print({ jobId, lines }, { signal: this.#stop.signal, timeoutMs: printTimeoutMs });
    if (printed.ok) return { ok: true, transactionId: null };
    return { ok: false, reason: 'printerTrouble', detail: `${printed.fault.kind}: ${printed.fault.detail}` };
  }
}
