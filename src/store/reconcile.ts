/**
 * Journal and mirror brought together at the start of a terminal, after the journal has been found whole: what one of
 * them has more, the other gets. Compared are the rows that a start looks at anyway; the older ones are compared while
 * the terminal is idle (scrub.ts), or all of them when the last run found damage.
 */
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { assert } from '../core/base/assert.ts';
import { equalBytes } from '../core/base/bytes.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { openFault, type JournalOpenFault } from './database.ts';
import { sizeOf, syncDirectory, type JournalFiles } from './files.ts';
import { foldSnapshots } from './fold-snapshot.ts';
import { insertRows, restoreSnapshot } from './heal.ts';
import { recordHealing, type Healing } from './healings.ts';
import { inspectJournal, type Inspection } from './inspect.ts';
import type { TerminalKey } from './keys.ts';
import { catchUp, compareMirror, isChain, refill } from './mirror-compare.ts';
import { readMirrorSnapshot, writeMirrorSnapshot } from './mirror-snapshot.ts';
import { Mirror } from './mirror.ts';
import { Redactions, type RowRange } from './redaction.ts';
import { bytesOf, readHead, readRowHash, type Columns } from './rows.ts';

export interface Together {
  readonly mirror: Mirror;
  readonly healings: readonly Healing[];
  /** The journal got rows: look at it again. */
  readonly journalGrew: boolean;
}

/** Throws the errors of SQLite and of the system. */
export function bringTogether(
  db: Database.Database,
  files: JournalFiles,
  key: TerminalKey,
  found: Inspection,
): Result<Together, JournalOpenFault> {
  const wasThere = sizeOf(files.mirror) > 0;
  let mirror = Mirror.open(files.mirror, key.keyId);
  const healings: Healing[] = [];
  const healed = (what: Healing['what'], detail: string): void => {
    healings.push({ what, detail });
    recordHealing(files, { what, detail });
  };
  const refuse = (fault: JournalOpenFault): Result<never, JournalOpenFault> => {
    mirror.close();
    return err(fault);
  };
  try {
    if (mirror.isForeign()) return refuse(openFault('diverged', `${files.mirror} belongs to another terminal`));
    const { head } = found;
    const end = compareMirror(db, mirror, found.after, head.sequence);
    const conflict = end.conflict ?? olderConflict(db, mirror);
    if (conflict !== undefined) {
      return refuse(openFault('diverged', `${files.journal} and ${files.mirror} differ in row ${conflict}`));
    }
    const journalGrew = mirror.head.sequence > head.sequence;
    if (journalGrew) {
      const taken = takeEnd(db, files, key, found, mirror);
      if (!taken.ok) return refuse(taken.fault);
      healed('journal', taken.value);
    }
    const spoiled = (found.anchor?.sequence ?? 0) > mirror.head.sequence;
    const had = mirror.head.sequence;
    const whole = end.lost.every((part) => refill(db, mirror, key, part));
    if (whole && end.lost.length > 0) mirror.sync();
    const added = whole && !journalGrew ? catchUp(db, mirror, key, head) : 0;
    if (!whole || added === undefined) {
      const made = makeAnew(db, files, key, mirror);
      if (!made.ok) return refuse(made.fault);
      mirror = made.value;
      healed('mirror', `${files.mirror} was made anew from the journal`);
    } else {
      for (const { from, to } of end.lost) {
        healed('mirror', `${files.mirror} was damaged at rows ${from} to ${to}; they were written again`);
      }
      if (spoiled && wasThere)
        healed('mirror', `the end of ${files.mirror} after row ${had} was lost and written again`);
    }
    removeWhatRetentionRemoved(db, mirror, end.unremoved);
    keepNewestSnapshot(db, files, key);
    return ok({ mirror, healings, journalGrew });
  } catch (error) {
    mirror.close();
    throw error;
  }
}

/** The mirror may end before the rows that were compared; its last must then be one of the journal's too. */
function olderConflict(db: Database.Database, { head }: Mirror): number | undefined {
  const own = readRowHash(db, head.sequence);
  return own === undefined || equalBytes(own, head.hash) ? undefined : head.sequence;
}

/** The mirror's rows after the journal's last into the journal; what was done. */
function takeEnd(
  db: Database.Database,
  files: JournalFiles,
  key: TerminalKey,
  { head, anchor, after }: Inspection,
  mirror: Mirror,
): Result<string, JournalOpenFault> {
  const rows = [...mirror.rows(head.sequence)];
  const [first, last] = [rows[0]?.row, rows.at(-1)?.row];
  assert(first !== undefined && last !== undefined, 'mirror: it has no rows after its last but one');
  if (!isChain(rows, head)) {
    const what = `row ${first.sequence} of ${files.mirror} does not follow from row ${head.sequence} of ${files.journal}`;
    return err(openFault('diverged', what));
  }
  // Where a log has lost its end, older pages may stand for newer ones anywhere.
  const known = anchor === undefined ? [] : [anchor];
  const looked = after === 0 ? [] : inspectJournal(db, { key, anchor: ok(known), depth: 'full' }).problems;
  const [problem] = looked;
  if (problem !== undefined) {
    return err(openFault('damaged', `${files.journal}: ${problem.kind}: ${problem.detail}`));
  }
  insertRows(db, files, key, rows);
  const span = `rows ${first.sequence} to ${last.sequence}`;
  return ok(`${files.journal} ended at row ${head.sequence}; ${span} were put back from its mirror`);
}

/** Only from a journal that is whole in every row. */
function makeAnew(
  db: Database.Database,
  files: JournalFiles,
  key: TerminalKey,
  old: Mirror,
): Result<Mirror, JournalOpenFault> {
  const draftPath = `${files.mirror}.new`;
  rmSync(draftPath, { force: true });
  const draft = Mirror.open(draftPath, key.keyId);
  const head = readHead(db);
  if (head === undefined || catchUp(db, draft, key, head) === undefined) {
    draft.close();
    rmSync(draftPath);
    return err(openFault('damaged', `neither ${files.journal} nor ${files.mirror} is whole`));
  }
  draft.sync();
  draft.close();
  old.close();
  renameSync(draftPath, files.mirror);
  syncDirectory(dirname(files.mirror));
  return ok(Mirror.open(files.mirror, key.keyId));
}

/**
 * Bodies are removed from the journal first. What a crash then kept the mirror from doing is done now: of the rows that
 * were compared, and of those that the last removal names.
 */
function removeWhatRetentionRemoved(db: Database.Database, mirror: Mirror, unremoved: readonly number[]): void {
  const kept = db.prepare<[number, number], number>(
    'SELECT count(*) FROM events WHERE sequence BETWEEN ? AND ? AND body IS NOT NULL',
  );
  const latest = Redactions.latest(db).filter((range) => kept.pluck().get(...range) === 0);
  mirror.redact([...unremoved.map((row): RowRange => [row, row]), ...latest]);
}

/** Of journal and mirror, the one with the older snapshot gets the newer. */
function keepNewestSnapshot(db: Database.Database, files: JournalFiles, key: TerminalKey): void {
  restoreSnapshot(db, files, key);
  const newest = [...foldSnapshots(db, key)].find(({ problem }) => problem === undefined)?.snapshot;
  if (newest === undefined) return;
  const mirrored = readMirrorSnapshot(files.mirrorSnapshot, key);
  if (mirrored?.sequence === newest.sequence && mirrored.state === newest.state) return;
  const columns = db
    .prepare<[number], Columns<'signature'>>('SELECT signature FROM snapshots WHERE id = ?')
    .get(newest.id);
  writeMirrorSnapshot(files.mirrorSnapshot, { ...newest, signature: bytesOf(columns?.signature) });
}
