/**
 * The mirror against the journal: what one of them lacks, and putting it there. Nothing is taken from either side that
 * does not fit the chain, so whoever changes the mirror gains nothing by it.
 */
import type Database from 'better-sqlite3';
import { equalBytes } from '../core/base/bytes.ts';
import { bodyFits, eventHash, genesisHash } from './canonical.ts';
import type { Head } from './chain.ts';
import type { PublicKey } from './keys.ts';
import { sectorsFor, type Block, type MirrorRow } from './mirror-format.ts';
import type { Gap } from './mirror-scan.ts';
import type { Mirror } from './mirror.ts';
import { readRowHash, readSealedRows } from './rows.ts';

/** A place of the mirror where rows stood that cannot be read any more. */
export interface LostPart {
  readonly gap: Gap;
  readonly from: number;
  readonly to: number;
}

export interface Difference {
  /** Damaged places before the mirror's last whole block. */
  readonly lost: readonly LostPart[];
  /** The first row that is whole in both and not the same; undefined when there is none. */
  readonly conflict: number | undefined;
  /** Rows whose body the journal has no more and the mirror still has. */
  readonly unremoved: readonly number[];
}

/** So many rows at most become one block when the mirror is brought up to the journal. */
const rowsInBlock = 200;

function mirrorRows(db: Database.Database, from: number, to: number): readonly MirrorRow[] {
  const rows: MirrorRow[] = [];
  for (const { row, seal } of readSealedRows(db, from)) {
    if (row.sequence > to) break;
    rows.push({ row, signature: seal?.signature ?? null });
  }
  return rows;
}

/** Rows after `after` up to `through`, both of which the journal must have. Reads only. */
export function compareMirror(db: Database.Database, mirror: Mirror, after: number, through: number): Difference {
  const lost: LostPart[] = [];
  const unremoved: number[] = [];
  const own = new Map<number, { readonly hash: Uint8Array; readonly hasBody: boolean }>();
  const query = db.prepare<[number, number], { sequence: number; hash: Uint8Array; hasBody: number }>(
    'SELECT sequence, hash, body IS NOT NULL AS hasBody FROM events WHERE sequence > ? AND sequence <= ?',
  );
  for (const { sequence, hash, hasBody } of query.iterate(after, through)) {
    own.set(sequence, { hash, hasBody: hasBody === 1 });
  }
  let last: number | undefined;
  let gap: Gap | undefined;
  for (const part of mirror.blocks(after + 1)) {
    if (!isBlock(part)) {
      // At the very beginning of the file: else the walk begins at a whole block.
      last ??= 0;
      gap = part;
      continue;
    }
    const first = part.rows[0]?.row.sequence ?? 0;
    if (gap !== undefined && last !== undefined && first > last + 1) lost.push({ gap, from: last + 1, to: first - 1 });
    gap = undefined;
    if (first > through) break;
    for (const { row } of part.rows) {
      last = row.sequence;
      const kept = own.get(row.sequence);
      if (kept === undefined) continue;
      if (!equalBytes(kept.hash, row.hash)) return { lost, conflict: row.sequence, unremoved };
      if (!kept.hasBody && row.body !== null) unremoved.push(row.sequence);
    }
  }
  return { lost, conflict: undefined, unremoved };
}

function isBlock(part: Block | Gap): part is Block {
  return 'rows' in part;
}

/**
 * Writes the rows of the journal into the damaged place again. False when the journal's own are not whole, or do not fit
 * there: the mirror then has to be made anew. Not synced. Throws the errors of SQLite and of the system.
 */
export function refill(db: Database.Database, mirror: Mirror, key: PublicKey, { gap, from, to }: LostPart): boolean {
  const rows = mirrorRows(db, from, to);
  if (rows.length !== to - from + 1 || sectorsFor(rows) > gap.sectors) return false;
  const before = from === 1 ? genesisHash(key.keyId) : readRowHash(db, from - 1);
  if (before === undefined || !isChain(rows, { sequence: from - 1, hash: before })) return false;
  return mirror.fill(gap, rows);
}

/** Do the rows follow from `before`, each with its body or without? */
export function isChain(rows: readonly MirrorRow[], before: Head): boolean {
  let { sequence, hash } = before;
  for (const { row } of rows) {
    sequence += 1;
    if (row.sequence !== sequence || !equalBytes(eventHash(sequence, row, hash), row.hash) || !bodyFits(row)) {
      return false;
    }
    hash = row.hash;
  }
  return true;
}

/**
 * Appends what the mirror lacks at its end, durably. Returns how many rows; undefined when the journal's rows do not
 * follow from the mirror's last. Throws the errors of SQLite and of the system.
 */
export function catchUp(db: Database.Database, mirror: Mirror, key: PublicKey, head: Head): number | undefined {
  let before = mirror.head.sequence === 0 ? { sequence: 0, hash: genesisHash(key.keyId) } : mirror.head;
  const start = before.sequence;
  while (before.sequence < head.sequence) {
    const rows = mirrorRows(db, before.sequence + 1, Math.min(before.sequence + rowsInBlock, head.sequence));
    const last = rows.at(-1)?.row;
    if (last === undefined || !isChain(rows, before)) return undefined;
    mirror.append(mirror.prepare(rows), false);
    before = last;
  }
  if (before.sequence > start) mirror.sync();
  return before.sequence - start;
}
