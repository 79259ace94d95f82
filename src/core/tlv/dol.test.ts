/** Data Object Lists: the rules of Book 3 §5.4. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../base/bytes.ts';
import { buildDol, dolLength, parseDol, type DolEntry } from './dol.ts';

function entries(text: string): readonly DolEntry[] {
  const result = parseDol(hex(text));
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function built(text: string, objects: Record<string, string>): string {
  const map = new Map(Object.entries(objects).map(([tag, value]) => [tag, hex(value)]));
  return toHex(buildDol(entries(text), map));
}

describe('buildDol (Book 3 §5.4)', () => {
  it.each([
    ['n longer than asked: the left is cut', '9F0204', { '9F02': '000123456789' }, '23456789'],
    ['n shorter than asked: zeros on the left', '9F1A04', { '9F1A': '0704' }, '00000704'],
    ['cn shorter than asked: FF on the right', '5A08', { '5A': '123456' }, '123456FFFFFFFFFF'],
    ['cn longer than asked: the right is cut', '5A02', { '5A': '123456' }, '1234'],
    ['b longer than asked: the right is cut', '9F3702', { '9F37': 'DEADBEEF' }, 'DEAD'],
    ['b shorter than asked: zeros on the right', '9F3706', { '9F37': 'DEADBEEF' }, 'DEADBEEF0000'],
    ['ans shorter than asked: zeros on the right', '5004', { '50': '4142' }, '41420000'],
    ['not there: zeros', '9F0206', {}, '000000000000'],
    ['absent cn: zeros, not FF', '5A02', {}, '0000'],
    ['unknown tag: zeros', 'DF811B02', {}, '0000'],
    ['asked for nothing', '9F0200', { '9F02': '01' }, ''],
  ])('%s', (_, list, objects, expected) => {
    expect(built(list, objects)).toBe(expected);
  });

  it('always has the length that was asked for', () => {
    const tag = fc.constantFrom('9F02', '5A', '9F37', '50', 'DF811B');
    const entry = fc.record({ tag, length: fc.integer({ min: 0, max: 255 }) });
    const objects = fc.dictionary(tag, fc.uint8Array({ maxLength: 40 })).map((map) => new Map(Object.entries(map)));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 10 }), objects, (list, map) => {
        expect(buildDol(list, map)).toHaveLength(dolLength(list));
      }),
    );
  });
});

describe('parseDol', () => {
  it.each(['9F', '9F02', '9F02069F03069F1A0295', '9F02069F37'])('refuses %s, which ends inside an entry', (text) => {
    const result = parseDol(hex(text));
    expect(result.ok ? 'accepted' : result.fault.kind).toBe('dolMalformed');
  });

  it('any bytes: an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 255 }), (bytes) => {
        const result = parseDol(bytes);
        if (result.ok) expect(result.value.length).toBeLessThanOrEqual(bytes.length / 2);
      }),
    );
  });
});
