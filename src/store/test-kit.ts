/** What the tests of this folder share: scratch directories, sample events, and a journal they can open or die. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs, transactionId, type EpochMs } from '../core/base/brand.ts';
import { money } from '../core/base/money.ts';
import type { MaskedPan } from '../core/base/pan.ts';
import { mustReachDisk, sealsJournal } from '../core/transaction/durability.ts';
import type { JournalEvent } from '../core/transaction/events.ts';
import type { TerminalIdentity } from '../core/transaction/model.ts';
import { journalFiles } from './files.ts';
import { openJournal, type Journal } from './journal.ts';

export const identity: TerminalIdentity = {
  terminalId: 'CHAM0001',
  merchantId: 'TRAINING0000001',
  acquirer: 'training',
  qrProvider: 'training',
};

export const startOfTime: EpochMs = epochMs(1_790_000_000_000);

/** A new directory, and the function that removes it. */
export function scratch(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cham-store-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function mustOpen(directory: string): Journal {
  const opened = openJournal(directory);
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

export function mustAppend(journal: Journal, events: readonly JournalEvent[], seal = sealsJournal(events)): void {
  const appended = journal.append(events, startOfTime, seal, seal || mustReachDisk(events));
  if (!appended.ok) throw new Error(appended.fault.detail);
}

/** The events of one approved card sale; the last one seals. */
export function sale(number: number): readonly JournalEvent[] {
  const id = transactionId(`S-${String(number).padStart(26, '0')}`);
  return [
    {
      type: 'SaleStarted',
      transactionId: id,
      key: `key-${number}`,
      amount: money(45_000 + number, 'VND'),
      method: 'card',
      waitUntil: epochMs(startOfTime + 60_000),
    },
    {
      type: 'CardRead',
      transactionId: id,
      card: {
        maskedPan: '970400******0018' as MaskedPan,
        aid: 'A0000007271010',
        label: 'NAPAS thẻ nội địa',
        interface: 'contactless',
        posEntryMode: '072',
        iccData: '9F2608'.repeat(30),
        cryptogram: '0011223344556677',
      },
    },
    { type: 'AuthorizationRequested', transactionId: id, stan: number, waitUntil: epochMs(startOfTime + 30_000) },
    {
      type: 'AuthorizationApproved',
      transactionId: id,
      stan: number,
      responseCode: '00',
      approvalCode: 'A1B2C3',
      rrn: null,
    },
    { type: 'ReceiptPrinted', transactionId: id, jobId: `job-${number}` },
    { type: 'SaleClosed', transactionId: id },
  ];
}

/** A journal of 30 rows in `directory`, closed. Sealed at 6, 12, 18, 24 and 28; rows 29 and 30 are not sealed. */
export function writeThirty(directory: string): void {
  const journal = mustOpen(directory);
  const events = [1, 2, 3, 4, 5].flatMap(sale);
  for (let from = 0; from < 24; from += 6) mustAppend(journal, events.slice(from, from + 6));
  mustAppend(journal, events.slice(24, 28), true);
  mustAppend(journal, events.slice(28), false);
  journal.close();
}

/** The journal alone: with its mirror, what a test does to it would be mended (mirror.test.ts). Returns `directory`. */
export function withoutMirror(directory: string): string {
  const { mirror, mirrorSnapshot } = journalFiles(directory);
  for (const path of [mirror, mirrorSnapshot]) rmSync(path, { force: true });
  return directory;
}

export function copyOf(directory: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(directory, to, { recursive: true });
  return to;
}

/**
 * Content of every file. Not SQLite's wal-index (`-shm`, rebuilt from the WAL whenever needed) and not an empty
 * WAL, which says nothing.
 */
export function bytesIn(directory: string): Readonly<Record<string, string>> {
  const files = readdirSync(directory).filter((name) => {
    const { size } = statSync(join(directory, name));
    return !name.endsWith('-shm') && !(name.endsWith('-wal') && size === 0);
  });
  return Object.fromEntries(
    files.map((name) => {
      const path = join(directory, name);
      return [name, statSync(path).isDirectory() ? 'directory' : readFileSync(path, 'base64')];
    }),
  );
}
