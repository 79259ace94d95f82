/** Keys and secure messaging beyond what recorded values say: parity, difference, and the way back. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex, toHex } from '../../../../src/core/base/bytes.ts';
import { cardKeyA, cardKeyB, commonSessionKey, treeSessionKey, visaSessionKey } from './keys.ts';
import { cardKeys, recipeOf, recipes, type CardKeys, type Recipe } from './recipes.ts';
import { newPinOf, pinBlock2, pinChangeCommand, readPinBlock2 } from './secure-messaging.ts';

const issuer = hex('0123456789ABCDEFFEDCBA9876543210');
const pan = '9704000000000018';

describe('keys', () => {
  const card = cardKeyA(issuer, pan, '01');
  const atc = hex('0001');

  it('have odd parity in every byte', () => {
    const session = [
      commonSessionKey(card, hex('0001000000000000')),
      visaSessionKey(card, atc),
      treeSessionKey(card, atc),
    ];
    for (const byte of concat(card, cardKeyB(issuer, `${pan}123`, '01'), ...session)) {
      expect(byte.toString(2).replaceAll('0', '').length % 2).toBe(1);
    }
  });

  it('differ for every card and transaction', () => {
    expect(cardKeyA(issuer, pan, '02')).not.toEqual(card);
    expect(commonSessionKey(card, hex('0002000000000000'))).not.toEqual(
      commonSessionKey(card, hex('0001000000000000')),
    );
    const leaves = Array.from({ length: 300 }, (_, n) => toHex(treeSessionKey(card, Uint8Array.of(n >> 8, n & 0xff))));
    expect(new Set(leaves).size).toBe(300);
  });

  it('option B is option A up to 16 digits, and something else above', () => {
    expect(cardKeyB(issuer, pan, '01')).toEqual(card);
    expect(cardKeyB(issuer, `${pan}1`, '01')).not.toEqual(cardKeyA(issuer, `${pan}1`, '01'));
  });
});

function keysOf(recipe: Recipe): CardKeys {
  return cardKeys(recipe, { cryptogram: issuer, scriptIntegrity: issuer, scriptConfidentiality: issuer }, pan, '01');
}

describe('PIN change', () => {
  const pin = fc.stringMatching(/^\d{4,12}$/);

  it.each(Object.values(recipes))('$name: the card reads the PIN that the issuer wrote', (recipe) => {
    const keys = keysOf(recipe);
    fc.assert(
      fc.property(
        pin,
        fc.option(pin, { nil: undefined }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        (next, old, ac) => {
          const session = { atc: hex('0007'), cryptogram: ac, before: 0 };
          // Only VIS knows the change under the old PIN.
          const current = recipe.scripts.encipherment === 'visa' ? old : undefined;
          const command = pinChangeCommand(recipe, keys, session, next, current);
          expect(newPinOf(recipe, keys, session, command.subarray(5, -8), current)).toBe(next);
        },
      ),
    );
  });

  it('any bytes are read as a PIN or as none', () => {
    const session = { atc: hex('0007'), cryptogram: new Uint8Array(8), before: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(recipes)), fc.uint8Array({ maxLength: 24 }), (recipe, bytes) => {
        expect(newPinOf(recipe, keysOf(recipe), session, bytes, undefined) ?? '0000').toMatch(/^\d{4,12}$/);
      }),
    );
  });

  it('a block of format 2 is read only as it is written', () => {
    fc.assert(fc.property(pin, (digits) => readPinBlock2(pinBlock2(digits)) === digits));
    for (const wrong of [
      '',
      '231234FFFFFFFFFF',
      '24123FFFFFFFFFFF',
      '2412345FFFFFFFFF',
      '241234FFFFFFFF',
      '2D1234567890123F',
    ]) {
      expect(readPinBlock2(hex(wrong)), wrong).toBeUndefined();
    }
  });
});

describe('the recipe', () => {
  it('of any issuer data is known or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const found = recipeOf(bytes);
        if (found !== undefined) expect(recipes[found.name]).toBe(found);
      }),
    );
    expect(recipeOf(new Uint8Array(0))).toBeUndefined();
  });
});
