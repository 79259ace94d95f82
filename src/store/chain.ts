/**
 * Walks the hash chain and says what was done to it, as far as that can be known from the stored rows.
 *
 * A row that does not follow from the row before it is a suspect. If later rows fit again under another
 * numbering, rows were inserted or removed and the rest renumbered; if a suspect fits another suspect's place, it
 * was moved; otherwise it was edited.
 *
 * What cannot be told apart: the row after a gap cannot be checked itself, since the hash it was chained on is
 * gone; a person who recomputes every later hash leaves a chain without a flaw, and only the seals and the
 * anchor (inspect.ts) show it, without saying which of the rows under the seal it was; rows after the last seal
 * can be replaced by such a person unseen.
 */
import { equalBytes } from '../core/base/bytes.ts';
import { bodyFits, eventHash, type StoredRow } from './canonical.ts';

type ProblemKind =
  | 'edited'
  | 'removed'
  | 'inserted'
  | 'reordered'
  /** Rows are missing at the end. */
  | 'truncated'
  | 'badSeal'
  | 'anchorMismatch'
  /** The journal belongs to another terminal's key. */
  | 'wrongKey'
  /** A body is missing, and no signed row says that retention removed it. */
  | 'bodyMissing'
  /** A snapshot is not signed, or not of this journal; it is not used. */
  | 'badSnapshot'
  /** A table or trigger is not as this version made it. */
  | 'schemaChanged'
  /** SQLite cannot read the file, or parts of it. */
  | 'damaged'
  /** Rows of the mirror cannot be read, or are others. The journal has them. */
  | 'mirrorDamaged';

export interface Problem {
  /** The first row concerned; null when the trouble is not with a row. */
  readonly sequence: number | null;
  readonly kind: ProblemKind;
  readonly detail: string;
}

export interface Head {
  /** 0 for an empty journal. */
  readonly sequence: number;
  readonly hash: Uint8Array;
}

interface Suspect {
  readonly row: StoredRow;
  /** The sequence it should have been written under. */
  readonly number: number;
  /** Stored hash of the row before it. */
  readonly previous: Uint8Array;
}

/** So many rows inserted or removed at one place are still recognised. */
const maxShift = 8;
/** Above this many suspects the search for an explanation stops: its cost grows with their third power. */
const maxSuspects = 32;

export interface ChainReport {
  readonly events: number;
  readonly problems: readonly Problem[];
}

function follows(row: StoredRow, number: number, previous: Uint8Array): boolean {
  return equalBytes(eventHash(number, row, previous), row.hash) && bodyFits(row);
}

/** Give it every row after `start` up to `head`, in order, then `finish`. */
export class ChainWalk {
  readonly #head: Head;
  readonly #problems: Problem[] = [];
  #suspects: Suspect[] = [];
  /** Suspects above `maxSuspects`. */
  readonly #others = { first: 0, count: 0 };
  /** Sequence and stored hash of the last rows, newest last. */
  readonly #recent: Head[];
  /** How far the rows have been renumbered: stored sequence minus original sequence. */
  #shift = 0;
  #events = 0;
  #beyond: number | undefined;

  /** @param start the genesis (sequence 0), or a row whose hash is known from a signature. */
  constructor(start: Head, head: Head) {
    this.#head = head;
    this.#recent = [start];
  }

  row(row: StoredRow): void {
    this.#events += 1;
    const before = this.#last();
    if (row.sequence <= before.sequence) {
      this.#report('inserted', row.sequence, `row ${row.sequence} lies before the first row`);
      return;
    }
    const number = row.sequence - this.#shift;
    const gap = row.sequence - before.sequence - 1;
    if (!follows(row, number, before.hash) && gap === 0 && !this.#renumbered(row, before)) {
      if (this.#suspects.length < maxSuspects) this.#suspects.push({ row, number, previous: before.hash });
      else if (this.#others.count++ === 0) this.#others.first = row.sequence;
    }
    const end = this.#head.sequence + this.#shift;
    const missing = Math.min(row.sequence - 1, end);
    if (missing > before.sequence) {
      this.#report('removed', before.sequence + 1, `${span(before.sequence + 1, missing)} missing`);
    }
    if (row.sequence > end && !this.#isSuspect(row.sequence)) this.#beyond ??= row.sequence;
    this.#recent.push({ sequence: row.sequence, hash: row.hash });
    if (this.#recent.length > maxShift + 2) this.#recent.shift();
  }

  finish(): ChainReport {
    this.#checkHead();
    this.#explainSuspects();
    const suspect = this.#suspects[0]?.row.sequence;
    // Never let a broken link pass because each suspect explains another.
    if (suspect !== undefined && this.#problems.length === 0) this.#report('reordered', suspect, 'the chain is broken');
    const { first, count } = this.#others;
    if (count > 0) this.#report('edited', first, `${count} more rows from row ${first} on do not fit the chain`);
    const problems = this.#problems.sort((a, b) => (a.sequence ?? Infinity) - (b.sequence ?? Infinity));
    return { events: this.#events, problems };
  }

  #last(): Head {
    return this.#recent.at(-1) ?? this.#head;
  }

  #isSuspect(sequence: number): boolean {
    return this.#suspects.at(-1)?.row.sequence === sequence;
  }

  /** Does `row` fit under another numbering, on the stored hash of the suspect before it? */
  #renumbered(row: StoredRow, before: Head): boolean {
    if (!this.#isSuspect(before.sequence)) return false;
    for (let step = 1; step <= maxShift; step += 1) {
      for (const change of [step, -step]) {
        if (follows(row, row.sequence - this.#shift - change, before.hash)) {
          this.#shiftBy(change);
          return true;
        }
      }
    }
    return false;
  }

  /** The run of suspects that ends at the last row is explained by rows inserted or removed there. */
  #shiftBy(change: number): void {
    let first = this.#suspects.length - 1;
    while (first > 0 && this.#suspects[first - 1]?.row.sequence === (this.#suspects[first]?.row.sequence ?? 0) - 1) {
      first -= 1;
    }
    const run = this.#suspects.splice(first);
    const start = run[0]?.row.sequence ?? 0;
    const end = run.at(-1);
    if (change < 0) {
      const count = -change;
      this.#report('removed', start, `${count} before row ${start} removed and the rest renumbered`);
    } else if (end !== undefined) {
      // The first genuine row after the insertion still chains on the last genuine row before it.
      const afterInsertion = end.row.sequence;
      const older = this.#recent.find((row) => row.sequence === afterInsertion - 1 - change);
      const known = older !== undefined && follows(end.row, afterInsertion - this.#shift - change, older.hash);
      const from = known ? afterInsertion - change : start;
      this.#report('inserted', from, `${span(from, from + change - 1)} inserted and the rest renumbered`);
    }
    this.#shift += change;
  }

  #checkHead(): void {
    const last = this.#last();
    const { sequence, hash } = this.#head;
    const difference = last.sequence - this.#shift - sequence;
    const lastIsSuspect = this.#isSuspect(last.sequence);
    const hashFits = equalBytes(hash, last.hash);
    if (this.#beyond !== undefined) {
      this.#reportBeyond(this.#beyond);
    } else if (difference !== 0 && hashFits && lastIsSuspect) {
      this.#shiftBy(difference);
    } else if (difference < 0) {
      const from = last.sequence + 1;
      this.#report('truncated', from, `${span(from, sequence + this.#shift)} missing at the end`);
    } else if (!hashFits && !lastIsSuspect) {
      this.#report('edited', last.sequence, `the head does not name the hash of the last row, ${last.sequence}`);
    }
  }

  #explainSuspects(): void {
    const suspects = this.#suspects;
    const hashes = suspects.flatMap(({ row, previous }) => [row.hash, previous]);
    const intact = new Set<Suspect>();
    for (const [index, suspect] of suspects.entries()) {
      if (intact.has(suspect)) continue;
      const { row, number, previous } = suspect;
      const next = suspects[index + 1];
      const place = placeOf(suspect, suspects, hashes);
      if (place === number) continue;
      if (row.sequence > this.#head.sequence + this.#shift) {
        this.#reportBeyond(row.sequence);
      } else if (place !== undefined) {
        this.#report('reordered', row.sequence, `row ${row.sequence} belongs at ${place}`);
      } else if (next?.number === number + 1 && follows(next.row, next.number, eventHash(number, row, previous))) {
        intact.add(next);
        this.#report('edited', row.sequence, `the stored hash of row ${row.sequence} was changed`);
      } else {
        this.#report('edited', row.sequence, `row ${row.sequence} does not match its hash`);
      }
    }
  }

  #reportBeyond(sequence: number): void {
    this.#report('inserted', sequence, `row ${sequence} lies beyond the head, which is ${this.#head.sequence}`);
  }

  #report(kind: ProblemKind, sequence: number | null, detail: string): void {
    this.#problems.push({ sequence, kind, detail });
  }
}

/** The number under which a suspect was written, if it or its content fits a suspect's place. */
function placeOf(suspect: Suspect, suspects: readonly Suspect[], hashes: readonly Uint8Array[]): number | undefined {
  for (const { number, row, previous } of suspects) {
    if (hashes.some((hash) => follows(suspect.row, number, hash))) return number;
    if (equalBytes(eventHash(number, suspect.row, previous), row.hash) && bodyFits(suspect.row)) return number;
  }
  return undefined;
}

function span(first: number, last: number): string {
  return first >= last ? `row ${first}` : `rows ${first} to ${last}`;
}
