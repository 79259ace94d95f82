/** The serial transport on a slow line: a receipt comes out at every speed, and a held line ends within its limit. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EscPosPrinter } from '../../drivers/escpos-printer/printer.ts';
import { loadProfile } from '../../drivers/escpos-printer/profile.ts';
import { SerialTransport } from '../../drivers/transport/serial.ts';
import type { ReceiptLine } from '../../src/core/receipt/receipt.ts';
import { line, modelClock, papers } from './printer-slow-line.ts';

vi.mock('serialport', () => import('./printer-slow-line.ts'));

const lines: readonly ReceiptLine[] = [
  ...Array.from({ length: 25 }, (_, index): ReceiptLine => {
    return { kind: 'text', text: `Dòng ${index + 1}`, align: 'left', bold: false, size: 'normal' };
  }),
  { kind: 'cut' },
];

const options = (timeoutMs: number) => ({ signal: new AbortController().signal, timeoutMs });

function serial(baudRate: number): SerialTransport {
  return new SerialTransport({ path: '/dev/ttyS9', baudRate, flowControl: 'none' }, modelClock);
}

beforeEach(() => {
  papers.length = 0;
  line.held = false;
});

describe('slow serial line', () => {
  it.each([
    [9600, 120_000],
    [19_200, 60_000],
    [38_400, 30_000],
    [57_600, 15_000],
    [115_200, 15_000],
  ])('%i baud: the receipt is printed within %i ms', async (baudRate, limitMs) => {
    const profile = loadProfile('generic-80mm');
    if (!profile.ok) throw new Error('no profile');
    const printer = new EscPosPrinter('printer', profile.value, serial(baudRate), modelClock);
    await printer.open(options(1000));
    expect(await printer.print({ jobId: '1', lines }, options(limitMs))).toEqual({ ok: true, value: undefined });
    expect(papers).toHaveLength(1);
    await printer.close();
  });

  it('a write ends when the line has taken the last byte', async () => {
    const transport = serial(9600);
    await transport.open(options(1000));
    const started = modelClock.monotonicMs();
    expect((await transport.write(new Uint8Array(960), options(5000))).ok).toBe(true);
    expect(modelClock.monotonicMs() - started).toBeCloseTo(1000);
    await transport.close();
  });

  it('a held line: the write ends at its limit or when called off, and the next one can begin', async () => {
    const transport = serial(9600);
    await transport.open(options(1000));
    line.held = true;
    const started = modelClock.monotonicMs();
    const late = await transport.write(new Uint8Array(10), options(700));
    expect(late.ok ? 'written' : late.fault.kind).toBe('timeout');
    expect(modelClock.monotonicMs() - started).toBe(700);
    const caller = new AbortController();
    const writing = transport.write(new Uint8Array(10), { signal: caller.signal, timeoutMs: 60_000 });
    caller.abort();
    const stopped = await writing;
    expect(stopped.ok ? 'written' : stopped.fault.kind).toBe('aborted');
    line.held = false;
    expect((await transport.write(new Uint8Array(10), options(1000))).ok).toBe(true);
    await transport.close();
  });

  it('closing a held line: the write is not said to be done', async () => {
    const transport = serial(9600);
    await transport.open(options(1000));
    line.held = true;
    const writing = transport.write(new Uint8Array(10), options(60_000));
    await transport.close();
    const lost = await writing;
    expect(lost.ok ? 'written' : lost.fault.kind).toBe('lost');
  });
});
