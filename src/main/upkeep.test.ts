/** Upkeep on a real journal: retention behind a snapshot, and a chain that is checked while nobody pays. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { identity, policy } from '../../test/scenarios/given.ts';
import { Terminal } from '../app/terminal.ts';
import { epochMs, transactionId } from '../core/base/brand.ts';
import { money } from '../core/base/money.ts';
import { err, fault } from '../core/base/result.ts';
import { openJournal, type Journal } from '../store/journal.ts';
import { verifyJournal } from '../store/verify.ts';
import { startUpkeep } from './upkeep.ts';

const dayMs = 86_400_000;
let folder = '';
let now = 0;
let tick: (() => void) | undefined;
const clock = {
  now: () => epochMs(now),
  monotonicMs: () => now,
  after: (_delayMs: number, callback: () => void) => {
    tick = callback;
    return () => {
      tick = undefined;
    };
  },
};
const log = { write: () => {} };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-upkeep-'));
  now = 1_800_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): { readonly journal: Journal; readonly terminal: Terminal } {
  const opened = openJournal(path.join(folder, 'journal'));
  if (!opened.ok) throw new Error(opened.fault.detail);
  const terminal = new Terminal({ journal: opened.value, clock, log, policy, softwareVersion: '0', identity });
  return { journal: opened.value, terminal };
}

/** Cash, because it needs no other world. */
function sell(terminal: Terminal, n: number): void {
  const id = transactionId(`S-U${n}`);
  const amount = money(10_000, 'VND');
  const common = { transactionId: id, key: `u-${n}`, amount, reference: `CHU${n}`, order: null };
  terminal.handle({ type: 'StartSale', ...common, method: 'cash' });
  terminal.handle({ type: 'CashTendered', transactionId: id, tendered: amount });
  terminal.handle({ type: 'CloseSale', transactionId: id });
}

it('forgets what is old, proves that it did, and starts again to the same state', () => {
  const { journal, terminal } = open();
  terminal.start({ run: () => {} });
  for (let n = 0; n < 1200; n += 1) sell(terminal, n);
  terminal.handle({ type: 'CloseBatch', batch: 1, because: 'person', by: null });
  for (let n = 1200; n < 1300; n += 1) sell(terminal, n);
  const end = startUpkeep({ terminal, journal, clock, log, retentionDays: 30 });
  tick?.();
  expect(journal.redactedThrough()).toBe(0);
  now += 31 * dayMs;
  for (let round = 0; round < 60; round += 1) tick?.();
  expect(journal.redactedThrough()).toBeGreaterThan(0);
  // What may still be refunded or voided is known to the last detail.
  expect(terminal.state.transactions.has(transactionId('S-U1299'))).toBe(true);
  end();
  const before = structuredClone(terminal.state);
  const { files } = journal;
  journal.close();
  const report = verifyJournal(files.journal);
  expect(report).toMatchObject({ verified: true, problems: [] });
  expect(report.redacted).toBeGreaterThan(0);
  const again = open();
  expect(again.terminal.state).toEqual(before);
  again.journal.close();
});

it('removes nothing while no snapshot can be written, and does so when one can', () => {
  const { journal, terminal } = open();
  terminal.start({ run: () => {} });
  for (let n = 0; n < 1200; n += 1) sell(terminal, n);
  terminal.handle({ type: 'CloseBatch', batch: 1, because: 'person', by: null });
  for (let n = 1200; n < 1250; n += 1) sell(terminal, n);
  terminal.snapshot({ force: true });
  for (let n = 1250; n < 1300; n += 1) sell(terminal, n);
  now += 31 * dayMs;
  const refused = vi.spyOn(journal, 'writeSnapshot').mockReturnValue(err(fault('diskFull', 'no room', true)));
  const end = startUpkeep({ terminal, journal, clock, log, retentionDays: 30 });
  for (let round = 0; round < 3; round += 1) tick?.();
  expect(terminal.halted).toBeUndefined();
  expect(journal.redactedThrough()).toBe(0);
  // Not at every turn: each attempt is a warning in the log.
  expect(refused).toHaveBeenCalledTimes(1);
  refused.mockRestore();
  now += dayMs / 4;
  for (let round = 0; round < 60; round += 1) tick?.();
  expect(journal.redactedThrough()).toBeGreaterThan(0);
  end();
  journal.close();
});

it('stops selling when the chain is found damaged', () => {
  const first = open();
  first.terminal.start({ run: () => {} });
  for (let n = 0; n < 5; n += 1) sell(first.terminal, n);
  first.terminal.snapshot({ force: true });
  sell(first.terminal, 5);
  const { files } = first.journal;
  first.journal.close();
  // Whoever forges puts the trigger back, and an old row is not looked at by a start.
  const db = new Database(files.journal);
  const trigger = db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'events_no_update'").pluck().get();
  db.exec('DROP TRIGGER events_no_update');
  db.exec("UPDATE events SET type = 'SaleFailed' WHERE sequence = 4");
  db.exec(trigger ?? '');
  db.close();
  const { journal, terminal } = open();
  terminal.start({ run: () => {} });
  const end = startUpkeep({ terminal, journal, clock, log, retentionDays: undefined });
  tick?.();
  expect(terminal.halted?.why).toMatch(/journal\.db was found damaged: edited.*cham journal verify/);
  end();
  journal.close();
});

it('checks the chain once through, and again after half an hour', () => {
  const { journal, terminal } = open();
  terminal.start({ run: () => {} });
  for (let n = 0; n < 150; n += 1) sell(terminal, n);
  const scrub = vi.spyOn(journal, 'scrub');
  const end = startUpkeep({ terminal, journal, clock, log, retentionDays: undefined });
  for (let round = 0; round < 20; round += 1) tick?.();
  const once = scrub.mock.calls.length;
  expect(scrub.mock.results.at(-1)?.value).toMatchObject({ done: true, problems: [] });
  expect(once).toBeLessThan(20);
  now += 30 * 60_000;
  for (let round = 0; round < 20; round += 1) tick?.();
  expect(scrub).toHaveBeenCalledTimes(2 * once);
  end();
  journal.close();
});
