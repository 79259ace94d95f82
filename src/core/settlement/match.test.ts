/** Matching two books: every line in one result, and differences that add up. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBooks, type BookLine } from './match.ts';
import { vnd } from './test-kit.ts';

const line = (where: string, minorUnits: number, keys: readonly string[], expected = true): BookLine => ({
  where,
  text: where,
  amount: vnd(minorUnits),
  keys,
  expected,
});
const kinds = (ours: readonly BookLine[], theirs: readonly BookLine[]) =>
  compareBooks(ours, theirs, 'VND').results.map(({ kind, ours, theirs, difference }) => [
    kind,
    ours?.where ?? null,
    theirs?.where ?? null,
    difference.minorUnits,
  ]);

const anyLine = fc
  .tuple(
    fc.integer({ min: -5, max: 5 }),
    fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([amount, keys, expected]) => line('x', amount, keys, expected || amount !== 0));

describe('comparing two books', () => {
  it('says what is matched, different, missing here and missing there', () => {
    const ours = [line('A', 100, ['1', 'r1']), line('B', 200, ['2', 'r2']), line('C', 300, ['3'])];
    const theirs = [line('a', 100, ['1']), line('b', 150, ['9', 'r2']), line('d', 50, ['4'])];
    expect(kinds(ours, theirs)).toEqual([
      ['matched', 'A', 'a', 0],
      ['different', 'B', 'b', -50],
      ['missingThere', 'C', null, -300],
      ['missingHere', null, 'd', 50],
    ]);
    expect(compareBooks(ours, theirs, 'VND')).toMatchObject({ agrees: false, difference: vnd(-300) });
  });

  it('reports what is written twice, on either side', () => {
    expect(kinds([line('A', 100, ['1'])], [line('a', 100, ['1']), line('a2', 100, ['1'])])).toEqual([
      ['matched', 'A', 'a', 0],
      ['duplicateThere', null, 'a2', 100],
    ]);
    expect(kinds([line('A', 100, ['1']), line('A2', 100, ['1'])], [line('a', 100, ['1'])])).toEqual([
      ['matched', 'A', 'a', 0],
      ['duplicateHere', 'A2', null, -100],
    ]);
    expect(kinds([], [line('a', 1, ['1']), line('b', 1, ['1'])]).map(([kind]) => kind)).toEqual([
      'missingHere',
      'duplicateThere',
    ]);
  });

  it('of two lines with one key each gets the one with its amount', () => {
    const ours = [line('A', 100, ['ref']), line('B', 200, ['ref'])];
    expect(kinds(ours, [line('b', 200, ['ref']), line('a', 100, ['ref'])])).toEqual([
      ['matched', 'A', 'a', 0],
      ['matched', 'B', 'b', 0],
    ]);
  });

  it('a sure key beats an amount that happens to fit', () => {
    const ours = [line('A', 100, ['1', 'approval'])];
    expect(kinds(ours, [line('b', 100, ['2', 'approval']), line('a', 90, ['1'])])[0]).toEqual([
      'different',
      'A',
      'a',
      -10,
    ]);
  });

  it('what was reversed may be missing there, but money there for it is a difference', () => {
    const reversed = line('A', 0, ['1'], false);
    expect(kinds([reversed], [])).toEqual([['matched', 'A', null, 0]]);
    expect(kinds([reversed], [line('a', 100, ['1'])])).toEqual([['different', 'A', 'a', 100]]);
  });

  it('every line is in exactly one result, and the differences are the difference of the sums', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 25 }), fc.array(anyLine, { maxLength: 25 }), (ours, theirs) => {
        const { results, difference, ours: mine, theirs: other, counts, agrees } = compareBooks(ours, theirs, 'VND');
        const seen = (side: 'ours' | 'theirs') => results.flatMap((result) => result[side] ?? []);
        expect(new Set(seen('ours'))).toEqual(new Set(ours));
        expect(seen('ours')).toHaveLength(ours.length);
        expect(new Set(seen('theirs'))).toEqual(new Set(theirs));
        expect(seen('theirs')).toHaveLength(theirs.length);
        expect(difference.minorUnits).toBe(other.sum.minorUnits - mine.sum.minorUnits);
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(results.length);
        expect(agrees).toBe(results.every(({ kind }) => kind === 'matched'));
        if (agrees) expect(difference.minorUnits).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('a book agrees with itself, in whatever order', () => {
    const book = fc.uniqueArray(fc.tuple(fc.nat(999), fc.integer({ min: -9, max: 9 })), { selector: ([key]) => key });
    fc.assert(
      fc.property(book, (entries) => {
        const lines = entries.map(([key, amount]) => line(String(key), amount, [String(key)]));
        expect(compareBooks(lines, lines.toReversed(), 'VND').agrees).toBe(true);
      }),
    );
  });
});
