/** EMV 4.4 Book 3 §10.4: versions, the whole matrix of Application Usage Control, dates. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import { dateNumber } from '../dates.ts';
import { checkRestrictions } from './restrictions.ts';
import { transaction } from './test-kit.ts';

function tvrOf(card: Record<string, string | undefined>, terminal: Record<string, string | undefined> = {}): string {
  const data = transaction(card, terminal);
  checkRestrictions(data);
  return toHex(data.tvr.value);
}

describe('application version (§10.4.1)', () => {
  it.each([
    ['the same', { '9F08': '0096' }, '0000000000'],
    ['another', { '9F08': '0095' }, '0080000000'],
    ['none on the card', {}, '0000000000'],
  ])('%s', (_name, card, tvr) => {
    expect(tvrOf(card)).toBe(tvr);
  });

  it('a terminal without a version differs from every card that has one', () => {
    expect(tvrOf({ '9F08': '0096' }, { '9F09': undefined })).toBe('0080000000');
  });
});

/** Table 36 and Annex C2, written down once more: any bit of each group has to be there. */
const domesticBits: Record<string, readonly (readonly string[])[]> = {
  '00': [['2000', '0800']],
  '01': [['8000']],
  '09': [['2000', '0800'], ['0080']],
  '17': [['8000']],
  '20': [],
  '30': [],
};
const internationalBits: typeof domesticBits = {
  '00': [['1000', '0400']],
  '01': [['4000']],
  '09': [['1000', '0400'], ['0040']],
  '17': [['4000']],
  '20': [],
  '30': [],
};

function hex4(control: number): string {
  return control.toString(16).padStart(4, '0');
}

describe('application usage control (§10.4.2)', () => {
  const controls = Array.from({ length: 1024 }, (_, bits) => ((bits >> 2) << 8) | ((bits & 3) << 6));

  it.each([
    ['ATM', { '9F35': '14', '9F40': '8000000000' }, 0x0200],
    ['shop', { '9F35': '22', '9F40': 'F000F0A001' }, 0x0100],
  ] as const)('at an %s: every control × kind of transaction × country', (_name, terminal, place) => {
    for (const transactionType of Object.keys(domesticBits)) {
      for (const country of ['0704', '0840', undefined]) {
        const table = country === '0704' ? domesticBits : internationalBits;
        const groups = country === undefined ? [] : (table[transactionType] ?? []);
        for (const control of controls) {
          const allowed =
            (control & place) !== 0 &&
            groups.every((group) => group.some((bit) => (control & Number.parseInt(bit, 16)) !== 0));
          const found = tvrOf({ '9F07': hex4(control), '5F28': country }, { ...terminal, '9C': transactionType });
          if (found !== (allowed ? '0000000000' : '0010000000')) {
            expect.fail(`${transactionType} ${country} ${hex4(control)}: ${found}`);
          }
        }
      }
    }
  });

  // Book 4 Annex A1: only these, and only when they can hand out cash.
  const atmTypes = new Set(['14', '15', '16']);
  const terminalTypes = [0, 1, 2, 3, 9].flatMap((who) => [0, 1, 2, 3, 4, 5, 6, 7].map((where) => `${who}${where}`));

  it.each(terminalTypes)('terminal type %s is an ATM or is none', (terminalType) => {
    for (const cash of ['80', '7F']) {
      const atm = atmTypes.has(terminalType) && cash === '80';
      const at = { '9F35': terminalType, '9F40': `${cash}00000000` };
      expect(tvrOf({ '9F07': '0200' }, at), cash).toBe(atm ? '0000000000' : '0010000000');
      expect(tvrOf({ '9F07': '0100' }, at), cash).toBe(atm ? '0010000000' : '0000000000');
    }
  });

  it('a purchase with an amount for cashback needs the cashback bit too', () => {
    const goodsOnly = { '9F07': 'FF00', '5F28': '0704' };
    expect(tvrOf(goodsOnly, { '9F03': '000000000000' })).toBe('0000000000');
    expect(tvrOf(goodsOnly, { '9F03': '000000000001' })).toBe('0010000000');
    expect(tvrOf(goodsOnly, { '9F04': '00000001' })).toBe('0010000000');
    expect(tvrOf(goodsOnly, { '9F03': '000000000001', '9C': '20' })).toBe('0000000000');
  });

  it('a card without the control may be used everywhere', () => {
    expect(tvrOf({ '5F28': '0840' })).toBe('0000000000');
  });
});

describe('dates (§10.4.3)', () => {
  it.each([
    ['ends today', { '5F24': '261122' }, '0000000000'],
    ['ended yesterday', { '5F24': '261121' }, '0040000000'],
    ['begins today', { '5F25': '261122' }, '0000000000'],
    ['begins tomorrow', { '5F25': '261123' }, '0020000000'],
    ['ended last century', { '5F24': '991231' }, '0040000000'],
    ['ends in 2049', { '5F24': '491231' }, '0000000000'],
    ['ended in 1950', { '5F24': '500101' }, '0040000000'],
    ['began last century', { '5F25': '991231' }, '0000000000'],
    ['ends on no day', { '5F24': '261322' }, '0040000000'],
    ['begins on no day', { '5F25': '2612FF' }, '0020000000'],
    ['says nothing', {}, '0000000000'],
  ])('%s', (_name, card, tvr) => {
    expect(tvrOf(card)).toBe(tvr);
  });

  it('a terminal that does not know the day trusts no date', () => {
    expect(tvrOf({ '5F24': '491231', '5F25': '000101' }, { '9A': undefined })).toBe('0060000000');
  });

  it.each([
    ['000101', 20_000_101],
    ['491231', 20_491_231],
    ['500101', 19_500_101],
    ['991231', 19_991_231],
    ['260001', undefined],
    ['261301', undefined],
    ['260100', undefined],
    ['260132', undefined],
    ['2601', undefined],
    ['26013100', undefined],
    ['2A0101', undefined],
  ])('%s is %s', (text, number) => {
    expect(dateNumber(hex(text))).toBe(number);
  });
});

describe('any data', () => {
  const value = fc.uint8Array({ maxLength: 8 });

  it('sets at most its own four bits, and never throws', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 11, maxLength: 11 }), (values) => {
        const data = transaction({});
        ['9F08', '9F07', '5F28', '5F24', '5F25'].forEach((tag, at) => data.card.set(tag, values[at] ?? hex('')));
        ['9F09', '9F1A', '9A', '9C', '9F35', '9F40'].forEach((tag, at) =>
          data.terminal.set(tag, values[at + 5] ?? hex('')),
        );
        checkRestrictions(data);
        const [first, second, ...rest] = data.tvr.value;
        expect([first, (second ?? 0) & 0x0f, ...rest]).toEqual([0, 0, 0, 0, 0]);
        expect(toHex(data.tsi.value)).toBe('0000');
      }),
    );
  });
});
