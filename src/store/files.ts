/** Where the journal's files lie, and how a small file is written so that a power cut leaves the old or the new one. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** One directory holds everything that belongs together: back it up and move it as a whole. */
export interface JournalFiles {
  readonly directory: string;
  readonly journal: string;
  readonly key: string;
  readonly publicKey: string;
  readonly anchor: string;
  /** The rows once more (mirror.ts); by configuration on another medium. */
  readonly mirror: string;
  /** The newest snapshot once more, beside the mirror. */
  readonly mirrorSnapshot: string;
  /** Says where the mirror is, when it is not here. */
  readonly mirrorPlace: string;
  /** What was mended so far. */
  readonly healings: string;
  /** Its presence asks the next start to check everything. */
  readonly recheck: string;
}

/** @param mirrorFolder as it was configured; left out: where the last start kept the mirror. */
export function journalFiles(directory: string, mirrorFolder?: string): JournalFiles {
  const mirrorPlace = join(directory, 'journal.mirror-place');
  const folder = mirrorFolder ?? recordedFolder(mirrorPlace) ?? directory;
  return {
    directory,
    journal: join(directory, 'journal.db'),
    key: join(directory, 'terminal.key'),
    publicKey: join(directory, 'terminal.pub'),
    anchor: join(directory, 'journal.anchor'),
    mirror: join(folder, 'journal.mirror'),
    mirrorSnapshot: join(folder, 'journal.mirror-snapshot'),
    mirrorPlace,
    healings: join(directory, 'journal.healings'),
    recheck: join(directory, 'journal.recheck'),
  };
}

/** Undefined when the mirror lies beside the journal, as it does unless it is configured. */
function recordedFolder(mirrorPlace: string): string | undefined {
  try {
    const folder = readFileSync(mirrorPlace, 'utf8').trim();
    return folder === '' ? undefined : folder;
  } catch {
    return undefined;
  }
}

/** Replaces `path` whole: written beside it, synced, renamed, and the directory synced. Throws the system's error. */
export function writeFileDurably(path: string, content: string | Uint8Array, mode: number): void {
  const draft = `${path}.new`;
  const bytes = Buffer.from(content);
  const file = openSync(draft, 'w', mode);
  try {
    fchmodSync(file, mode);
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/**
 * Makes what is read from a file durable, as it is read, without the room for a copy. Syncing it would not be enough:
 * after a sync that failed Linux takes the pages for clean, and the next sync succeeds without writing them. Written
 * again they are dirty again. Since the bytes are the same, a power cut in the middle spoils nothing that was durable.
 * Nobody else may write the file meanwhile. Throws the system's error.
 */
export function rewriteInPlace(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const piece = Buffer.alloc(1024 * 1024);
    for (let done = 0; ;) {
      const length = readSync(file, piece, 0, piece.length, done);
      if (length === 0) break;
      for (let written = 0; written < length;) {
        written += writeSync(file, piece, written, length - written, done + written);
      }
      done += length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
}

/**
 * Makes the log durable in which the last process may have left commits that it could not sync any more: killed in
 * between, or the sync failed. They are read from memory like any other, and are gone after a power cut; so before
 * anything is done because of them, above all before the anchor names one of them. The database needs no such care:
 * SQLite begins the log anew only when all of it has been synced into the database, and whatever a checkpoint wrote
 * that was not synced still stands in the log. To be called by the one who has the lock: no SQLite lock is on the log,
 * so to open and close it here drops none.
 */
export function keepLog(journal: string): void {
  const log = `${journal}-wal`;
  if (sizeOf(log) > 0) rewriteInPlace(log);
}

/** 0 when there is no such file. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Makes the directory with all its parents, durably. Throws the system's error. */
export function makeDirectoryDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made)) {
    syncDirectory(dirname(made));
    if (made === dirname(made)) return;
  }
}

/** Throws the system's error. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes creations and renames inside `directory` durable. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The system's code (`ENOSPC`), if the error has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
