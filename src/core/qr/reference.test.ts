/** Folding, and references that are still found after everything that banks and people do to a memo. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findReference } from './matcher.ts';
import { hasMark, hasReference, normaliseMemo, referenceFor } from './reference.ts';

describe('a memo with a reference of some terminal', () => {
  it.each([
    ['CH7K3QW9TX', true],
    ['MBVCB.998877.ch7k3qw9tx PHO BO.CT TU 1234', true],
    ['NHBIDV 998877 CH7K 3QW9 TX CT DEN', true],
    ['0123CHABCDEFGH', true],
    ['chuyen thanh toan', false],
    ['CHUYEN KHOAN CAM ON', false],
    ['TRAINBANK.117.CHUYEN TIEN.CT tu ******9315 toi 1017595600', false],
    ['CHI 45000', false],
    ['CH7K3QW9T', false],
    ['', false],
  ])('%s: %s', (memo, expected) => {
    expect(hasReference(memo)).toBe(expected);
  });
});

describe('a reference with the mark of a terminal', () => {
  const seed = Uint8Array.of(255, 255, 255, 255, 255);

  it('has it first, and is otherwise as any', () => {
    expect([referenceFor(seed), referenceFor(seed, '3')]).toEqual(['CHZZZZZZZZ', 'CH3ZZZZZZZ']);
  });

  it('is known by it whatever banks do, and words are not taken for one', () => {
    const marks = ['3', '4'];
    for (const memo of ['CH3ZZZZZZZ', 'NHBIDV 9988 ch3 zzzz zzz CT', 'ICB;CH4ABCDEFG;pho']) {
      expect(hasMark(memo, marks), memo).toBe(true);
      expect(hasMark(memo, []), memo).toBe(false);
    }
    for (const memo of ['CH2ZZZZZZZ', 'CHZ3ZZZZZZ', 'CH3ZZZ', 'chuyen thanh toan 3 4', '']) {
      expect(hasMark(memo, marks), memo).toBe(false);
    }
  });
});

describe('memo text', () => {
  it.each([
    ['  Đặng Văn Ánh –\tthanh toán: hóa đơn #12 ', 'DANG VAN ANH THANH TOAN HOA DON 12'],
    ['Quán Phở Ðức Thịnh', 'QUAN PHO DUC THINH'],
    ['Nguyễn Thị Ỷ, Ưng Hoàng Phúc', 'NGUYEN THI Y UNG HOANG PHUC'],
    ['Phở bò,bàn 5', 'PHO BO BAN 5'],
    ["McDonald's & Cà-phê", 'MCDONALDS CA PHE'],
    ['Straße ﬁn', 'STRAE N'],
    ['CH7K3QW9TX\u200b PHO', 'CH7K3QW9TX PHO'],
    ['☕🍜', ''],
    ['한글 イーブイ', ''],
    ['٤٥ ①', ''],
  ])('%s', (text, expected) => {
    expect(normaliseMemo(text)).toBe(expected);
  });

  it('folds all letters of Vietnamese, composed or not, in either case', () => {
    const bases = 'aăâeêioôơuưy';
    const tones = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];
    const letters = [...Array.from(bases).flatMap((base) => tones.map((tone) => base + tone)), 'đ'];
    expect(letters.length).toBe(73);
    const plain = `${Array.from('AAAEEIOOOUUY', (base) => base.repeat(6)).join('')}D`;
    for (const form of ['NFC', 'NFD'] as const) {
      const written = letters.map((letter) => letter.normalize(form));
      expect(normaliseMemo(written.join(''))).toBe(plain);
      expect(normaliseMemo(written.map((letter) => letter.toUpperCase()).join(''))).toBe(plain);
    }
  });

  it('keeps letters, digits and single spaces only, and folding twice changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        const folded = normaliseMemo(text);
        expect(folded).toMatch(/^([A-Z0-9]+( [A-Z0-9]+)*)?$/);
        expect(normaliseMemo(folded)).toBe(folded);
        expect(normaliseMemo(text.normalize('NFC'))).toBe(folded);
        expect(normaliseMemo(text.normalize('NFD'))).toBe(folded);
      }),
    );
  });
});

describe('references', () => {
  const seed = fc.uint8Array({ minLength: 5, maxLength: 5 });

  it('are ten characters without look-alikes, one for each seed', () => {
    expect(referenceFor(Uint8Array.of(0, 0, 0, 0, 0))).toBe('CH22222222');
    expect(referenceFor(Uint8Array.of(255, 255, 255, 255, 255))).toBe('CHZZZZZZZZ');
    expect(() => referenceFor(new Uint8Array(4))).toThrow(/5 bytes/);
    fc.assert(
      fc.property(seed, seed, (a, b) => {
        expect(referenceFor(a)).toMatch(/^CH[2-9A-HJ-NP-Z]{8}$/);
        expect(referenceFor(a) === referenceFor(b)).toBe(a.join() === b.join());
      }),
    );
  });

  /** What happens to a memo on its way; none of these may lose the reference. */
  const manglings: readonly ((memo: string, before: string, after: string) => string)[] = [
    (memo) => memo.toLowerCase(),
    (memo, before) => `${before}.${memo}`,
    (memo, before) => `MBVCB.1234567890.${before}${memo}`,
    (memo, _, after) => `${memo} GD ${after}`,
    (memo, _, after) => `${memo}-CHUYEN TIEN-OQCH${after}`,
    (memo) => memo.replaceAll(' ', ''),
    (memo) => memo.replaceAll(' ', '_'),
    (memo) => Array.from(memo).join(' '),
    (memo) => memo.replaceAll(/(.{7})/g, '$1\r\n'),
    (memo) => memo.slice(0, 19),
    (memo) => `${memo}${memo}`,
    (memo) => memo.replaceAll(/[A-Z]/g, (letter) => `${letter}\u0301`),
    (memo) => memo.replaceAll(/(\w{3})/g, '$1\u200b'),
  ];

  it('are found after any three of the things that banks do to a memo', () => {
    const mangling = fc.constantFrom(...manglings);
    const other = fc.stringMatching(/^[a-bd-z0-9 .]{0,12}$/);
    fc.assert(
      fc.property(
        seed,
        seed,
        fc.array(mangling, { maxLength: 3 }),
        other,
        other,
        (mine, another, steps, before, after) => {
          fc.pre(mine.join() !== another.join());
          const reference = referenceFor(mine);
          // A bank cuts the memo before it adds its own text; what it adds goes to no list of ours.
          const cuts = steps.toSorted(
            (a, b) => Number(String(b).includes('slice')) - Number(String(a).includes('slice')),
          );
          const memo = cuts.reduce((text, step) => step(text, before, after), `${reference} PHO BO`);
          expect(findReference(memo, [reference, referenceFor(another)])).toBe(reference);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are never found where they are not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(seed, { maxLength: 5 }), (memo, seeds) => {
        const known = seeds.map((each) => referenceFor(each));
        const found = findReference(memo, known);
        if (found !== undefined) expect(normaliseMemo(memo).replaceAll(' ', '')).toContain(found);
      }),
    );
  });
});
