/**
 * A journal made anew from what is whole of the mirror and of the damaged file. Each row comes from whichever of them has
 * one that fits the chain; only when none is missing and the result passes the full check does it take the place of the
 * damaged file, which is put aside and kept. Until then nothing is changed, and a crash in between leaves the damaged
 * journal and its mirror as they were.
 */
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { err, ok, type Result } from '../core/base/result.ts';
import { isSealedBy, readAnchor, signedAnchor, type Seal } from './anchor.ts';
import { genesisHash, type StoredRow } from './canonical.ts';
import { createDatabase, openUntouched } from './database.ts';
import { errorCode, rewriteInPlace, syncDirectory, type JournalFiles } from './files.ts';
import { foldSnapshots } from './fold-snapshot.ts';
import { inspectJournal } from './inspect.ts';
import type { Head } from './chain.ts';
import type { TerminalKey } from './keys.ts';
import { isChain } from './mirror-compare.ts';
import type { MirrorRow } from './mirror-format.ts';
import { readMirrorSnapshot, type SignedSnapshot } from './mirror-snapshot.ts';
import type { Mirror } from './mirror.ts';
import { Redactions } from './redaction.ts';
import { bytesOf, readLastRow, readSealedRows, type Columns } from './rows.ts';
import { prepareWrite } from './write.ts';

/** Rows written in one transaction of the draft. */
const rowsAtOnce = 2000;

/** What the damaged file still gives; nothing of it is believed. */
interface Remains {
  row(sequence: number): MirrorRow | undefined;
  /** The last row that can be found; 0 when none can. */
  readonly last: number;
  readonly snapshots: readonly SignedSnapshot[];
  close(): void;
}

/** The fault is why it cannot be done. Throws the errors of SQLite and of the system. */
export function rebuildJournal(files: JournalFiles, key: TerminalKey, mirror: Mirror): Result<string, string> {
  const draft = `${files.journal}.healed`;
  removeDraft(draft);
  const remains = openRemains(files, key);
  try {
    const made = writeDraft(draft, { files, key, mirror, remains });
    if (!made.ok) return made;
    const aside = existsSync(files.journal) ? putAside(files) : undefined;
    renameSync(draft, files.journal);
    syncDirectory(files.directory);
    const kept = aside === undefined ? '' : `; the damaged files are kept in ${aside}`;
    const { rows, lost } = made.value;
    const without = lost === 0 ? '' : `, without the last ${lost}, which did not have to be on the disk yet`;
    return ok(`made anew with ${rows} rows from its mirror${without}${kept}`);
  } finally {
    remains.close();
    removeDraft(draft);
  }
}

interface Sources {
  readonly files: JournalFiles;
  readonly key: TerminalKey;
  readonly mirror: Mirror;
  readonly remains: Remains;
}

interface Draft {
  readonly rows: number;
  /** Rows after them that the damaged file still knew of, none of which had to reach the disk yet. */
  readonly lost: number;
}

function writeDraft(draft: string, sources: Sources): Result<Draft, string> {
  const { files, key, mirror, remains } = sources;
  const genesis = genesisHash(key.keyId);
  createDatabase(draft, key.der, genesis);
  chmodSync(draft, 0o600);
  const db = new Database(draft);
  try {
    // What is removed below must not stay behind in a page.
    db.pragma('secure_delete = ON');
    db.pragma('synchronous = OFF');
    const write = prepareWrite(db);
    let before: Head = { sequence: 0, hash: genesis };
    let group: StoredRow[] = [];
    let pending: (() => void)[] = [];
    const flush = db.transaction(() => {
      for (const one of pending) one();
      pending = [];
    });
    const finish = (seal: Seal | undefined): void => {
      const rows = group;
      group = [];
      if (rows.length > 0) pending.push(() => write(rows, seal, undefined));
      if (pending.length >= rowsAtOnce) flush();
    };
    for (const { row, signature } of fittingRows(sources, before)) {
      group.push(row);
      before = row;
      const seal = signature && { sequence: row.sequence, hash: row.hash, keyId: key.keyId, signature };
      if (seal !== null && isSealedBy(seal, key)) finish(seal);
      else if (group.length >= rowsAtOnce) finish(undefined);
    }
    finish(undefined);
    flush();
    const { sequence } = before;
    const anchor = readAnchor(files.anchor);
    const signed = anchor.ok ? signedAnchor(anchor.value, key) : undefined;
    const promised = Math.max(mirror.head.sequence, signed?.sequence ?? 0);
    // The mirror has every row that had to reach the disk. Later ones may be lost, unless its own end is spoiled.
    if (sequence < promised || (sequence < remains.last && !mirror.endsClean())) {
      return err(`row ${sequence + 1} of ${Math.max(promised, remains.last)} is whole in neither`);
    }
    const snapshots = [...remains.snapshots, readMirrorSnapshot(files.mirrorSnapshot, key)];
    writeSnapshots(db, snapshots);
    removeBodies(db, key);
    const found = inspectJournal(db, { key, anchor, depth: 'full' }).problems;
    // An anchor that is lost itself is written anew from the last seal: the mirror stands for the end.
    const [first] = signed === undefined ? found.filter(({ kind }) => kind !== 'anchorMismatch') : found;
    if (first !== undefined) return err(`${first.kind}: ${first.detail}`);
    return ok({ rows: sequence, lost: Math.max(0, remains.last - sequence) });
  } finally {
    db.close();
    if (existsSync(draft)) rewriteInPlace(draft);
  }
}

/** From row 1 on, each from the mirror or else from what remains, as long as one of them fits. */
function* fittingRows({ mirror, remains }: Sources, genesis: Head): Generator<MirrorRow> {
  let before = genesis;
  const mirrored = mirror.rows(0);
  let next = mirrored.next();
  for (;;) {
    const wanted = before.sequence + 1;
    while (!next.done && next.value.row.sequence < wanted) next = mirrored.next();
    const candidate = !next.done && next.value.row.sequence === wanted ? next.value : undefined;
    const fitting = [candidate, () => remains.row(wanted)].map((one) => (typeof one === 'function' ? one() : one));
    const row = fitting.find((one) => one !== undefined && isChain([one], before));
    if (row === undefined) return;
    yield row;
    before = row.row;
  }
}

/** The newest two, in their order. */
function writeSnapshots(db: Database.Database, found: readonly (SignedSnapshot | undefined)[]): void {
  const usable = found.filter((one) => one !== undefined).sort((a, b) => a.sequence - b.sequence);
  for (const snapshot of usable.slice(-2)) insertSnapshot(db, snapshot);
}

/** Throws the errors of SQLite. */
export function insertSnapshot(db: Database.Database, snapshot: SignedSnapshot): void {
  const { sequence, hash, foldVersion, state, signature } = snapshot;
  db.prepare(
    `INSERT INTO snapshots (sequence, hash, fold_version, state, signature)
     VALUES (:sequence, :hash, :foldVersion, :state, :signature)`,
  ).run({ sequence, hash, foldVersion, state, signature });
}

/** What retention removed is not brought back from a copy that still had it. */
export function removeBodies(db: Database.Database, key: TerminalKey): void {
  const remove = db.prepare(
    'UPDATE events SET body = NULL, salt = NULL WHERE sequence BETWEEN ? AND ? AND body IS NOT NULL',
  );
  for (const range of Redactions.read(db, key).signedRanges()) remove.run(...range);
}

function openRemains(files: JournalFiles, key: TerminalKey): Remains {
  const nothing: Remains = { row: () => undefined, last: 0, snapshots: [], close: () => {} };
  let db: Database.Database;
  try {
    db = openUntouched(files.journal);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return nothing;
  }
  return {
    row: (sequence) => attempt(() => [...readSealedRows(db, sequence, 1)].map(mirrored)[0], undefined),
    last: attempt(() => readLastRow(db)?.sequence ?? 0, 0),
    snapshots: attempt(() => signedSnapshots(db, key), []),
    close: () => db.close(),
  };
}

function mirrored({ row, seal }: { readonly row: StoredRow; readonly seal: Seal | undefined }): MirrorRow {
  return { row, signature: seal?.signature ?? null };
}

function signedSnapshots(db: Database.Database, key: TerminalKey): readonly SignedSnapshot[] {
  const signatures = db.prepare<[number], Columns<'signature'>>('SELECT signature FROM snapshots WHERE id = ?');
  return [...foldSnapshots(db, key)].flatMap(({ snapshot, problem }) =>
    problem === undefined ? [{ ...snapshot, signature: bytesOf(signatures.get(snapshot.id)?.signature) }] : [],
  );
}

/** What SQLite cannot read is not there. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_')) return otherwise;
    throw error;
  }
}

/** Under a second name first, and only then taken away from under the first. Returns the folder. */
function putAside({ directory, journal }: JournalFiles): string {
  let number = 1;
  while (existsSync(join(directory, `damaged-${number}`))) number += 1;
  const aside = join(directory, `damaged-${number}`);
  mkdirSync(aside, { mode: 0o700 });
  const log = `${journal}-wal`;
  for (const path of [journal, log]) if (existsSync(path)) keep(path, join(aside, basename(path)));
  syncDirectory(aside);
  syncDirectory(directory);
  // Before the new journal has its place: SQLite would take the old log for its own.
  rmSync(log, { force: true });
  rmSync(`${journal}-shm`, { force: true });
  syncDirectory(directory);
  return aside;
}

function keep(path: string, as: string): void {
  try {
    linkSync(path, as);
  } catch (error) {
    // Some file systems know no second name.
    if (errorCode(error) !== 'EPERM' && errorCode(error) !== 'ENOTSUP') throw error;
    copyFileSync(path, as);
  }
}

function removeDraft(draft: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const path = `${draft}${suffix}`;
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path);
  }
}
