/**
 * From a folder to a journal that can be trusted: locked, inspected, of this version, and together with its mirror. What
 * is damaged is mended from the mirror where that is certain (heal.ts); else nothing is changed and the start refused.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { err, ok, type Result } from '../core/base/result.ts';
import { readAnchor } from './anchor.ts';
import { ensureBook } from './birth.ts';
import {
  checkVersion,
  identifyFile,
  isOlderVersion,
  makeDurable,
  migrate,
  openFault,
  openFaultOf,
  openUntouched,
  openWriter,
  versionOf,
  type JournalOpenFault,
} from './database.ts';
import { journalFiles, keepLog, sizeOf, syncDirectory, writeFileDurably, type JournalFiles } from './files.ts';
import { healJournal } from './heal.ts';
import type { Healing } from './healings.ts';
import { inspectJournal, type Inspection, type InspectOptions } from './inspect.ts';
import { readTerminalKey, type TerminalKey } from './keys.ts';
import type { Mirror } from './mirror.ts';
import { bringTogether } from './reconcile.ts';
import { isHeld } from './snapshot.ts';

export interface OpenBook {
  readonly db: Database.Database;
  readonly files: JournalFiles;
  readonly key: TerminalKey;
  readonly found: Inspection;
  readonly mirror: Mirror;
  readonly healings: readonly Healing[];
}

/** Mended and still not whole: something spoils it as it is written. */
const maxHealings = 3;

/** @param mirrorFolder where the mirror is kept; left out: where the last start kept it, beside the journal at first. */
export function openBook(directory: string, mirrorFolder: string | undefined): Result<OpenBook, JournalOpenFault> {
  const folder = resolve(directory);
  const book = ensureBook(folder);
  if (!book.ok && book.fault.kind !== 'missing') return book;
  const files = journalFiles(folder, mirrorFolder === undefined ? undefined : resolve(mirrorFolder));
  if (isHeld(files.journal)) return err(openFault('inUse', `this process has ${files.journal} open already`));
  const key = existsSync(files.key) || book.ok ? readTerminalKey(files.key) : undefined;
  if (key === undefined) return book.ok ? err(openFault('keyMissing', files.key)) : book;
  if (!key.ok) return err(openFault('keyUnusable', key.fault.detail));
  const healings: Healing[] = [];
  for (let attempt = 0; ; attempt += 1) {
    const opened = openTogether(files, key.value, attempt > 0);
    if (opened.ok) return ok({ ...opened.value, healings: [...healings, ...opened.value.healings] });
    if (attempt === maxHealings) return opened;
    const healed = healJournal(files, key.value, opened.fault);
    if (!healed.ok) return healed;
    healings.push(...healed.value);
  }
}

/** @param mended after a healing everything is checked. */
function openTogether(files: JournalFiles, key: TerminalKey, mended: boolean): Result<OpenBook, JournalOpenFault> {
  try {
    const place = checkMirrorPlace(files);
    if (!place.ok) return place;
    const depth = mended || existsSync(files.recheck) ? 'full' : 'start';
    const opened = openWhole(files, key, depth);
    if (!opened.ok) return opened;
    const { db, found } = opened.value;
    const together = withOpen(db, () => bringTogether(db, files, key, found));
    if (!together.ok) {
      db.close();
      return together;
    }
    const { mirror, healings, journalGrew } = together.value;
    const looked = journalGrew ? inspect(db, files, key, 'full') : ok(found);
    if (!looked.ok) {
      mirror.close();
      db.close();
      return looked;
    }
    withOpen(db, () => rememberPlace(files));
    rmSync(files.recheck, { force: true });
    return ok({ db, files, key, found: looked.value, mirror, healings });
  } catch (error) {
    return err(openFaultOf(error, files.journal));
  }
}

function withOpen<T>(db: Database.Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    db.close();
    throw error;
  }
}

interface WholeJournal {
  readonly db: Database.Database;
  readonly found: Inspection;
}

/** Brings a journal of an earlier version to this one; else nothing is changed but that the log is synced. */
function openWhole(
  files: JournalFiles,
  key: TerminalKey,
  depth: InspectOptions['depth'],
): Result<WholeJournal, JournalOpenFault> {
  const identified = identifyFile(files.journal);
  if (!identified.ok) return identified;
  // Closing a writer moves the WAL into the database. After a crash, look before touching anything.
  if (sizeOf(`${files.journal}-wal`) > 0) {
    const untouched = openUntouched(files.journal);
    const looked = withOpen(untouched, () => inspect(untouched, files, key, depth));
    untouched.close();
    if (!looked.ok) return looked;
  }
  const db = openWriter(files.journal);
  return withOpen(db, () => {
    keepLog(files.journal);
    let looked = inspect(db, files, key, depth);
    if (looked.ok) makeDurable(db);
    if (looked.ok && isOlderVersion(db)) {
      migrate(db);
      looked = inspect(db, files, key, depth);
    }
    if (looked.ok) return ok({ db, found: looked.value });
    db.close();
    return looked;
  });
}

/** What a start must know. An older version is about to be rewritten, so everything is checked. */
function inspect(
  db: Database.Database,
  files: JournalFiles,
  key: TerminalKey,
  wanted: InspectOptions['depth'],
): Result<Inspection, JournalOpenFault> {
  const known = checkVersion(versionOf(db), files.journal);
  if (!known.ok) return known;
  const depth = isOlderVersion(db) ? 'full' : wanted;
  const found = inspectJournal(db, { key, anchor: readAnchor(files.anchor), depth });
  const [first, ...others] = found.problems;
  if (first === undefined) return ok(found);
  if (first.kind === 'wrongKey') {
    return err(openFault('keyUnusable', `${files.key} is not the key of ${files.journal}: ${first.detail}`));
  }
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return err(openFault('damaged', `${files.journal}: ${first.kind}: ${first.detail}${more}`));
}

/** A folder that stands empty where a medium is not mounted must not be taken for a new place. */
function checkMirrorPlace(files: JournalFiles): Result<void, JournalOpenFault> {
  const folder = dirname(files.mirror);
  if (!existsSync(folder)) return err(openFault('mirrorMissing', `the folder ${folder} does not exist`));
  if (isAtHome(files) || existsSync(files.mirror) || placeSaid(files) !== folder) return ok(undefined);
  return err(openFault('mirrorMissing', `${files.mirror} is gone`));
}

function isAtHome({ mirror, directory }: JournalFiles): boolean {
  return dirname(mirror) === directory;
}

function placeSaid({ mirrorPlace }: JournalFiles): string | undefined {
  return existsSync(mirrorPlace) ? readFileSync(mirrorPlace, 'utf8').trim() : undefined;
}

/** So that `cham` finds the mirror without the configuration. */
function rememberPlace(files: JournalFiles): void {
  const folder = dirname(files.mirror);
  if (isAtHome(files)) {
    if (!existsSync(files.mirrorPlace)) return;
    rmSync(files.mirrorPlace);
    syncDirectory(files.directory);
  } else if (placeSaid(files) !== folder) {
    writeFileDurably(files.mirrorPlace, `${folder}\n`, 0o600);
  }
}
