/** RSA against Node, with fresh keys of many lengths and both exponents. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rsaKey } from '../../../../test/emv/rsa-keys.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { parseExponent, recover } from './rsa.ts';

describe('RSA', () => {
  it.each([
    [64, 3],
    [97, 65_537],
    [144, 3],
    [176, 65_537],
    [248, 3],
    [248, 65_537],
  ] as const)('recovers with a key of %i bytes and exponent %i as Node does', (bytes, exponent) => {
    const key = rsaKey(bytes, exponent);
    const jwk = {
      kty: 'RSA',
      n: Buffer.from(key.modulus).toString('base64url'),
      e: Buffer.from(key.exponent).toString('base64url'),
    };
    const peer = { key: createPublicKey({ key: jwk, format: 'jwk' }), padding: constants.RSA_NO_PADDING };
    fc.assert(
      fc.property(fc.uint8Array({ minLength: bytes - 1, maxLength: bytes - 1 }), (rest) => {
        const input = Uint8Array.of(0x6a, ...rest);
        const recovered = recover(input, key.modulus, exponent);
        expect(toHex(recovered)).toBe(publicEncrypt(peer, input).toString('hex').toUpperCase());
        expect(recover(key.sign(input), key.modulus, exponent)).toEqual(input);
      }),
      { numRuns: 20 },
    );
  });

  it('gives as many bytes as the modulus has, also for small results and for no modulus', () => {
    expect(recover(hex('0002'), hex('FFF1'), 3)).toEqual(hex('0008'));
    expect(recover(hex('0000'), hex('FFF1'), 65_537)).toEqual(hex('0000'));
    expect(recover(hex('1234'), hex('0000'), 3)).toEqual(hex('0000'));
    expect(recover(hex('FFF3'), hex('FFF1'), 3)).toEqual(hex('0008'));
    expect(recover(hex(''), hex(''), 3)).toEqual(hex(''));
    expect(() => recover(hex('00'), new Uint8Array(249), 3)).toThrow('longer than EMV has');
  });

  it.each([
    ['03', 3],
    ['000003', 3],
    ['010001', 65_537],
    ['02', undefined],
    ['', undefined],
    ['0003', 3],
    ['010002', undefined],
    ['00010001', undefined],
  ])('knows exponent %o as %o', (text, expected) => {
    expect(parseExponent(hex(text))).toBe(expected);
  });
});
