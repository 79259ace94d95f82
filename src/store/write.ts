/** How rows are written: chained to the row before, in one transaction, and what it means when that fails. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import type { EpochMs } from '../core/base/brand.ts';
import { fault, type Fault } from '../core/base/result.ts';
import type { Seal } from './anchor.ts';
import { eventHash, hashOfBody, type StoredRow } from './canonical.ts';
import { errorCode, errorText, type JournalFiles } from './files.ts';

/** After either fault nothing more may be sold: what is on disk is known only after a restart. */
export type JournalFault = Fault<'diskFull' | 'writeFailed'>;

/** An event as it is stored, without its place in the chain. */
export interface Entry {
  readonly type: string;
  readonly transactionId: string | null;
  readonly body: string;
}

/** `alongside` runs in the same transaction, before the rows are written. */
export type WriteRows = Database.Transaction<
  (rows: readonly StoredRow[], seal: Seal | undefined, alongside: (() => void) | undefined) => void
>;

/** The row after `sequence`, with a salt of its own. */
export function chained(entry: Entry, at: EpochMs, sequence: number, previous: Uint8Array): StoredRow {
  const salt = randomBytes(16);
  const content = { ...entry, at, salt, bodyHash: hashOfBody(salt, entry.body) };
  return { ...content, sequence: sequence + 1, hash: eventHash(sequence + 1, content, previous) };
}

/** Names what SQLite threw; bugs go on up. */
export function faultOf(error: unknown, files: JournalFiles): JournalFault {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return journalFault(
    code === 'SQLITE_FULL' || code === 'ENOSPC' ? 'diskFull' : 'writeFailed',
    files,
    `${errorText(error)} (${code})`,
  );
}

export function journalFault(kind: JournalFault['kind'], files: JournalFiles, what: string): JournalFault {
  const advice = kind === 'diskFull' ? 'Make room and start again' : 'Check the disk and start again';
  return fault(kind, `the journal in ${dirname(files.journal)} could not be written: ${what}. ${advice}`, false);
}

export function inodes({ journal, mirror }: JournalFiles): string {
  const found = [journal, `${journal}-wal`, mirror].map((path) => statSync(path, { throwIfNoEntry: false })?.ino);
  return found.join(' ');
}

export function prepareWrite(db: Database.Database): WriteRows {
  const insert = db.prepare(
    'INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :salt, :bodyHash, :hash)',
  );
  const moveHead = db.prepare('UPDATE head SET sequence = :sequence, hash = :hash WHERE id = 1');
  const insertSeal = db.prepare('INSERT INTO seals VALUES (:sequence, :hash, :signature, :keyId, :at)');
  return db.transaction((rows, seal, alongside) => {
    alongside?.();
    for (const row of rows) insert.run(row);
    const last = rows.at(-1);
    assert(last !== undefined && moveHead.run(last).changes === 1, 'journal: the head did not move');
    if (seal !== undefined) insertSeal.run({ ...seal, at: last.at });
  });
}
