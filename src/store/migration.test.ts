/** A journal of the first version goes on as one of this version: verified before, whole afterwards, old hashes kept. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalFiles } from './files.ts';
import { openJournal } from './journal.ts';
import { openJournalReadOnly } from './reader.ts';
import { bytesIn, copyOf, mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';
import { verifyJournal } from './verify.ts';
import { writeVersionOne } from './version-one-kit.ts';

const events = [1, 2, 3].flatMap(sale);

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;
let hashes: readonly string[];

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
  hashes = writeVersionOne(directory, events, startOfTime, [6, 12]);
});

afterEach(() => {
  place.remove();
});

function version(): number {
  return readFileSync(file).readUInt32BE(60);
}

function tables(path: string): unknown {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all();
  db.close();
  return rows;
}

function change(sql: string): void {
  const db = new Database(file);
  const triggers = db
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  for (const trigger of triggers) db.exec(trigger.sql);
  db.close();
}

describe('a journal of version 1', () => {
  it('is verified and read as it is', () => {
    const before = bytesIn(directory);
    expect(verifyJournal(file)).toMatchObject({ verified: true, events: 18, seals: 2, redacted: 0 });
    const reader = openJournalReadOnly(file);
    if (!reader.ok) throw new Error(reader.fault.detail);
    expect([...reader.value.rows()].map((row) => Buffer.from(row.hash).toString('hex'))).toEqual(hashes);
    reader.value.close();
    expect(bytesIn(directory)).toEqual(before);
    expect(version()).toBe(1);
  });

  it('is brought to version 2 with its rows, hashes, seals and head, and goes on', () => {
    const journal = mustOpen(directory);
    expect(journal.head()).toEqual({ sequence: 18, hash: hashes.at(-1) });
    expect([...journal.read()].map(({ event }) => event)).toEqual(events);
    mustAppend(journal, sale(4));
    journal.close();
    expect(version()).toBe(2);
    expect(verifyJournal(file)).toMatchObject({ verified: true, events: 24, seals: 3 });
    const again = mustOpen(directory);
    expect([...again.read()].map(({ event }) => event)).toEqual([...events, ...sale(4)]);
    again.close();
    const reader = openJournalReadOnly(file);
    if (!reader.ok) throw new Error(reader.fault.detail);
    const rows = [...reader.value.rows()];
    expect(rows.slice(0, 18).map((row) => Buffer.from(row.hash).toString('hex'))).toEqual(hashes);
    expect(rows.map(({ bodyHash }) => bodyHash === null)).toEqual(rows.map(({ sequence }) => sequence <= 18));
    reader.value.close();
  });

  it('has the same tables afterwards as a new book', () => {
    mustOpen(directory).close();
    mustOpen(join(place.path, 'new')).close();
    expect(tables(file)).toEqual(tables(journalFiles(join(place.path, 'new')).journal));
  });

  it('that is empty is brought over too', () => {
    const empty = join(place.path, 'empty');
    writeVersionOne(empty, [], startOfTime, []);
    const journal = mustOpen(empty);
    mustAppend(journal, sale(1));
    journal.close();
    expect(verifyJournal(journalFiles(empty).journal)).toMatchObject({ verified: true, events: 6 });
  });

  it.each([
    [`UPDATE events SET body = replace(body, '45001', '45002') WHERE sequence = 1`],
    ['DELETE FROM events WHERE sequence = 9'],
    ['DELETE FROM events WHERE sequence = 18'],
    // Not the last one: seen because every seal is checked before a journal is rewritten.
    ['UPDATE seals SET signature = zeroblob(64) WHERE sequence = 6'],
  ])('that is not whole is refused and left as it is: %s', (sql) => {
    change(sql);
    const before = bytesIn(directory);
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    expect(bytesIn(directory)).toEqual(before);
    expect(verifyJournal(file).verified).toBe(false);
  });

  it('with a change made after it was brought over: the old rows are still protected', () => {
    mustOpen(directory).close();
    change(`UPDATE events SET body = replace(body, '45001', '45002') WHERE sequence = 1`);
    expect(verifyJournal(file)).toMatchObject({ verified: false, firstBad: 1 });
  });

  it('with the log of a crash beside it: what the log holds is checked before anything is rewritten', () => {
    const crashed = join(place.path, 'crashed');
    const writer = new Database(file);
    writer.prepare('INSERT INTO seals VALUES (18, zeroblob(32), zeroblob(64), ?, 1)').run('x');
    copyOf(directory, crashed);
    writer.close();
    const before = bytesIn(crashed);
    expect(Object.keys(before)).toContain('journal.db-wal');
    expect(openJournal(crashed)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    expect(bytesIn(crashed)).toEqual(before);
  });
});

describe('killed while it is brought over', () => {
  it.each([
    ['once the tables are new', `'exec', 'after'`, 'ALTER TABLE', 1],
    ['once all is written', `'pragma', 'after'`, 'user_version = 2', 1],
    ['once it is committed', `'pragma', 'before'`, 'wal_checkpoint', 2],
  ])('%s: the journal is whole, of the one version or the other', (_, point, text, expected) => {
    const code = `
      import { createRequire } from 'node:module';
      import { mustOpen } from ${JSON.stringify(new URL('test-kit.ts', import.meta.url).href)};
      const { prototype } = createRequire(${JSON.stringify(import.meta.url)})('better-sqlite3');
      const [name, when] = [${point}];
      const original = prototype[name];
      prototype[name] = function (source, options) {
        const die = source.includes(${JSON.stringify(text)}) && !this.memory;
        if (die && when === 'before') process.kill(process.pid, 'SIGKILL');
        const result = original.call(this, source, options);
        if (die) process.kill(process.pid, 'SIGKILL');
        return result;
      };
      mustOpen(process.argv[1]);`;
    const many = Array.from({ length: 500 }, (_, n) => sale(n)).flat();
    const long = join(place.path, 'long');
    writeVersionOne(long, many, startOfTime, [1500, 3000]);
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', code, long], { timeout: 20_000 });
    expect([child.signal, String(child.stderr)]).toEqual(['SIGKILL', '']);
    const left = copyOf(long, join(place.path, 'left'));
    const db = new Database(journalFiles(left).journal);
    expect(db.pragma('user_version', { simple: true })).toBe(expected);
    db.close();
    expect(verifyJournal(journalFiles(long).journal)).toMatchObject({ problems: [], events: 3000 });
    const journal = mustOpen(long);
    expect([...journal.read()]).toHaveLength(3000);
    mustAppend(journal, sale(1));
    journal.close();
    expect(verifyJournal(journalFiles(long).journal)).toMatchObject({ problems: [], events: 3006 });
    expect(readFileSync(journalFiles(long).journal).readUInt32BE(60)).toBe(2);
  });
});

describe('a journal of a version to come', () => {
  it('is refused, also when only the log says so', () => {
    mustOpen(directory).close();
    const db = new Database(file);
    db.pragma('user_version = 3');
    const crashed = copyOf(directory, join(place.path, 'crashed'));
    db.close();
    const inLog = journalFiles(crashed).journal;
    expect(readFileSync(inLog).readUInt32BE(60)).toBe(2);
    for (const place of [directory, crashed]) {
      const before = bytesIn(place);
      const opened = openJournal(place);
      expect(opened).toMatchObject({ ok: false, fault: { kind: 'newerVersion' } });
      expect(opened.ok ? '' : opened.fault.detail).toMatch(/format 3, this program knows up to 2.*newer version/s);
      expect(bytesIn(place)).toEqual(before);
      expect(openJournalReadOnly(journalFiles(place).journal)).toMatchObject({ fault: { kind: 'newerVersion' } });
      expect(verifyJournal(journalFiles(place).journal).verified).toBe(false);
    }
  });
});
