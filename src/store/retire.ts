/**
 * Ending a book on purpose, for `cham reset`: the journal is kept from every terminal process, copied and checked, and
 * then taken away as a whole, so that the next start begins a new book. Until the rename nothing is lost; after it the
 * old folder has a name that no terminal looks at, and what a crash leaves of it is erased by the next reset.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { err, ok, type Result } from '../core/base/result.ts';
import { backupJournal, type BackupFault, type BackupReport } from './backup.ts';
import { openFaultOf, openWriter, type JournalOpenFault } from './database.ts';
import { journalFiles, syncDirectory, type JournalFiles } from './files.ts';
import { readHead } from './rows.ts';
import { hold } from './snapshot.ts';
import { erase } from './vault.ts';

/** Keeps every terminal out until `release`. `inUse` when one runs. Changes nothing by itself. */
export function lockJournal(directory: string): Result<LockedJournal, JournalOpenFault> {
  const files = journalFiles(directory);
  try {
    return ok(new LockedJournal(files, openWriter(files.journal)));
  } catch (error) {
    return err(openFaultOf(error, files.journal));
  }
}

export class LockedJournal {
  readonly #files: JournalFiles;
  readonly #db: Database.Database;
  readonly #letGo: () => void;

  /** Use `lockJournal`. */
  constructor(files: JournalFiles, db: Database.Database) {
    this.#files = files;
    this.#db = db;
    this.#letGo = hold(files.journal, db);
  }

  /** Hash of the last row, lower-case hex. */
  headHash(): string {
    return Buffer.from(readHead(this.#db)?.hash ?? []).toString('hex');
  }

  /** See `backupJournal`. */
  backup(to: string): Promise<Result<BackupReport, BackupFault>> {
    return backupJournal(this.#files.journal, to);
  }

  /**
   * Takes the whole folder away, the private key overwritten, and a mirror that lies elsewhere. Throws the errors of
   * SQLite and of the system.
   */
  remove(): void {
    const { directory, mirror, mirrorSnapshot } = this.#files;
    eraseRemoved(directory);
    // Before the journal: without it a start makes it anew, while a new book could not begin beside an old mirror.
    if (dirname(mirror) !== directory) for (const path of [mirror, mirrorSnapshot]) erase(path);
    // Else closing would look for its log under the old name, where a new journal may lie by then.
    this.#db.pragma('journal_mode = DELETE');
    renameSync(directory, removedName(directory));
    syncDirectory(dirname(directory));
    this.release();
    eraseRemoved(directory);
  }

  release(): void {
    this.#letGo();
    this.#db.close();
  }
}

function removedName(directory: string): string {
  return `${directory}.removed`;
}

/** True when there was something of an interrupted `remove` to finish. Throws the system's error. */
export function eraseRemoved(directory: string): boolean {
  const removed = removedName(directory);
  if (statSync(removed, { throwIfNoEntry: false }) === undefined) return false;
  for (const name of readdirSync(removed)) if (name === 'terminal.key') erase(join(removed, name));
  rmSync(removed, { recursive: true });
  syncDirectory(dirname(removed));
  return true;
}
