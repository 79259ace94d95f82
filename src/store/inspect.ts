/**
 * Everything that can be said about an open journal: used by the terminal before it trusts its own file, and by
 * `cham journal verify`. Reads only; never throws on what a damaged or forged file may hold.
 *
 * At a start, so that it does not grow with history: the schema, whose book it is, the newest snapshot, the chain of
 * the rows after it, head, last seal and anchor. With that it is known that the state and the rows the terminal goes
 * on with are its own. Not known is whether an older row was changed or a page of it has rotted: `scrub` finds that
 * while the terminal runs, and the full check, which also reads every page of the file. Without a snapshot the
 * start checks every row and page.
 */
import type Database from 'better-sqlite3';
import { equalBytes } from '../core/base/bytes.ts';
import type { Result } from '../core/base/result.ts';
import { isSealedBy, signedAnchor, type AnchorFault, type Seal } from './anchor.ts';
import { genesisHash, type StoredRow } from './canonical.ts';
import { ChainWalk, type Head, type Problem } from './chain.ts';
import { schemaDifferences, versionOf } from './database.ts';
import { errorCode, errorText } from './files.ts';
import { foldSnapshots } from './fold-snapshot.ts';
import { publicKeyFromDer, type PublicKey } from './keys.ts';
import { Redactions } from './redaction.ts';
import { bytesOf, headOf, readHead, readIdentity, readLastRow, readRowHash, readRows, type Columns } from './rows.ts';

export interface Inspection {
  /** Rows that were looked at. */
  readonly events: number;
  /** They are those after this one: the row of the snapshot that a start trusts, else 0. */
  readonly after: number;
  /** Among them, rows whose body retention removed. */
  readonly redacted: number;
  readonly seals: number;
  readonly head: Head;
  readonly lastSeal: Seal | undefined;
  /** What the anchor file says, when it is the anchor of this journal. */
  readonly anchor: Seal | undefined;
  /** SHA-256 of the public key that the signatures were checked with, lower-case hex; undefined when there is none. */
  readonly keyId: string | undefined;
  /** In the order of their rows; those without a row come last. */
  readonly problems: readonly Problem[];
  /** Snapshots that must not be used. The journal is whole without them. */
  readonly badSnapshots: readonly Problem[];
}

export interface InspectOptions {
  /** Undefined: the key that the journal names itself. */
  readonly key: PublicKey | undefined;
  /** Read before the journal: a running terminal moves both, the anchor last. */
  readonly anchor: Result<readonly Seal[], AnchorFault>;
  readonly depth: 'start' | 'full';
}

export type Report = (kind: Problem['kind'], sequence: number | null, detail: string) => void;

export function inspectJournal(db: Database.Database, options: InspectOptions): Inspection {
  const problems: Problem[] = [];
  const badSnapshots: Problem[] = [];
  const report: Report = (kind, sequence, detail) => void problems.push({ sequence, kind, detail });
  let found: Omit<Inspection, 'problems' | 'badSnapshots'> = {
    events: 0,
    after: 0,
    redacted: 0,
    seals: 0,
    head: { sequence: 0, hash: new Uint8Array(32) },
    lastSeal: undefined,
    anchor: undefined,
    keyId: options.key?.keyId,
  };
  try {
    for (const name of schemaDifferences(db)) report('schemaChanged', null, `"${name}" is not as it was created`);
    const named = publicKeyFromDer(readIdentity(db));
    const key = options.key ?? (named.ok ? named.value : undefined);
    if (!named.ok || key?.keyId !== named.value.keyId) {
      const detail = named.ok ? `it names key ${named.value.keyId}, expected ${key?.keyId}` : named.fault.detail;
      report('wrongKey', null, detail);
      return { ...found, problems, badSnapshots };
    }
    found = { ...found, keyId: key.keyId };

    const hasSnapshots = versionOf(db) > 1;
    const snapshots = hasSnapshots ? [...foldSnapshots(db, key)] : [];
    for (const { problem: detail } of snapshots) {
      if (detail !== undefined) badSnapshots.push({ sequence: null, kind: 'badSnapshot', detail });
    }
    const newest = snapshots.find(({ problem }) => problem === undefined)?.snapshot;
    const trusted = options.depth === 'start' ? newest : undefined;
    if (trusted === undefined) {
      const check = db.pragma('quick_check(1)', { simple: true });
      if (check !== 'ok') report('damaged', null, `SQLite quick_check: ${String(check)}`);
    }
    const redactions = hasSnapshots ? Redactions.read(db, key) : new Redactions();
    if (redactions.through > (newest?.sequence ?? 0)) {
      const detail = `retention removed bodies up to row ${redactions.through}, and no usable snapshot stands for them`;
      report('badSnapshot', null, detail);
    }

    const genesis = { sequence: 0, hash: genesisHash(key.keyId) };
    const stored = readHead(db);
    if (stored === undefined) report('truncated', null, 'the head row is missing');
    const head = stored ?? readLastRow(db) ?? genesis;
    found = { ...found, head, after: trusted?.sequence ?? 0 };
    const walk = new ChainWalk(trusted ?? genesis, head);
    const redacted = walkRows(
      readRows(db, trusted === undefined ? undefined : trusted.sequence + 1),
      walk,
      redactions,
      report,
    );
    const chain = walk.finish();
    problems.push(...chain.problems);
    found = { ...found, events: chain.events, redacted };
    const seals = checkSeals(db, key, options.depth === 'full' ? wholeJournal : 'last', report);
    found = { ...found, seals: seals.count, lastSeal: seals.last };
    found = { ...found, anchor: checkAnchor(db, key, options.anchor, head, report) };
  } catch (error) {
    problems.push(damage(error));
  }
  return { ...found, problems, badSnapshots };
}

/** Names what SQLite threw; bugs go on up. */
export function damage(error: unknown): Problem {
  const code = errorCode(error);
  if (!code?.startsWith('SQLITE_')) throw error;
  return { sequence: null, kind: 'damaged', detail: `SQLite cannot read it: ${errorText(error)} (${code})` };
}

/** Returns how many of the rows were redacted; reports a missing body that no signed `Redacted` row accounts for. */
export function walkRows(rows: Iterable<StoredRow>, walk: ChainWalk, redactions: Redactions, report: Report): number {
  let redacted = 0;
  let missing: { readonly first: number; count: number } | undefined;
  for (const row of rows) {
    walk.row(row);
    if (row.body !== null) continue;
    redacted += 1;
    if (redactions.covers(row.sequence)) continue;
    missing ??= { first: row.sequence, count: 0 };
    missing.count += 1;
  }
  if (missing !== undefined) {
    const detail = `${missing.count} bodies are missing from row ${missing.first} on, and no signed row says that retention removed them`;
    report('bodyMissing', missing.first, detail);
  }
  return redacted;
}

export interface SealRange {
  readonly after: number;
  readonly through: number;
}

const wholeJournal: SealRange = { after: Number.MIN_SAFE_INTEGER, through: Number.MAX_SAFE_INTEGER };

/** Checking a signature takes about 0.2 ms; the terminal checks the last one at each start. */
export function checkSeals(
  db: Database.Database,
  key: PublicKey,
  which: 'last' | SealRange,
  report: Report,
): { count: number; last: Seal | undefined } {
  const { after, through } = which === 'last' ? wholeJournal : which;
  const query = db.prepare<[number, number], Columns<'sequence' | 'hash' | 'signature' | 'keyId' | 'rowHash'>>(
    `SELECT seals.sequence, seals.hash, signature, key_id AS keyId, events.hash AS rowHash
     FROM seals LEFT JOIN events USING (sequence) WHERE seals.sequence > ? AND seals.sequence <= ?
     ORDER BY seals.sequence ${which === 'last' ? 'DESC LIMIT 1' : ''}`,
  );
  let count = 0;
  let last: Seal | undefined;
  for (const columns of query.iterate(after, through)) {
    const seal: Seal = { ...headOf(columns), signature: bytesOf(columns.signature), keyId: String(columns.keyId) };
    const before = last?.sequence ?? after;
    const range = before > 0 ? `from ${before + 1} to ${seal.sequence}` : `up to ${seal.sequence}`;
    if (!isSealedBy(seal, key)) {
      report('badSeal', seal.sequence, `the signature over row ${seal.sequence} is not valid`);
    } else if (columns.rowHash === null) {
      report('badSeal', seal.sequence, `row ${seal.sequence} was signed and is missing`);
    } else if (!equalBytes(bytesOf(columns.rowHash), seal.hash)) {
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
  const anchor = read.ok ? signedAnchor(read.value, key) : undefined;
  if (anchor === undefined) {
    const what = read.ok ? 'the anchor is not signed by the key of this journal' : read.fault.detail;
    report(
      'anchorMismatch',
      null,
      `${what}; whether signed rows were removed from the end is unknown. Any earlier copy of journal.anchor will do`,
    );
    return undefined;
  }
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
