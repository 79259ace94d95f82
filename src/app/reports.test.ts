/** Reports: the answer says whether the paper is out. */
import { expect, it } from 'vitest';
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import { transactionId } from '../core/base/brand.ts';
import { err, fault, ok } from '../core/base/result.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import { epochMs } from '../core/base/brand.ts';
import { Reports } from './reports.ts';

const lines: readonly ReceiptLine[] = [{ kind: 'cut' }];
const clock = { now: () => epochMs(1_800_000_000_000), monotonicMs: () => 0, after: () => () => {} };

function given(print: ReceiptPrinter['print'] | undefined) {
  const printed: string[] = [];
  const printer =
    print === undefined
      ? undefined
      : ({
          columns: 32,
          print: (...args: Parameters<typeof print>) => (printed.push(args[0].jobId), print(...args)),
        } as unknown as ReceiptPrinter);
  const reports = new Reports({
    printer,
    clock,
    printTimeoutMs: 1000,
    batchLines: (batch) => (batch === 9 ? undefined : lines),
    followUpLines: () => lines,
  });
  return { reports, printed };
}

it('prints under a job of its own each time', async () => {
  const { reports, printed } = given(async () => ok(undefined));
  expect(await reports.printBatch(null)).toEqual({ ok: true, transactionId: null });
  expect(await reports.printBatch(null)).toEqual({ ok: true, transactionId: null });
  expect(await reports.printFollowUp(transactionId('S-1'))).toEqual({ ok: true, transactionId: null });
  expect(new Set(printed).size).toBe(3);
});

it('says what is wrong with the printer, that there is none, or that there is nothing to print', async () => {
  const jammed = given(async () => err(fault('jam', 'the paper is jammed', true)));
  expect(await jammed.reports.printBatch(1)).toEqual({
    ok: false,
    reason: 'printerTrouble',
    detail: 'jam: the paper is jammed',
  });
  expect(await jammed.reports.printBatch(9)).toMatchObject({ ok: false, reason: 'notFound' });
  expect(await given(undefined).reports.printBatch(1)).toMatchObject({ ok: false, reason: 'printerTrouble' });
});
