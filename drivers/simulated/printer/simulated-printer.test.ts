/** The simulated printer is the real driver on a virtual printer: paper with its job, faults made by hand. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/base/brand.ts';
import type { ReceiptLine } from '../../../src/core/receipt/receipt.ts';
import { simulatedPrinter, type PrintedPaper, type SimulatedPrinter } from './simulated-printer.ts';

const options = { signal: new AbortController().signal, timeoutMs: 5000 };
const lines: readonly ReceiptLine[] = [
  { kind: 'text', text: 'Chạm Coffee', align: 'center', bold: true, size: 'normal' },
  { kind: 'cut' },
];

async function open(): Promise<SimulatedPrinter> {
  const made = simulatedPrinter.create(
    'printer',
    {},
    {
      clock: {
        now: () => epochMs(Date.now()),
        monotonicMs: () => performance.now(),
        after(delayMs, callback) {
          const timer = setTimeout(callback, delayMs);
          return () => clearTimeout(timer);
        },
      },
      random: { bytes: (length) => new Uint8Array(length) },
      log: { write: () => undefined },
    },
  );
  if (!made.ok) throw new Error('refused');
  await made.value.open(options);
  return made.value;
}

describe('simulated printer', () => {
  it('hands over the paper with its job', async () => {
    const printer = await open();
    const papers: PrintedPaper[] = [];
    printer.onPaper((paper) => papers.push(paper));
    expect((await printer.print({ jobId: 'R-1', lines }, options)).ok).toBe(true);
    expect(papers.map(({ jobId }) => jobId)).toEqual(['R-1']);
    expect(Buffer.from(papers[0]?.png ?? []).toString('latin1', 1, 4)).toBe('PNG');
    await printer.close();
  });

  it('shows faults made by hand in its health, and refuses to print', async () => {
    const printer = await open();
    expect((await printer.checkHealth(options)).state).toBe('ready');
    const seen: string[] = [];
    printer.onHealth(({ state }) => seen.push(state));
    for (const fault of ['jam', 'coverOpen', 'paperOut'] as const) {
      printer.setFault(fault, true);
      expect(printer.faults()).toEqual(new Set([fault]));
      const printed = await printer.print({ jobId: fault, lines }, options);
      expect(printed.ok ? 'printed' : printed.fault.kind).toBe(fault);
      printer.setFault(fault, false);
      expect((await printer.print({ jobId: fault, lines }, options)).ok).toBe(true);
    }
    expect(seen).toEqual(['attention', 'ready', 'attention', 'ready', 'attention', 'ready']);
    await printer.close();
  });
});
