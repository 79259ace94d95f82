/**
 * Journal append, mirrored, against the same bytes inserted by bare better-sqlite3 with the same durability (WAL,
 * synchronous=FULL, exclusive lock) and written once more to a second file that is synced; and against the least that
 * durable can mean, one block of 4 KiB overwritten and synced. They take turns, so that noise of the machine meets all.
 * Then what one card sale costs the disk: syncs (counted by strace, where it is installed) and bytes handed to the
 * system, which are what wears a memory card out.
 *
 *   node bench/journal.ts [--json]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { epochMs, transactionId } from '../src/core/base/brand.ts';
import { money } from '../src/core/base/money.ts';
import type { MaskedPan } from '../src/core/base/pan.ts';
import type { JournalEvent } from '../src/core/transaction/events.ts';
import { openJournal, type Journal } from '../src/store/journal.ts';
import { mustAppend, mustOpen, sale } from '../src/store/test-kit.ts';
import { print, ratio, summarize, table, timed, type Summary } from './measure.ts';

const rounds = 1000;
const warmUp = 50;
const id = transactionId('S-00000000000000000000000001');
const at = epochMs(1_790_000_000_000);

/** What a contactless sale appends at once, at most three at a time. */
const events: readonly JournalEvent[] = [
  {
    type: 'CardRead',
    transactionId: id,
    card: {
      maskedPan: '970400******0018' as MaskedPan,
      aid: 'A0000007271010',
      label: 'NAPAS',
      interface: 'contactless',
      posEntryMode: '071',
      iccData: '9F2608'.repeat(40),
      cryptogram: '0011223344556677',
    },
  },
  { type: 'AuthorizationRequested', transactionId: id, stan: 1, waitUntil: epochMs(at + 30_000) },
  { type: 'SaleStarted', transactionId: id, key: 'bench', amount: money(45_000, 'VND'), method: 'card', waitUntil: at },
];

interface Case {
  readonly name: string;
  readonly events: readonly JournalEvent[];
  readonly seal: boolean;
  readonly journal: number[];
  readonly raw: number[];
  readonly overwrite: number[];
}

interface Outcome {
  readonly name: string;
  readonly journal: Summary;
  readonly raw: Summary;
  /** One block of 4 KiB overwritten and synced with fdatasync. */
  readonly overwrite: Summary;
  /** The journal to one such block. */
  readonly toOverwriteP50: number;
  readonly ratioP50: number;
  readonly ratioP99: number;
}

function newCase(count: number, seal: boolean): Case {
  const name = `${count} event${count === 1 ? '' : 's'}${seal ? ', sealed' : ''}`;
  return { name, events: events.slice(0, count), seal, journal: [], raw: [], overwrite: [] };
}

/** Inserts what the journal would insert, every byte of it made beforehand. */
function openRaw(directory: string): { insert(work: Case): void; overwrite(): void; close(): void } {
  const db = new Database(join(directory, 'raw.db'));
  db.pragma('page_size = 1024');
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE events (
      sequence INTEGER PRIMARY KEY, at INTEGER, type TEXT, transaction_id TEXT, body TEXT, hash BLOB
    ) STRICT;
    CREATE TABLE seals (
      sequence INTEGER PRIMARY KEY, hash BLOB, signature BLOB, key_id TEXT, at INTEGER
    ) STRICT`);
  const insertEvent = db.prepare('INSERT INTO events (at, type, transaction_id, body, hash) VALUES (?, ?, ?, ?, ?)');
  const insertSeal = db.prepare('INSERT INTO seals (hash, signature, key_id, at) VALUES (?, ?, ?, ?)');
  const hash = Buffer.alloc(32, 1);
  const signature = Buffer.alloc(64, 1);
  const keyId = 'f'.repeat(64);
  const block = Buffer.alloc(4096, 'x');
  const second = openSync(join(directory, 'raw.second'), 'w');
  const rows = events.map((event) => [at, event.type, id, JSON.stringify(event), hash] as const);
  const transaction = db.transaction((work: Case) => {
    for (const row of rows.slice(0, work.events.length)) insertEvent.run(...row);
    if (work.seal) insertSeal.run(hash, signature, keyId, at);
  });
  return {
    insert: (work) => {
      transaction.immediate(work);
      overwrite();
    },
    overwrite,
    close: () => {
      closeSync(second);
      db.close();
    },
  };

  function overwrite(): void {
    writeSync(second, block, 0, block.length, 0);
    fdatasyncSync(second);
  }
}

function append(journal: Journal, work: Case): void {
  const appended = journal.append(work.events, at, work.seal);
  if (!appended.ok) throw new Error(appended.fault.detail);
}

function measure(directory: string): readonly Outcome[] {
  const opened = openJournal(join(directory, 'journal'));
  if (!opened.ok) throw new Error(opened.fault.detail);
  const journal = opened.value;
  const raw = openRaw(directory);
  const cases = [false, true].flatMap((seal) => [1, 2, 3].map((count) => newCase(count, seal)));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const work of cases) {
      const turns = [
        (): void => timed(round < 0 ? [] : work.raw, () => raw.insert(work)),
        (): void => timed(round < 0 ? [] : work.journal, () => append(journal, work)),
        (): void => timed(round < 0 ? [] : work.overwrite, () => raw.overwrite()),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn();
    }
  }
  raw.close();
  journal.close();
  return cases.map((work) => {
    const [own, limit, overwrite] = [work.journal, work.raw, work.overwrite].map(summarize) as [
      Summary,
      Summary,
      Summary,
    ];
    const ratios = { ratioP50: ratio(own.p50, limit.p50), ratioP99: ratio(own.p99, limit.p99) };
    const toOverwriteP50 = ratio(own.p50, overwrite.p50);
    return { name: work.name, journal: own, raw: limit, overwrite, toOverwriteP50, ...ratios };
  });
}

function describe(outcomes: readonly Outcome[]): string {
  const header = [
    'journal append, µs',
    'p50',
    'p99',
    'raw p50',
    'raw p99',
    'ratio p50',
    'ratio p99',
    'one block p50',
    'ratio',
  ];
  const rows = outcomes.map(({ name, journal, raw, overwrite, toOverwriteP50, ratioP50, ratioP99 }) => {
    const times = [journal.p50, journal.p99, raw.p50, raw.p99].map((us) => us.toFixed(0));
    const block = [overwrite.p50.toFixed(0), toOverwriteP50.toFixed(2)];
    return [name, ...times, ratioP50.toFixed(2), ratioP99.toFixed(2), ...block];
  });
  return table(header, rows);
}

interface SaleCost {
  readonly commits: number;
  /** Undefined without strace. */
  readonly syncs: number | undefined;
  readonly bytes: number;
}

const salesCounted = 200;
const salesOption = '--only-sales=';

/** The events of `sale` in as many appends as the terminal makes: what is decided together is written together. */
function appendSales(directory: string, count: number): { readonly commits: number; readonly bytes: number } {
  const journal = mustOpen(join(directory, `sales-${count}`));
  const before = bytesWritten();
  let commits = 0;
  for (let number = 1; number <= count; number += 1) {
    const [started, ...rest] = sale(number);
    const [read, requested, approved, printed, closed] = rest;
    for (const group of [[started], [read, requested], [approved], [printed], [closed]]) {
      mustAppend(
        journal,
        group.filter((event) => event !== undefined),
      );
      commits += 1;
    }
  }
  const bytes = bytesWritten() - before;
  journal.close();
  return { commits, bytes };
}

/** Handed to write calls by this process so far: proc(5), `wchar`. */
function bytesWritten(): number {
  return Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** Of a process that appends so many sales; undefined without strace. */
function countSyncs(directory: string, count: number): number | undefined {
  const program = [process.execPath, import.meta.filename, `${salesOption}${count}`, directory];
  const traced = spawnSync('strace', ['-f', '-qq', '-e', 'trace=fsync,fdatasync,msync', ...program], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (traced.status !== 0) return undefined;
  return traced.stderr.split('\n').filter((line) => /(?:fsync|fdatasync|msync)\(/.test(line)).length;
}

function costOfSale(directory: string): SaleCost {
  const { commits, bytes } = appendSales(directory, salesCounted);
  // The difference leaves out what beginning and closing a journal costs.
  const [few, many] = [countSyncs(directory, 20), countSyncs(directory, 20 + salesCounted)];
  const syncs = few === undefined || many === undefined ? undefined : (many - few) / salesCounted;
  return { commits: commits / salesCounted, syncs, bytes: Math.round(bytes / salesCounted) };
}

function describeCost({ commits, syncs, bytes }: SaleCost): string {
  const counted = syncs === undefined ? 'not counted: no strace' : syncs.toFixed(2);
  const written = `${(bytes / 1000).toFixed(1)} kB written (aim: 30)`;
  return `one card sale: ${commits} commits, syncs ${counted} (aim: 4), ${written}`;
}

const only = process.argv.find((parameter) => parameter.startsWith(salesOption));
if (only === undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'cham-bench-'));
  try {
    const outcomes = measure(directory);
    const perSale = costOfSale(directory);
    print({ rounds, unit: 'us', outcomes, perSale }, `${describe(outcomes)}\n\n${describeCost(perSale)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
} else {
  appendSales(process.argv.at(-1) ?? '', Number(only.slice(salesOption.length)));
}
