/** Snapshots, starts that look only at what came after them, scrubbing the rest, and removing personal data. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { journalFiles } from './files.ts';
import { openJournal, type Journal } from './journal.ts';
import { openJournalReadOnly } from './reader.ts';
import type { RedactOptions, RedactReport } from './redaction.ts';
import { bytesIn, copyOf, mustAppend, mustOpen, sale, scratch, startOfTime, withoutMirror } from './test-kit.ts';
import { verifyJournal } from './verify.ts';
import { writeVersionOne } from './version-one-kit.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
});

afterEach(() => {
  vi.restoreAllMocks();
  place.remove();
});

function mustSnapshot(journal: Journal, state: string, foldVersion = 1): void {
  expect(journal.writeSnapshot(foldVersion, state)).toEqual({ ok: true, value: undefined });
}

/** Five sales, a snapshot after the second and after the fourth; closed. */
function writeFive(): void {
  const journal = mustOpen(directory);
  for (let n = 1; n <= 5; n += 1) {
    mustAppend(journal, sale(n));
    if (n % 2 === 0) mustSnapshot(journal, `{"sales":${n}}`);
  }
  journal.close();
}

/** By SQL, with the triggers put back afterwards, and without a mirror to mend it from. */
function change(sql: string): void {
  withoutMirror(directory);
  changeMirrored(sql);
}

function changeMirrored(sql: string): void {
  const db = new Database(file);
  const triggers = db
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  for (const trigger of triggers) db.exec(trigger.sql);
  db.close();
}

/** Oldest first. */
function snapshotStates(): readonly unknown[] {
  const db = new Database(file, { readonly: true });
  const states = db.prepare('SELECT state FROM snapshots ORDER BY id').pluck().all();
  db.close();
  return states;
}

function scrubAll(journal: Journal, maxRows = 4): readonly unknown[] {
  for (let calls = 0; calls < 100; calls += 1) {
    const { done, problems } = journal.scrub(maxRows);
    if (done) return problems;
  }
  throw new Error('does not end');
}

function types(journal: Journal, after = 0): readonly string[] {
  return [...journal.read(after)].map(({ event }) => event.type);
}

function bodiesGone(): readonly number[] {
  const reader = openJournalReadOnly(file);
  if (!reader.ok) throw new Error(reader.fault.detail);
  const rows = [...reader.value.rows()];
  reader.value.close();
  return rows.filter(({ body }) => body === null).map(({ sequence }) => sequence);
}

describe('a snapshot', () => {
  it('comes back after a restart with the row it stands for', () => {
    writeFive();
    const journal = mustOpen(directory);
    expect(journal.latestSnapshot(1)).toEqual({ sequence: 24, state: '{"sales":4}' });
    expect(journal.badSnapshots).toEqual([]);
    expect(types(journal, 24)).toEqual(sale(5).map(({ type }) => type));
    expect(types(journal)).toHaveLength(30);
    journal.close();
    expect(verifyJournal(file)).toMatchObject({ verified: true, events: 30 });
  });

  it('of an empty journal is none', () => {
    const journal = mustOpen(directory);
    mustSnapshot(journal, '{}');
    expect(journal.latestSnapshot(1)).toBeUndefined();
    journal.close();
  });

  it('of another fold version is not handed out', () => {
    writeFive();
    const journal = mustOpen(directory);
    expect(journal.latestSnapshot(2)).toBeUndefined();
    mustSnapshot(journal, 'new', 2);
    expect(journal.latestSnapshot(2)).toEqual({ sequence: 30, state: 'new' });
    expect(journal.latestSnapshot(1)).toEqual({ sequence: 24, state: '{"sales":4}' });
    journal.close();
  });

  it('makes the third last one go', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 4; n += 1) {
      mustAppend(journal, sale(n));
      mustSnapshot(journal, `state-${n}`);
    }
    journal.close();
    const db = new Database(file, { readonly: true });
    expect(db.prepare('SELECT state FROM snapshots ORDER BY id').pluck().all()).toEqual(['state-3', 'state-4']);
    db.close();
  });

  it.each([
    [`UPDATE snapshots SET state = '{"sales":9}' WHERE sequence = 24`, /signature/],
    ['UPDATE snapshots SET fold_version = 2 WHERE sequence = 24', /signature/],
    ['UPDATE snapshots SET signature = zeroblob(64) WHERE sequence = 24', /signature/],
    ['UPDATE snapshots SET sequence = 25 WHERE sequence = 24', /signature/],
    ['UPDATE events SET hash = zeroblob(32) WHERE sequence = 24', /another row/],
  ])('that was changed is not used, and reported: %s', (sql, detail) => {
    writeFive();
    change(sql);
    const opened = openJournal(directory);
    if (opened.ok) {
      expect(opened.value.badSnapshots).toMatchObject([{ kind: 'badSnapshot', detail: expect.stringMatching(detail) }]);
      expect(opened.value.latestSnapshot(1)).toEqual({ sequence: 12, state: '{"sales":2}' });
      expect(types(opened.value)).toHaveLength(30);
      opened.value.close();
    } else {
      // The row itself was changed.
      expect(sql).toContain('events');
    }
    expect(verifyJournal(file).problems).toContainEqual(
      expect.objectContaining({ kind: 'badSnapshot', detail: expect.stringMatching(detail) }),
    );
  });

  it('signed by another terminal is not used', () => {
    writeFive();
    const other = join(place.path, 'other');
    const journal = mustOpen(other);
    for (let n = 1; n <= 4; n += 1) mustAppend(journal, sale(n));
    mustSnapshot(journal, 'foreign');
    journal.close();
    change(
      `ATTACH '${journalFiles(other).journal}' AS other; DELETE FROM snapshots;
       INSERT INTO snapshots SELECT * FROM other.snapshots; DETACH other`,
    );
    const again = mustOpen(directory);
    expect(again.badSnapshots).toHaveLength(1);
    expect(again.latestSnapshot(1)).toBeUndefined();
    again.close();
  });

  it('is never changed by SQL, and the newest is never deleted', () => {
    writeFive();
    const db = new Database(file);
    for (const sql of [
      `UPDATE snapshots SET state = ''`,
      'DELETE FROM snapshots',
      'DELETE FROM snapshots WHERE sequence = 24',
      `INSERT INTO snapshots (sequence, hash, fold_version, state, signature) SELECT 1, hash, 1, '', signature FROM snapshots`,
    ]) {
      expect(() => db.exec(sql), sql).toThrow(/journal: /);
    }
    db.close();
  });
});

describe('a start', () => {
  it('reads only the rows after the newest snapshot and the last seal', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 200; n += 1) mustAppend(journal, sale(n));
    mustSnapshot(journal, 'state');
    mustAppend(journal, sale(201));
    journal.close();
    changeMirrored(
      `UPDATE events SET body = '{}' WHERE sequence <= 1000; UPDATE seals SET signature = zeroblob(64) WHERE sequence < 1000`,
    );
    const prepared = vi.spyOn(Database.prototype, 'pragma');
    const again = mustOpen(directory);
    expect(prepared.mock.calls.filter(([source]) => source.startsWith('quick_check'))).toEqual([]);
    expect(again.latestSnapshot(1)).toEqual({ sequence: 1200, state: 'state' });
    // What the start no longer sees, the scrub does.
    const problems = scrubAll(again, 97);
    expect(problems).toContainEqual(expect.objectContaining({ sequence: 1, kind: 'edited' }));
    expect(problems).toContainEqual(expect.objectContaining({ sequence: 6, kind: 'badSeal' }));
    again.close();
    expect(verifyJournal(file)).toMatchObject({ verified: false, firstBad: 1 });
  });

  it.each([
    ['a later row edited', `UPDATE events SET body = replace(body, '45005', '45006') WHERE sequence = 25`],
    ['a later row removed', 'DELETE FROM events WHERE sequence = 27'],
    ['the last row removed', 'DELETE FROM events WHERE sequence = 30'],
    ['the head', 'UPDATE head SET hash = zeroblob(32)'],
    ['the last seal', 'UPDATE seals SET signature = zeroblob(64) WHERE sequence = 30'],
    ['all later rows and seals', 'DELETE FROM events WHERE sequence > 24; DELETE FROM seals WHERE sequence > 24'],
    ['everything', 'DELETE FROM events; DELETE FROM seals'],
  ])('still refuses: %s', (_, sql) => {
    writeFive();
    change(sql);
    const before = bytesIn(directory);
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    expect(bytesIn(directory)).toEqual(before);
  });

  it('with an older copy of the file is refused by the anchor', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    mustSnapshot(journal, 'state');
    journal.close();
    const older = copyOf(directory, join(place.path, 'older'));
    const later = mustOpen(directory);
    mustAppend(later, sale(2));
    later.close();
    copyOf(journalFiles(older).journal, file);
    withoutMirror(directory);
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
  });
});

describe('the scrub', () => {
  it('goes round in small steps, while sales go on', () => {
    writeFive();
    const journal = mustOpen(directory);
    const steps = [];
    for (let n = 0; n < 8; n += 1) {
      steps.push(journal.scrub(4));
      mustAppend(journal, sale(10 + n));
    }
    expect(steps.map(({ done }) => done)).toEqual([false, false, false, false, false, false, false, true]);
    expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
    expect(scrubAll(journal)).toEqual([]);
    expect(scrubAll(journal, 1_000_000)).toEqual([]);
    journal.close();
  });

  it('of an empty journal is done at once', () => {
    const journal = mustOpen(directory);
    expect(journal.scrub(10)).toEqual({ done: true, problems: [], healings: [] });
    journal.close();
  });

  it.each([
    ['DELETE FROM events WHERE sequence = 3', 3, 'removed'],
    ['UPDATE events SET at = at + 1 WHERE sequence = 3', 3, 'edited'],
    ['UPDATE events SET body = NULL, salt = NULL WHERE sequence = 3', 3, 'bodyMissing'],
    ['UPDATE seals SET signature = zeroblob(64) WHERE sequence = 6', 6, 'badSeal'],
  ])('finds what the full check finds: %s', (sql, sequence, kind) => {
    writeFive();
    changeMirrored(sql);
    const expected = expect.objectContaining({ sequence, kind });
    expect(verifyJournal(file).problems).toContainEqual(expected);
    for (const step of [1, 3, 100]) {
      const copy = copyOf(directory, join(place.path, `scrubbed-${step}`));
      const journal = mustOpen(copy);
      expect(scrubAll(journal, step)).toContainEqual(expected);
      journal.close();
      // The next start checks everything and mends it.
      const again = mustOpen(copy);
      expect(again.healings).toMatchObject([{ what: 'journal' }]);
      expect(scrubAll(again, step)).toEqual([]);
      again.close();
      expect(verifyJournal(journalFiles(copy).journal)).toMatchObject({ verified: true, events: 30 });
    }
  });
});

describe('retention', () => {
  const later = epochMs(startOfTime + 1);
  const all: RedactOptions = { foldVersion: 1, before: later, keep: () => false, by: 'test', at: later, maxRows: 1000 };

  function mustRedact(journal: Journal, options: Partial<RedactOptions> = {}): RedactReport {
    const redacted = journal.redact({ ...all, ...options });
    if (!redacted.ok) throw new Error(redacted.fault.detail);
    return redacted.value;
  }

  it('removes bodies up to the newest snapshot, says so in the journal, and all still verifies', () => {
    writeFive();
    const journal = mustOpen(directory);
    expect(mustRedact(journal)).toEqual({ rows: 24, unremovable: 0, done: true });
    expect(journal.redactedThrough()).toBe(24);
    expect(journal.head().sequence).toBe(31);
    expect(types(journal, 24)).toEqual(sale(5).map(({ type }) => type));
    expect(() => types(journal)).toThrow(/read from the snapshot on/);
    expect(scrubAll(journal)).toEqual([]);
    expect(mustRedact(journal)).toEqual({ rows: 0, unremovable: 0, done: true });
    mustAppend(journal, sale(6));
    journal.close();
    expect(bodiesGone()).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(verifyJournal(file)).toMatchObject({ verified: true, events: 37, redacted: 24 });
    const again = mustOpen(directory);
    expect(again.latestSnapshot(1)).toEqual({ sequence: 24, state: '{"sales":4}' });
    expect(types(again, 24)).toHaveLength(12);
    again.close();
  });

  it('leaves no trace of the content in any file', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    mustSnapshot(journal, '{"old":"job-1"}');
    mustAppend(journal, sale(2));
    mustSnapshot(journal, '{}');
    mustAppend(journal, sale(3));
    mustRedact(journal);
    const find = (text: string): readonly string[] =>
      readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(text));
    for (const text of ['job-1', 'job-2', 'key-1']) expect(find(text), text).toEqual([]);
    expect(find('job-3')).not.toEqual([]);
    journal.close();
    expect(find('job-1')).toEqual([]);
  });

  it('keeps what it is told to keep, and what is not old enough', () => {
    writeFive();
    const journal = mustOpen(directory);
    expect(mustRedact(journal, { before: startOfTime })).toEqual({ rows: 0, unremovable: 0, done: true });
    expect(mustRedact(journal, { keep: (id) => id?.endsWith('2') === true })).toEqual({
      rows: 18,
      unremovable: 0,
      done: true,
    });
    expect(mustRedact(journal, { keep: (_, type) => type !== 'SaleClosed' }).rows).toBe(1);
    journal.close();
    expect(bodiesGone()).toEqual([1, 2, 3, 4, 5, 6, 12, ...Array.from({ length: 12 }, (_, i) => i + 13)]);
    expect(verifyJournal(file)).toMatchObject({ verified: true, redacted: 19 });
  });

  it('goes on where it stopped when there is much', () => {
    writeFive();
    const journal = mustOpen(directory);
    const calls = [1, 2, 3].map(() => mustRedact(journal, { maxRows: 10 }));
    expect(calls.map(({ rows, done }) => [rows, done])).toEqual([
      [10, false],
      [10, false],
      [4, true],
    ]);
    journal.close();
    expect(verifyJournal(file)).toMatchObject({ verified: true, redacted: 24, events: 33 });
  });

  it('does nothing without a snapshot', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    expect(mustRedact(journal)).toEqual({ rows: 0, unremovable: 0, done: true });
    expect(journal.head().sequence).toBe(6);
    journal.close();
  });

  it('goes no further than the newest snapshot that this fold can read', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    mustSnapshot(journal, 'mine', 2);
    mustAppend(journal, sale(2));
    mustSnapshot(journal, 'of another version', 3);
    expect(mustRedact(journal, { foldVersion: 1 })).toEqual({ rows: 0, unremovable: 0, done: true });
    expect(mustRedact(journal, { foldVersion: 2 })).toEqual({ rows: 6, unremovable: 0, done: true });
    journal.close();
    expect(snapshotStates()).toEqual(['mine', 'of another version']);
    const again = mustOpen(directory);
    expect(again.latestSnapshot(2)).toEqual({ sequence: 6, state: 'mine' });
    expect(types(again, 6)).toEqual(sale(2).map(({ type }) => type));
    again.close();
    expect(verifyJournal(file)).toMatchObject({ verified: true, redacted: 6 });
  });

  it('leaves two copies of the snapshot, each enough for a start', () => {
    writeFive();
    const journal = mustOpen(directory);
    mustRedact(journal, { maxRows: 10 });
    mustRedact(journal, { maxRows: 10 });
    journal.close();
    expect(snapshotStates()).toEqual(['{"sales":4}', '{"sales":4}']);
    for (const rotten of ['max', 'min']) {
      const kept = readFileSync(file);
      change(`UPDATE snapshots SET state = '{"sales":5}' WHERE id = (SELECT ${rotten}(id) FROM snapshots)`);
      const again = mustOpen(directory);
      expect(again.badSnapshots).toHaveLength(1);
      expect(again.latestSnapshot(1)).toEqual({ sequence: 24, state: '{"sales":4}' });
      again.close();
      writeFileSync(file, kept);
    }
  });

  it('leaves two copies also when the newest snapshot is rotten', () => {
    writeFive();
    change('UPDATE snapshots SET sequence = 12, signature = zeroblob(64) WHERE sequence = 24');
    const journal = mustOpen(directory);
    expect(journal.badSnapshots).toHaveLength(1);
    expect(mustRedact(journal)).toMatchObject({ rows: 12 });
    expect(journal.latestSnapshot(1)).toEqual({ sequence: 12, state: '{"sales":2}' });
    journal.close();
    expect(snapshotStates()).toEqual(['{"sales":2}', '{"sales":2}']);
    expect(verifyJournal(file)).toMatchObject({ verified: true, redacted: 12 });
  });

  it('leaves one when there is no room for two', () => {
    writeFive();
    const journal = mustOpen(directory);
    vi.spyOn(journal, 'freeBytes').mockReturnValue(500_000);
    expect(mustRedact(journal).rows).toBe(24);
    journal.close();
    expect(snapshotStates()).toEqual(['{"sales":4}']);
    mustOpen(directory).close();
  });

  it('says which rows of version 1 it cannot remove', () => {
    writeVersionOne(directory, [1, 2].flatMap(sale), startOfTime, [6, 12]);
    const journal = mustOpen(directory);
    mustAppend(journal, sale(3));
    mustSnapshot(journal, '{}');
    expect(mustRedact(journal)).toEqual({ rows: 6, unremovable: 12, done: true });
    journal.close();
    expect(verifyJournal(file)).toMatchObject({ verified: true, redacted: 6 });
  });

  it('done by somebody else is seen', () => {
    writeFive();
    const journal = mustOpen(directory);
    mustRedact(journal, { keep: (id) => id?.endsWith('2') === true });
    journal.close();
    // SQL can do no more than the trigger lets it, and that is not recorded.
    const db = new Database(file);
    expect(() => db.exec('UPDATE events SET body = NULL, salt = NULL WHERE sequence = 26')).toThrow(/never changed/);
    expect(() => db.exec(`UPDATE events SET body = NULL, salt = NULL, type = 'x' WHERE sequence = 8`)).toThrow(/never/);
    expect(() => db.exec('UPDATE events SET body = NULL, salt = NULL WHERE sequence = 31')).toThrow(/never changed/);
    db.exec('UPDATE events SET body = NULL, salt = NULL WHERE sequence = 8');
    db.close();
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: 8, kind: 'bodyMissing' }]);
  });

  it('a body put back is not taken for the one that was there', () => {
    writeFive();
    const journal = mustOpen(directory);
    mustRedact(journal);
    journal.close();
    change(`UPDATE events SET body = '{}', salt = zeroblob(16) WHERE sequence = 8`);
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: 8, kind: 'edited' }]);
  });

  it('without a usable snapshot the terminal does not start: its state cannot be known', () => {
    writeFive();
    const journal = mustOpen(directory);
    mustRedact(journal);
    journal.close();
    change(`UPDATE snapshots SET state = ''`);
    const opened = openJournal(directory);
    expect(opened).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    expect(opened.ok ? '' : opened.fault.detail).toMatch(/retention removed bodies up to row 24/);
  });
});

describe('free space', () => {
  it('is what the file system says', () => {
    const journal = mustOpen(directory);
    expect(journal.freeBytes()).toBeGreaterThan(0);
    journal.close();
  });
});
