/** The relay's store: order, repeats, acknowledgements and what may be removed; closed, damaged, torn, and used twice. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NoticeStore, type NewNotice } from './notice-store.ts';

let folder: string;
const open = new Set<NoticeStore>();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-relay-store-'));
});

afterEach(() => {
  for (const store of open) store.close();
  open.clear();
  rmSync(folder, { recursive: true, force: true });
});

function mustOpen(at = folder): NoticeStore {
  const opened = NoticeStore.open(at);
  if (!opened.ok) throw new Error(opened.fault.detail);
  open.add(opened.value);
  return opened.value;
}

function close(store: NoticeStore): void {
  store.close();
  open.delete(store);
}

const notice = (log: string, text: string, receivedAt = 1000): NewNotice => ({
  log,
  receivedAt,
  content: Buffer.from(text),
});

function mustAppend(store: NoticeStore, ...notices: readonly NewNotice[]): readonly string[] {
  const appended = store.append(notices);
  if (!appended.ok) throw new Error(appended.fault.detail);
  return appended.value;
}

const texts = (store: NoticeStore, log: string, after = 0): readonly (string | undefined)[] =>
  store.read(log, after, 100).map(({ content }) => content?.toString());

describe('NoticeStore', () => {
  it('keeps each log in order, with positions of its own, across a restart', () => {
    let store = mustOpen();
    const { logId } = store;
    mustAppend(store, notice('a', 'one'), notice('b', 'ONE'), notice('a', 'two'));
    mustAppend(store, notice('a', 'three'));
    close(store);
    store = mustOpen();
    expect(store.logId).toBe(logId);
    expect(texts(store, 'a')).toEqual(['one', 'two', 'three']);
    expect(texts(store, 'a', 2)).toEqual(['three']);
    expect(texts(store, 'b')).toEqual(['ONE']);
    expect(texts(store, 'c')).toEqual([]);
    expect(store.read('a', 0, 2).map(({ position }) => position)).toEqual([1, 2]);
    expect(store.state('a')).toEqual({ last: 3, waiting: 3, waitingBytes: 11 });
  });

  it('stores the same bytes for the same log once', () => {
    const store = mustOpen();
    expect(mustAppend(store, notice('a', 'x'), notice('a', 'x'), notice('b', 'x'))).toEqual([
      'stored',
      'duplicate',
      'stored',
    ]);
    expect(mustAppend(store, notice('a', 'x', 9999))).toEqual(['duplicate']);
    expect(store.state('a').last).toBe(1);
    mustAppend(store, notice('a', 'y'));
    expect(store.read('a', 0, 9).map(({ position }) => position)).toEqual([1, 2]);
  });

  it('counts what is acknowledged at once, each notice for itself, and remembers it once it was closed', () => {
    let store = mustOpen();
    mustAppend(store, notice('a', 'one'), notice('a', 'two'), notice('a', 'three'), notice('b', 'one'));
    store.acknowledge('a', 2);
    store.acknowledge('a', 2);
    expect(store.state('a')).toEqual({ last: 3, waiting: 2, waitingBytes: 8 });
    expect(() => store.acknowledge('a', 4)).toThrow(/not given out/);
    close(store);
    store = mustOpen();
    expect(store.state('a')).toEqual({ last: 3, waiting: 2, waitingBytes: 8 });
    expect(texts(store, 'a')).toEqual(['one', 'three']);
    expect(texts(store, 'b')).toEqual(['one']);
    store.acknowledge('a', 2);
    expect(store.state('a').waiting).toBe(2);
    expect(mustAppend(store, notice('a', 'two'))).toEqual(['duplicate']);
  });

  it('never removes what was not acknowledged, and uses no position again', () => {
    let store = mustOpen();
    for (let n = 1; n <= 10; n += 1) mustAppend(store, notice('a', `n${n}`, n));
    const all = { before: Infinity, keep: 0, limit: 100 };
    expect(store.removeAcknowledged('a', all)).toEqual({ ok: true, value: 0 });
    for (const position of [1, 2, 3, 5, 6, 10]) store.acknowledge('a', position);
    expect(store.removeAcknowledged('a', { before: 3, keep: 100, limit: 100 })).toEqual({ ok: true, value: 2 });
    expect(store.removeAcknowledged('a', { before: 0, keep: 5, limit: 1 })).toEqual({ ok: true, value: 1 });
    expect(store.removeAcknowledged('a', { before: 0, keep: 5, limit: 100 })).toEqual({ ok: true, value: 1 });
    expect(store.removeAcknowledged('a', all)).toEqual({ ok: true, value: 2 });
    expect(texts(store, 'a')).toEqual(['n4', 'n7', 'n8', 'n9']);
    for (const position of [4, 7, 8, 9]) store.acknowledge('a', position);
    store.removeAcknowledged('a', all);
    close(store);
    store = mustOpen();
    expect(store.state('a')).toEqual({ last: 10, waiting: 0, waitingBytes: 0 });
    mustAppend(store, notice('a', 'n1'));
    expect(store.read('a', 0, 9).map(({ position }) => position)).toEqual([11]);
  });

  it('says of a damaged notice that it is damaged, and reads on', () => {
    let store = mustOpen();
    mustAppend(store, notice('a', 'first'), notice('a', 'marked'), notice('a', 'last'));
    close(store);
    const db = new Database(path.join(folder, 'notices.db'));
    db.prepare("UPDATE notices SET content = x'6D61726B6564FF' WHERE position = 2").run();
    db.close();
    store = mustOpen();
    expect(texts(store, 'a')).toEqual(['first', undefined, 'last']);
  });

  it('opens what a killed process has left, and what a torn write has cut off', () => {
    const store = mustOpen();
    for (let n = 1; n <= 20; n += 1) mustAppend(store, notice('a', `n${n}`));
    const wal = path.join(folder, 'notices.db-wal');
    const length = statSync(wal).size;
    for (const cut of [0, 1, 700, 4096, 9000]) {
      const copy = path.join(folder, `cut-${cut}`);
      mkdirSync(copy);
      for (const name of ['notices.db', 'notices.db-wal']) {
        copyFileSync(path.join(folder, name), path.join(copy, name));
      }
      truncateSync(path.join(copy, 'notices.db-wal'), length - cut);
      const opened = mustOpen(copy);
      const found = texts(opened, 'a');
      expect(found).toEqual(Array.from({ length: found.length }, (_, n) => `n${n + 1}`));
      expect(opened.state('a').last).toBe(found.length);
      if (cut === 0) expect(found).toHaveLength(20);
      mustAppend(opened, notice('a', 'goes on'));
      // All of the log is in the database and synced before anything is answered because of it.
      close(opened);
    }
  });

  it('is used by one relay at a time', () => {
    mustOpen();
    expect(NoticeStore.open(folder)).toMatchObject({
      ok: false,
      fault: { kind: 'cannotOpen', detail: expect.stringMatching(/another relay is using it/) },
    });
  });

  it('leaves alone what it did not write', () => {
    writeFileSync(path.join(folder, 'notices.db'), 'no database at all, but somebody needs it'.repeat(100));
    const before = readFileSync(path.join(folder, 'notices.db'));
    expect(NoticeStore.open(folder)).toMatchObject({ ok: false, fault: { kind: 'cannotOpen' } });
    expect(readFileSync(path.join(folder, 'notices.db')).equals(before)).toBe(true);
  });
});
