/** Framing finds the same messages however the stream is cut, and never waits for an absurd length. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex } from '../base/bytes.ts';
import { frameMessage, FrameReader, twoByteLength } from './frame.ts';

describe('FrameReader', () => {
  it('finds the messages whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (messages, sizes) => {
          const stream = concat(...messages.map((message) => frameMessage(twoByteLength, message)));
          const reader = new FrameReader(twoByteLength, 300);
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

  it('does not frame what the header cannot announce', () => {
    expect(() => frameMessage(twoByteLength, new Uint8Array(65_536))).toThrow(/do not fit/);
  });
});
