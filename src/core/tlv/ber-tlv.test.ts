/** BER-TLV: agrees with the EMV Books, and meets any bytes with an answer. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex, toHex } from '../base/bytes.ts';
import { constructed, encodeTlv, findTlv, parseTlv, parseTlvTolerant, primitive, type Tlv } from './ber-tlv.ts';

function parsed(text: string): readonly Tlv[] {
  const result = parseTlv(hex(text));
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function refused(text: string): { kind: string; offset: number } {
  const result = parseTlv(hex(text));
  if (result.ok) throw new Error('accepted');
  return { kind: result.fault.kind, offset: result.fault.offset };
}

const tags = { primitive: ['4F', '95', '5F2A', '9F02', '9F8201', 'DF811B'], template: ['61', 'E0', 'BF0C', 'FF8105'] };

const object: fc.Arbitrary<Tlv> = fc.letrec<{ tlv: Tlv }>((tie) => ({
  tlv: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(fc.constantFrom(...tags.primitive), fc.uint8Array({ maxLength: 300 }))
      .map(([tag, value]) => primitive(tag, value)),
    fc
      .tuple(fc.constantFrom(...tags.template), fc.array(tie('tlv'), { maxLength: 3 }))
      .map(([tag, children]) => constructed(tag, children)),
  ),
})).tlv;

function depth(tlv: Tlv): number {
  return 1 + Math.max(0, ...tlv.children.map(depth));
}

describe('parseTlv', () => {
  it('reads nested templates, long tags and long lengths', () => {
    const [fci] = parsed('6F1A840E325041592E5359532E4444463031A508BF0C0561034F01AA');
    expect(fci?.children.map(({ tag }) => tag)).toEqual(['84', 'A5']);
    expect(findTlv(fci === undefined ? [] : [fci], '4F')?.value).toEqual(hex('AA'));
    expect(parsed('9F8201 8101FF').map(({ tag, value }) => [tag, toHex(value)])).toEqual([['9F8201', 'FF']]);
    expect(parsed('9C8400000001FF')[0]?.value).toEqual(hex('FF'));
  });

  it('skips 00 before, between and after objects (Book 3 Annex B1)', () => {
    expect(parsed('0000 9A0101 00 7005 00 9C0102 00 00').map(({ tag }) => tag)).toEqual(['9A', '70']);
    expect(parsed('0000')).toEqual([]);
    expect(parsed('')).toEqual([]);
  });

  it.each([
    ['9F', 'tagTruncated', 0],
    ['9F81828384 00', 'tagTooLong', 0],
    ['9C', 'lengthTruncated', 1],
    ['9C81', 'lengthTruncated', 1],
    ['9C80', 'lengthNotAllowed', 1],
    ['9C850000000001FF', 'lengthNotAllowed', 1],
    ['9C01', 'valueTruncated', 2],
    ['E0039C01FFAA', 'lengthTruncated', 6],
    ['E0049C810200C001FF', 'valueTruncated', 5],
  ])('says what is wrong with %s, and where', (text, kind, offset) => {
    expect(refused(text)).toEqual({ kind, offset });
  });

  it('refuses nesting without end', () => {
    let bytes = new Uint8Array(0);
    for (let level = 0; level < 40; level += 1) bytes = concat(hex('E0'), Uint8Array.of(bytes.length), bytes);
    expect(refused(toHex(bytes)).kind).toBe('tooDeep');
  });

  it('round trip: what was encoded is read back', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), (objects) => {
        fc.pre(objects.every((tlv) => depth(tlv) <= 8));
        const result = parseTlv(encodeTlv(objects));
        expect(result.ok && result.value).toEqual(objects);
      }),
    );
  });

  it('any bytes: an answer, never an exception, and nothing outside the input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const result = parseTlv(bytes);
        if (result.ok) {
          const total = result.value.reduce((sum, { value }) => sum + value.length, 0);
          expect(total).toBeLessThanOrEqual(bytes.length);
        } else {
          expect(result.fault.offset).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('mistakes of our own are bugs', () => {
    expect(() => primitive('61', hex('00'))).toThrow(/template/);
    expect(() => constructed('9F02', [])).toThrow(/not a template/);
    expect(() => primitive('9F', hex('00'))).toThrow(/not a tag/);
  });
});

describe('parseTlvTolerant', () => {
  it('reads what is well formed as the strict reading does, with nothing to note', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), (objects) => {
        fc.pre(objects.every((tlv) => depth(tlv) <= 8));
        expect(parseTlvTolerant(encodeTlv(objects))).toEqual({ objects, notes: [] });
      }),
    );
  });

  it.each([
    ['padding', '0000 9A0101 FFFF 9C0102 FF', ['9A', '9C'], ['0+2 padding 00', '5+2 padding FF', '10+1 padding FF']],
    ['a tag that begins with FF', 'FF8105 03 9A0101', ['FF8105'], []],
    ['a long length', '9A8101 05', ['9A'], ['1+2 a length written longer than needed']],
    [
      'cut off in a template, and after it',
      '7003 9A02 05 9C0100 9F02',
      ['70', '9C'],
      [
        '2+3 not readable: the length points past the end of the data',
        '8+2 not readable: the data ends inside a length',
      ],
    ],
  ])('%s', (_, text, tags, notes) => {
    const read = parseTlvTolerant(hex(text));
    expect(read.objects.map(({ tag }) => tag)).toEqual(tags);
    expect(read.notes.map(({ offset, length, reason }) => `${offset}+${length} ${reason}`)).toEqual(notes);
  });

  it('any bytes: an answer, with notes inside the input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const { offset, length } of parseTlvTolerant(bytes).notes) {
          expect(length).toBeGreaterThan(0);
          expect(offset + length).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
