/** Opening a TCP line that was called off beforehand harms nobody. */
import { expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { TcpTransport } from './tcp.ts';

/** A clock that stands still: nothing here may wait for a limit. */
const clock: Clock = { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined };

it.each([
  ['refused at once by the system (broadcast address)', '255.255.255.255'],
  ['refused by the other side', '127.0.0.1'],
])('called off before it began, then %s: aborted, and no error without a listener', async (_what, address) => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  // Vitest's own listeners would fail the run, not this test.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', hear);
  const transport = new TcpTransport({ host: address, port: 9 }, clock);
  // From a timer or an event, as callers do: there the system's refusal comes before the next `await` goes on.
  const opened = await new Promise<Awaited<ReturnType<typeof transport.open>>>((resolve) => {
    setImmediate(() => void transport.open({ signal: AbortSignal.abort(), timeoutMs: 1000 }).then(resolve));
  });
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  process.off('uncaughtException', hear);
  for (const other of others) process.on('uncaughtException', other);
  expect(opened.ok ? 'opened' : opened.fault.kind).toBe('aborted');
  expect(unheard).toEqual([]);
});
