/**
 * Everything that can be said about an open journal: used by the terminal before it trusts its own file, and by
 * `cham journal verify`. Reads only; never throws on what a damaged or forged file may hold.
 */
import type Database from 'better-sqlite3';
import { equalBytes } from '../core/base/bytes.ts';
import type { Result } from '../core/base/result.ts';
import { isSealedBy, type AnchorFault, type Seal } from './anchor.ts';
import { genesisHash, type StoredRow } from './canonical.ts';
import { checkChain, type Head, type Problem } from './chain.ts';
import { schemaDifferences } from './database.ts';
import { errorCode, errorText } from './files.ts';
import { publicKeyFromDer, type PublicKey } from './keys.ts';

export interface Inspection {
  readonly events: number;
  readonly seals: number;
  readonly head: Head;
  readonly lastSeal: Seal | undefined;
  /** What the anchor file says, when it is the anchor of this journal. */
  readonly anchor: Seal | undefined;
  /** SHA-256 of the public key that the signatures were checked with, lower-case hex; undefined when there is none. */
  readonly keyId: string | undefined;
  /** In the order of their rows; those without a row come last. */
  readonly problems: readonly Problem[];
}

export interface InspectOptions {
  /** Undefined: the key that the journal names itself. */
  readonly key: PublicKey | undefined;
  /** Read before the journal: a running terminal moves both, the anchor last. */
  readonly anchor: Result<Seal, AnchorFault>;
  /** Checking every signature takes about 0.2 ms each; the terminal checks the last one at each start. */
  readonly seals: 'last' | 'all';
}

type Report = (kind: Problem['kind'], sequence: number | null, detail: string) => void;

export function inspectJournal(db: Database.Database, options: InspectOptions): Inspection {
  const problems: Problem[] = [];
  const report: Report = (kind, sequence, detail) => void problems.push({ sequence, kind, detail });
  let found: Omit<Inspection, 'problems'> = {
    events: 0,
    seals: 0,
    head: { sequence: 0, hash: new Uint8Array(32) },
    lastSeal: undefined,
    anchor: undefined,
    keyId: options.key?.keyId,
  };
  try {
    for (const name of schemaDifferences(db)) report('schemaChanged', null, `"${name}" is not as it was created`);
    const check = db.pragma('quick_check(1)', { simple: true });
    if (check !== 'ok') report('damaged', null, `SQLite quick_check: ${String(check)}`);

    const named = publicKeyFromDer(readIdentity(db));
    const key = options.key ?? (named.ok ? named.value : undefined);
    if (!named.ok || key?.keyId !== named.value.keyId) {
      const detail = named.ok ? `it names key ${named.value.keyId}, expected ${key?.keyId}` : named.fault.detail;
      report('wrongKey', null, detail);
      return { ...found, problems };
    }
    found = { ...found, keyId: key.keyId };
    const genesis = genesisHash(key.keyId);
    const stored = readHead(db);
    if (stored === undefined) report('truncated', null, 'the head row is missing');
    const head = stored ?? readLastRow(db) ?? { sequence: 0, hash: genesis };
    found = { ...found, head };
    const chain = checkChain(readRows(db), genesis, head);
    problems.push(...chain.problems);
    found = { ...found, events: chain.events };
    const seals = checkSeals(db, key, options.seals, report);
    found = { ...found, seals: seals.count, lastSeal: seals.last };
    found = { ...found, anchor: checkAnchor(db, key, options.anchor, head, report) };
  } catch (error) {
    const code = errorCode(error);
    if (!code?.startsWith('SQLITE_')) throw error;
    report('damaged', null, `SQLite cannot read it: ${errorText(error)} (${code})`);
  }
  return { ...found, problems };
}

function checkSeals(
  db: Database.Database,
  key: PublicKey,
  which: 'last' | 'all',
  report: Report,
): { count: number; last: Seal | undefined } {
  const query = db.prepare<[], HeadColumns & Columns<'signature' | 'keyId' | 'rowHash'>>(
    `SELECT seals.sequence, seals.hash, signature, key_id AS keyId, events.hash AS rowHash
     FROM seals LEFT JOIN events USING (sequence)
     ORDER BY seals.sequence ${which === 'all' ? '' : 'DESC LIMIT 1'}`,
  );
  let count = 0;
  let last: Seal | undefined;
  for (const columns of query.iterate()) {
    const seal: Seal = { ...headOf(columns), signature: bytes(columns.signature), keyId: String(columns.keyId) };
    const range = last === undefined ? `up to ${seal.sequence}` : `from ${last.sequence + 1} to ${seal.sequence}`;
    if (!isSealedBy(seal, key)) {
      report('badSeal', seal.sequence, `the signature over row ${seal.sequence} is not valid`);
    } else if (columns.rowHash === null) {
      report('badSeal', seal.sequence, `row ${seal.sequence} was signed and is missing`);
    } else if (!equalBytes(bytes(columns.rowHash), seal.hash)) {
      report('badSeal', seal.sequence, `the rows ${range} are not those that were signed`);
    }
    count += 1;
    last = seal;
  }
  return { count, last };
}

function checkAnchor(
  db: Database.Database,
  key: PublicKey,
  read: InspectOptions['anchor'],
  head: Head,
  report: Report,
): Seal | undefined {
  if (!read.ok || !isSealedBy(read.value, key)) {
    const what = read.ok ? 'the anchor is not signed by the key of this journal' : read.fault.detail;
    report(
      'anchorMismatch',
      null,
      `${what}; whether signed rows were removed from the end is unknown. Any earlier copy of journal.anchor will do`,
    );
    return undefined;
  }
  const anchor = read.value;
  const { sequence } = anchor;
  if (sequence > head.sequence) {
    const cause = 'the end was removed, or this is an older copy';
    const detail = `the anchor was signed at row ${sequence}, but the journal ends at ${head.sequence}: ${cause}`;
    report('anchorMismatch', head.sequence + 1, detail);
    return undefined;
  }
  if (sequence === 0) return anchor;
  const row = readRowHash(db, sequence);
  if (row === undefined || !equalBytes(row, anchor.hash)) {
    report('anchorMismatch', sequence, `row ${sequence} is not the one that the anchor was signed for`);
    return undefined;
  }
  if (db.prepare('SELECT 1 FROM seals WHERE sequence = ?').get(sequence) === undefined) {
    report('anchorMismatch', sequence, `the seal of row ${sequence} is missing`);
    return undefined;
  }
  return anchor;
}

/** Of a file that may be forged: any column can hold any of SQLite's types. */
type Columns<Name extends string> = Readonly<Record<Name, number | string | Uint8Array | null>>;
type HeadColumns = Columns<'sequence' | 'hash'>;

function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function headOf(columns: HeadColumns): Head {
  return { sequence: Number(columns.sequence), hash: bytes(columns.hash) };
}

function readIdentity(db: Database.Database): Uint8Array {
  return bytes(db.prepare<[], Columns<'der'>>('SELECT public_key AS der FROM identity').get()?.der);
}

function readHead(db: Database.Database): Head | undefined {
  const columns = db.prepare<[], HeadColumns>('SELECT sequence, hash FROM head').get();
  return columns === undefined ? undefined : headOf(columns);
}

function readLastRow(db: Database.Database): Head | undefined {
  const columns = db.prepare<[], HeadColumns>('SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1').get();
  return columns === undefined ? undefined : headOf(columns);
}

function readRowHash(db: Database.Database, sequence: number): Uint8Array | undefined {
  const columns = db.prepare<[number], Columns<'hash'>>('SELECT hash FROM events WHERE sequence = ?').get(sequence);
  return columns === undefined ? undefined : bytes(columns.hash);
}

/** Rows in order; the connection can do nothing else until they are all read. */
export function* readRows(db: Database.Database, from?: number): Generator<StoredRow> {
  const query = db.prepare<[number], HeadColumns & Columns<'at' | 'type' | 'transactionId' | 'body'>>(
    'SELECT sequence, at, type, transaction_id AS transactionId, body, hash FROM events WHERE sequence >= ? ORDER BY sequence',
  );
  for (const columns of query.iterate(from ?? Number.MIN_SAFE_INTEGER)) {
    yield {
      ...headOf(columns),
      at: Number(columns.at),
      type: String(columns.type),
      transactionId: columns.transactionId === null ? null : String(columns.transactionId),
      body: String(columns.body),
    };
  }
}
