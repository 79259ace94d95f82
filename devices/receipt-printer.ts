/**
 * Receipt printer role. A job is done only when the printer itself has confirmed that it processed the last
 * byte; until then the answer is a fault that says what stands in the way.
 */
import type { Fault, Result } from '../src/core/base/result.ts';
import type { ReceiptLine } from '../src/core/receipt/receipt.ts';
import type { Device, DeviceOptions } from './device.ts';

/** `retrySafe` is false once part of the job may be on paper. */
export type PrinterFault = Fault<'offline' | 'coverOpen' | 'paperOut' | 'jam' | 'timeout' | 'failed'>;

export interface PrintJob {
  /** Key against printing twice within one connection. */
  readonly jobId: string;
  readonly lines: readonly ReceiptLine[];
}

export interface ReceiptPrinter extends Device {
  readonly role: 'receiptPrinter';
  /** Characters of the printer's normal font on one line; receipts are laid out to it. */
  readonly columns: number;
  print(job: PrintJob, options: DeviceOptions): Promise<Result<void, PrinterFault>>;
}
