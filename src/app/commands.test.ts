/** Commands: a repeated press is answered with the sale it has started, even when that sale is long forgotten. */
import { describe, expect, it } from 'vitest';
import { identity, policy } from '../../test/scenarios/given.ts';
import { epochMs } from '../core/base/brand.ts';
import { ok } from '../core/base/result.ts';
import { Commands } from './commands.ts';
import { Terminal } from './terminal.ts';

const nothing = async () => ({ ok: true, transactionId: null }) as const;

describe('startSale', () => {
  it('with a key that was used before names the first sale and starts none', async () => {
    let sequence = 0;
    const head = () => ({ sequence, hash: '' });
    const terminal = new Terminal({
      journal: {
        append: (events) => {
          sequence += events.length;
          return ok(head());
        },
        read: () => [],
        head,
        latestSnapshot: () => undefined,
        writeSnapshot: () => ok(undefined),
      },
      clock: { now: () => epochMs(1_800_000_000_000), monotonicMs: () => 0, after: () => () => {} },
      log: { write: () => {} },
      policy,
      softwareVersion: '0.0.0',
      identity,
    });
    terminal.start({ run: () => {} });
    let counter = 0;
    const commands = new Commands({
      terminal,
      random: {
        bytes: (length) => {
          counter += 1;
          return Uint8Array.from({ length }, (_, index) => counter >> (5 * index));
        },
      },
      currency: 'VND',
      maxAmountMinorUnits: 1_000_000,
      prompts: { answer: () => false },
      codes: { taken: false, typed: () => false },
      simulator: undefined,
      staticCode: undefined,
      qrMark: undefined,
      supervisors: { names: () => [], check: async () => 'wrong' },
      reports: { printBatch: nothing, printFollowUp: nothing },
    });
    const start = (key: string) =>
      commands.execute({ type: 'startSale', key, amountMinorUnits: 45_000, method: 'card' });
    const first = await start('first');
    if (!first.ok || first.transactionId === null) throw new Error('refused');
    await commands.execute({ type: 'cancelSale', transactionId: first.transactionId });
    for (let n = 0; n < 1005; n += 1) {
      const next = await start(`key-${n}`);
      if (next.ok) await commands.execute({ type: 'cancelSale', transactionId: next.transactionId ?? '' });
    }
    expect([...terminal.state.transactions.keys()]).not.toContain(first.transactionId);
    const before = sequence;
    expect(await start('first')).toEqual(first);
    expect(sequence).toBe(before);
  });
});
