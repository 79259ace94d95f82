/**
 * What the store is doing when the power fails. Each scenario prepares a folder, and then does its work with the real
 * store, saying before each append what it tries and after it what was acknowledged. The same work is recorded for the
 * crash images and repeated with failing calls.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epochMs } from '../../src/core/base/brand.ts';
import { mustReachDisk, sealsJournal } from '../../src/core/transaction/durability.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openJournal, type Journal } from '../../src/store/journal.ts';
import { Disk, layOut } from './disk.ts';
import { mustAppend, mustOpen, sale, startOfTime } from '../../src/store/test-kit.ts';

/** How the work tells what it does. */
export interface Teller {
  /** So many rows are about to be appended after row `after`. */
  trying(after: number, rows: number): void;
  /** `durable`: a power cut must not take it any more. */
  acknowledged(sequence: number, hash: string, durable: boolean): void;
  /** The journal has refused and has to be opened again. */
  failed(detail: string): void;
}

export interface Scenario {
  readonly name: string;
  /** False where something is spoiled already of what a second spoiled block would need: two are not survived. */
  readonly trash: boolean;
  /** Of the images, against the 1 of a usual scenario: a large journal takes three times as long to open. Left out: 1. */
  readonly share?: number;
  /** Makes what lies in `folder` when the work begins, all of it durable. Returns the rows that are acknowledged by then. */
  prepare(folder: string): readonly Acknowledged[];
  /** With the store in `folder`/journal. Ends early when the store says that it failed. */
  work(folder: string, tell: Teller): void;
}

export interface Acknowledged {
  readonly sequence: number;
  readonly hash: string;
}

export const foldVersion = 1;
const later = epochMs(startOfTime + 1);

export function journalIn(folder: string): string {
  return join(folder, 'journal');
}

/** One sale in as many appends as the terminal makes. False: the store failed. */
function sell(journal: Journal, number: number, tell: Teller, allUnsynced = false): boolean {
  const [started, read, requested, approved, printed, closed] = sale(number);
  for (const group of [[started], [read, requested], [approved], [printed], [closed]]) {
    const events = group.filter((event): event is JournalEvent => event !== undefined);
    const seal = !allUnsynced && sealsJournal(events);
    const synced = !allUnsynced && (seal || mustReachDisk(events));
    tell.trying(journal.head().sequence, events.length);
    const appended = journal.append(events, startOfTime, seal, synced);
    if (!appended.ok) {
      tell.failed(appended.fault.detail);
      return false;
    }
    // The control claims of an append that was not synced what only a synced one may claim.
    tell.acknowledged(appended.value.sequence, appended.value.hash, synced || allUnsynced);
  }
  return true;
}

function withJournal(folder: string, tell: Teller, use: (journal: Journal) => boolean): void {
  const opened = openJournal(journalIn(folder));
  if (!opened.ok) return tell.failed(opened.fault.detail);
  const journal = opened.value;
  try {
    use(journal);
  } finally {
    journal.close();
  }
}

function remove(journal: Journal, tell: Teller): boolean {
  tell.trying(journal.head().sequence, 1);
  const options = { foldVersion, before: later, keep: () => false, by: 'test', at: later, maxRows: 9 };
  const removed = journal.redact(options);
  if (!removed.ok) {
    tell.failed(removed.fault.detail);
    return false;
  }
  const { sequence, hash } = journal.head();
  tell.acknowledged(sequence, hash, true);
  return true;
}

function snapshot(journal: Journal, tell: Teller): boolean {
  const written = journal.writeSnapshot(foldVersion, `{"through":${journal.head().sequence}}`);
  if (!written.ok && !written.fault.retrySafe) tell.failed(written.fault.detail);
  return written.ok || written.fault.retrySafe;
}

/** So many sales, and a copy of the folder as a kill leaves it, with the log beside the database. */
function prepareKilled(folder: string, sales: number, fullTo = 0): readonly Acknowledged[] {
  const original = join(folder, 'original');
  const journal = mustOpen(original);
  for (let number = 1; number <= sales; number += 1) mustAppend(journal, sale(number));
  // Small steps that change the same few pages over and over: the log fills up while the database stays small.
  const log = `${journal.files.journal}-wal`;
  while (statSync(log).size < fullTo) mustAppend(journal, sale(1).slice(4, 5));
  if (fullTo > 0) mustAppend(journal, sale(1).slice(4), true);
  // As it is read: nothing of a program that was killed is lost.
  layOut(Disk.of(original).image({ names: 0, files: new Map() }), journalIn(folder));
  const head = journal.head();
  journal.close();
  rmSync(original, { recursive: true });
  return [head];
}

function spoil(path: string, from: number, bytes: number): void {
  const content = readFileSync(path);
  content.fill(0xa5, from, Math.min(content.length, from + bytes));
  writeFileSync(path, content);
}

/** Bytes of the log, close to the 1000 pages after which SQLite moves it into the database; each takes 1048. */
const almostFull = 990 * 1048;

export const scenarios: readonly Scenario[] = [
  {
    name: 'a new book, sales, a snapshot, retention',
    trash: true,
    prepare: () => [],
    work: (folder, tell) =>
      withJournal(
        folder,
        tell,
        (journal) =>
          sell(journal, 1, tell) &&
          sell(journal, 2, tell) &&
          snapshot(journal, tell) &&
          sell(journal, 3, tell) &&
          remove(journal, tell) &&
          remove(journal, tell) &&
          sell(journal, 4, tell),
      ),
  },
  {
    name: 'a start after a kill, sales',
    trash: true,
    prepare: (folder) => prepareKilled(folder, 3),
    work: (folder, tell) => withJournal(folder, tell, (journal) => sell(journal, 4, tell) && sell(journal, 5, tell)),
  },
  {
    name: 'sales while the log is moved into the database',
    trash: true,
    share: 1 / 3,
    prepare: (folder) => prepareKilled(folder, 2, almostFull),
    work: (folder, tell) =>
      withJournal(folder, tell, (journal) => sell(journal, 900, tell) && sell(journal, 901, tell)),
  },
  {
    name: 'the end of the journal put back from the mirror',
    trash: true,
    prepare: (folder) => {
      const known = prepareKilled(folder, 6);
      const log = `${journalFiles(journalIn(folder)).journal}-wal`;
      spoil(log, Math.floor(statSync(log).size / 2), 4096);
      return known;
    },
    work: (folder, tell) => withJournal(folder, tell, (journal) => sell(journal, 7, tell)),
  },
  {
    name: 'the journal made anew from the mirror',
    trash: true,
    prepare: (folder) => {
      const known = prepareKilled(folder, 6);
      spoil(journalFiles(journalIn(folder)).journal, 1024, 8192);
      spoil(`${journalFiles(journalIn(folder)).journal}-wal`, 0, 65_536);
      return known;
    },
    work: (folder, tell) => withJournal(folder, tell, (journal) => sell(journal, 7, tell)),
  },
  {
    name: 'the mirror mended from the journal',
    trash: false,
    prepare: (folder) => {
      const known = prepareKilled(folder, 12);
      spoil(journalFiles(journalIn(folder)).mirror, 2048, 4096);
      return known;
    },
    work: (folder, tell) => withJournal(folder, tell, (journal) => sell(journal, 13, tell)),
  },
];

/** What the store does not do: acknowledge without a sync (SQLite's NORMAL), and so without a mirror. */
export const unsyncedControl: Scenario = {
  name: 'control: synchronous=NORMAL, no mirror',
  trash: false,
  prepare: () => [],
  work: (folder, tell) =>
    withJournal(
      folder,
      tell,
      (journal) => sell(journal, 1, tell, true) && sell(journal, 2, tell, true) && sell(journal, 3, tell, true),
    ),
};
