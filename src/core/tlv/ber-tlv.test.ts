/** BER-TLV: agrees with the EMV Books and with other implementations, and meets any bytes with an answer. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex, toHex } from '../base/bytes.ts';
import { constructed, encodeTlv, findTlv, parseTlv, primitive, type Tlv } from './ber-tlv.ts';
import { tagInfo } from './tags.ts';

const vectors = path.join(process.env['CHAM_VECTORS'] ?? path.resolve('../shared/vectors'), 'emv');

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

function read(file: string): unknown {
  return JSON.parse(readFileSync(path.join(vectors, file), 'utf8'));
}

function oracle(): { cases: { tlv: string; emv_decode: string }[] } {
  return read('oracle_tlv_decode.emv-decode.json') as { cases: { tlv: string; emv_decode: string }[] };
}

describe.skipIf(!existsSync(vectors))('against other implementations (vectors)', () => {
  it('sees the objects and lengths that emv-decode sees in real responses', () => {
    const flat = (objects: readonly Tlv[]): string[] =>
      objects.flatMap((one) => [`${one.tag} [${one.value.length}]`, ...flat(one.children)]);
    // Log records among the vectors are not TLV.
    const responses = oracle().cases.filter(({ tlv }) => /^(?:6F|70|77)/.test(tlv));
    expect(responses.length).toBeGreaterThan(50);
    for (const { tlv, emv_decode } of responses) {
      const shown = [...emv_decode.matchAll(/^ *([0-9A-F]{2,8})(?: \|.*)? : \[(\d+)\]/gm)].map(
        ([, tag, length]) => `${tag} [${length}]`,
      );
      expect(shown.length, tlv).toBeGreaterThan(0);
      expect(flat(parsed(tlv)), tlv).toEqual(shown);
    }
  });

  it('accepts and refuses what pyemv does, but for the indefinite length', () => {
    const { tests } = read('cryptogram/test_tlv.pyemv.json') as {
      tests: { calls: { call: string; args: { data?: { hex: string }; simple?: boolean }; error?: unknown }[] }[];
    };
    let compared = 0;
    for (const { call, args, error } of tests.flatMap(({ calls }) => calls)) {
      const data = args.data?.hex;
      if (call !== 'tlv.decode' || data === undefined || args.simple === true || data === '9C80') continue;
      expect(parseTlv(hex(data)).ok, data).toBe(error === undefined);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('calls the data objects by the names that emv-decode uses', () => {
    // 70 has several names in the Books; 9F66 is also a tag of Mastercard's magnetic-stripe mode.
    const elsewhere = new Set(['70', '9F66']);
    const names = new Map<string, string>();
    for (const { emv_decode } of oracle().cases) {
      for (const [, tag = '', name = ''] of emv_decode.matchAll(/^ *([0-9A-F]{2,8}) \| (.*?) : \[/gm)) {
        names.set(tag, name);
      }
    }
    const known = [...names].filter(([tag]) => tagInfo(tag) !== undefined && !elsewhere.has(tag));
    expect(known.length).toBeGreaterThan(20);
    for (const [tag, name] of known) expect(tagInfo(tag)?.name, tag).toBe(name);
  });
});
