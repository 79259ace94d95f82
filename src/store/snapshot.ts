/**
 * Reading a journal without disturbing it: a private copy is made and only the copy is opened. That works while
 * the terminal runs (which locks its file), after a crash, on read-only media, and on a damaged file.
 *
 * Why the copy is consistent although nobody waits: between two resets of the WAL every page that a checkpoint
 * writes into the database also stands in the WAL. So the database is copied first and the WAL after it; when
 * the WAL's header (SQLite "Database File Format" §4.1: salts and checkpoint number) is the same before and
 * after, whatever the copy of the database caught half-written is replaced from the copy of the WAL, and a torn
 * last frame fails its checksum.
 *
 * Opening a file and closing it again drops all POSIX locks that the same process holds on it. So a journal
 * that this process itself has open is copied through its own connection, and no other code may open that file.
 */
import {
  closeSync,
  copyFileSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { err, ok, type Result } from '../core/base/result.ts';
import {
  checkVersion,
  identifyFile,
  openFault,
  openFaultOf,
  openUntouched,
  versionOf,
  type JournalOpenFault,
} from './database.ts';
import { errorCode } from './files.ts';

export interface Snapshot {
  readonly db: Database.Database;
  /** Closes and removes the copy. */
  close(): void;
}

const maxTries = 10;
/** Between two turns of the event loop: 1 MiB of a new journal, 4 MiB of one that began as version 1. */
const pagesAtOnce = 1024;
const bytesAtOnce = 4 * 1024 * 1024;

/** Journals that this process holds open, by device and inode. */
const held = new Map<string, Database.Database>();

function fileId(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

export function isHeld(path: string): boolean {
  return held.has(fileId(path) ?? '');
}

/** Registers the open journal; the returned function ends that. */
export function hold(path: string, db: Database.Database): () => void {
  const id = fileId(path) ?? path;
  held.set(id, db);
  return () => {
    held.delete(id);
  };
}

/** Copies into the system's temporary directory (`TMPDIR`), which must have room for the journal. */
export function openSnapshot(path: string): Result<Snapshot, JournalOpenFault> {
  let scratch: string | undefined;
  try {
    const own = held.get(fileId(path) ?? '');
    const identified = own === undefined ? identifyFile(path) : ok(undefined);
    if (!identified.ok) return identified;
    const directory = mkdtempSync(join(tmpdir(), 'cham-journal-'));
    scratch = directory;
    const copy = join(directory, 'journal.db');
    if (own !== undefined) writeFileSync(copy, own.serialize());
    else if (!copyUnlocked(path, copy)) {
      remove(directory);
      return err(openFault('inUse', `${path} changed faster than it could be copied, ${maxTries} times in a row`));
    }
    const db = openUntouched(copy);
    const known = checkVersion(versionOf(db), path);
    if (!known.ok) {
      db.close();
      remove(directory);
      return known;
    }
    return ok({
      db,
      close: () => {
        db.close();
        remove(directory);
      },
    });
  } catch (error) {
    if (scratch !== undefined) remove(scratch);
    return err(openFaultOf(error, path));
  }
}

function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * Copies into a file that is to be kept, also while another process appends, or this one. False when it changed too
 * fast. Throws the errors of SQLite and of the system.
 */
export async function copyJournal(path: string, copy: string, onProgress: (part: number) => void): Promise<boolean> {
  const own = held.get(fileId(path) ?? '');
  if (own === undefined) return copyUnlocked(path, copy, onProgress);
  await own.backup(copy, {
    progress: ({ totalPages, remainingPages }) => {
      if (totalPages > 0) onProgress(1 - remainingPages / totalPages);
      return pagesAtOnce;
    },
  });
  onProgress(1);
  return true;
}

function copyUnlocked(path: string, copy: string, onProgress?: (part: number) => void): boolean {
  for (let attempt = 0; attempt < maxTries; attempt += 1) {
    const before = version(path);
    if (onProgress === undefined) copyFileSync(path, copy);
    else copyInSteps(path, copy, onProgress);
    copyIfPresent(`${path}-wal`, `${copy}-wal`);
    if (version(path) === before) return true;
  }
  return false;
}

function copyInSteps(path: string, copy: string, onProgress: (part: number) => void): void {
  const from = openSync(path, 'r');
  const to = openSync(copy, 'w', 0o600);
  try {
    const { size } = fstatSync(from);
    const buffer = Buffer.alloc(bytesAtOnce);
    let done = 0;
    for (;;) {
      const length = readSync(from, buffer, 0, buffer.length, done);
      if (length === 0) return;
      for (let written = 0; written < length;) written += writeSync(to, buffer, written, length - written);
      done += length;
      onProgress(Math.min(1, done / size));
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

/** Changes whenever a copy made meanwhile may mix two states. */
function version(path: string): string {
  const wal = readWalHeader(`${path}-wal`);
  if (wal.length > 0) return wal.toString('hex');
  // No WAL, no writer at work: then the database itself must not have changed.
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino}:${size}:${mtimeNs}`;
}

function readWalHeader(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const header = Buffer.alloc(32);
    return header.subarray(0, readSync(file, header));
  } finally {
    closeSync(file);
  }
}

function copyIfPresent(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    copyFileSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
