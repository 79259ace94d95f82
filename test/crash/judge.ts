/**
 * Opens what a power cut or a failing call has left with the real store, and says whether it kept its word: every row that
 * was durably acknowledged is there as it was, nothing is there that was not asked for, an append is there whole or not
 * at all, and the terminal can go on selling.
 */
import Database from 'better-sqlite3';
import { openJournal, type Journal } from '../../src/store/journal.ts';
import { sale, startOfTime } from '../../src/store/test-kit.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { foldVersion, journalIn, type Acknowledged } from './scenarios.ts';

/** Number of the sale after a restart. */
const soldAgain = 5000;

const everyRow = 1_000_000;

/** What had been said when the power failed. */
export class Promises {
  /** Row by number: its hash. */
  readonly #acknowledged = new Map<number, string>();
  /** Where an append ended, and one may end. */
  readonly #ends = new Set<number>();
  #durable = 0;
  #highest = 0;

  constructor(before: readonly Acknowledged[]) {
    this.#ends.add(0);
    for (const { sequence, hash } of before) this.acknowledged(sequence, hash, true);
  }

  trying(after: number, rows: number): void {
    this.#ends.add(after + rows);
    this.#highest = after + rows;
  }

  acknowledged(sequence: number, hash: string, durable: boolean): void {
    this.#acknowledged.set(sequence, hash);
    this.#ends.add(sequence);
    this.#highest = Math.max(this.#highest, sequence);
    if (durable) this.#durable = sequence;
  }

  /** As the workload's mark has it. */
  heard(mark: string): void {
    const [word, first = '', second = '', third] = mark.split(' ');
    if (word === 'try') this.trying(Number(first), Number(second));
    else if (word === 'ack') this.acknowledged(Number(first), second, third === '1');
  }

  /** Undefined when a journal that ends at `head` with these hashes keeps them. */
  broken(head: number, hashOf: (sequence: number) => string | undefined): string | undefined {
    if (head < this.#durable) return `LOST: row ${this.#durable} was acknowledged, the journal ends at ${head}`;
    if (head > this.#highest) return `PHANTOM: the journal ends at ${head}, nothing was tried after ${this.#highest}`;
    if (!this.#ends.has(head)) return `TORN: the journal ends at ${head}, within an append`;
    for (const [sequence, hash] of this.#acknowledged) {
      const found = hashOf(sequence);
      if (sequence <= head && found !== hash) return `CHANGED: row ${sequence} is not the one that was acknowledged`;
    }
    return undefined;
  }

  get durable(): number {
    return this.#durable;
  }
}

export interface Judgement {
  /** How the store broke its word; undefined when it kept it. */
  readonly broken: string | undefined;
  /** The last row after the restart. */
  readonly head: number;
}

/** @param thorough also sells once more, starts again and checks every row, page and signature. */
export function judge(folder: string, promises: Promises, thorough: boolean): Judgement {
  const opened = openJournal(journalIn(folder));
  if (!opened.ok) return { broken: `REFUSED: ${opened.fault.kind}: ${opened.fault.detail}`, head: 0 };
  const journal = opened.value;
  const head = journal.head().sequence;
  try {
    const broken = cannotGoOn(journal, thorough);
    if (broken !== undefined) return { broken, head };
  } finally {
    journal.close();
  }
  const rows = head + (thorough ? sale(soldAgain).length : 0);
  const hashes = rowHashes(journal.files.journal);
  const broken =
    promises.broken(head, (sequence) => hashes.get(sequence)) ??
    (hashes.size === rows ? undefined : `GAP: ${hashes.size} rows, there should be ${rows}`) ??
    (thorough ? notWhole(folder, rows) : undefined);
  return { broken, head };
}

function cannotGoOn(journal: Journal, thorough: boolean): string | undefined {
  // What a state would be made of has to be readable: a body that is gone is covered by a snapshot.
  const from = journal.redactedThrough() === 0 ? 0 : journal.latestSnapshot(foldVersion)?.sequence;
  if (from === undefined) return 'STATELESS: bodies were removed and there is no snapshot';
  const { sequence } = journal.head();
  if ([...journal.read(from)].length > sequence - from) return `UNREADABLE: too many events after row ${from}`;
  if (!thorough) return undefined;
  const appended = journal.append(sale(soldAgain), startOfTime, true);
  return appended.ok ? undefined : `STUCK: ${appended.fault.detail}`;
}

function notWhole(folder: string, rows: number): string | undefined {
  const again = openJournal(journalIn(folder));
  if (!again.ok) return `REFUSED AGAIN: ${again.fault.detail}`;
  // What a start leaves to the idle time: the older rows of the mirror.
  const scrubbed = again.value.scrub(everyRow).problems[0];
  again.value.close();
  if (scrubbed !== undefined) return `NOT WHOLE: ${scrubbed.kind}: ${scrubbed.detail}`;
  const { sequence } = again.value.head();
  if (sequence !== rows) return `LOST AGAIN: the journal ends at ${sequence}`;
  const [problem] = verifyJournal(again.value.files.journal).problems;
  return problem && `NOT WHOLE: ${problem.kind}: ${problem.detail}`;
}

/** In lower-case hex, by row. */
function rowHashes(file: string): ReadonlyMap<number, string> {
  const db = new Database(file, { readonly: true });
  try {
    const rows = db.prepare<[], { sequence: number; hash: string }>(
      'SELECT sequence, lower(hex(hash)) AS hash FROM events',
    );
    return new Map(rows.all().map(({ sequence, hash }) => [sequence, hash]));
  } finally {
    db.close();
  }
}
