/** Framing finds the same messages however the stream is cut, and never waits for an absurd length. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex, toHex } from '../base/bytes.ts';
import {
  asciiDecimalLength,
  bcdLength,
  frameMessage,
  FrameReader,
  twoByteLength,
  withTpdu,
  type LengthHeader,
} from './frame.ts';

const plain = [twoByteLength, bcdLength, asciiDecimalLength];
const headers: readonly LengthHeader[] = [...plain, ...plain.map((header) => withTpdu(header, hex('6000030000')))];

describe('FrameReader', () => {
  it('finds the messages whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...headers),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (header, messages, sizes) => {
          const stream = concat(...messages.map((message) => frameMessage(header, message)));
          const reader = new FrameReader(header, 300);
          const found: Uint8Array[] = [];
          for (let offset = 0, turn = 0; offset < stream.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            const { messages: completed, trouble } = reader.push(stream.slice(offset, offset + size));
            expect(trouble).toBeUndefined();
            found.push(...completed);
            offset += size;
          }
          expect(found).toEqual(messages);
        },
      ),
    );
  });

  it('keeps nothing of the chunks it was given', () => {
    const reader = new FrameReader(twoByteLength, 300);
    const chunk = Buffer.from('00024142000143', 'hex');
    const first = reader.push(chunk.subarray(0, 5));
    const second = reader.push(chunk.subarray(5));
    chunk.fill(0);
    expect([first, second]).toEqual([
      { messages: [hex('4142')], trouble: undefined },
      { messages: [hex('43')], trouble: undefined },
    ]);
  });

  it('refuses a length beyond the limit as soon as it is announced, and gives what came before it', () => {
    expect(new FrameReader(twoByteLength, 300).push(hex('0001 41 012D'))).toMatchObject({
      messages: [hex('41')],
      trouble: { kind: 'frameTooLong' },
    });
    expect(new FrameReader(twoByteLength, 300).push(hex('012C')).trouble).toBeUndefined();
  });

  it('leaves out empty messages', () => {
    expect(new FrameReader(twoByteLength, 300).push(hex('0000 0001 41 0000')).messages).toEqual([hex('41')]);
  });

  it('writes the length in every code, and counts the TPDU', () => {
    const message = new Uint8Array(258);
    const heads = headers.map((header) => toHex(frameMessage(header, message).subarray(0, header.size)));
    expect(heads).toEqual(['0102', '0258', '30323538', '01076000030000', '02636000030000', '303236336000030000']);
  });

  it('refuses a header that is none', () => {
    expect(new FrameReader(bcdLength, 300).push(hex('0A00')).trouble?.kind).toBe('badHeader');
    expect(new FrameReader(asciiDecimalLength, 300).push(hex('30303a30')).trouble?.kind).toBe('badHeader');
    const shorterThanTpdu = hex('0004 6000030000');
    expect(new FrameReader(withTpdu(twoByteLength, hex('6000030000')), 300).push(shorterThanTpdu).trouble?.kind).toBe(
      'badHeader',
    );
  });

  it('does not frame what the header cannot announce', () => {
    expect(() => frameMessage(twoByteLength, new Uint8Array(65_536))).toThrow(/do not fit/);
  });
});
