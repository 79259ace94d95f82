/**
 * Checks the whole chain, every seal and the mirror a few rows at a time while the terminal is idle: what a start no
 * longer does (inspect.ts). One round goes up to the head as it was when the round began; the next begins again at row 1.
 * A damaged part of the mirror is written again at once. A damaged part of the journal is only reported, and the next
 * start asked to check everything: it mends it from the mirror.
 * Not seen here, only by `cham journal verify`: damage in pages that hold no row of the chain or seal.
 */
import { writeFileSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { genesisHash } from './canonical.ts';
import { ChainWalk, type Head, type Problem } from './chain.ts';
import { errorCode, errorText, type JournalFiles } from './files.ts';
import { recordHealing, type Healing } from './healings.ts';
import { checkSeals, damage, walkRows, type Report } from './inspect.ts';
import type { PublicKey } from './keys.ts';
import { compareMirror, refill, type LostPart } from './mirror-compare.ts';
import type { Mirror } from './mirror.ts';
import { Redactions } from './redaction.ts';
import { readRows } from './rows.ts';

export interface ScrubReport {
  /** True at the end of a round. */
  readonly done: boolean;
  /** What this round has found so far. What happened to a row is said at the end of the round. */
  readonly problems: readonly Problem[];
  /** What was mended in this call. */
  readonly healings: readonly Healing[];
}

interface Round {
  readonly walk: ChainWalk;
  readonly through: number;
  readonly problems: Problem[];
  after: number;
}

export class Scrub {
  readonly #db: Database.Database;
  readonly #key: PublicKey;
  readonly #mirror: Mirror;
  readonly #files: JournalFiles;
  #round: Round | undefined;

  constructor(db: Database.Database, key: PublicKey, mirror: Mirror, files: JournalFiles) {
    this.#db = db;
    this.#key = key;
    this.#mirror = mirror;
    this.#files = files;
  }

  next(head: Head, maxRows: number): ScrubReport {
    const genesis = { sequence: 0, hash: genesisHash(this.#key.keyId) };
    const round = (this.#round ??= {
      walk: new ChainWalk(genesis, head),
      through: head.sequence,
      problems: [],
      after: 0,
    });
    const report: Report = (kind, sequence, detail) => void round.problems.push({ sequence, kind, detail });
    const through = Math.min(round.after + maxRows, round.through);
    let healings: readonly Healing[] = [];
    try {
      // Every time: retention may have gone on since the last call.
      const redactions = Redactions.read(this.#db, this.#key);
      walkRows(upTo(through, readRows(this.#db, round.after + 1, maxRows)), round.walk, redactions, report);
      checkSeals(this.#db, this.#key, { after: round.after, through }, report);
      healings = this.#mendMirror(round.after, through, report);
    } catch (error) {
      // What lies behind it cannot be reached.
      return this.#finish([...round.problems, troubleOf(error)], healings);
    }
    round.after = through;
    if (through < round.through) return { done: false, problems: round.problems, healings };
    return this.#finish([...round.problems, ...round.walk.finish().problems], healings);
  }

  #finish(problems: readonly Problem[], healings: readonly Healing[]): ScrubReport {
    this.#round = undefined;
    if (problems.length > 0) writeFileSync(this.#files.recheck, '');
    return { done: true, problems, healings };
  }

  #mendMirror(after: number, through: number, report: Report): readonly Healing[] {
    const { conflict, lost } = compareMirror(this.#db, this.#mirror, after, through);
    if (conflict !== undefined) report('mirrorDamaged', conflict, `row ${conflict} of the mirror is another one`);
    const mended: LostPart[] = [];
    for (const part of lost) {
      if (refill(this.#db, this.#mirror, this.#key, part)) mended.push(part);
      else report('mirrorDamaged', part.from, `rows ${part.from} to ${part.to} of the mirror are damaged`);
    }
    if (mended.length > 0) this.#mirror.sync();
    return mended.map(({ from, to }) => {
      const detail = `${this.#mirror.path} was damaged at rows ${from} to ${to}; they were written again`;
      const healing: Healing = { what: 'mirror', detail };
      recordHealing(this.#files, healing);
      return healing;
    });
  }
}

/** SQLite reads the journal, all other calls are about the mirror; bugs go on up. */
function troubleOf(error: unknown): Problem {
  const code = errorCode(error);
  if (code === undefined || code.startsWith('SQLITE_')) return damage(error);
  return { sequence: null, kind: 'mirrorDamaged', detail: `the mirror could not be mended: ${errorText(error)}` };
}

function* upTo<T extends { readonly sequence: number }>(through: number, rows: Iterable<T>): Generator<T> {
  for (const row of rows) {
    if (row.sequence > through) return;
    yield row;
  }
}
