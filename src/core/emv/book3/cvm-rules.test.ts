/** EMV 4.4 Book 3 Annex C3: each condition in each situation, each method with each set of capabilities. */
import { describe, expect, it } from 'vitest';
import {
  conditionHolds,
  cvmSituation,
  methodOf,
  methodSupported,
  nextRuleApplies,
  pinPadLacking,
} from './cvm-rules.ts';
import { transaction } from './test-kit.ts';

type Tagged = Readonly<Record<string, string | undefined>>;

const list = { amountX: 1000, amountY: 3000 };
const dong = { '9F42': '0704' };

/** Kind of transaction, and the conditions about it that hold: Table 44, 00 to 05 without 03. */
const kinds: readonly (readonly [name: string, terminal: Tagged, conditions: readonly number[]])[] = [
  ['purchase, attended', { '9C': '00', '9F35': '22' }, [0, 2]],
  ['purchase, unattended', { '9C': '00', '9F35': '25' }, [0, 2]],
  ['cash, attended', { '9C': '01', '9F35': '12' }, [0, 4]],
  ['cash, attended, offline only', { '9C': '01', '9F35': '13' }, [0, 4]],
  ['cash, unattended, online only', { '9C': '01', '9F35': '14' }, [0, 1]],
  ['cash, unattended', { '9C': '01', '9F35': '15' }, [0, 1]],
  ['cash, unattended, offline only', { '9C': '01', '9F35': '26' }, [0, 1]],
  ['cash, nobody knows where', { '9C': '01', '9F35': '27' }, [0, 4]],
  ['cash at a counter', { '9C': '17', '9F35': '12' }, [0, 4]],
  ['cashback, attended', { '9C': '09', '9F35': '22' }, [0, 5]],
  ['cashback, unattended', { '9C': '09', '9F35': '25' }, [0, 5]],
  ['purchase with a second amount', { '9C': '00', '9F03': '000000000100' }, [0, 5]],
  ['purchase with a second amount of nothing', { '9C': '00', '9F03': '000000000000' }, [0, 2]],
  ['refund', { '9C': '20', '9F35': '22' }, [0, 2]],
  ['refund with a second amount', { '9C': '20', '9F03': '000000000100' }, [0, 2]],
];

/** The conditions about amounts that hold: Table 44, 06 to 09. */
const amounts: readonly (readonly [name: string, terminal: Tagged, conditions: readonly number[]])[] = [
  ['nothing', { '9F02': '000000000000' }, [6, 8]],
  ['just under X', { '9F02': '000000000999' }, [6, 8]],
  ['X itself', { '9F02': '000000001000' }, [8]],
  ['just over X', { '9F02': '000000001001' }, [7, 8]],
  ['just under Y', { '9F02': '000000002999' }, [7, 8]],
  ['Y itself', { '9F02': '000000003000' }, [7]],
  ['just over Y', { '9F02': '000000003001' }, [7, 9]],
  ['the most that can be written', { '9F02': '999999999999' }, [7, 9]],
  ['binary, under X', { '9F02': undefined, '81': '000003E7' }, [6, 8]],
  ['binary, over Y', { '9F02': undefined, '81': 'FFFFFFFF' }, [7, 9]],
  ['no amount', { '9F02': undefined }, []],
  ['an amount that is no number', { '9F02': '00000000100A' }, []],
  ['an amount too short', { '9F02': '1000' }, []],
  ['a binary amount too short', { '9F02': undefined, '81': '0003E7' }, []],
];

/** Amounts are compared only in the currency of the application. */
const currencies: readonly (readonly [name: string, card: Tagged, terminal: Tagged, comparable: boolean])[] = [
  ['same currency', dong, { '5F2A': '0704' }, true],
  ['another currency', dong, { '5F2A': '0840' }, false],
  ['card without currency', {}, { '5F2A': '0704' }, false],
  ['terminal without currency', dong, { '5F2A': undefined }, false],
  ['nobody has a currency', {}, { '5F2A': undefined }, false],
];

describe.each(kinds)('%s', (_kind, kind, always) => {
  describe.each(currencies)('%s', (_currency, card, currency, comparable) => {
    it.each(amounts)('%s: all 256 conditions', (_amount, amount, compared) => {
      const situation = cvmSituation(transaction(card, { '9F35': '22', ...kind, ...currency, ...amount }));
      for (const supported of [false, true]) {
        const expected = [...always, ...(supported ? [3] : []), ...(comparable ? compared : [])].toSorted(
          (a, b) => a - b,
        );
        const found = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
          conditionHolds(code, situation, list, supported),
        );
        expect(found).toEqual(expected);
      }
    });
  });
});

/** Table 43 and Book 4 Annex A2, once more: which capabilities a method needs; all others are not recognised. */
const needs: Readonly<Record<number, readonly string[]>> = {
  0x00: [],
  0x01: ['plain'],
  0x02: ['online'],
  0x03: ['plain', 'signature'],
  0x04: ['enciphered'],
  0x05: ['enciphered', 'signature'],
  0x1e: ['signature'],
  0x1f: ['none'],
};
const capabilityBits: readonly (readonly [name: string, bit: number])[] = [
  ['plain', 0x80],
  ['online', 0x40],
  ['signature', 0x20],
  ['enciphered', 0x10],
  ['none', 0x08],
];

describe('methods', () => {
  it.each(Array.from({ length: 256 }, (_, code) => code))('code %i with every capability', (code) => {
    const method = methodOf(code);
    const wanted = needs[code & 0x3f];
    expect(method !== undefined).toBe(wanted !== undefined);
    if (method === undefined || wanted === undefined) return;
    for (let capability = 0; capability < 256; capability += 1) {
      const has = capabilityBits.filter(([, bit]) => (capability & bit) !== 0).map(([name]) => name);
      expect(methodSupported(method, capability)).toBe(wanted.every((name) => has.includes(name)));
      const offlinePin = wanted.includes('plain') || wanted.includes('enciphered');
      const lacking =
        wanted.includes('online') || (offlinePin && !has.includes('plain') && !has.includes('enciphered'));
      expect(pinPadLacking(method, capability)).toBe(lacking);
    }
  });

  it('the next rule applies by bit 7 alone', () => {
    for (let code = 0; code < 256; code += 1) {
      expect(nextRuleApplies(code)).toBe((code >= 0x40 && code < 0x80) || code >= 0xc0);
    }
  });
});
