/** The journal's tables as they are read back, of this version and of every earlier one. */
import type Database from 'better-sqlite3';
import type { Seal } from './anchor.ts';
import type { StoredRow } from './canonical.ts';
import type { Head } from './chain.ts';
import { versionOf } from './database.ts';

/** Of a file that may be forged: any column can hold any of SQLite's types. */
export type Columns<Name extends string> = Readonly<Record<Name, number | string | Uint8Array | null>>;
type HeadColumns = Columns<'sequence' | 'hash'>;

export function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

export function headOf(columns: HeadColumns): Head {
  return { sequence: Number(columns.sequence), hash: bytesOf(columns.hash) };
}

export function readIdentity(db: Database.Database): Uint8Array {
  return bytesOf(db.prepare<[], Columns<'der'>>('SELECT public_key AS der FROM identity').get()?.der);
}

export function readHead(db: Database.Database): Head | undefined {
  const columns = db.prepare<[], HeadColumns>('SELECT sequence, hash FROM head').get();
  return columns === undefined ? undefined : headOf(columns);
}

export function readLastRow(db: Database.Database): Head | undefined {
  const columns = db.prepare<[], HeadColumns>('SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1').get();
  return columns === undefined ? undefined : headOf(columns);
}

export function readRowHash(db: Database.Database, sequence: number): Uint8Array | undefined {
  const columns = db.prepare<[number], Columns<'hash'>>('SELECT hash FROM events WHERE sequence = ?').get(sequence);
  return columns === undefined ? undefined : bytesOf(columns.hash);
}

/** Rows in order, of either version; the connection can do nothing else until they are all read. */
export function* readRows(db: Database.Database, from?: number, limit?: number): Generator<StoredRow> {
  const query = db.prepare<[number, number], RowColumns>(
    `SELECT ${rowColumns(db)} FROM events WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
  );
  for (const columns of query.iterate(from ?? Number.MIN_SAFE_INTEGER, limit ?? -1)) yield rowOf(columns);
}

/** The same with the seal of each row that has one. */
export function* readSealedRows(
  db: Database.Database,
  from: number,
  limit = -1,
): Generator<{ readonly row: StoredRow; readonly seal: Seal | undefined }> {
  const query = db.prepare<[number, number], RowColumns & Columns<'sealHash' | 'signature' | 'keyId'>>(
    `SELECT ${rowColumns(db)}, seals.hash AS sealHash, signature, key_id AS keyId
     FROM events LEFT JOIN seals USING (sequence) WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
  );
  for (const columns of query.iterate(from, limit)) {
    const { sealHash, signature, keyId } = columns;
    const row = rowOf(columns);
    const { sequence } = row;
    const seal = { sequence, hash: bytesOf(sealHash), signature: bytesOf(signature), keyId: String(keyId) };
    yield { row, seal: sealHash === null ? undefined : seal };
  }
}

type RowColumns = HeadColumns & Columns<'at' | 'type' | 'transactionId' | 'body' | 'salt' | 'bodyHash'>;

function rowColumns(db: Database.Database): string {
  const salted = versionOf(db) > 1 ? 'salt, body_hash AS bodyHash' : 'NULL AS salt, NULL AS bodyHash';
  return `sequence, events.at, type, transaction_id AS transactionId, body, ${salted}, events.hash`;
}

function rowOf(columns: RowColumns): StoredRow {
  return {
    ...headOf(columns),
    at: Number(columns.at),
    type: String(columns.type),
    transactionId: columns.transactionId === null ? null : String(columns.transactionId),
    body: columns.body === null ? null : String(columns.body),
    salt: columns.salt === null ? null : bytesOf(columns.salt),
    bodyHash: columns.bodyHash === null ? null : bytesOf(columns.bodyHash),
  };
}
