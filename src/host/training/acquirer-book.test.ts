/** The book's file when the disk is full: what was not written whole did not happen, and the book stays readable. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../../core/base/brand.ts';
import { AcquirerBook } from './acquirer-book.ts';
import { noTotals, type BookEntry, type Closing } from './acquirer-entry.ts';

vi.mock('node:fs', async (original) => ({ ...(await original<typeof fs>()) }));

let folder = '';
let file = '';

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'cham-book-'));
  file = path.join(folder, 'ledger.jsonl');
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

function opened(): AcquirerBook {
  const book = AcquirerBook.open(file);
  if (!book.ok) throw new Error(book.fault.detail);
  return book.value;
}

function entry(stan: number): BookEntry {
  const key = `0200/TERM0001/${stan}/1121031500/000000/45000/704`;
  return { key, responseCode: '94', reversed: true, request: null, comparison: null };
}

const closing: Closing = { terminalId: 'TERM0001', batch: 1, at: epochMs(0), totals: noTotals('VND') };

/** The next append gets no further than `bytes`, as on a disk that fills up. */
function fillDiskAfter(bytes: number): void {
  vi.spyOn(fs, 'appendFileSync').mockImplementationOnce((to, data) => {
    fs.writeFileSync(to, String(data).slice(0, bytes), { flag: 'a' });
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
}

describe('a full disk', () => {
  it.each([0, 1, 40, 130, 250])(
    'takes %i bytes of a commit: nothing of it happened, and the next one is whole',
    (bytes) => {
      const book = opened();
      expect(book.commit([entry(1)])).toBe(true);
      const before = fs.readFileSync(file, 'utf8');
      fillDiskAfter(bytes);
      expect(book.commit([entry(2)], closing)).toBe(false);
      expect(fs.readFileSync(file, 'utf8')).toBe(before);
      expect(book.find(entry(2).key)).toBeUndefined();
      expect(book.commit([entry(3)])).toBe(true);
      const again = opened();
      expect([1, 2, 3].map((stan) => again.find(entry(stan).key) !== undefined)).toEqual([true, false, true]);
      expect(again.closing('TERM0001', 1, 'VND')).toBeUndefined();
    },
  );

  it('at the very first commit leaves an empty book', () => {
    fillDiskAfter(40);
    expect(opened().commit([entry(1)])).toBe(false);
    expect(fs.readFileSync(file, 'utf8')).toBe('');
    expect(opened().size()).toBe(0);
  });

  it('that cannot be tidied at once takes nothing until it is', () => {
    const book = opened();
    expect(book.commit([entry(1)])).toBe(true);
    const before = fs.readFileSync(file, 'utf8');
    fillDiskAfter(40);
    const truncate = vi.spyOn(fs, 'truncateSync').mockImplementation(() => {
      throw new Error('EIO: i/o error, ftruncate');
    });
    expect(book.commit([entry(2)])).toBe(false);
    expect(book.commit([entry(3)])).toBe(false);
    truncate.mockRestore();
    expect(fs.readFileSync(file, 'utf8')).not.toBe(before);
    expect(book.commit([entry(4)])).toBe(true);
    const again = opened();
    expect([1, 2, 3, 4].map((stan) => again.find(entry(stan).key) !== undefined)).toEqual([true, false, false, true]);
  });
});
