/**
 * The relay's notices on disk: one log for each terminal (registry.ts names it), each with its positions from 1, in one SQLite database (WAL,
 * synchronous=FULL set and read back, exclusive lock: one relay, one store). What `append` has answered is synced.
 *
 * A notice that was not acknowledged is never removed. Acknowledged ones are kept for a while, so that a terminal may
 * ask for them again and a repeat of the same webhook is known; they go first when room is needed. Each row carries the
 * SHA-256 of its content, which is looked at when it is read.
 *
 * Faults: `full` leaves everything as it was, and what frees room makes it pass. After `broken` it is unknown whether
 * the last commit is on the disk (a failed sync is never asked again): the process has to end and start anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';

export type StoreFault = Fault<'full' | 'broken'>;

/** One webhook for one terminal; `content` is what notice-content.ts makes of it. */
export interface NewNotice {
  readonly log: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly content: Uint8Array;
}

export interface StoredNotice {
  readonly position: number;
  /** Tells this notice from any other, also from one that a store restored from an older copy has at its position. */
  readonly id: string;
  readonly receivedAt: number;
  /** Undefined: the row does not match its checksum any more. */
  readonly content: Buffer | undefined;
}

/** `duplicate`: the same bytes are in the log of this terminal already. */
export type Appended = 'stored' | 'duplicate';

export interface LogState {
  /** The last position given out; 0 before the first. */
  readonly last: number;
  /** Notices that were not acknowledged. */
  readonly waiting: number;
  readonly waitingBytes: number;
}

const emptyLog: LogState = { last: 0, waiting: 0, waitingBytes: 0 };

const schemaVersion = 1;

const schema = `
  CREATE TABLE meta (log_id TEXT NOT NULL) STRICT;
  CREATE TABLE logs (
    log TEXT PRIMARY KEY,
    last INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notices (
    log TEXT NOT NULL,
    position INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    content BLOB NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
    PRIMARY KEY (log, position)
  ) STRICT;
  CREATE INDEX notices_waiting ON notices (log, position) WHERE acknowledged = 0;
  CREATE UNIQUE INDEX notices_by_digest ON notices (log, digest);
`;

interface Row {
  readonly position: number;
  readonly received_at: number;
  readonly digest: Buffer;
  readonly content: Buffer;
}

export class NoticeStore {
  readonly #db: Database.Database;
  readonly #folder: string;
  readonly #sql: ReturnType<typeof statements>;
  readonly #logs: Map<string, LogState>;
  /** Acknowledgements that are not on the disk yet. */
  readonly #unwritten = new Map<string, Set<number>>();
  #broken: StoreFault | undefined;
  /** 16 hexadecimal digits, made with the store. */
  readonly logId: string;

  private constructor(db: Database.Database, folder: string) {
    this.#db = db;
    this.#folder = folder;
    this.logId = (db.prepare('SELECT log_id FROM meta').get() as { log_id: string }).log_id;
    this.#sql = statements(db);
    this.#logs = new Map(
      (this.#sql.logs.all() as LogRow[]).map(({ log, last, waiting, bytes }) => [
        log,
        { last, waiting, waitingBytes: bytes },
      ]),
    );
  }

  static open(folder: string): Result<NoticeStore, Fault<'cannotOpen'>> {
    const file = path.join(folder, 'notices.db');
    let db: Database.Database | undefined;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      db = new Database(file, { timeout: 0 });
      db.pragma('locking_mode = EXCLUSIVE');
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      // Payers' names are in notices: what is removed is overwritten.
      db.pragma('secure_delete = ON');
      assert(db.pragma('synchronous', { simple: true }) === 2, 'relay store: synchronous is not FULL');
      const version = db.pragma('user_version', { simple: true });
      if (version === 0) begin(db);
      else if (version !== schemaVersion) {
        db.close();
        return err(fault('cannotOpen', `${file} was written by a newer relay (version ${String(version)})`, false));
      }
      // What a killed relay left in the log may not be synced, and a repeat of it would be answered without a sync.
      db.pragma('wal_checkpoint(TRUNCATE)');
      return ok(new NoticeStore(db, folder));
    } catch (error) {
      db?.close();
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'SQLITE_BUSY' ? 'another relay is using it' : message;
      return err(fault('cannotOpen', `${file} cannot be opened: ${why}`, true));
    }
  }

  close(): void {
    if (this.#broken === undefined) this.flushAcknowledgements();
    this.#db.close();
  }

  state(log: string): LogState {
    return this.#logs.get(log) ?? emptyLog;
  }

  /** Bytes that could still be written: what the file system has, and what removed notices have left. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    const pages = this.#db.pragma('freelist_count', { simple: true }) as number;
    return bavail * bsize + pages * (this.#db.pragma('page_size', { simple: true }) as number);
  }

  /** All or none, synced when it returns. Acknowledgements that were not written yet go along. */
  append(notices: readonly NewNotice[]): Result<readonly Appended[], StoreFault> {
    const logs = new Map<string, LogState>();
    const appended: Appended[] = [];
    const written = this.#commit(() => {
      this.#writeAcknowledgements();
      for (const { log, receivedAt, content } of notices) {
        const state = logs.get(log) ?? this.state(log);
        const digest = digestOf(content);
        const last = state.last + 1;
        const done = this.#sql.insert.run({ log, position: last, receivedAt, digest, content });
        appended.push(done.changes === 0 ? 'duplicate' : 'stored');
        if (done.changes === 0) continue;
        const waitingBytes = state.waitingBytes + content.length;
        logs.set(log, { last, waiting: state.waiting + 1, waitingBytes });
      }
      for (const [log, { last }] of logs) this.#sql.saveLog.run({ log, last });
    });
    if (!written.ok) return written;
    this.#unwritten.clear();
    for (const [log, state] of logs) this.#logs.set(log, state);
    return ok(appended);
  }

  /** Notices behind `after` that were not acknowledged, in order. */
  read(log: string, after: number, limit: number): readonly StoredNotice[] {
    const rows = this.#sql.select.all({ log, after, limit }) as Row[];
    return rows.map(({ position, received_at: receivedAt, digest, content }) => ({
      position,
      id: `${this.logId}-${position}-${digest.toString('hex', 0, 8)}`,
      receivedAt,
      content: digestOf(content).equals(digest) ? content : undefined,
    }));
  }

  /**
   * This notice is in the terminal's hands. Counts at once and is written with the next append, or by
   * `flushAcknowledgements`: when it is lost the notice is sent again, which harms nobody.
   */
  acknowledge(log: string, position: number): void {
    const state = this.state(log);
    assert(position <= state.last, 'relay store: a position was acknowledged that was not given out');
    const unwritten = this.#unwritten.get(log) ?? new Set();
    const length = this.#sql.waitingLength.pluck().get({ log, position }) as number | undefined;
    if (length === undefined || unwritten.has(position)) return;
    const [waiting, waitingBytes] = [state.waiting - 1, state.waitingBytes - length];
    this.#logs.set(log, { ...state, waiting, waitingBytes });
    this.#unwritten.set(log, unwritten.add(position));
  }

  flushAcknowledgements(): Result<void, StoreFault> {
    if (this.#unwritten.size === 0) return ok(undefined);
    const written = this.#commit(() => this.#writeAcknowledgements());
    if (written.ok) this.#unwritten.clear();
    return written;
  }

  /**
   * Removes at most `limit` acknowledged notices of a terminal: those received before `before`, and those that are not
   * among its newest `keep` positions. Says how many.
   */
  removeAcknowledged(
    log: string,
    { before, keep, limit }: { readonly before: number; readonly keep: number; readonly limit: number },
  ): Result<number, StoreFault> {
    const flushed = this.flushAcknowledgements();
    if (!flushed.ok) return flushed;
    const newest = this.state(log).last - keep;
    const positions = this.#sql.removable.pluck().all({ log, newest, before, limit }) as number[];
    if (positions.length === 0) return ok(0);
    const written = this.#commit(() => {
      for (const position of positions) this.#sql.remove.run({ log, position });
    });
    return written.ok ? ok(positions.length) : written;
  }

  /** Removes a log with all that is in it; says how many notices were not acknowledged. Its name is not used again. */
  erase(log: string): Result<number, StoreFault> {
    const { waiting } = this.state(log);
    const written = this.#commit(() => {
      this.#sql.eraseNotices.run({ log });
      this.#sql.eraseLog.run({ log });
    });
    if (!written.ok) return written;
    this.#logs.delete(log);
    this.#unwritten.delete(log);
    return ok(waiting);
  }

  /** Every log that has or had notices, of registered terminals or not. */
  logs(): readonly string[] {
    return [...this.#logs.keys()];
  }

  #writeAcknowledgements(): void {
    for (const [log, positions] of this.#unwritten) {
      for (const position of positions) this.#sql.acknowledge.run({ log, position });
    }
  }

  #commit(work: () => void): Result<void, StoreFault> {
    if (this.#broken !== undefined) return err(this.#broken);
    try {
      this.#db.transaction(work).immediate();
      return ok(undefined);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!code.startsWith('SQLITE_')) throw error;
      if (code === 'SQLITE_FULL') return err(fault('full', 'no room on the disk of the relay', true));
      this.#broken = fault('broken', `the store of the relay failed (${code}: ${message})`, true);
      return err(this.#broken);
    }
  }
}

interface LogRow {
  readonly log: string;
  readonly last: number;
  readonly waiting: number;
  readonly bytes: number;
}

function statements(db: Database.Database) {
  return {
    logs: db.prepare(
      `SELECT l.log, last, count(n.position) AS waiting, coalesce(sum(length(content)), 0) AS bytes
       FROM logs l LEFT JOIN notices n ON n.log = l.log AND n.acknowledged = 0 GROUP BY l.log`,
    ),
    insert: db.prepare(
      `INSERT INTO notices (log, position, received_at, digest, content)
       VALUES (@log, @position, @receivedAt, @digest, @content) ON CONFLICT (log, digest) DO NOTHING`,
    ),
    saveLog: db.prepare(
      'INSERT INTO logs (log, last) VALUES (@log, @last) ON CONFLICT (log) DO UPDATE SET last = excluded.last',
    ),
    select: db.prepare(
      `SELECT position, received_at, digest, content FROM notices
       WHERE log = @log AND position > @after AND acknowledged = 0 ORDER BY position LIMIT @limit`,
    ),
    waitingLength: db.prepare(
      'SELECT length(content) FROM notices WHERE log = @log AND position = @position AND acknowledged = 0',
    ),
    acknowledge: db.prepare('UPDATE notices SET acknowledged = 1 WHERE log = @log AND position = @position'),
    removable: db.prepare(
      `SELECT position FROM notices
       WHERE log = @log AND acknowledged = 1 AND (position <= @newest OR received_at < @before)
       ORDER BY position LIMIT @limit`,
    ),
    eraseNotices: db.prepare('DELETE FROM notices WHERE log = @log'),
    eraseLog: db.prepare('DELETE FROM logs WHERE log = @log'),
    remove: db.prepare('DELETE FROM notices WHERE log = @log AND position = @position'),
  };
}

function begin(db: Database.Database): void {
  db.transaction(() => {
    db.exec(schema);
    db.prepare('INSERT INTO meta (log_id) VALUES (?)').run(randomBytes(8).toString('hex'));
    db.pragma(`user_version = ${schemaVersion}`);
  }).immediate();
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
