/** Layout: widths in cells, wrapping that loses nothing, two texts on one line. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, pair, printable, wrap } from './layout.ts';

const withoutBlanks = (text: string): string => text.replaceAll(' ', '');

describe('displayWidth', () => {
  it('counts cells, not code units', () => {
    expect(displayWidth('Cảm ơn quý khách!')).toBe(17);
    expect(displayWidth('Cảm ơn quý khách!'.normalize('NFD'))).toBe(17);
    expect(displayWidth('ẶỮ')).toBe(2);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('한국')).toBe(4);
    expect(displayWidth('👍')).toBe(2);
    expect(displayWidth('a\u0300\u0323')).toBe(1);
    expect(displayWidth('\u200B')).toBe(0);
    expect(displayWidth('')).toBe(0);
  });
});

describe('printable', () => {
  it('composes letters and turns blanks and controls into single spaces', () => {
    expect(printable(' Phở\u001B@\r\n Hà\tNội '.normalize('NFD'))).toBe('Phở @ Hà Nội');
  });
});

describe('wrap', () => {
  it('breaks between words, and within a word only when it is longer than the line', () => {
    expect(wrap('Vui lòng giữ phiếu để đối chiếu', 16)).toEqual(['Vui lòng giữ', 'phiếu để đối', 'chiếu']);
    expect(wrap('FT26325001234567', 10)).toEqual(['FT26325001', '234567']);
    expect(wrap('a 日本語', 4)).toEqual(['a', '日本', '語']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('never exceeds the line and never loses a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 64 }), (text, columns) => {
        const lines = wrap(text, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(withoutBlanks(lines.join(''))).toBe(withoutBlanks(printable(text)));
      }),
    );
  });
});

describe('pair', () => {
  it('puts the value at the right edge', () => {
    expect(pair('Mã trace', '000123', 20)).toEqual(['Mã trace      000123']);
  });

  it('moves the value below when both do not fit', () => {
    expect(pair('Số tham chiếu', '632514000123', 24)).toEqual(['Số tham chiếu', '            632514000123']);
  });

  it('never exceeds the line and never loses a character', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 8, max: 64 }), (label, value, columns) => {
        const lines = pair(label, value, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(withoutBlanks(lines.join(''))).toBe(withoutBlanks(printable(label) + printable(value)));
      }),
    );
  });
});
