/**
 * A start whose journal is not whole, and its mirror: what is to be done, if anything can be. Nothing is guessed. Where
 * the two together do not give every row up to the last one that either of them, or the anchor, knows of, the journal is
 * left as it is and the start is refused.
 */
import { existsSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { equalBytes } from '../core/base/bytes.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { readAnchor, signedAnchor, writeAnchor, type Seal } from './anchor.ts';
import { genesisHash, sealMessage, type StoredRow } from './canonical.ts';
import type { Head } from './chain.ts';
import {
  makeDurable,
  openFaultOf,
  openUntouched,
  openWriter,
  whatOf,
  type JournalOpenFault,
  type JournalOpenFaultKind,
} from './database.ts';
import { keepLog, type JournalFiles } from './files.ts';
import { foldSnapshots } from './fold-snapshot.ts';
import { recordHealing, type Healing } from './healings.ts';
import { checkSeals, inspectJournal, type Inspection } from './inspect.ts';
import type { TerminalKey } from './keys.ts';
import { isChain } from './mirror-compare.ts';
import type { MirrorRow } from './mirror-format.ts';
import { readMirrorSnapshot } from './mirror-snapshot.ts';
import { Mirror } from './mirror.ts';
import { insertSnapshot, rebuildJournal, removeBodies } from './rebuild.ts';
import { readRowHash } from './rows.ts';
import { prepareWrite } from './write.ts';

/** What damage can look like. `keyUnusable`: where the journal names its key stands something else. */
const healable: ReadonlySet<JournalOpenFaultKind> = new Set([
  'damaged',
  'notAJournal',
  'missing',
  'keyUnusable',
  'ioError',
]);

/** Mends the journal, or says why it is as it was. After success open it again: it is checked like any other. */
export function healJournal(
  files: JournalFiles,
  key: TerminalKey,
  found: JournalOpenFault,
): Result<readonly Healing[], JournalOpenFault> {
  if (!healable.has(found.kind)) return err(found);
  try {
    const mirror = Mirror.openReadOnly(files.mirror, key.keyId);
    if (mirror === undefined) return err(found);
    try {
      if (mirror.head.sequence === 0) return err(found);
      return withHealLock(files, () => heal(files, key, mirror, found));
    } finally {
      mirror.close();
    }
  } catch (error) {
    const fault = openFaultOf(error, files.journal);
    return err(fault.kind === 'inUse' ? fault : { ...found, detail: `${found.detail} ${fault.detail}` });
  }
}

/** Two terminals that start at the same moment must not both write a new journal. */
function withHealLock<T>({ journal }: JournalFiles, work: () => T): T {
  const path = `${journal}.healing`;
  // Nobody waits for it: so it can be removed while it is held, and whoever comes later makes his own.
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    try {
      return work();
    } finally {
      rmSync(path, { force: true });
    }
  } finally {
    lock.close();
  }
}

function heal(
  files: JournalFiles,
  key: TerminalKey,
  mirror: Mirror,
  found: JournalOpenFault,
): Result<readonly Healing[], JournalOpenFault> {
  const end = lookForEnd(files, key, mirror);
  if (end !== undefined) return ok(appendEnd(files, key, end));
  const made = rebuildJournal(files, key, mirror);
  if (!made.ok) return err({ ...found, detail: `${found.detail} Its mirror cannot mend it: ${made.fault}.` });
  return ok([recorded(files, { what: 'journal', detail: `${whatOf(found)}: ${made.value}` })]);
}

interface MissingEnd {
  /** The journal's last row. */
  readonly head: Head;
  /** Of the mirror, after that one. */
  readonly rows: readonly MirrorRow[];
  readonly anchorLost: boolean;
}

/** Undefined when more is wrong with the journal than that rows are missing at its end, or its anchor is lost. */
function lookForEnd(files: JournalFiles, key: TerminalKey, mirror: Mirror): MissingEnd | undefined {
  if (!existsSync(files.journal)) return undefined;
  const anchor = readAnchor(files.anchor);
  const signed = anchor.ok ? signedAnchor(anchor.value, key) : undefined;
  const looked = inspectUntouched(files, key, anchor);
  if (looked === undefined || looked.problems.some(({ kind }) => kind !== 'anchorMismatch')) return undefined;
  const { head, lastSeal } = looked;
  const rows = [...mirror.rows(head.sequence)];
  if (!isChain(rows, head)) return undefined;
  const end = rows.at(-1)?.row.sequence ?? head.sequence;
  // Without the anchor the mirror has to stand for the end of what was signed.
  const known = signed === undefined ? Math.min(end, mirror.head.sequence) : end;
  if (known < (signed?.sequence ?? lastSeal?.sequence ?? 0)) return undefined;
  return rows.length === 0 && signed !== undefined ? undefined : { head, rows, anchorLost: signed === undefined };
}

function inspectUntouched(
  { journal }: JournalFiles,
  key: TerminalKey,
  anchor: ReturnType<typeof readAnchor>,
): Inspection | undefined {
  let db: Database.Database;
  try {
    db = openUntouched(journal);
  } catch (error) {
    if (openFaultOf(error, journal).kind === 'inUse') throw error;
    return undefined;
  }
  try {
    return inspectJournal(db, { key, anchor, depth: 'full' });
  } finally {
    db.close();
  }
}

function appendEnd(files: JournalFiles, key: TerminalKey, end: MissingEnd): readonly Healing[] {
  const { head, rows, anchorLost } = end;
  const healings: Healing[] = [];
  const db = openWriter(files.journal);
  try {
    keepLog(files.journal);
    makeDurable(db);
    const [first, last] = [rows[0]?.row.sequence, rows.at(-1)?.row.sequence];
    if (first !== undefined) {
      const detail = `${files.journal} ended at row ${head.sequence}; rows ${first} to ${last} were put back from its mirror`;
      healings.push(recorded(files, { what: 'journal', detail }));
      insertRows(db, files, key, rows);
    }
    if (anchorLost) {
      const detail = `${files.anchor} could not be read; it was written anew from the last signature of the journal`;
      healings.push(recorded(files, { what: 'anchor', detail }));
      rmSync(files.anchor, { force: true });
      writeAnchor(files.anchor, lastSealOf(db, key), true);
    }
  } finally {
    db.close();
  }
  return healings;
}

/**
 * Into the journal, when it is newer than those that it has: a removal of bodies counts on it. Throws the errors of
 * SQLite.
 */
export function restoreSnapshot(db: Database.Database, files: JournalFiles, key: TerminalKey): void {
  const mirrored = readMirrorSnapshot(files.mirrorSnapshot, key);
  if (mirrored === undefined) return;
  const newest = [...foldSnapshots(db, key)].find(({ problem }) => problem === undefined)?.snapshot;
  if ((newest?.sequence ?? 0) >= mirrored.sequence) return;
  const row = readRowHash(db, mirrored.sequence);
  if (row !== undefined && equalBytes(row, mirrored.hash)) insertSnapshot(db, mirrored);
}

/** Rows that follow from the journal's last, durably. Throws the errors of SQLite. */
export function insertRows(
  db: Database.Database,
  files: JournalFiles,
  key: TerminalKey,
  rows: readonly MirrorRow[],
): void {
  const write = prepareWrite(db);
  const { keyId } = key;
  db.transaction(() => {
    let group: StoredRow[] = [];
    for (const { row, signature } of rows) {
      group.push(row);
      const seal = signature && { sequence: row.sequence, hash: row.hash, keyId, signature };
      if (seal === null && row !== rows.at(-1)?.row) continue;
      write(group, seal ?? undefined, undefined);
      group = [];
    }
    restoreSnapshot(db, files, key);
    removeBodies(db, key);
  }).immediate();
}

function lastSealOf(db: Database.Database, key: TerminalKey): Seal {
  const { last } = checkSeals(db, key, 'last', () => {});
  if (last !== undefined) return last;
  const hash = genesisHash(key.keyId);
  return { sequence: 0, hash, keyId: key.keyId, signature: key.sign(sealMessage(key.keyId, 0, hash)) };
}

function recorded(files: JournalFiles, healing: Healing): Healing {
  recordHealing(files, healing);
  return healing;
}
