/** The simulated display shows one thing at a time, tells who listens, and shows nothing while closed. */
import { describe, expect, it } from 'vitest';
import type { DisplayContent } from '../../devices/customer-display.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import type { DriverHost } from '../driver.ts';
import { simulatedCustomerDisplay, type SimulatedCustomerDisplay } from './customer-display.ts';

const host: DriverHost = {
  clock: { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined },
  random: { bytes: (length) => new Uint8Array(length) },
  log: { write: () => undefined },
};

function create(): SimulatedCustomerDisplay {
  const made = simulatedCustomerDisplay.create('display', undefined, host);
  if (!made.ok) throw new Error('refused');
  return made.value;
}

describe('simulated customer display', () => {
  it('keeps and reports what it shows', async () => {
    const display = create();
    const seen: DisplayContent[] = [];
    const stop = display.onContent((content) => seen.push(content));
    const qr: DisplayContent = { kind: 'qr', payload: '000201', lines: ['45.000 ₫'] };
    await display.open();
    expect(await display.show(qr)).toEqual({ ok: true, value: undefined });
    expect(display.content()).toEqual(qr);
    stop();
    await display.show({ kind: 'idle' });
    expect(seen).toEqual([qr]);
  });

  it('is offline and dark while closed', async () => {
    const display = create();
    const health: string[] = [];
    display.onHealth(({ state }) => health.push(state));
    const refused = await display.show({ kind: 'text', lines: ['45.000 ₫'] });
    expect(refused.ok ? undefined : refused.fault.kind).toBe('notConnected');
    await display.open();
    await display.show({ kind: 'text', lines: ['45.000 ₫'] });
    await display.close();
    expect(display.content()).toEqual({ kind: 'idle' });
    expect(health).toEqual(['ready', 'offline']);
    expect(await display.checkHealth()).toEqual({ state: 'offline', detail: 'not opened' });
  });

  it('refuses unknown settings', () => {
    const made = simulatedCustomerDisplay.create('display', { size: 2 }, host);
    expect(made).toEqual({ ok: false, fault: [{ path: ['size'], found: 'an unknown key', expected: 'no such key' }] });
  });
});
