/** Texts of every length, short and long, are one character per byte. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromLatin1 } from '../base/bytes.ts';
import { textOf } from './text.ts';

it('makes one character of each byte', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 3000, size: 'max' }));
  fc.assert(
    fc.property(bytes, fc.nat(5), (value, before) => {
      const whole = new Uint8Array(before + value.length + 1);
      whole.set(value, before);
      expect(textOf(new DataView(whole.buffer), before, before + value.length)).toBe(fromLatin1(value));
    }),
  );
});
