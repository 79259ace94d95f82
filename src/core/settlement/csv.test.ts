/** RFC 4180, read exactly and refused where it is broken. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.ts';

const cells = (text: string, separator = ',') => {
  const parsed = parseCsv(text, separator);
  return parsed.ok ? parsed.value.map((row) => row.cells) : parsed.fault.detail;
};
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('CSV', () => {
  it('quotes, doubled quotes, line breaks inside quotes, CRLF, byte order mark, empty fields', () => {
    expect(cells('\uFEFFa,b\r\n"x, ""y""",\r\n\r\n"two\nlines",z')).toEqual([
      ['a', 'b'],
      ['x, "y"', ''],
      ['two\nlines', 'z'],
    ]);
    expect(cells('a;b,c;', ';')).toEqual([['a', 'b,c', '']]);
    expect(cells('')).toEqual([]);
  });

  it('says on which line a record begins', () => {
    const parsed = parseCsv('a\n"b\nb"\nc', ',');
    expect(parsed.ok && parsed.value.map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it.each([
    ['a\n"b', 'line 2: a quote is opened and never closed'],
    ['"a"b', 'line 1: text after a closing quote'],
    ['a"b', 'line 1: a quote inside a field that is not quoted'],
    ['a\rb', 'line 1: a carriage return without a line feed'],
  ])('%j is refused: %s', (text, detail) => {
    expect(cells(text)).toBe(detail);
  });

  it('gives back whatever was written', () => {
    const table = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(table, (rows) => {
        expect(cells(rows.map((row) => row.map(quote).join(',')).join('\r\n'))).toEqual(rows);
      }),
    );
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', ',', '\n', '\r', 'a', ''), { maxLength: 40 }), (pieces) => {
        expect(typeof parseCsv(pieces.join(''), ',').ok).toBe('boolean');
      }),
    );
  });
});
