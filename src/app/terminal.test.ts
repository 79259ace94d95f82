/** The loop's promises: journal first, nothing after a failed write, the same state after a restart. */
import { describe, expect, it, vi } from 'vitest';
import { approved, id, identity, policy, startCard, tapped } from '../../test/scenarios/given.ts';
import { epochMs, transactionId, type EpochMs } from '../core/base/brand.ts';
import { err, fault, ok } from '../core/base/result.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import type { Input } from '../core/transaction/inputs.ts';
import { foldVersion } from '../core/transaction/state-text.ts';
import type { JournalPort } from './ports.ts';
import { readableSnapshot, Terminal } from './terminal.ts';

class MemoryJournal implements JournalPort {
  readonly recorded: Recorded[] = [];
  readonly seals: number[] = [];
  snapshot: { sequence: number; state: string } | undefined;
  readonly unsynced: string[] = [];
  snapshots = 0;
  readAfter = 0;
  broken = false;
  readonly trace: string[];

  constructor(trace: string[]) {
    this.trace = trace;
  }

  append(
    events: readonly JournalEvent[],
    at: EpochMs,
    seal: boolean,
    synced: boolean,
  ): ReturnType<JournalPort['append']> {
    if (this.broken) return err(fault('writeFailed', 'the disk answered EIO', false));
    for (const event of events) {
      this.recorded.push({ at, event });
      this.trace.push(`journal ${event.type}`);
    }
    if (!synced) this.unsynced.push(...events.map(({ type }) => type));
    if (seal) this.seals.push(this.recorded.length);
    return ok(this.head());
  }

  read(after = 0): Iterable<Recorded> {
    this.readAfter = after;
    return this.recorded.slice(after);
  }

  latestSnapshot(): { sequence: number; state: string } | undefined {
    return this.snapshot;
  }

  writeSnapshot(_foldVersion: number, state: string): ReturnType<JournalPort['writeSnapshot']> {
    this.snapshots += 1;
    this.snapshot = { sequence: this.recorded.length, state };
    return ok(undefined);
  }

  head(): ReturnType<JournalPort['head']> {
    return { sequence: this.recorded.length, hash: '' };
  }
}

function given(recorded: readonly Recorded[] = [], snapshot?: MemoryJournal['snapshot']) {
  const trace: string[] = [];
  const journal = new MemoryJournal(trace);
  journal.recorded.push(...recorded);
  journal.snapshot = snapshot;
  const terminal = new Terminal({
    journal,
    clock: { now: () => epochMs(1_800_000_000_000), monotonicMs: () => 0, after: () => () => {} },
    log: { write: () => {} },
    policy,
    softwareVersion: '0.0.0',
    identity,
  });
  const effects: Effect[] = [];
  const start = (): void =>
    terminal.start({
      run(effect) {
        effects.push(effect);
        trace.push(`effect ${effect.type}`);
      },
    });
  return { terminal, journal, trace, effects, start };
}

describe('the loop', () => {
  it('journals every event of a turn before it runs any effect of it', () => {
    const { terminal, trace, start } = given();
    start();
    for (const input of [startCard, tapped, approved]) terminal.handle(input);
    expect(trace).toEqual([
      'journal TerminalStarted',
      'journal BatchOpened',
      'journal SaleStarted',
      'effect ActivateReader',
      'effect StartTimer',
      'journal CardRead',
      'journal AuthorizationRequested',
      'effect StopTimer',
      'effect SendAuthorization',
      'journal AuthorizationApproved',
      'journal ReceiptRequested',
      'effect PrintReceipt',
    ]);
  });

  it('signs the head when money has moved, and spares the disk what a power cut may take', () => {
    const { terminal, journal, start } = given();
    start();
    for (const input of [startCard, tapped]) terminal.handle(input);
    expect(journal.seals).toEqual([]);
    terminal.handle(approved);
    expect(journal.seals).toEqual([journal.recorded.length]);
    terminal.handle({ type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-1` });
    terminal.handle({ type: 'CloseSale', transactionId: id });
    expect(journal.unsynced).toEqual(['SaleStarted', 'ReceiptPrinted', 'SaleClosed']);
  });

  it('halts when the journal cannot be written: no effect, no change, and nothing afterwards', () => {
    const { terminal, journal, effects, start } = given();
    start();
    terminal.handle(startCard);
    const before = { state: structuredClone(terminal.state), effects: effects.length };
    journal.broken = true;
    expect(terminal.handle(tapped)).toEqual({ kind: 'halted', why: 'the disk answered EIO' });
    expect(terminal.state).toEqual(before.state);
    expect(effects).toHaveLength(before.effects);
    journal.broken = false;
    expect(terminal.handle(tapped).kind).toBe('halted');
    expect(terminal.halted).toEqual({ kind: 'journal', why: 'the disk answered EIO' });
  });

  it('comes to the same state from the journal, wherever it stopped, and never sends an authorization again', () => {
    const first = given();
    first.start();
    const inputs = [startCard, tapped, approved] as const;
    for (let count = 0; count <= inputs.length; count += 1) {
      const restarted = given(first.journal.recorded);
      expect(restarted.terminal.state).toEqual(first.terminal.state);
      restarted.start();
      expect(restarted.effects.map(({ type }) => type)).not.toContain('SendAuthorization');
      const input = inputs[count];
      if (input !== undefined) first.terminal.handle(input);
    }
  });

  it('starts from its snapshot and what follows, and comes to the same state', () => {
    const first = given();
    first.start();
    for (const input of [startCard, tapped]) first.terminal.handle(input);
    // A customer waits: not now, unless the service ends.
    expect(first.terminal.snapshot()).toBe(false);
    expect(first.journal.snapshot).toBeUndefined();
    expect(first.terminal.snapshot({ force: true })).toBe(true);
    expect(first.terminal.snapshot()).toBe(true);
    first.terminal.handle(approved);
    const { snapshot } = first.journal;
    const second = given(first.journal.recorded, snapshot);
    expect(snapshot?.sequence).toBeLessThan(first.journal.recorded.length);
    expect(second.terminal.state).toEqual(first.terminal.state);
    expect(second.journal.readAfter).toBe(snapshot?.sequence);
  });

  it('starts from the newest snapshot that it can read: its own, or else one of an earlier version', () => {
    const own = { sequence: 9, state: 'own' };
    const earlier = { sequence: 12, state: 'earlier' };
    const journal = (...versions: readonly number[]) => ({
      latestSnapshot: (version: number) => (versions.includes(version) ? (version === 1 ? earlier : own) : undefined),
    });
    expect(readableSnapshot(journal(1, foldVersion))).toBe(own);
    expect(readableSnapshot(journal(1))).toBe(earlier);
    expect(readableSnapshot(journal(foldVersion + 1))).toBeUndefined();
  });

  it('writes a snapshot by itself after some thousand events, and only then', () => {
    const { terminal, journal, start } = given();
    start();
    const sales = 2000;
    for (let n = 0; n < sales; n += 1) {
      const sale = transactionId(`S-N${n}`);
      terminal.handle({ ...startCard, transactionId: sale, key: `k${n}` } as Input);
      terminal.handle({ type: 'CancelSale', transactionId: sale });
      terminal.handle({ type: 'CloseSale', transactionId: sale });
      terminal.snapshot();
      const { sequence = 0 } = journal.snapshot ?? {};
      expect(journal.recorded.length - sequence).toBeLessThan(5003);
    }
    expect(journal.snapshot?.sequence).toBeGreaterThan(0);
    expect(journal.snapshots).toBe(Math.floor(journal.recorded.length / 5000));
  });

  it('says that no snapshot stands when it could not be written', () => {
    const { terminal, journal, start } = given();
    expect(terminal.snapshot({ force: true })).toBe(false);
    start();
    const refused = vi.spyOn(journal, 'writeSnapshot').mockReturnValue(err(fault('diskFull', 'no room', true)));
    expect(terminal.snapshot({ force: true })).toBe(false);
    refused.mockRestore();
    expect(terminal.snapshot({ force: true })).toBe(true);
    terminal.halt('damaged');
    expect(terminal.snapshot({ force: true })).toBe(false);
  });

  it('stops selling when its journal is found damaged', () => {
    const { terminal, start } = given();
    start();
    terminal.halt('row 7 does not match its hash');
    expect(terminal.handle(startCard)).toEqual({ kind: 'halted', why: 'row 7 does not match its hash' });
  });

  it('tells listeners after every change until they unsubscribe', () => {
    const { terminal, start } = given();
    start();
    let told = 0;
    const end = terminal.onChange(() => (told += 1));
    terminal.handle(startCard);
    expect(told).toBe(1);
    end();
    terminal.handle(tapped);
    expect(told).toBe(1);
  });
});
