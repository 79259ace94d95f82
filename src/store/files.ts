/** Where the journal's files lie, and how a small file is written so that a power cut leaves the old or the new one. */
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** One directory holds everything that belongs together: back it up and move it as a whole. */
export interface JournalFiles {
  readonly directory: string;
  readonly journal: string;
  readonly key: string;
  readonly publicKey: string;
  readonly anchor: string;
}

export function journalFiles(directory: string): JournalFiles {
  return {
    directory,
    journal: join(directory, 'journal.db'),
    key: join(directory, 'terminal.key'),
    publicKey: join(directory, 'terminal.pub'),
    anchor: join(directory, 'journal.anchor'),
  };
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

/** Makes the directory with all its parents, durably. Throws the system's error. */
export function makeDirectoryDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made)) {
    syncDirectory(dirname(made));
    if (made === dirname(made)) return;
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
