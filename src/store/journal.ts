/**
 * The journal: every event, durable before anything is done about it. Implements the application's JournalPort.
 *
 * One process owns the directory (files.ts), and one connection writes. Opening checks what a start must know
 * (inspect.ts) and refuses what is not whole; it never repairs, overwrites or recreates. A journal of an earlier
 * version is checked in full and then brought to this version. Appends are one SQLite transaction each, WAL with
 * synchronous=FULL: what `append` has acknowledged survives a power cut.
 *
 * A commit that fails may still be on disk after a restart (an fsync error leaves it open), so the journal then
 * refuses everything until the process has been restarted and has read what is really there. For the same reason
 * there is no reserve to be released on a full disk: `freeBytes` lets the terminal stop in time.
 */
import { statfsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import { err, fault, ok, type Result } from '../core/base/result.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import { readAnchor, writeAnchor, type Seal } from './anchor.ts';
import { ensureBook } from './birth.ts';
import { canonicalJson, sealMessage, snapshotMessage, type StoredRow } from './canonical.ts';
import type { Head, Problem } from './chain.ts';
import {
  checkVersion,
  identifyFile,
  isOlderVersion,
  makeDurable,
  migrate,
  openFault,
  openFaultOf,
  openUntouched,
  openWriter,
  versionOf,
  type JournalOpenFault,
} from './database.ts';
import { errorCode, errorText, rewriteInPlace, type JournalFiles } from './files.ts';
import { isTwin, keepOnly, usableSnapshots } from './fold-snapshot.ts';
import { inspectJournal, type Inspection } from './inspect.ts';
import { readTerminalKey, type TerminalKey } from './keys.ts';
import { chooseRows, Redactions, type RedactedRecord, type RedactOptions, type RedactReport } from './redaction.ts';
import { Scrub, type ScrubReport } from './scrub.ts';
import { hold, isHeld } from './snapshot.ts';
import {
  chained,
  faultOf,
  inodes,
  journalFault,
  prepareWrite,
  type Entry,
  type JournalFault,
  type WriteRows,
} from './write.ts';

export interface JournalHead {
  /** 0 for an empty journal. */
  readonly sequence: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

/** Rows fetched at a time while the journal is folded. */
const readChunk = 500;
/** Never taken by a snapshot. */
const roomForSales = 512 * 1024;

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
      const looked = inspect(untouched, files, key.value);
      untouched.close();
      if (!looked.ok) return looked;
    }
    const db = openWriter(files.journal);
    try {
      keepLog(files.journal);
      let looked = inspect(db, files, key.value);
      if (looked.ok) makeDurable(db);
      if (looked.ok && isOlderVersion(db)) {
        migrate(db);
        looked = inspect(db, files, key.value);
      }
      if (looked.ok) return ok(new Journal(db, files, key.value, looked.value));
      db.close();
      return looked;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    return err(openFaultOf(error, files.journal));
  }
}

/** Bytes that have to be free before a snapshot is written: once in the log, once in the database. */
function roomFor(state: string): number {
  return 2 * Buffer.byteLength(state) + roomForSales;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Makes the log durable in which the last process may have left commits that it could not sync any more: killed in
 * between, or the sync failed. They are read from memory like any other, and are gone after a power cut; so before
 * anything is done because of them, above all before the anchor names one of them. The database needs no such care:
 * SQLite begins the log anew only when all of it has been synced into the database, and whatever a checkpoint wrote
 * that was not synced still stands in the log. To be called by the one who has the lock: no SQLite lock is on the log,
 * so to open and close it here drops none.
 */
function keepLog(journal: string): void {
  const log = `${journal}-wal`;
  if (sizeOf(log) > 0) rewriteInPlace(log);
}

/** What a start must know. An older version is about to be rewritten, so everything is checked. */
function inspect(db: Database.Database, files: JournalFiles, key: TerminalKey): Result<Inspection, JournalOpenFault> {
  const known = checkVersion(versionOf(db), files.journal);
  if (!known.ok) return known;
  const depth = isOlderVersion(db) ? 'full' : 'start';
  const found = inspectJournal(db, { key, anchor: readAnchor(files.anchor), depth });
  const [first, ...others] = found.problems;
  if (first === undefined) return ok(found);
  if (first.kind === 'wrongKey') {
    return err(openFault('keyUnusable', `${files.key} is not the key of ${files.journal}: ${first.detail}`));
  }
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return err(openFault('damaged', `${files.journal}: ${first.kind}: ${first.detail}${more}`));
}

export class Journal {
  /** SHA-256 of the terminal's public key, lower-case hex: whose book this is. */
  readonly keyId: string;
  readonly files: JournalFiles;
  /** Snapshots that were found unusable at the start and are ignored. */
  readonly badSnapshots: readonly Problem[];
  readonly #db: Database.Database;
  readonly #key: TerminalKey;
  readonly #scrub: Scrub;
  readonly #write: WriteRows;
  readonly #read: Database.Statement<[number, number], { sequence: number; at: number; body: string | null }>;
  readonly #release: () => void;
  /** Which files SQLite has open, to notice when they are deleted or replaced under it. */
  readonly #inodes: string;
  #head: Head;
  #failed: JournalFault | undefined;
  /** Where the next call of `redact` goes on. */
  #redactAfter = 0;

  /** Use `openJournal`. Throws the errors of SQLite and of the system. */
  constructor(db: Database.Database, files: JournalFiles, key: TerminalKey, found: Inspection) {
    if (found.lastSeal !== undefined && found.lastSeal.sequence !== found.anchor?.sequence) {
      writeAnchor(files.anchor, found.lastSeal);
    }
    this.keyId = key.keyId;
    this.files = files;
    this.badSnapshots = found.badSnapshots;
    this.#db = db;
    this.#key = key;
    this.#scrub = new Scrub(db, key);
    this.#head = found.head;
    this.#write = prepareWrite(db);
    this.#read = db.prepare(
      `SELECT sequence, at, body FROM events WHERE sequence > ? AND type <> 'Redacted' ORDER BY sequence LIMIT ?`,
    );
    this.#release = hold(files.journal, db);
    this.#inodes = inodes(files);
  }

  /**
   * Appends all events in one durable transaction and returns the new head; `seal` signs it in the same step.
   * `at` is the time of all of them. No events: nothing is written.
   *
   * `synced` false is for events after which nothing is done that a power cut could not undo: they survive the end
   * of this process at once, a power cut only from the next synced append on. They are never lost out of order.
   */
  append(
    events: readonly JournalEvent[],
    at: EpochMs,
    seal: boolean,
    synced = true,
  ): Result<JournalHead, JournalFault> {
    assert(this.#db.open, 'journal: append after close');
    assert(synced || !seal, 'journal: the anchor must not be ahead of what a power cut leaves');
    const entries = events.map((event) => ({
      type: event.type,
      transactionId: 'transactionId' in event ? event.transactionId : null,
      body: canonicalJson(event),
    }));
    if (synced) return this.#append(entries, at, seal);
    // Leaves out the sync of the log, no more: the next synced commit syncs the whole log.
    this.#db.pragma('synchronous = NORMAL');
    try {
      return this.#append(entries, at, seal);
    } finally {
      this.#db.pragma('synchronous = FULL');
    }
  }

  /**
   * Events after row `after`, oldest first. Begin at the latest snapshot: bodies that retention removed cannot be
   * read again, so `after` must not be below `redactedThrough()`.
   */
  *read(after = 0): Generator<Recorded> {
    let last = after;
    for (;;) {
      const rows = this.#read.all(last, readChunk);
      for (const { at, body, sequence } of rows) {
        assert(body !== null, `journal: the body of row ${sequence} was removed, read from the snapshot on`);
        // The chain has proven that this program wrote the body.
        yield { at: epochMs(at), event: JSON.parse(body) as JournalEvent };
        last = sequence;
      }
      if (rows.length === 0) return;
    }
  }

  head(): JournalHead {
    return { sequence: this.#head.sequence, hash: Buffer.from(this.#head.hash).toString('hex') };
  }

  /** The newest state that this fold wrote, and the row up to which it is folded; undefined when there is none. */
  latestSnapshot(foldVersion: number): { readonly sequence: number; readonly state: string } | undefined {
    const [newest] = usableSnapshots(this.#db, this.#key, foldVersion);
    return newest && { sequence: newest.sequence, state: newest.state };
  }

  /**
   * Keeps `state` as what all rows up to the head fold into; the newest two snapshots are kept. Refused with
   * `diskFull` and `retrySafe` while it would take the room that sales need: the journal then goes on without it. After
   * any other fault it does not.
   */
  writeSnapshot(foldVersion: number, state: string): Result<void, JournalFault> {
    assert(this.#db.open, 'journal: snapshot after close');
    if (this.#failed !== undefined) return err(this.#failed);
    if (this.#head.sequence === 0) return ok(undefined);
    const needed = roomFor(state);
    if (this.freeBytes() < needed) {
      return err(fault('diskFull', `a snapshot needs ${needed} bytes of free space, which there are not`, true));
    }
    const content = { ...this.#head, foldVersion, state };
    const signature = this.#key.sign(snapshotMessage(this.keyId, content));
    try {
      this.#db
        .prepare(
          `INSERT INTO snapshots (sequence, hash, fold_version, state, signature)
           VALUES (:sequence, :hash, :foldVersion, :state, :signature)`,
        )
        .run({ ...content, signature });
      return ok(undefined);
    } catch (error) {
      return this.#fail(faultOf(error, this.files));
    }
  }

  /** The last row whose body retention removed; 0 when none was. */
  redactedThrough(): number {
    return Redactions.read(this.#db, this.#key).through;
  }

  /**
   * Removes the bodies of rows older than `before`, except those to keep, up to the newest snapshot of `foldVersion`, and
   * writes a row that says so. Before it, make the application's state forget and write a snapshot of that: the older
   * snapshot, which may still hold what was in them, is dropped. The newest is then kept twice, if there is room:
   * without those bodies nothing else leads to its state, and a flipped bit in the only copy would end the journal.
   * The rows themselves, their times, types and transaction ids stay, and the chain still verifies. Copies made
   * earlier (backups, exports) are not reached.
   */
  redact({ foldVersion, before, keep, by, at, maxRows }: RedactOptions): Result<RedactReport, JournalFault> {
    assert(this.#db.open, 'journal: redact after close');
    if (this.#failed !== undefined) return err(this.#failed);
    const usable = usableSnapshots(this.#db, this.#key, foldVersion);
    const [newest] = usable;
    const chosen = chooseRows(this.#db, this.#redactAfter, newest?.sequence ?? 0, { before, keep, maxRows });
    const { ranges, rows, unremovable, done } = chosen;
    this.#redactAfter = done ? 0 : (ranges.at(-1)?.[1] ?? 0);
    if (newest === undefined || rows === 0) return ok({ rows, unremovable, done });
    const record: RedactedRecord = { type: 'Redacted', before, by, rows: ranges };
    const entry = { type: record.type, transactionId: null, body: canonicalJson(record) };
    const written = this.#append([entry], at, true, () => {
      const remove = this.#db.prepare('UPDATE events SET body = NULL, salt = NULL WHERE sequence BETWEEN ? AND ?');
      for (const range of ranges) remove.run(...range);
      if (!isTwin(usable)) keepOnly(this.#db, newest, this.freeBytes() >= roomFor(newest.state));
    });
    if (!written.ok) return written;
    try {
      // The log still holds the pages as they were.
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      return this.#fail(faultOf(error, this.files));
    }
    return ok({ rows, unremovable, done });
  }

  /** Checks the next `maxRows` rows of the whole journal; see scrub.ts. Changes nothing. */
  scrub(maxRows: number): ScrubReport {
    return this.#scrub.next(this.#head, maxRows);
  }

  /** Free space where the journal lies. The terminal warns, and stops taking sales, before it runs out. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.files.directory);
    return bavail * bsize;
  }

  /** Lets the next process have the journal. */
  close(): void {
    this.#release();
    this.#db.close();
  }

  /** `alongside` runs in the same transaction, before the rows are written. */
  #append(
    entries: readonly Entry[],
    at: EpochMs,
    seal: boolean,
    alongside?: () => void,
  ): Result<JournalHead, JournalFault> {
    assert(Number.isSafeInteger(at), 'journal: the time is not an integer of milliseconds');
    if (this.#failed !== undefined) return err(this.#failed);
    if (entries.length === 0) return ok(this.head());
    const rows: StoredRow[] = [];
    let { sequence, hash } = this.#head;
    for (const entry of entries) {
      const row = chained(entry, at, sequence, hash);
      ({ sequence, hash } = row);
      rows.push(row);
    }
    const { keyId } = this;
    const signed: Seal | undefined = seal
      ? { sequence, hash, keyId, signature: this.#key.sign(sealMessage(keyId, sequence, hash)) }
      : undefined;
    try {
      if (inodes(this.files) !== this.#inodes) {
        return this.#fail(journalFault('writeFailed', this.files, 'it was deleted or replaced meanwhile'));
      }
      this.#write.immediate(rows, signed, alongside);
    } catch (error) {
      return this.#fail(faultOf(error, this.files));
    }
    this.#head = { sequence, hash };
    if (signed !== undefined) this.#replaceAnchor(signed);
    return ok(this.head());
  }

  /** The events are durable; without the anchor the trail is not, so nothing more is taken. */
  #replaceAnchor(seal: Seal): void {
    try {
      writeAnchor(this.files.anchor, seal);
    } catch (error) {
      const kind = errorCode(error) === 'ENOSPC' ? 'diskFull' : 'writeFailed';
      this.#fail(journalFault(kind, this.files, `the anchor: ${errorText(error)}`));
    }
  }

  #fail(found: JournalFault): Result<never, JournalFault> {
    this.#failed = found;
    return err(found);
  }
}
