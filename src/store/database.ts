/**
 * SQLite as the journal uses it: which files are ours, how a connection is opened, what its errors mean.
 *
 * The terminal holds its journal with locking_mode=EXCLUSIVE: SQLite itself then keeps every other process out
 * (a second terminal, a technician's sqlite3 of a version with the WAL-reset bug) and needs no shared memory.
 * Readers never open the original but a private copy (snapshot.ts).
 * synchronous=FULL is set on every connection: better-sqlite3 is compiled with NORMAL for WAL, which loses
 * acknowledged commits at a power cut.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { errorCode, errorText } from './files.ts';

export type JournalOpenFaultKind =
  | 'notAJournal'
  | 'damaged'
  | 'newerVersion'
  | 'inUse'
  /** There was a journal here, and it is gone. */
  | 'missing'
  | 'keyMissing'
  /** Unreadable, or the key of another journal. */
  | 'keyUnusable'
  /** Journal and mirror are each whole and do not belong together. */
  | 'diverged'
  /** The medium that it was configured to lie on is not there. */
  | 'mirrorMissing'
  | 'ioError';

/** Nothing on disk was changed. `detail` says what is wrong, where, and how to recover. */
export type JournalOpenFault = Fault<JournalOpenFaultKind>;

/** Forward only: entry n brings version n to version n + 1. A new book runs them all. */
const migrations = ['001-journal.sql', '002-retention.sql'].map((name) =>
  readFileSync(new URL(`schema/${name}`, import.meta.url), 'utf8'),
);
const schemaVersion = migrations.length;
/** `CHAM` in ASCII. */
const applicationId = 0x4348414d;
const busyTimeoutMs = 500;

const recovery: Record<JournalOpenFaultKind, string> = {
  notAJournal: 'It was left as it is. Check the configured directory, or restore the whole directory from a backup.',
  damaged:
    'Nothing was changed. Copy the whole directory to a safe place, run `cham journal verify` on the copy, then ' +
    'restore the last good backup of the whole directory and settle what is newer by the records of acquirer and bank.',
  newerVersion: 'It was left as it is. Install the newer version of the terminal again.',
  inUse: 'Stop the other terminal process, then start again.',
  missing:
    'No new journal was started, since sales may be missing from it. Restore the whole directory from a backup; to ' +
    'begin a new book on purpose, move the whole directory away: the terminal then gets a new key.',
  keyMissing:
    'Restore terminal.key from the backup of this directory; without it the journal can be read and verified, not continued.',
  keyUnusable: 'Restore terminal.key from the backup of this directory, with mode 0600.',
  diverged:
    'Nothing was changed. Copy both to a safe place. One of them was put here from elsewhere: move that one away, then ' +
    'start again; with the mirror moved away a new one is made from the journal.',
  mirrorMissing:
    'Nothing was changed. Connect the medium that holds it, then start again. Is it lost, remove the file ' +
    'journal.mirror-place beside the journal: a new mirror is then made from the journal.',
  ioError: 'Nothing was changed. Check the disk, the free space and the owner of the directory, then start again.',
};

export function openFault(kind: JournalOpenFaultKind, what: string): JournalOpenFault {
  return fault(kind, `${what}. ${recovery[kind]}`, kind === 'inUse' || kind === 'ioError' || kind === 'mirrorMissing');
}

/** Without the advice. */
export function whatOf({ kind, detail }: JournalOpenFault): string {
  return detail.replace(`. ${recovery[kind]}`, '');
}

/** Names the fault behind an error that SQLite or the system threw while opening or reading; bugs go on up. */
export function openFaultOf(error: unknown, path: string): JournalOpenFault {
  const code = errorCode(error);
  if (code === undefined || code.startsWith('ERR_')) throw error;
  const what = `${path}: ${errorText(error)} (${code})`;
  if (code.startsWith('SQLITE_BUSY')) return openFault('inUse', `another terminal process uses ${path}`);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_ERROR') return openFault('damaged', what);
  if (code === 'SQLITE_NOTADB' || code === 'ENOTDIR') return openFault('notAJournal', what);
  return openFault('ioError', what);
}

/**
 * Looks at the header only, before SQLite touches the file.
 * Source: SQLite "Database File Format", section 1.3 (magic 0–15, user version 60–63, application id 68–71).
 */
export function identifyFile(path: string): Result<void, JournalOpenFault> {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return err(openFault('missing', `${path} does not exist`));
    if (!found.isFile()) return err(openFault('notAJournal', `${path} is not a regular file`));
    const header = Buffer.alloc(100);
    const file = openSync(path, 'r');
    try {
      const length = readSync(file, header);
      if (length < header.length) return err(openFault('notAJournal', `${path} has only ${length} bytes`));
    } finally {
      closeSync(file);
    }
    if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
      return err(openFault('notAJournal', `${path} is not an SQLite database`));
    }
    if (header.readUInt32BE(68) !== applicationId) {
      return err(openFault('notAJournal', `${path} is an SQLite database, but not a journal of this program`));
    }
    return checkVersion(header.readUInt32BE(60), path);
  } catch (error) {
    return err(openFaultOf(error, path));
  }
}

/** Again after opening: the header may lie behind a log that a newer program left. */
export function checkVersion(version: number, path: string): Result<void, JournalOpenFault> {
  if (version <= schemaVersion) return ok(undefined);
  return err(openFault('newerVersion', `${path} has format ${version}, this program knows up to ${schemaVersion}`));
}

export function versionOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

export function isOlderVersion(db: Database.Database): boolean {
  return versionOf(db) < schemaVersion;
}

/**
 * Brings an older journal to this version in one transaction: afterwards it is the one or the other, whatever
 * happens. Needs room for two more copies of the journal. Throws the errors of SQLite.
 */
export function migrate(db: Database.Database): void {
  const from = versionOf(db);
  db.transaction(() => {
    for (const step of migrations.slice(from)) db.exec(step);
    db.pragma(`user_version = ${schemaVersion}`);
  }).exclusive();
  db.pragma('wal_checkpoint(TRUNCATE)');
}

/** The only writer. Locked before this returns, and nothing written; throws SQLITE_BUSY when another process has it. */
export function openWriter(path: string): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  return prepared(db, 'EXCLUSIVE');
}

/** Before the first append. */
export function makeDurable(db: Database.Database): void {
  assert(db.pragma('journal_mode = WAL', { simple: true }) === 'wal', 'journal: WAL was refused');
  db.pragma('synchronous = FULL');
  assert(db.pragma('synchronous', { simple: true }) === 2, 'journal: synchronous is not FULL');
  // What retention removes is overwritten with zeros.
  db.pragma('secure_delete = ON');
}

/** Leaves database and WAL as they are, even after a crash and even when closed; may leave a `-shm` beside them. */
export function openUntouched(path: string): Database.Database {
  return prepared(new Database(path, { readonly: true, timeout: busyTimeoutMs }), 'NORMAL');
}

function prepared(db: Database.Database, lockingMode: 'NORMAL' | 'EXCLUSIVE'): Database.Database {
  try {
    // First of all: only when the WAL is opened in exclusive mode does SQLite take and keep the whole lock.
    db.pragma(`locking_mode = ${lockingMode}`);
    // A forged schema must not call functions while it is looked at.
    db.pragma('trusted_schema = OFF');
    const version = db.prepare<[], string>('SELECT sqlite_version() FROM sqlite_schema').pluck().get() ?? '';
    assert(atLeast(version, [3, 51, 3]), `journal: SQLite ${version} has the WAL-reset bug, 3.51.3 or later is needed`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A journal file without a row, closed and complete. Throws the errors of SQLite. */
export function createDatabase(path: string, publicKey: Uint8Array, genesis: Uint8Array): void {
  const db = new Database(path);
  try {
    // Each commit writes whole pages, two at least: a quarter of the default wears a memory card out less.
    db.pragma('page_size = 1024');
    db.pragma('synchronous = FULL');
    db.transaction(() => {
      for (const step of migrations) db.exec(step);
      db.prepare('INSERT INTO identity VALUES (1, ?)').run(publicKey);
      db.prepare('INSERT INTO head VALUES (1, 0, ?)').run(genesis);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${schemaVersion}`);
    })();
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
}

/** Names of tables and triggers that are not exactly as the file's version creates them. */
export function schemaDifferences(db: Database.Database): readonly string[] {
  const wanted = schemaOf(versionOf(db));
  const found = objects(db);
  const names = new Set([...wanted.keys(), ...found.keys()]);
  return [...names].filter((name) => wanted.get(name) !== found.get(name));
}

/** What each version creates, as SQLite writes it down; asked for several times at a start. */
const schemas = new Map<number, ReadonlyMap<string, string | null>>();

function schemaOf(version: number): ReadonlyMap<string, string | null> {
  const known = schemas.get(version);
  if (known !== undefined) return known;
  const made = new Database(':memory:');
  try {
    for (const step of migrations.slice(0, version)) made.exec(step);
    const schema = objects(made);
    // A forged version is none of ours; it is not kept.
    if (version <= schemaVersion) schemas.set(version, schema);
    return schema;
  } finally {
    made.close();
  }
}

function objects(db: Database.Database): Map<string, string | null> {
  const query = db.prepare<[], { name: string; sql: string | null }>('SELECT name, sql FROM sqlite_schema');
  return new Map(query.all().map(({ name, sql }) => [name, sql]));
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, part] of wanted.entries()) {
    const difference = (parts[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
