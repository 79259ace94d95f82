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
