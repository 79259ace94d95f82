/**
 * What retention removed, as the journal itself says: a row of type `Redacted`, written in the same transaction, names
 * every row whose body was removed. It counts only with a valid seal of its own: after the last seal anybody can add a
 * row. A body that is missing without such a row was removed by somebody else.
 */
import type Database from 'better-sqlite3';
import type { EpochMs, TransactionId } from '../core/base/brand.ts';
import { isSealedBy, type Seal } from './anchor.ts';
import type { PublicKey } from './keys.ts';
import { bytesOf, headOf, type Columns } from './rows.ts';

/** Rows from the first to the last number, both included. */
export type RowRange = readonly [from: number, to: number];

/** The store's own event; the application never sees it. */
export interface RedactedRecord {
  readonly type: 'Redacted';
  /** Rows older than this. */
  readonly before: EpochMs;
  /** Who asked for it: a supervisor's name, or the rule. */
  readonly by: string;
  readonly rows: readonly RowRange[];
}

export interface RedactOptions {
  /** Of the application's fold: content is removed only behind a snapshot that it can read. */
  readonly foldVersion: number;
  readonly before: EpochMs;
  /**
   * True keeps the row as it is: of what is not settled, and of what the law wants kept longer. The id is null for
   * rows that belong to no transaction.
   */
  readonly keep: (transactionId: TransactionId | null, type: string) => boolean;
  readonly by: string;
  readonly at: EpochMs;
  /** So many bodies are removed at most in one call. */
  readonly maxRows: number;
}

export interface RedactReport {
  /** How many bodies were removed. */
  readonly rows: number;
  /** Rows old enough whose hash covers the body itself (schema version 1): they can never be removed. */
  readonly unremovable: number;
  /** False: call again, there is more. */
  readonly done: boolean;
}

/** A range that a row with a seal names; whether the signature is valid is asked when it matters, and once. */
interface Claim {
  readonly range: RowRange;
  readonly isSigned: () => boolean;
}

export class Redactions {
  /** In the order of their rows. */
  readonly #claims: Claim[] = [];

  /**
   * Reads every `Redacted` row that has a seal, of a forged one what looks like a range. No signature is checked
   * here: in a year there are thousands, and a start needs one of them.
   */
  static read(db: Database.Database, key: PublicKey): Redactions {
    const redactions = new Redactions();
    const query = db.prepare<[], Columns<'sequence' | 'hash' | 'signature' | 'keyId' | 'body'>>(
      `SELECT sequence, events.hash, signature, key_id AS keyId, body
       FROM events INDEXED BY redactions JOIN seals USING (sequence) WHERE type = 'Redacted' ORDER BY sequence`,
    );
    for (const columns of query.iterate()) {
      const { body, keyId, signature } = columns;
      // Over the hash of the row, whatever hash stands in the seal.
      const seal: Seal = { ...headOf(columns), signature: bytesOf(signature), keyId: String(keyId) };
      let signed: boolean | undefined;
      const isSigned = (): boolean => (signed ??= isSealedBy(seal, key));
      for (const range of rangesIn(body)) redactions.#claims.push({ range, isSigned });
    }
    redactions.#claims.sort(({ range: [a] }, { range: [b] }) => a - b);
    return redactions;
  }

  /** What the last `Redacted` row names, signed or not. */
  static latest(db: Database.Database): readonly RowRange[] {
    const columns = db
      .prepare<[], Columns<'body'>>(
        `SELECT body FROM events INDEXED BY redactions WHERE type = 'Redacted' ORDER BY sequence DESC LIMIT 1`,
      )
      .get();
    return rangesIn(columns?.body);
  }

  /** The last row whose body was removed; 0 when none was. */
  get through(): number {
    const last = this.#claims.toSorted((a, b) => b.range[1] - a.range[1]).find(({ isSigned }) => isSigned());
    return last?.range[1] ?? 0;
  }

  /** All that a valid signature stands for. */
  signedRanges(): readonly RowRange[] {
    return this.#claims.flatMap(({ range, isSigned }) => (isSigned() ? [range] : []));
  }

  covers(sequence: number): boolean {
    let [low, high] = [0, this.#claims.length];
    // No row is removed twice, so the ranges do not overlap. Forged ones may, and then hide others: that is damage too.
    while (low < high) {
      const middle = (low + high) >> 1;
      const { range, isSigned } = this.#claims[middle] ?? { range: [0, 0], isSigned: () => false };
      if (sequence < range[0]) high = middle;
      else if (sequence > range[1]) low = middle + 1;
      else return isSigned();
    }
    return false;
  }
}

function rangesIn(body: unknown): readonly RowRange[] {
  try {
    const { rows } = JSON.parse(String(body)) as { rows?: unknown };
    return Array.isArray(rows) ? rows.filter(isRange) : [];
  } catch {
    return [];
  }
}

function isRange(value: unknown): value is RowRange {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger) && value[0] <= value[1];
}

export interface Choice {
  readonly ranges: readonly RowRange[];
  readonly rows: number;
  readonly unremovable: number;
  readonly done: boolean;
}

/** Which rows above `after`, up to `through`, are to lose their body. */
export function chooseRows(
  db: Database.Database,
  after: number,
  through: number,
  { before, keep, maxRows }: Pick<RedactOptions, 'before' | 'keep' | 'maxRows'>,
): Choice {
  const query = db.prepare<
    [number, number, number],
    { sequence: number; type: string; transactionId: TransactionId | null; removable: number }
  >(
    `SELECT sequence, type, transaction_id AS transactionId, body_hash IS NOT NULL AS removable FROM events
     WHERE sequence > ? AND sequence <= ? AND at < ? AND body IS NOT NULL AND type <> 'Redacted' ORDER BY sequence`,
  );
  const ranges: [from: number, to: number][] = [];
  let rows = 0;
  let unremovable = 0;
  for (const { sequence, type, transactionId, removable } of query.iterate(after, through, before)) {
    if (keep(transactionId, type)) continue;
    if (removable === 0) {
      unremovable += 1;
      continue;
    }
    if (rows === maxRows) return { ranges, rows, unremovable, done: false };
    rows += 1;
    const last = ranges.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return { ranges, rows, unremovable, done: true };
}
