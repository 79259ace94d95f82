/** What a start would fold, read from outside: while the terminal runs, after retention, and never from a bad journal. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { journalFiles } from './files.ts';
import { openTrustedJournal, type JournalReader } from './reader.ts';
import { bytesIn, mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
});
afterEach(() => place.remove());

function read<T>(look: (reader: JournalReader) => T): T {
  const opened = openTrustedJournal(file);
  if (!opened.ok) throw new Error(opened.fault.detail);
  try {
    return look(opened.value);
  } finally {
    opened.value.close();
  }
}

describe('what a start folds', () => {
  it('is everything without a snapshot, and what follows the newest one of the same fold with it', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    expect(read((reader) => reader.toFold(1))).toMatchObject({ snapshot: undefined, events: { length: 6 } });
    journal.writeSnapshot(1, '{"sales":1}');
    mustAppend(journal, sale(2));
    journal.writeSnapshot(2, '{"another":"fold"}');
    const before = bytesIn(directory);
    const found = read((reader) => reader.toFold(1));
    expect(found?.snapshot).toEqual({ sequence: 6, state: '{"sales":1}' });
    expect(found?.events.map(({ event }) => event)).toEqual(sale(2));
    expect(read((reader) => reader.lastAt())).toBe(startOfTime);
    expect(bytesIn(directory)).toEqual(before);
    journal.close();
  });

  it('goes on from the snapshot when retention has removed what came before, and says when it cannot', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.writeSnapshot(1, '{"sales":1}');
    const later = epochMs(startOfTime + 1);
    const options = { foldVersion: 1, before: later, keep: () => false, by: 'rule', at: later, maxRows: 100 };
    expect(journal.redact(options)).toMatchObject({ ok: true, value: { rows: 6 } });
    journal.close();
    expect(read((reader) => reader.toFold(1))).toEqual({ snapshot: { sequence: 6, state: '{"sales":1}' }, events: [] });
    expect(read((reader) => reader.toFold(2))).toBeUndefined();
  });

  it('is not had from a journal that is not whole', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
    const db = new Database(file);
    db.exec(`UPDATE head SET sequence = 9 WHERE id = 1`);
    db.close();
    expect(openTrustedJournal(file)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
  });
});
