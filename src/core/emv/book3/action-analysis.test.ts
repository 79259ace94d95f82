/** EMV 4.4 Book 3 §10.7: every bit of the TVR, under every code, on every kind of terminal. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import type { ActionCodes } from '../configuration.ts';
import { actionCodesMatch, analyseActions, type AnalysisMoment, type RequestedCryptogram } from './action-analysis.ts';

const none = '0000000000';
const noTac: ActionCodes = { denial: none, online: none, default: none };
const noIac = { '9F0E': none, '9F0F': none, '9F0D': none };

function analyse(
  tvr: string,
  tac: Partial<ActionCodes>,
  iac: Record<string, string>,
  terminalType: number,
  when: AnalysisMoment,
): RequestedCryptogram {
  const card = new Map(Object.entries(iac).map(([tag, value]) => [tag, hex(value)]));
  return analyseActions({ tvr: { value: hex(tvr) }, card }, { ...noTac, ...tac }, terminalType, when);
}

/** What a bit that matches means, by kind of terminal and by code; `no` when nothing matches. */
interface Row {
  readonly types: readonly number[];
  readonly when: AnalysisMoment;
  readonly no: RequestedCryptogram;
  readonly denial: RequestedCryptogram;
  readonly online: RequestedCryptogram;
  readonly default: RequestedCryptogram;
}

const onlineOnly = [0x11, 0x14, 0x21, 0x24, 0x31, 0x34];
const both = [0x12, 0x15, 0x22, 0x25, 0x32, 0x35];
const offlineOnly = [0x13, 0x16, 0x23, 0x26, 0x33, 0x36];

const table: readonly Row[] = [
  { types: onlineOnly, when: 'first', no: 'arqc', denial: 'aac', online: 'arqc', default: 'arqc' },
  { types: both, when: 'first', no: 'tc', denial: 'aac', online: 'arqc', default: 'tc' },
  { types: offlineOnly, when: 'first', no: 'tc', denial: 'aac', online: 'tc', default: 'aac' },
  { types: onlineOnly, when: 'unableToGoOnline', no: 'aac', denial: 'aac', online: 'aac', default: 'aac' },
  { types: both, when: 'unableToGoOnline', no: 'tc', denial: 'tc', online: 'tc', default: 'aac' },
  { types: offlineOnly, when: 'unableToGoOnline', no: 'tc', denial: 'tc', online: 'tc', default: 'aac' },
];
const iacTags = { denial: '9F0E', online: '9F0F', default: '9F0D' } as const;
const sides = ['denial', 'online', 'default'] as const;
const bits = Array.from({ length: 40 }, (_, bit) => (1n << BigInt(bit)).toString(16).padStart(10, '0').toUpperCase());

describe.each(table)('$types $when', ({ types, when, no, ...row }) => {
  it.each(sides)('each of the 40 bits under the %s codes, the acquirer’s and the issuer’s', (side) => {
    for (const type of types) {
      for (const tvr of bits) {
        expect(analyse(tvr, { [side]: tvr }, noIac, type, when), `TAC ${tvr}`).toBe(row[side]);
        expect(analyse(tvr, {}, { ...noIac, [iacTags[side]]: tvr }, type, when), `IAC ${tvr}`).toBe(row[side]);
      }
    }
  });

  it.each(sides)('no bit of the %s codes matters while that bit of the TVR is 0', (side) => {
    for (const tvr of bits) {
      const others = toHex(hex(tvr).map((byte) => ~byte));
      const found = analyse(tvr, { [side]: others }, { ...noIac, [iacTags[side]]: others }, types[0] ?? 0, when);
      expect(found, others).toBe(no);
    }
  });

  it('nothing set in the TVR: no code matters', () => {
    const all = 'FFFFFFFFFF';
    const codes = { denial: all, online: all, default: all };
    expect(analyse(none, codes, { '9F0E': all, '9F0F': all, '9F0D': all }, types[0] ?? 0, when)).toBe(no);
  });
});

describe('a card without action codes', () => {
  it.each(bits)(
    'TVR %s: nothing is denied, everything goes online, and without a host everything is declined',
    (tvr) => {
      expect(analyse(tvr, {}, {}, 0x22, 'first')).toBe('arqc');
      expect(analyse(tvr, {}, {}, 0x23, 'first')).toBe('aac');
      expect(analyse(tvr, {}, {}, 0x22, 'unableToGoOnline')).toBe('aac');
    },
  );

  it('is approved offline while the TVR is empty', () => {
    expect(analyse(none, {}, {}, 0x22, 'first')).toBe('tc');
    expect(analyse(none, {}, {}, 0x22, 'unableToGoOnline')).toBe('tc');
  });
});

describe('order of the codes', () => {
  it('denial comes before online, online before default', () => {
    const tvr = '8000000000';
    const everything = { denial: tvr, online: tvr, default: tvr };
    expect(analyse(tvr, everything, noIac, 0x22, 'first')).toBe('aac');
    expect(analyse(tvr, { online: tvr, default: tvr }, noIac, 0x22, 'first')).toBe('arqc');
  });
});

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

describe('any codes', () => {
  const five = fc.uint8Array({ minLength: 5, maxLength: 5 });

  it('match as big numbers do', () => {
    fc.assert(
      fc.property(five, five, five, (tvr, tac, iac) => {
        expect(actionCodesMatch(tvr, tac, iac)).toBe((number(tvr) & (number(tac) | number(iac))) !== 0n);
      }),
    );
  });

  it('of any length never throw, and a byte that is not there asks for nothing', () => {
    expect(actionCodesMatch(hex('00000000FF'), hex('FF'), hex(''))).toBe(false);
    fc.assert(
      fc.property(five, fc.uint8Array({ maxLength: 9 }), fc.integer({ min: 0, max: 255 }), (tvr, iac, type) => {
        const card = new Map(Object.values(iacTags).map((tag) => [tag, iac]));
        expect(['aac', 'arqc', 'tc']).toContain(analyseActions({ tvr: { value: tvr }, card }, noTac, type, 'first'));
      }),
    );
  });
});
