/** Composed values come apart into the parts they were made of, and hostile ones give a fault. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1, toHex } from '../base/bytes.ts';
import { joinElement, splitElement } from './composite.ts';
import type { CompositeDescription } from './description.ts';
import { resolveDialect } from './dialect.ts';
import type { CompositeSpec } from './element-spec.ts';
import { slab } from './slab.ts';
import { standardDialects } from './standard-dialects.ts';

function compositeOf(composite: CompositeDescription, format = 'b...999'): CompositeSpec {
  const own = { id: 'own', parent: 'iso87-binary', elements: { 48: { format, composite } } };
  const dialect = resolveDialect([...standardDialects, own], 'own');
  const spec = dialect.ok ? dialect.value.elements.get(48)?.composite : undefined;
  if (spec === undefined) throw new Error('the dialect of the test is wrong');
  return spec;
}

const parts = {
  '1': { format: 'n 3', name: 'Count', encoding: 'bcd-left' },
  '2': { format: 'ans..20', name: 'Text' },
  '3': { format: 'b 16', name: 'Flags' },
} as const;

const positional = compositeOf({ kind: 'positional', parts });
const bitmap = compositeOf({ kind: 'bitmap', parts });
const tlv = compositeOf({ kind: 'tlv', tagDigits: 2, lengthDigits: 3 }, 'ans...999');

function fault(composite: CompositeSpec, value: string | Uint8Array): unknown {
  const split = splitElement(composite, 48, value);
  return split.ok ? 'split' : [split.fault.kind, split.fault.offset];
}

describe('composed elements', () => {
  it('positional parts follow each other, each with its own code and length', () => {
    const given = new Map<string, string | Uint8Array>([
      ['1', '42'],
      ['2', 'ca phe'],
      ['3', Uint8Array.of(0xab, 0xcd)],
    ]);
    const joined = joinElement(positional, 48, given);
    if (!joined.ok) throw new Error(joined.fault.detail);
    expect(toHex(joined.value)).toBe(`0042${toHex(latin1('06ca phe'))}ABCD`);
    const split = splitElement(positional, 48, joined.value);
    expect(split.ok && [...split.value]).toEqual([
      ['1', '042'],
      ['2', 'ca phe'],
      ['3', Uint8Array.of(0xab, 0xcd)],
    ]);
  });

  it('a bit map in front says which parts are there', () => {
    const joined = joinElement(bitmap, 48, new Map([['3', Uint8Array.of(1, 2)]]));
    expect(joined.ok && toHex(joined.value)).toBe('20000000000000000102');
    expect(joined.ok && splitElement(bitmap, 48, joined.value)).toMatchObject({
      ok: true,
      value: new Map([['3', Uint8Array.of(1, 2)]]),
    });
  });

  it('tag, length and value as characters', () => {
    const given = new Map([
      ['01', 'x'],
      ['9F', ''],
    ]);
    const joined = joinElement(tlv, 48, given);
    expect(joined.ok && fromLatin1(joined.value)).toBe('01001x9F000');
    expect(splitElement(tlv, 48, '01001x9F000')).toEqual({ ok: true, value: given });
  });

  it('says where a value is not composed as described', () => {
    expect(fault(tlv, '01005x')).toEqual(['truncated', 5]);
    expect(fault(tlv, '01')).toEqual(['truncated', 2]);
    expect(fault(tlv, '01A')).toEqual(['truncated', 2]);
    expect(fault(tlv, '01A01x')).toEqual(['badLength', 2]);
    expect(fault(tlv, '0100001000')).toEqual(['badContent', 5]);
    expect(fault(bitmap, new Uint8Array(8).fill(1, 7))).toEqual(['unknownElement', 8]);
    expect(fault(positional, latin1('\x00\x4200ABx'))).toEqual(['trailingBytes', 6]);
  });

  it('does not make what could not be taken apart again', () => {
    expect(joinElement(tlv, 48, new Map([['1', 'x']])).ok).toBe(false);
    expect(joinElement(bitmap, 48, new Map([['4', 'x']])).ok).toBe(false);
    expect(joinElement(positional, 48, new Map([['1', '1']])).ok).toBe(false);
    expect(joinElement(bitmap, 48, new Map([['1', 'x']])).ok).toBe(false);
  });

  it('leaves nothing of the parts it was given behind when one is missing', () => {
    const given = [
      ['1', '42'],
      ['2', 'left over'],
    ] as const;
    const unknown = [...given, ['4', 'x']] as const;
    for (const joined of [joinElement(positional, 48, new Map(given)), joinElement(bitmap, 48, new Map(unknown))]) {
      expect(joined).toMatchObject({ ok: false, fault: { kind: 'unknownElement' } });
      expect(slab.bytes.subarray(slab.used).every((octet) => octet === 0)).toBe(true);
    }
  });

  it('survives any bytes, and what it takes apart it puts together again', () => {
    fc.assert(
      fc.property(fc.constantFrom(positional, bitmap, tlv), fc.uint8Array({ maxLength: 60 }), (composite, value) => {
        const split = splitElement(composite, 48, value);
        if (!split.ok) {
          expect(split.fault.offset).toBeLessThanOrEqual(value.length);
          return;
        }
        const joined = joinElement(composite, 48, split.value);
        expect(joined.ok && splitElement(composite, 48, joined.value)).toEqual(split);
      }),
    );
  });
});
