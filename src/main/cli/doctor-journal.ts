/** `cham doctor`, the data folder: journal, snapshot, vault, what is unsent, room on the disk, and the clock against it. */
import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { journalFiles } from '../../store/files.ts';
import { pastHealings } from '../../store/healings.ts';
import { keyWarnings } from '../../store/keys.ts';
import { openJournalReadOnly } from '../../store/reader.ts';
import { inspectVault } from '../../store/vault.ts';
import { verifyJournal } from '../../store/verify.ts';
import { journalFolder, vaultFolder } from '../folders.ts';
import { readState, type JournalState } from './journal-state.ts';
import { leftBehind } from './left-behind.ts';

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; absent when nothing has to be done. */
  readonly action?: string;
}

/** Least free space, in bytes, below which a person should act; a sale takes a few kilobytes. */
const lowDiskBytes = 200 * 1024 * 1024;
/** Events after the newest snapshot that a running terminal may come to have; each start folds them. */
const manyEvents = 20_000;

export function journalFindings(data: string): readonly Finding[] {
  const files = journalFiles(journalFolder(data));
  const always = [disk(files.directory), vault(data)];
  if (!existsSync(files.journal)) return [missingJournal(data), ...always];
  const report = verifyJournal(files.journal);
  const [first] = report.problems;
  const keys = keyWarnings(files.key).map(({ detail }): Finding => {
    return { check: 'terminal key', status: 'warning', detail, action: `chmod 600 ${files.key}` };
  });
  if (first !== undefined) {
    const whole: Finding = {
      check: 'journal',
      status: 'failed',
      detail: `${first.kind}: ${first.detail}`,
      action:
        report.mirror === undefined
          ? 'copy the whole folder, then run `cham journal verify`; the terminal does not trade on it'
          : 'copy the whole folder, then start the terminal: it mends what the mirror can mend, or says why not',
    };
    return [whole, ...healings(data), ...keys, ...always, clock(files.journal)];
  }
  const mirror = report.mirror === undefined ? 'no mirror' : `mirror ${report.mirror.path} whole`;
  const detail = `${report.events} events, chain and ${report.seals} signatures whole, ${mirror}`;
  const read = readState(data);
  const state: readonly Finding[] = read.ok
    ? [snapshot(read.value), unsentItems(read.value, data)]
    : [{ check: 'snapshot', status: 'failed', detail: read.fault.detail, action: 'run the version that wrote it' }];
  const whole: Finding = { check: 'journal', status: 'ok', detail };
  return [whole, ...healings(data), ...keys, ...state, ...always, clock(files.journal)];
}

/** A medium that has spoiled one place will spoil another, and next time perhaps in both copies. */
function healings(data: string): readonly Finding[] {
  const files = journalFiles(journalFolder(data));
  const past = pastHealings(files);
  const last = past.at(-1);
  if (last === undefined) return [];
  const detail = `mended ${past.length} times, last at ${new Date(last.at).toISOString()}: ${last.detail}`;
  const action = `replace the disk; then remove ${files.healings} and the folders damaged-N beside it`;
  return [{ check: 'healing', status: 'warning', detail, action }];
}

function missingJournal(data: string): Finding {
  const check = 'journal';
  const files = journalFiles(journalFolder(data));
  if (!existsSync(files.key)) {
    return { check, status: 'ok', detail: `none yet; the first start creates it in ${files.directory}` };
  }
  return {
    check,
    status: 'failed',
    detail: `${files.journal} is missing although a key exists`,
    action: existsSync(files.mirror)
      ? 'start the terminal: it makes the journal anew from its mirror, or says why not'
      : 'restore the folder from its backup; never start a new journal over an old one',
  };
}

function snapshot({ snapshotAt, eventsAfter }: JournalState): Finding {
  const check = 'snapshot';
  const from = snapshotAt === undefined ? 'none' : `of row ${snapshotAt}`;
  const detail = `${from}, ${eventsAfter} events after it`;
  if (eventsAfter < manyEvents) return { check, status: 'ok', detail };
  const action = 'starts take long: stop the terminal cleanly once, which writes a new one; see its log if it does not';
  return { check, status: 'warning', detail, action };
}

function unsentItems({ state }: JournalState, data: string): Finding {
  const check = 'unsent';
  const { unsent, warnings } = leftBehind(state, data);
  const person = warnings.filter(({ kind }) => kind === 'lateDeclines');
  const texts = [...unsent, ...person].map(({ text }) => text);
  if (texts.length === 0) return { check, status: 'ok', detail: 'nothing' };
  const action = 'see `cham stored` and `cham batches`; no update, reset or change of keys before it is clear';
  return { check, status: 'warning', detail: texts.join('; '), action };
}

function vault(data: string): Finding {
  const check = 'vault';
  const { entries, trouble } = inspectVault(vaultFolder(data));
  if (trouble === undefined) return { check, status: 'ok', detail: `${entries} stored cards, readable` };
  const action = 'restore vault.key from where it was kept; without it stored payments cannot be delivered';
  return { check, status: 'failed', detail: trouble, action };
}

function disk(wanted: string): Finding {
  const check = 'disk';
  let folder = wanted;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${Math.round(free / 1024 / 1024)} MiB free at ${folder}`;
  return free >= lowDiskBytes
    ? { check, status: 'ok', detail }
    : { check, status: 'failed', detail, action: 'free some space: the terminal halts when the journal cannot grow' };
}

/** A clock set back spoils business dates, DE 12 and 13, and the age of stored payments. */
function clock(journal: string): Finding {
  const check = 'clock';
  const nowMs = Date.now();
  const detail = new Date(nowMs).toISOString();
  const opened = openJournalReadOnly(journal);
  const lastMs = opened.ok ? opened.value.lastAt() : undefined;
  if (opened.ok) opened.value.close();
  if (lastMs === undefined || lastMs <= nowMs) return { check, status: 'ok', detail };
  return {
    check,
    status: 'warning',
    detail: `${detail} is before the journal's last entry (${new Date(lastMs).toISOString()}): it was set back`,
    action: 'compare with a right clock; set it before selling (timedatectl set-time), then check `cham batches`',
  };
}
