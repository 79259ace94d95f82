/**
 * Snapshots of the folded state, so that a start reads and checks only what came after the newest one.
 *
 * A snapshot is trusted when the terminal's key signed it and the row it names still has the hash it was signed
 * with. It then stands for all rows up to its own: their state cannot have been changed by anyone without the key,
 * and the chain of the later rows begins at a hash that is known to be right.
 */
import type Database from 'better-sqlite3';
import { equalBytes } from '../core/base/bytes.ts';
import { snapshotMessage } from './canonical.ts';
import type { Head } from './chain.ts';
import type { PublicKey } from './keys.ts';
import { bytesOf, type Columns } from './rows.ts';

export interface FoldSnapshot extends Head {
  readonly id: number;
  /** Of the application's fold; another version cannot read the state. */
  readonly foldVersion: number;
  readonly state: string;
}

/** Newest first. `problem` says why it must not be used. */
export function* foldSnapshots(
  db: Database.Database,
  key: PublicKey,
): Generator<{ readonly snapshot: FoldSnapshot; readonly problem: string | undefined }> {
  const query = db.prepare<[], Columns<'id' | 'sequence' | 'hash' | 'foldVersion' | 'state' | 'signature' | 'rowHash'>>(
    `SELECT id, snapshots.sequence, snapshots.hash, fold_version AS foldVersion, state, signature, events.hash AS rowHash
     FROM snapshots LEFT JOIN events USING (sequence) ORDER BY id DESC`,
  );
  // At most two; read at once, since the connection is busy while a statement is iterated.
  for (const columns of query.all()) {
    const snapshot: FoldSnapshot = {
      id: Number(columns.id),
      sequence: Number(columns.sequence),
      hash: bytesOf(columns.hash),
      foldVersion: Number(columns.foldVersion),
      state: String(columns.state),
    };
    yield { snapshot, problem: problemOf(snapshot, bytesOf(columns.signature), bytesOf(columns.rowHash), key) };
  }
}

function problemOf(
  snapshot: FoldSnapshot,
  signature: Uint8Array,
  rowHash: Uint8Array,
  key: PublicKey,
): string | undefined {
  const what = `the snapshot of row ${snapshot.sequence}`;
  if (!key.verify(snapshotMessage(key.keyId, snapshot), signature)) return `the signature of ${what} is not valid`;
  return equalBytes(rowHash, snapshot.hash) ? undefined : `${what} was made of another row`;
}

/** Those that a fold of that version can go on from, newest first. */
export function usableSnapshots(db: Database.Database, key: PublicKey, foldVersion: number): readonly FoldSnapshot[] {
  return [...foldSnapshots(db, key)].flatMap(({ snapshot, problem }) =>
    problem === undefined && snapshot.foldVersion === foldVersion ? [snapshot] : [],
  );
}

/** Whether both snapshots there are say the same, so that one of them may rot. */
export function isTwin([newest, other]: readonly FoldSnapshot[]): boolean {
  return newest !== undefined && newest.sequence === other?.sequence && newest.state === other.state;
}

/**
 * Drops what is older than `kept`; with `twice` writes `kept` once more, unless a newer one stands in the way. Throws
 * the errors of SQLite.
 */
export function keepOnly(db: Database.Database, kept: FoldSnapshot, twice: boolean): void {
  db.prepare('DELETE FROM snapshots WHERE id < ?').run(kept.id);
  if (!twice) return;
  const copy = db.prepare<[number]>(
    `INSERT INTO snapshots (sequence, hash, fold_version, state, signature)
     SELECT sequence, hash, fold_version, state, signature FROM snapshots
     WHERE id = ? AND sequence = (SELECT max(sequence) FROM snapshots)`,
  );
  const isNewest = db.prepare<[], number>('SELECT max(id) FROM snapshots').pluck().get() === kept.id;
  let { id } = kept;
  // Each makes the third last go: a newer one of the same row that cannot be used takes a second copy to be rid of.
  for (let copies = isNewest ? 1 : 2; copies > 0; copies -= 1) {
    const { changes, lastInsertRowid } = copy.run(id);
    if (changes === 1) id = Number(lastInsertRowid);
  }
}
