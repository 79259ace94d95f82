/**
 * The journal: every event, durable before anything is done about it. Implements the application's JournalPort.
 *
 * One process owns the directory (files.ts), and one connection writes. Opening (open.ts) checks what a start must know
 * and refuses what is not whole and cannot be mended from the mirror with certainty. Appends are one SQLite transaction
 * each, WAL with synchronous=FULL, and one block of the mirror after it: what `append` has acknowledged survives a power
 * cut, also one that spoils what lies around the write.
 *
 * A commit that fails may still be on disk after a restart (an fsync error leaves it open), so the journal then
 * refuses everything until the process has been restarted and has read what is really there. For the same reason
 * there is no reserve to be released on a full disk: `freeBytes` lets the terminal stop in time.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import { err, fault, ok, type Result } from '../core/base/result.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import { writeAnchor, type Seal } from './anchor.ts';
import { canonicalJson, sealMessage, snapshotMessage, type StoredRow } from './canonical.ts';
import type { Head, Problem } from './chain.ts';
import { openFaultOf, type JournalOpenFault } from './database.ts';
import { errorCode, syncFile, type JournalFiles } from './files.ts';
import { isTwin, keepOnly, usableSnapshots } from './fold-snapshot.ts';
import type { Healing } from './healings.ts';
import type { TerminalKey } from './keys.ts';
import type { MirrorRow } from './mirror-format.ts';
import { writeMirrorSnapshot } from './mirror-snapshot.ts';
import type { Mirror, PreparedBlock } from './mirror.ts';
import { openBook, type OpenBook } from './open.ts';
import { chooseRows, Redactions, type RedactedRecord, type RedactOptions, type RedactReport } from './redaction.ts';
import { Scrub, type ScrubReport } from './scrub.ts';
import { hold } from './snapshot.ts';
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

interface AppendOptions {
  /** Signs the new head in the same step. */
  readonly seal: boolean;
  readonly synced?: boolean;
  /** Runs in the same transaction, before the rows are written. */
  readonly alongside?: () => void;
}

/** Rows fetched at a time while the journal is folded. */
const readChunk = 500;
/** Never taken by a snapshot. */
const roomForSales = 512 * 1024;

export interface JournalOptions {
  /** Folder of the mirror; left out: where the last start kept it, which is beside the journal at first. */
  readonly mirrorFolder?: string;
}

/**
 * Opens the terminal's journal in `directory`, a directory of its own. If it does not exist or is empty, a new
 * book with a new key begins there.
 */
export function openJournal(directory: string, options: JournalOptions = {}): Result<Journal, JournalOpenFault> {
  const opened = openBook(directory, options.mirrorFolder);
  if (!opened.ok) return opened;
  try {
    return ok(new Journal(opened.value));
  } catch (error) {
    opened.value.mirror.close();
    opened.value.db.close();
    return err(openFaultOf(error, opened.value.files.journal));
  }
}

/** Bytes that have to be free before a snapshot is written: in the log, in the database, and beside the mirror. */
function roomFor(state: string): number {
  return 3 * Buffer.byteLength(state) + roomForSales;
}

export class Journal {
  /** SHA-256 of the terminal's public key, lower-case hex: whose book this is. */
  readonly keyId: string;
  readonly files: JournalFiles;
  /** Snapshots that were found unusable at the start and are ignored. */
  readonly badSnapshots: readonly Problem[];
  /** What was mended at the start. */
  readonly healings: readonly Healing[];
  readonly #db: Database.Database;
  readonly #key: TerminalKey;
  readonly #scrub: Scrub;
  readonly #mirror: Mirror;
  readonly #write: WriteRows;
  readonly #read: Database.Statement<[number, number], { sequence: number; at: number; body: string | null }>;
  readonly #release: () => void;
  /** Which files SQLite has open, to notice when they are deleted or replaced under it. */
  readonly #inodes: string;
  #head: Head;
  #failed: JournalFault | undefined;
  /** Rows since the last durable step: the mirror gets them with the next, the log being synced by then. */
  #unmirrored: MirrorRow[] = [];
  /** Where the next call of `redact` goes on. */
  #redactAfter = 0;

  /** Use `openJournal`. Throws the errors of SQLite and of the system. */
  constructor({ db, files, key, found, mirror, healings }: OpenBook) {
    if (found.lastSeal !== undefined && found.lastSeal.sequence !== found.anchor?.sequence) {
      writeAnchor(files.anchor, found.lastSeal, true);
    }
    this.keyId = key.keyId;
    this.files = files;
    this.badSnapshots = found.badSnapshots;
    this.healings = healings;
    this.#mirror = mirror;
    this.#db = db;
    this.#key = key;
    this.#scrub = new Scrub(db, key, mirror, files);
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
    if (synced) return this.#append(entries, at, { seal });
    // Leaves out the sync of the log, no more: the next synced commit syncs the whole log.
    this.#db.pragma('synchronous = NORMAL');
    try {
      return this.#append(entries, at, { seal, synced });
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
      writeMirrorSnapshot(this.files.mirrorSnapshot, { ...content, signature });
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
    const remove = (): void => {
      const removeBody = this.#db.prepare('UPDATE events SET body = NULL, salt = NULL WHERE sequence BETWEEN ? AND ?');
      for (const range of ranges) removeBody.run(...range);
      if (!isTwin(usable)) keepOnly(this.#db, newest, this.freeBytes() >= roomFor(newest.state));
    };
    const written = this.#append([entry], at, { seal: true, alongside: remove });
    if (!written.ok) return written;
    try {
      // The log still holds the pages as they were.
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
      this.#mirror.redact(ranges);
    } catch (error) {
      return this.#fail(faultOf(error, this.files));
    }
    return ok({ rows, unremovable, done });
  }

  /** Checks the next `maxRows` rows of journal and mirror; see scrub.ts. Mends the mirror. */
  scrub(maxRows: number): ScrubReport {
    return this.#scrub.next(this.#head, maxRows);
  }

  /** Least free space where journal and mirror lie. The terminal warns, and stops taking sales, before it runs out. */
  freeBytes(): number {
    const free = [this.files.directory, dirname(this.files.mirror)].map((folder) => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    });
    return Math.min(...free);
  }

  /** Lets the next process have the journal. What was not synced yet becomes durable, if nothing has failed. */
  close(): void {
    this.#release();
    try {
      if (this.#failed === undefined) this.#settle();
    } finally {
      this.#mirror.close();
      this.#db.close();
    }
  }

  /** What cannot be written now is in the log, and the next start takes it from there. */
  #settle(): void {
    try {
      // In this order: the mirror is never ahead of the log, and has all before SQLite moves the log on closing.
      if (this.#unmirrored.length > 0) {
        syncFile(`${this.files.journal}-wal`);
        this.#flushMirror(this.#mirror.prepare(this.#unmirrored));
      }
      syncFile(this.files.anchor);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }

  #append(
    entries: readonly Entry[],
    at: EpochMs,
    { seal, synced = true, alongside }: AppendOptions,
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
    const mirrored = rows.map((row) => ({
      row,
      signature: row.sequence === sequence ? (signed?.signature ?? null) : null,
    }));
    this.#unmirrored.push(...mirrored);
    try {
      if (inodes(this.files) !== this.#inodes) {
        return this.#fail(
          journalFault('writeFailed', this.files, 'it or its mirror was deleted or replaced meanwhile'),
        );
      }
      // Room first: then a full disk refuses the whole step.
      const block = synced ? this.#mirror.prepare(this.#unmirrored) : undefined;
      this.#write.immediate(rows, signed, alongside);
      // Only now: the log is synced, so a power cut meets the one or the other while it is being written.
      if (block !== undefined) this.#flushMirror(block);
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
      writeAnchor(this.files.anchor, seal, false);
    } catch (error) {
      this.#fail(faultOf(error, this.files));
    }
  }

  /** To be called when the log is synced. */
  #flushMirror(block: PreparedBlock): void {
    this.#mirror.append(block);
    this.#unmirrored = [];
  }

  #fail(found: JournalFault): Result<never, JournalFault> {
    this.#failed = found;
    return err(found);
  }
}
