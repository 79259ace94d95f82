/**
 * The ESC/POS driver against the virtual printer in memory and against printers that misbehave. Time is virtual:
 * it jumps to the next timer whenever nothing else is left to do.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import { hex, toHex } from '../../src/core/base/bytes.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import type { PrinterFault, PrintJob } from '../../devices/receipt-printer.ts';
import type { Result } from '../../src/core/base/result.ts';
import type { ReceiptLine } from '../../src/core/receipt/receipt.ts';
import { bitmapFrom, bitmapToPng } from '../raster/bitmap.ts';
import { receiptRaster } from '../raster/receipt-raster.ts';
import { VirtualPrinter } from '../simulated/printer/virtual-printer.ts';
import { MemoryTransport } from '../transport/memory.ts';
import { guardRealTime } from './commands.ts';
import { EscPosPrinter } from './printer.ts';
import { loadProfile, type PrinterProfile } from './profile.ts';

class VirtualClock implements Clock {
  #now = 0;
  #timers: { readonly due: number; readonly callback: () => void }[] = [];

  now = () => epochMs(this.#now);
  monotonicMs = () => this.#now;

  after(delayMs: number, callback: () => void): () => void {
    const timer = { due: this.#now + delayMs, callback };
    this.#timers.push(timer);
    setImmediate(() => this.#idle());
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Everything that could happen without time passing has happened. */
  #idle(): void {
    const next = this.#timers.toSorted((a, b) => a.due - b.due)[0];
    if (next === undefined) return;
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.due);
    next.callback();
    setImmediate(() => this.#idle());
  }
}

function profile(name: string): PrinterProfile {
  const loaded = loadProfile(name);
  if (!loaded.ok) throw new Error(loaded.fault[0]?.found);
  return loaded.value;
}

const lines: readonly ReceiptLine[] = [
  { kind: 'text', text: 'Chạm Coffee', align: 'center', bold: true, size: 'double' },
  { kind: 'rule' },
  ...Array.from({ length: 30 }, (_, index): ReceiptLine => {
    return { kind: 'text', text: `Dòng ${index + 1}`, align: 'left', bold: false, size: 'normal' };
  }),
  { kind: 'cut' },
];

const job = (jobId: string): PrintJob => ({ jobId, lines });
const options = (timeoutMs = 10_000): { signal: AbortSignal; timeoutMs: number } => ({
  signal: new AbortController().signal,
  timeoutMs,
});

/** What the driver puts on paper for `lines`, dot by dot. */
function expectedPng(printed: PrinterProfile): Uint8Array {
  const drawn = receiptRaster(lines, { dots: printed.dotsPerLine, columns: printed.columns });
  const bitmap = drawn.ok ? drawn.value[0] : undefined;
  if (bitmap === undefined) throw new Error('nothing drawn');
  return bitmapToPng(bitmapFrom(bitmap.width, guardRealTime(bitmap.data)));
}

/** Short and comparable, where whole pictures would fill the screen. */
function digest(png: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(png ?? '')
    .digest('hex');
}

interface Bench {
  readonly printer: EscPosPrinter;
  readonly virtual: VirtualPrinter;
  readonly transport: MemoryTransport;
  readonly papers: Uint8Array[];
  readonly health: string[];
  readonly clock: Clock;
}

/** `wire` may change or swallow what the printer answers. */
async function bench(
  printed: string | PrinterProfile = 'virtual-80mm',
  wire?: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<Bench> {
  const used = typeof printed === 'string' ? profile(printed) : printed;
  const clock = new VirtualClock();
  const transport = new MemoryTransport('test');
  const papers: Uint8Array[] = [];
  const virtual = new VirtualPrinter({
    dots: used.dotsPerLine,
    reply: (bytes) => {
      const heard = wire === undefined ? bytes : wire(bytes);
      if (heard !== undefined) transport.deliver(heard);
    },
    onPaper: (png) => papers.push(png),
  });
  transport.onSent((bytes) => virtual.receive(bytes));
  const printer = new EscPosPrinter('printer', used, transport, clock);
  const health: string[] = [];
  printer.onHealth(({ state, detail }) => health.push(`${state}: ${detail}`));
  await printer.open(options());
  return { printer, virtual, transport, papers, health, clock };
}

function faultOf(result: Result<void, PrinterFault>): string {
  if (result.ok) return 'printed';
  return `${result.fault.kind}, ${result.fault.retrySafe ? 'retry is safe' : 'may be on paper'}`;
}

describe('printing', () => {
  it.each(['virtual-80mm', 'virtual-58mm', 'epson-tm-t88', 'generic-80mm'])(
    '%s: the paper is the receipt',
    async (name) => {
      const { printer, papers } = await bench(name);
      expect(faultOf(await printer.print(job('1'), options()))).toBe('printed');
      expect(papers.map(digest)).toEqual([digest(expectedPng(profile(name)))]);
    },
  );

  it('is confirmed by its number where the printer knows GS ( H; two NULs are no confirmation there', async () => {
    const used = { ...profile('virtual-80mm'), processId: true };
    const numbered = await bench(used);
    expect(faultOf(await numbered.printer.print(job('1'), options()))).toBe('printed');
    expect(numbered.papers).toHaveLength(1);
    const broken = await bench(used, (answer) => (answer[1] === 0x22 ? hex('00 00') : answer));
    expect(faultOf(await broken.printer.print(job('1'), options()))).toBe('failed, may be on paper');
  });

  it('does not print a finished job again', async () => {
    const { printer, papers } = await bench();
    for (const id of ['1', '2', '1']) expect(faultOf(await printer.print(job(id), options()))).toBe('printed');
    expect(papers).toHaveLength(2);
  });

  it('prints jobs one after the other', async () => {
    const { printer, papers } = await bench();
    const results = await Promise.all(['1', '2', '3'].map((id) => printer.print(job(id), options())));
    expect(results.map(faultOf)).toEqual(['printed', 'printed', 'printed']);
    expect(papers).toHaveLength(3);
  });

  it('refuses what cannot be drawn before anything is sent', async () => {
    const { printer, papers } = await bench();
    const long = { jobId: '1', lines: [{ kind: 'qr', text: 'x'.repeat(5000) }] } as const;
    expect(faultOf(await printer.print(long, options()))).toBe('failed, retry is safe');
    expect(papers).toEqual([]);
  });
});

describe('trouble before a job', () => {
  it.each([
    ['coverOpen', 'coverOpen'],
    ['paperOut', 'paperOut'],
    ['jam', 'jam'],
  ] as const)('%s: said at once, prints when put right', async (trouble, kind) => {
    const { printer, virtual, papers } = await bench();
    virtual.setFault(trouble, true);
    expect(faultOf(await printer.print(job('1'), options()))).toBe(`${kind}, retry is safe`);
    virtual.setFault(trouble, false);
    expect(faultOf(await printer.print(job('1'), options()))).toBe('printed');
    expect(papers).toHaveLength(1);
  });

  it('a silent printer is offline within the limit', async () => {
    const { printer, papers } = await bench('virtual-80mm', () => undefined);
    expect(faultOf(await printer.print(job('1'), options()))).toBe('offline, retry is safe');
    expect(papers).toEqual([]);
  });

  it('garbage is not taken for a status', async () => {
    const { printer } = await bench('virtual-80mm', () => hex('FF 80 33 01'));
    expect(faultOf(await printer.print(job('1'), options()))).toBe('offline, retry is safe');
  });

  it('a closed printer does not print', async () => {
    const { printer } = await bench();
    await printer.close();
    expect(faultOf(await printer.print(job('1'), options()))).toBe('offline, retry is safe');
  });

  it('a request that was called off sends nothing', async () => {
    const { printer, papers } = await bench();
    const called = { signal: AbortSignal.abort(), timeoutMs: 10_000 };
    expect(faultOf(await printer.print(job('1'), called))).toBe('failed, retry is safe');
    expect(papers).toEqual([]);
  });
});

describe('trouble in the middle of a job', () => {
  it.each(['coverOpen', 'paperOut', 'jam'] as const)(
    '%s: a fault within the limit, the rest is thrown away, the next job is whole',
    async (trouble) => {
      const { printer, virtual, papers, clock } = await bench();
      virtual.setFaultAfterRows(trouble, 400);
      const started = clock.monotonicMs();
      expect(faultOf(await printer.print(job('1'), options()))).toBe(`${trouble}, may be on paper`);
      expect(clock.monotonicMs() - started).toBeLessThanOrEqual(10_000);
      virtual.setFault(trouble, false);
      expect(papers).toHaveLength(1);
      expect(faultOf(await printer.print(job('2'), options()))).toBe('printed');
      expect(digest(papers.at(-1))).toBe(digest(expectedPng(profile('virtual-80mm'))));
      expect(papers).toHaveLength(2);
    },
  );

  it('a printer that cannot forget prints the rest it holds first, apart from the next job', async () => {
    const { printer, virtual, papers } = await bench('generic-80mm');
    virtual.setFaultAfterRows('paperOut', 400);
    expect(faultOf(await printer.print(job('1'), options()))).toBe('paperOut, may be on paper');
    virtual.setFault('paperOut', false);
    expect(faultOf(await printer.print(job('2'), options()))).toBe('printed');
    expect(papers).toHaveLength(3);
    expect(digest(papers.at(-1))).toBe(digest(expectedPng(profile('generic-80mm'))));
  });

  it('no confirmation: timeout at the limit, not earlier, not later', async () => {
    const { printer, clock } = await bench('virtual-80mm', (bytes) => (toHex(bytes) === '00' ? undefined : bytes));
    const started = clock.monotonicMs();
    expect(faultOf(await printer.print(job('1'), options(7000)))).toBe('timeout, may be on paper');
    expect(clock.monotonicMs() - started).toBe(7000);
  });

  it.each([
    ['a line break', '00', 'timeout'],
    ['the power-off notice', '3B 30 00', 'failed'],
    ['the power-on notice', '3B 31 00', 'failed'],
    ['the tail of a notice', '31 00', 'failed'],
  ])('the buffer is lost and only %s arrives: never "printed"; the next job is', async (_what, bytes, kind) => {
    let lost = true;
    let marks = 0;
    const { printer } = await bench('generic-80mm', (answer) => {
      if (toHex(answer) !== '00' || !lost) return answer;
      marks += 1;
      return marks === 1 ? hex(bytes) : undefined;
    });
    expect(faultOf(await printer.print(job('1'), options()))).toBe(`${kind}, may be on paper`);
    lost = false;
    expect(faultOf(await printer.print(job('2'), options()))).toBe('printed');
  });

  it('a status byte that nobody asked for, before the end of the job: in doubt', async () => {
    const { printer, transport, papers } = await bench('generic-80mm');
    let bytes = 0;
    transport.onSent((sent) => {
      if (bytes < 20_000 && bytes + sent.length >= 20_000) transport.deliver(hex('00'));
      bytes += sent.length;
    });
    expect(faultOf(await printer.print(job('1'), options()))).toBe('failed, may be on paper');
    expect(papers).toEqual([]);
  });

  it('two NULs seconds apart are line breaks', async () => {
    let marks = 0;
    const { printer, transport, clock } = await bench('generic-80mm', (answer) => {
      if (toHex(answer) !== '00') return answer;
      marks += 1;
      if (marks === 1) clock.after(2000, () => transport.deliver(answer));
      return marks === 1 ? answer : undefined;
    });
    expect(faultOf(await printer.print(job('1'), options()))).toBe('failed, may be on paper');
  });

  it('falls silent: timeout, and a new connection afterwards', async () => {
    let heard = 0;
    const { printer } = await bench('virtual-80mm', (bytes) => {
      heard += 1;
      return heard > 8 && heard < 40 ? undefined : bytes;
    });
    expect(faultOf(await printer.print(job('1'), options()))).toBe('timeout, may be on paper');
    heard = 40;
    expect(faultOf(await printer.print(job('2'), options()))).toBe('printed');
  });

  it('connection lost: fault at once', async () => {
    const { printer, transport, clock } = await bench();
    let bytes = 0;
    transport.onSent((sent) => {
      bytes += sent.length;
      if (bytes > 20_000) transport.drop();
    });
    const started = clock.monotonicMs();
    expect(faultOf(await printer.print(job('1'), options()))).toBe('offline, may be on paper');
    expect(clock.monotonicMs()).toBe(started);
  });

  it('connection lost at any moment: never "printed", and "retry is safe" only while the paper is untouched', async () => {
    const whole = digest(expectedPng(profile('virtual-80mm')));
    const stopAtWrite = async (stopAt: number): Promise<number> => {
      const { printer, transport, papers, virtual } = await bench();
      let writes = 0;
      const forget = transport.onSent(() => {
        writes += 1;
        if (writes === stopAt) transport.drop();
      });
      const result = faultOf(await printer.print(job('1'), options()));
      forget();
      if (writes < stopAt) {
        expect(result).toBe('printed');
        return writes;
      }
      expect(['offline, may be on paper', 'offline, retry is safe']).toContain(result);
      const before = papers.length;
      if (result.endsWith('safe')) {
        // Whatever was printed would be torn off and seen now.
        virtual.setFault('coverOpen', true);
        virtual.setFault('coverOpen', false);
        expect(papers).toHaveLength(0);
      }
      expect(faultOf(await printer.print(job('2'), options()))).toBe('printed');
      expect(papers).toHaveLength(before + 1);
      if (result.endsWith('safe')) expect(digest(papers[0])).toBe(whole);
      return writes;
    };
    const writes = await stopAtWrite(1000);
    expect(writes).toBeGreaterThan(10);
    for (let stopAt = 1; stopAt <= writes; stopAt += 1) await stopAtWrite(stopAt);
  });

  it('closing ends a job that waits', async () => {
    const { printer } = await bench('virtual-80mm', (bytes) => (toHex(bytes) === '00' ? undefined : bytes));
    const printing = printer.print(job('1'), options(1_000_000));
    setImmediate(() => void printer.close());
    expect(faultOf(await printing)).toBe('offline, may be on paper');
  });
});

describe('health', () => {
  it('changes by itself when the printer reports it', async () => {
    const { printer, virtual, health } = await bench();
    expect(await printer.checkHealth(options())).toEqual({ state: 'ready', detail: 'ready' });
    virtual.setFault('coverOpen', true);
    await new Promise(setImmediate);
    virtual.setFault('coverOpen', false);
    await new Promise(setImmediate);
    expect(health).toEqual(['ready: ready', 'attention: the cover is open', 'ready: ready']);
  });

  it('is asked for where the printer does not report', async () => {
    const { printer, virtual } = await bench('generic-80mm');
    virtual.setFault('paperOut', true);
    expect((await printer.checkHealth(options())).detail).toBe('the paper roll is empty');
  });

  it('a lost printer is offline, and is found again', async () => {
    const { printer, transport, health } = await bench();
    await printer.checkHealth(options());
    transport.drop();
    expect(health.at(-1)).toMatch(/^offline/);
    expect((await printer.checkHealth(options())).state).toBe('ready');
    await printer.close();
    expect((await printer.checkHealth(options())).state).toBe('offline');
  });
});
