/** Whatever stands in the journal's place and no mirror beside it: a clear fault, and not one byte of it changed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalFiles } from './files.ts';
import { openJournal, type Journal } from './journal.ts';
import { openJournalReadOnly } from './reader.ts';
import { bytesIn, copyOf, mustOpen, scratch, writeThirty, withoutMirror } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

/** SQLite's. */
const page = 1024;
const place = scratch();
const original = join(place.path, 'original');
const damaged = join(place.path, 'damaged');
const file = journalFiles(damaged).journal;
let events: readonly unknown[];
let whole: Buffer;

beforeAll(() => {
  writeThirty(original);
  const journal = mustOpen(original);
  events = [...journal.read()];
  journal.close();
  withoutMirror(original);
  whole = readFileSync(journalFiles(original).journal);
});

afterAll(() => {
  place.remove();
});

/** Puts something in the journal's place and expects every way of opening it to refuse and to change nothing. */
function expectRefusal(kind: string, damage: () => void): string {
  copyOf(original, damaged);
  damage();
  const before = bytesIn(damaged);
  const opened = openJournal(damaged);
  expect(opened).toMatchObject({ ok: false, fault: { kind } });
  expect(bytesIn(damaged)).toEqual(before);
  expect(verifyJournal(file).verified).toBe(false);
  const reader = openJournalReadOnly(file);
  if (reader.ok) reader.value.close();
  expect(bytesIn(damaged)).toEqual(before);
  return opened.ok ? '' : opened.fault.detail;
}

function replaceFile(content: string | Uint8Array): void {
  rmSync(file);
  writeFileSync(file, content);
}

describe('something else in its place', () => {
  it.each([
    ['an empty file', ''],
    ['a text file', 'Sổ giao dịch\n'.repeat(100)],
    ['random bytes', Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7919 + 13) % 251))],
    ['the first 99 bytes', 'SQLite format 3\0'.padEnd(99, '\0')],
  ])('%s', (_, content) => {
    expect(expectRefusal('notAJournal', () => replaceFile(content))).toContain(file);
  });

  it('a directory', () => {
    const detail = expectRefusal('notAJournal', () => {
      rmSync(file);
      mkdirSync(file);
    });
    expect(detail).toContain('not a regular file');
  });

  it('a link to nothing', () => {
    copyOf(original, damaged);
    rmSync(file);
    symlinkSync(join(place.path, 'nowhere'), file);
    expect(openJournal(damaged)).toMatchObject({ ok: false, fault: { kind: 'missing' } });
    expect(openJournalReadOnly(file)).toMatchObject({ ok: false, fault: { kind: 'missing' } });
    expect(verifyJournal(file).verified).toBe(false);
  });

  it('a database of another program', () => {
    const detail = expectRefusal('notAJournal', () => {
      rmSync(file);
      const db = new Database(file);
      db.exec('CREATE TABLE events (sequence INTEGER PRIMARY KEY)');
      db.close();
    });
    expect(detail).toContain('not a journal of this program');
  });

  it('a journal of a newer version', () => {
    const detail = expectRefusal('newerVersion', () => {
      const db = new Database(file);
      db.pragma('user_version = 3');
      db.close();
    });
    expect(detail).toMatch(/format 3, this program knows up to 2/);
  });

  it('a file where the directory should be', () => {
    const path = join(place.path, 'plain');
    writeFileSync(path, 'x');
    expect(openJournal(path)).toMatchObject({ ok: false, fault: { kind: 'notAJournal' } });
    expect(readFileSync(path, 'utf8')).toBe('x');
  });
});

describe('a damaged file', () => {
  it('cut off at any page, and inside pages', () => {
    const lengths = [100, 512, 1000, whole.length - 1];
    for (let length = page; length < whole.length; length += page) lengths.push(length, length - 7);
    for (const length of lengths) {
      expect(
        expectRefusal('damaged', () => truncateSync(file, length)),
        `${length} bytes`,
      ).toContain(file);
    }
  });

  it('with any page zeroed', () => {
    for (let from = 0; from < whole.length; from += page) {
      const zeroed = Buffer.from(whole).fill(0, from, from + page);
      expectRefusal(from === 0 ? 'notAJournal' : 'damaged', () => replaceFile(zeroed));
    }
  });

  it('with any one bit flipped: refused, or every event is still the same', () => {
    copyOf(original, damaged);
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (position, bit) => {
        const flipped = Buffer.from(whole);
        flipped[position] = (flipped[position] ?? 0) ^ (1 << bit);
        replaceFile(flipped);
        withoutMirror(damaged);
        const { verified } = verifyJournal(file);
        const opened = openJournal(damaged);
        if (opened.ok) {
          expect([...opened.value.read()]).toEqual(events);
          opened.value.close();
        } else {
          refused += 1;
          expect(verified).toBe(false);
          expect(readFileSync(file).equals(flipped)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(10);
  });

  it('after a crash: the log of SQLite is not moved into it', () => {
    const code = `
      import { openJournal } from ${JSON.stringify(new URL('journal.ts', import.meta.url).href)};
      const journal = openJournal(process.argv[1]).value;
      journal.append([{ type: 'TerminalStarted', softwareVersion: '1' }], 1, false);
      process.kill(process.pid, 'SIGKILL');`;
    const crashed = join(place.path, 'crashed');
    copyOf(original, crashed);
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', code, crashed], { timeout: 20_000 });
    expect(child.signal).toBe('SIGKILL');
    withoutMirror(crashed);
    expect(statSync(`${journalFiles(crashed).journal}-wal`).size).toBeGreaterThan(4096);

    let refused = 0;
    const database = readFileSync(journalFiles(crashed).journal);
    for (let from = page; from < database.length; from += page) {
      copyOf(crashed, damaged);
      writeFileSync(file, Buffer.from(database).fill(0, from, from + page));
      const before = bytesIn(damaged);
      expect(Object.keys(before)).toContain('journal.db-wal');
      const { verified } = verifyJournal(file);
      const opened = openJournal(damaged);
      // A page that stands in the log as well is replaced from there: then nothing is lost.
      expect(verified).toBe(opened.ok);
      if (opened.ok) {
        expect([...opened.value.read()]).toHaveLength(31);
        opened.value.close();
        continue;
      }
      refused += 1;
      expect(opened.fault.kind).toBe('damaged');
      expect(bytesIn(damaged)).toEqual(before);
    }
    expect(refused).toBeGreaterThan(2);

    expect(verifyJournal(journalFiles(crashed).journal)).toMatchObject({ verified: true, events: 31 });
    const journal: Journal = mustOpen(crashed);
    expect([...journal.read()]).toHaveLength(31);
    journal.close();
  });
});
