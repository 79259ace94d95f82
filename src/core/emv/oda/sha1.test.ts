/** SHA-1 against the examples of FIPS 180 and against Node. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1, toHex } from '../../base/bytes.ts';
import { sha1 } from './sha1.ts';

describe('SHA-1', () => {
  it.each([
    ['abc', 'A9993E364706816ABA3E25717850C26C9CD0D89D'],
    ['', 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '84983E441C3BD26EBAAE4AA1F95129E5E54670F1'],
  ])('hashes the example %o of FIPS 180', (text, hash) => {
    expect(toHex(sha1(latin1(text)))).toBe(hash);
  });

  it('agrees with Node for every length around a block and for many parts', () => {
    for (let length = 0; length < 200; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255);
      expect(toHex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex').toUpperCase());
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        const peer = createHash('sha1');
        for (const part of parts) peer.update(part);
        expect(toHex(sha1(...parts))).toBe(peer.digest('hex').toUpperCase());
      }),
    );
  });
});
