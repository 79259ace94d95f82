/**
 * The journal: every event, durable before anything is done about it. Implements the application's JournalPort.
 *
 * One process owns the directory (files.ts), and one connection writes. Opening checks the whole file and chain
 * and refuses what is not whole; it never repairs, overwrites or recreates. Appends are one SQLite transaction
 * each, WAL with synchronous=FULL: what `append` has acknowledged survives a power cut.
 *
 * A commit that fails may still be on disk after a restart (an fsync error leaves it open), so the journal then
 * refuses everything until the process has been restarted and has read what is really there.
 */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import { readAnchor, writeAnchor, type Seal } from './anchor.ts';
import { ensureBook } from './birth.ts';
import { canonicalJson, eventHash, sealMessage, type StoredRow } from './canonical.ts';
import type { Head } from './chain.ts';
import {
  identifyFile,
  makeDurable,
  openFault,
  openFaultOf,
  openUntouched,
  openWriter,
  type JournalOpenFault,
} from './database.ts';
import { errorCode, errorText, type JournalFiles } from './files.ts';
import { inspectJournal, type Inspection } from './inspect.ts';
import { readTerminalKey, type TerminalKey } from './keys.ts';
import { hold, isHeld } from './snapshot.ts';

/** After either fault nothing more may be sold: what is on disk is known only after a restart. */
export type JournalFault = Fault<'diskFull' | 'writeFailed'>;

export interface JournalHead {
  /** 0 for an empty journal. */
  readonly sequence: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

/** Rows fetched at a time while the journal is folded. */
const readChunk = 500;

/**
 * Opens the terminal's journal in `directory`, a directory of its own. If it does not exist or is empty, a new
 * book with a new key begins there.
 */
export function openJournal(directory: string): Result<Journal, JournalOpenFault> {
  const book = ensureBook(resolve(directory));
  if (!book.ok) return book;
  const files = book.value;
  if (isHeld(files.journal)) return err(openFault('inUse', `this process has ${files.journal} open already`));
  const identified = identifyFile(files.journal);
  if (!identified.ok) return identified;
  const key = readTerminalKey(files.key);
  if (!key.ok) return err(openFault('keyUnusable', key.fault.detail));
  try {
    // Closing a writer moves the WAL into the database. After a crash, look before touching anything.
    if (sizeOf(`${files.journal}-wal`) > 0) {
      const untouched = openUntouched(files.journal);
      const refused = refusal(inspect(untouched, files, key.value), files);
      untouched.close();
      if (refused !== undefined) return err(refused);
    }
    const db = openWriter(files.journal);
    const found = inspect(db, files, key.value);
    const refused = refusal(found, files);
    if (refused !== undefined) {
      db.close();
      return err(refused);
    }
    try {
      return ok(new Journal(db, files, key.value, found));
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    return err(openFaultOf(error, files.journal));
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function inspect(db: Database.Database, files: JournalFiles, key: TerminalKey): Inspection {
  return inspectJournal(db, { key, anchor: readAnchor(files.anchor), seals: 'last' });
}

function refusal(found: Inspection, files: JournalFiles): JournalOpenFault | undefined {
  const [first, ...others] = found.problems;
  if (first === undefined) return undefined;
  if (first.kind === 'wrongKey') {
    return openFault('keyUnusable', `${files.key} is not the key of ${files.journal}: ${first.detail}`);
  }
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return openFault('damaged', `${files.journal}: ${first.kind}: ${first.detail}${more}`);
}

export class Journal {
  /** SHA-256 of the terminal's public key, lower-case hex: whose book this is. */
  readonly keyId: string;
  readonly files: JournalFiles;
  readonly #db: Database.Database;
  readonly #key: TerminalKey;
  readonly #write: Database.Transaction<(rows: readonly StoredRow[], seal: Seal | undefined) => void>;
  readonly #read: Database.Statement<[number, number], { sequence: number; at: number; body: string }>;
  readonly #release: () => void;
  /** Which files SQLite has open, to notice when they are deleted or replaced under it. */
  readonly #inodes: string;
  #head: Head;
  #failed: JournalFault | undefined;

  /** Use `openJournal`. Throws the errors of SQLite and of the system. */
  constructor(db: Database.Database, files: JournalFiles, key: TerminalKey, found: Inspection) {
    makeDurable(db);
    if (found.lastSeal !== undefined && found.lastSeal.sequence !== found.anchor?.sequence) {
      writeAnchor(files.anchor, found.lastSeal);
    }
    this.keyId = key.keyId;
    this.files = files;
    this.#db = db;
    this.#key = key;
    this.#head = found.head;
    this.#write = prepareWrite(db);
    this.#read = db.prepare('SELECT sequence, at, body FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?');
    this.#release = hold(files.journal, db);
    this.#inodes = inodes(files);
  }

  /**
   * Appends all events in one durable transaction and returns the new head; `seal` signs it in the same step.
   * `at` is the time of all of them. No events: nothing is written.
   */
  append(events: readonly JournalEvent[], at: EpochMs, seal: boolean): Result<JournalHead, JournalFault> {
    assert(this.#db.open, 'journal: append after close');
    assert(Number.isSafeInteger(at), 'journal: the time is not an integer of milliseconds');
    if (this.#failed !== undefined) return err(this.#failed);
    if (events.length === 0) return ok(this.head());
    const rows: StoredRow[] = [];
    let { sequence, hash } = this.#head;
    for (const event of events) {
      const transactionId = 'transactionId' in event ? event.transactionId : null;
      const content = { at, type: event.type, transactionId, body: canonicalJson(event) };
      sequence += 1;
      hash = eventHash(sequence, content, hash);
      rows.push({ ...content, sequence, hash });
    }
    const { keyId } = this;
    const signed: Seal | undefined = seal
      ? { sequence, hash, keyId, signature: this.#key.sign(sealMessage(keyId, sequence, hash)) }
      : undefined;
    try {
      if (inodes(this.files) !== this.#inodes) return this.#fail('writeFailed', 'it was deleted or replaced meanwhile');
      this.#write.immediate(rows, signed);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      return this.#fail(code === 'SQLITE_FULL' ? 'diskFull' : 'writeFailed', `${errorText(error)} (${code})`);
    }
    this.#head = { sequence, hash };
    if (signed !== undefined) this.#replaceAnchor(signed);
    return ok(this.head());
  }

  /** Every event so far, oldest first. */
  *read(): Generator<Recorded> {
    let after = 0;
    for (;;) {
      const rows = this.#read.all(after, readChunk);
      // The chain has proven that this program wrote the body.
      for (const { at, body } of rows) yield { at: epochMs(at), event: JSON.parse(body) as JournalEvent };
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.sequence;
    }
  }

  head(): JournalHead {
    return { sequence: this.#head.sequence, hash: Buffer.from(this.#head.hash).toString('hex') };
  }

  /** Lets the next process have the journal. */
  close(): void {
    this.#release();
    this.#db.close();
  }

  /** The events are durable; without the anchor the trail is not, so nothing more is taken. */
  #replaceAnchor(seal: Seal): void {
    try {
      writeAnchor(this.files.anchor, seal);
    } catch (error) {
      this.#fail(errorCode(error) === 'ENOSPC' ? 'diskFull' : 'writeFailed', `the anchor: ${errorText(error)}`);
    }
  }

  #fail(kind: JournalFault['kind'], what: string): Result<never, JournalFault> {
    const advice = kind === 'diskFull' ? 'Make room and start again' : 'Check the disk and start again';
    const where = dirname(this.files.journal);
    this.#failed = fault(kind, `the journal in ${where} could not be written: ${what}. ${advice}`, false);
    return err(this.#failed);
  }
}

function inodes({ journal }: JournalFiles): string {
  const [db, wal] = [journal, `${journal}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })?.ino);
  return `${db} ${wal}`;
}

function prepareWrite(
  db: Database.Database,
): Database.Transaction<(rows: readonly StoredRow[], seal: Seal | undefined) => void> {
  const insert = db.prepare('INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :hash)');
  const moveHead = db.prepare('UPDATE head SET sequence = :sequence, hash = :hash WHERE id = 1');
  const insertSeal = db.prepare('INSERT INTO seals VALUES (:sequence, :hash, :signature, :keyId, :at)');
  return db.transaction((rows, seal) => {
    for (const row of rows) insert.run(row);
    const last = rows.at(-1);
    assert(last !== undefined && moveHead.run(last).changes === 1, 'journal: the head did not move');
    if (seal !== undefined) insertSeal.run({ ...seal, at: last.at });
  });
}
