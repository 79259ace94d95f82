/** At least one assertion for 25 lines of logic, in the core as a whole and wherever money is; and that they are counted right. */
import { describe, expect, it } from 'vitest';
import { countFolders, countText, sumOf } from './count.ts';

const linesEach = 25;
const counts = countFolders('src/core', 'src/app');

describe('assertions', () => {
  const money = ['transaction', 'settlement', 'receipt', 'qr', 'iso8583', 'emv', 'base'];
  it.each(['src/core', 'src/app', ...money.map((name) => `src/core/${name}`)])('%s has enough of them', (folder) => {
    const { lines, assertions } = sumOf(folder, counts);
    expect(lines).toBeGreaterThan(0);
    expect(assertions * linesEach, `${assertions} for ${lines} lines`).toBeGreaterThanOrEqual(lines);
  });

  it('no file of more than 100 lines of logic is without', () => {
    expect(counts.filter(({ lines, assertions }) => lines > 100 && assertions === 0)).toEqual([]);
  });

  it('every helper that counts as one makes one', () => {
    const helpers = counts.flatMap(({ helpers: declared }) => Object.entries(declared));
    expect(helpers.filter(([, asserts]) => !asserts)).toEqual([]);
  });
});

describe('the count', () => {
  const text = [
    '/** assert(true) in a comment. */',
    "import { assert } from './assert.ts';",
    '',
    'export interface Row {',
    '  readonly run: (value: number) => void;',
    '}',
    '',
    'const table = {',
    "  words: ['one', 'two'],",
    '  run: (value: number) =>',
    '    value + 1,',
    '};',
    '',
    'export function half(value: number): number {',
    '  // A comment.',
    "  assert(value % 2 === 0, 'even');",
    '  type Local = number;',
    '  const twice = (n: Local): Local => {',
    '    return n * 2;',
    '  };',
    '  switch (value) {',
    '    case 0:',
    '      return twice(0);',
    '    default:',
    '      return mine.assert(value) ?? unreachable(value);',
    '  }',
    '}',
    '',
    'function assertNothing(): void {}',
  ].join('\n');

  it('takes lines within functions, and calls of assertions', () => {
    // 11, 16, 18, 19, 21 to 25.
    expect(countText('example.ts', text)).toEqual({
      file: 'example.ts',
      lines: 9,
      assertions: 2,
      helpers: { assertNothing: false },
    });
  });
});
