/** Checking four symbols at a time must say the same as looking at each of them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../base/bytes.ts';
import { consistsOf } from './content.ts';
import type { Content } from './element-row.ts';

/** ISO 8583:1987, attributes of data elements, as patterns. */
const patterns: readonly (readonly [Content, RegExp])[] = [
  ['n', /^[0-9]*$/],
  ['an', /^[0-9A-Za-z ]*$/],
  ['ans', /^[\x20-\x7e]*$/],
  ['z', /^[0-?D]*$/],
  ['b', /^[^]*$/],
  ['x+n', /^[CD][0-9]*$/],
];

/** Symbols of the content for the most part, so that many a value is all of it, and some from its edges. */
function symbols(content: Content): fc.Arbitrary<Uint8Array> {
  const usual = fc.constantFrom(...Buffer.from(content === 'n' || content === 'x+n' ? '0123456789CD' : '09AZaz =?D~'));
  const edge = fc.constantFrom(0x00, 0x1f, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7f, 0x80, 0xb0, 0xb9, 0xff);
  const symbol = fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: edge });
  return fc.array(symbol, { maxLength: 40 }).map((codes) => Uint8Array.from(codes));
}

describe('consistsOf', () => {
  it.each(patterns)('%s', (content, pattern) => {
    fc.assert(
      fc.property(symbols(content), fc.nat(7), (value, before) => {
        const whole = new Uint8Array(before + value.length + 7).fill(0xff);
        whole.set(value, before);
        const found = consistsOf(content, new DataView(whole.buffer), before, before + value.length);
        expect(found).toBe(pattern.test(fromLatin1(value)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(patterns)('%s: each code at each place of a word', (content, pattern) => {
    for (let code = 0; code < 256; code += 1) {
      for (let place = 0; place < 6; place += 1) {
        const value = new Uint8Array(6).fill(0x30);
        if (content === 'x+n') value[0] = 0x43;
        value[place] = code;
        expect(consistsOf(content, new DataView(value.buffer), 0, 6)).toBe(pattern.test(fromLatin1(value)));
      }
    }
  });
});
