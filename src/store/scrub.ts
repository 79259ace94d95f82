/**
 * Checks the whole chain and every seal a few rows at a time while the terminal is idle: what a start no longer
 * does (inspect.ts). One round goes up to the head as it was when the round began; the next begins again at row 1.
 * Not seen here, only by `cham journal verify`: damage in pages that hold no row of the chain or seal.
 */
import type Database from 'better-sqlite3';
import { genesisHash } from './canonical.ts';
import { ChainWalk, type Head, type Problem } from './chain.ts';
import { checkSeals, damage, walkRows, type Report } from './inspect.ts';
import type { PublicKey } from './keys.ts';
import { Redactions } from './redaction.ts';
import { readRows } from './rows.ts';

export interface ScrubReport {
  /** True at the end of a round. */
  readonly done: boolean;
  /** What this round has found so far. What happened to a row is said at the end of the round. */
  readonly problems: readonly Problem[];
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
  #round: Round | undefined;

  constructor(db: Database.Database, key: PublicKey) {
    this.#db = db;
    this.#key = key;
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
    try {
      // Every time: retention may have gone on since the last call.
      const redactions = Redactions.read(this.#db, this.#key);
      walkRows(upTo(through, readRows(this.#db, round.after + 1, maxRows)), round.walk, redactions, report);
      checkSeals(this.#db, this.#key, { after: round.after, through }, report);
    } catch (error) {
      // What lies behind it cannot be reached.
      round.problems.push(damage(error));
      this.#round = undefined;
      return { done: true, problems: round.problems };
    }
    round.after = through;
    if (through < round.through) return { done: false, problems: round.problems };
    this.#round = undefined;
    return { done: true, problems: [...round.problems, ...round.walk.finish().problems] };
  }
}

function* upTo<T extends { readonly sequence: number }>(through: number, rows: Iterable<T>): Generator<T> {
  for (const row of rows) {
    if (row.sequence > through) return;
    yield row;
  }
}
