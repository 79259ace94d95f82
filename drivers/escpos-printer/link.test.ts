/** The conversation: a late answer of an old job never confirms a new one, a lost line ends every wait. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import { hex } from '../../src/core/base/bytes.ts';
import { MemoryTransport } from '../transport/memory.ts';
import { PrinterLink } from './link.ts';

/** A clock that stands still: only answers and losses end a wait. */
const clock = { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined };
const options = { signal: new AbortController().signal, timeoutMs: 1000 };

async function setUp(processId = false): Promise<{ link: PrinterLink; transport: MemoryTransport }> {
  const transport = new MemoryTransport('test');
  const link = new PrinterLink(transport, clock, processId);
  await link.connect(options);
  return { link, transport };
}

describe('printer link', () => {
  it('waits for the answers to all marks, old ones included', async () => {
    const { link, transport } = await setUp();
    await link.mark(options);
    await link.mark(options);
    let done = false;
    const processed = link.processed(options).then((result) => {
      done = true;
      return result;
    });
    transport.deliver(hex('00 00 00'));
    await new Promise(setImmediate);
    expect(done).toBe(false);
    transport.deliver(hex('00'));
    expect(await processed).toEqual({ ok: true, value: 'processed' });
  });

  it('expects no answer to what was cleared, or to what an earlier connection asked', async () => {
    const { link, transport } = await setUp();
    await link.mark(options);
    const clearing = link.clear(options);
    transport.deliver(hex('37 25 00'));
    expect((await clearing).ok).toBe(true);
    expect(await link.processed(options)).toEqual({ ok: true, value: 'processed' });
    await link.mark(options);
    await link.disconnect('test');
    await link.connect(options);
    expect(await link.processed(options)).toEqual({ ok: true, value: 'processed' });
  });

  it('a process ID: its own answer alone confirms, not an older one, not a NUL', async () => {
    const { link, transport } = await setUp(true);
    await link.beginJob(options);
    await link.mark(options);
    let done = false;
    const processed = link.processed(options).then((result) => {
      done = true;
      return result;
    });
    transport.deliver(hex('37 22 30 30 30 30 00'));
    await new Promise(setImmediate);
    expect(done).toBe(false);
    transport.deliver(hex('37 22 30 30 30 31 00'));
    expect(await processed).toEqual({ ok: true, value: 'processed' });
    expect(link.unexpected).toBeUndefined();
    transport.deliver(hex('00'));
    await new Promise(setImmediate);
    expect(link.unexpected).toMatch(/not asked/);
  });

  it.each(['00', '3B 30 00', '3B 31 00', '31 00', 'FF', '37 21 00'])('%s was not asked for', async (bytes) => {
    const { link, transport } = await setUp();
    await link.beginJob(options);
    transport.deliver(hex(bytes));
    await new Promise(setImmediate);
    expect(link.unexpected).toBeDefined();
    await link.beginJob(options);
    expect(link.unexpected).toBeUndefined();
  });

  it('is told early when the printer reports a change', async () => {
    const { link, transport } = await setUp();
    const changes: boolean[] = [];
    link.onChange(({ coverOpen }) => changes.push(coverOpen));
    await link.mark(options);
    const processed = link.processed(options);
    transport.deliver(hex('38 00 00 00'));
    expect(await processed).toEqual({ ok: true, value: 'changed' });
    expect(changes).toEqual([true]);
  });

  it('a lost line ends every wait', async () => {
    const { link, transport } = await setUp();
    await link.mark(options);
    const waits = [link.processed(options), link.ask(1, options), link.clear(options)];
    transport.drop();
    for (const wait of waits) {
      const result = await wait;
      expect(result.ok ? 'ok' : result.fault.kind).toBe('lost');
    }
    expect(link.connected).toBe(false);
  });
});
