/** MACs of whole messages: where they stand in each dialect, and that no bit of a message can change unseen. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../core/base/bytes.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import { knownAes } from './aes.ts';
import { cmac, retailMac } from './mac.ts';
import { hasGenuineMac, macKey, packWithMac, type MacAlgorithm, type MacKey } from './message-mac.ts';

const dialects = ['iso87-ascii', 'iso87-ascii-binary-bitmap', 'iso87-binary'].map(named);
const keys: readonly MacKey[] = [key('x9.19'), key('aes-cmac')];

function named(id: string): Dialect {
  const dialect = resolveDialect(
    [...standardDialects, { id: 'no-mac', parent: 'iso87-ascii', elements: { 64: null, 128: { format: 'ans 16' } } }],
    id,
  );
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

function key(algorithm: MacAlgorithm, hex = '0123456789ABCDEFFEDCBA9876543210'): MacKey {
  const made = macKey(algorithm, Buffer.from(hex, 'hex'));
  if (!made.ok) throw new Error(made.fault.detail);
  return made.value;
}

const short = (): Iso8583Message =>
  new Iso8583Message('0210', [
    [4, '000000045000'],
    [11, '000106'],
    [39, '00'],
    [41, 'TERM0001'],
  ]);
const long = (): Iso8583Message =>
  new Iso8583Message('0400', [
    [11, '000106'],
    [41, 'TERM0001'],
    [90, '0'.repeat(42)],
  ]);

function signed(dialect: Dialect, message: Iso8583Message, macKeyUsed: MacKey): Uint8Array {
  const bytes = packWithMac(dialect, message, macKeyUsed);
  if (!bytes.ok) throw new Error(bytes.fault.detail);
  return bytes.value;
}

function genuine(dialect: Dialect, bytes: Uint8Array, macKeyUsed: MacKey): boolean {
  const message = parseMessage(dialect, bytes);
  return message.ok && hasGenuineMac(dialect, message.value, bytes, macKeyUsed);
}

describe('the MAC of a message', () => {
  it.each(dialects)('is the last element, over all before it ($id)', (dialect) => {
    for (const each of keys) {
      for (const [message, element] of [
        [short(), 64],
        [long(), 128],
      ] as const) {
        const bytes = signed(dialect, message, each);
        const read = parseMessage(dialect, bytes);
        if (!read.ok) throw new Error(read.fault.detail);
        expect(read.value.elements()).toEqual([...message.elements(), element]);
        const size = dialect.id === 'iso87-binary' ? 8 : 16;
        const before = bytes.subarray(0, bytes.length - size);
        const retail = retailMac(each.key, before, 1);
        const expected = each.algorithm === 'x9.19' ? retail.ok && retail.value : cmac(knownAes(each.key), before, 8);
        expect(Buffer.from(read.value.bytes(element) ?? [])).toEqual(expected);
        expect(hasGenuineMac(dialect, read.value, bytes, each)).toBe(true);
      }
    }
  });

  it('a bit flipped anywhere is seen', () => {
    for (const dialect of dialects) {
      for (const each of keys) {
        for (const message of [short(), long()]) {
          const bytes = signed(dialect, message, each);
          for (let bit = 0; bit < bytes.length * 8; bit += 1) {
            const changed = Uint8Array.from(bytes);
            changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            expect(genuine(dialect, changed, each), `${dialect.id} ${message.mti} bit ${bit}`).toBe(false);
          }
        }
      }
    }
  });

  it('cut, lengthened or strange bytes are refused and never throw', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.constantFrom(...dialects), fc.constantFrom(...keys), fc.nat(200), fc.uint8Array({ maxLength: 20 }))
        .map(([dialect, each, at, tail]) => concat(signed(dialect, short(), each).subarray(0, at), tail)),
    );
    const known = new Set(dialects.flatMap((d) => keys.map((k) => Buffer.from(signed(d, short(), k)).toString('hex'))));
    fc.assert(
      fc.property(hostile, (bytes) => {
        fc.pre(!known.has(Buffer.from(bytes).toString('hex')));
        for (const dialect of dialects) for (const each of keys) expect(genuine(dialect, bytes, each)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('another key, no MAC, or a MAC that is not the last element: refused', () => {
    for (const dialect of dialects) {
      const bytes = signed(dialect, short(), key('x9.19'));
      expect(genuine(dialect, bytes, key('x9.19', '0123456789ABCDEFFEDCBA9876543211'))).toBe(true);
      expect(genuine(dialect, bytes, key('x9.19', '1023456789ABCDEFFEDCBA9876543210'))).toBe(false);
      expect(genuine(dialect, bytes, key('aes-cmac'))).toBe(false);
      const plain = packMessage(dialect, short());
      expect(plain.ok && genuine(dialect, plain.value, key('x9.19'))).toBe(false);
      const read = parseMessage(dialect, bytes);
      if (!read.ok) throw new Error(read.fault.detail);
      const misplaced = new Iso8583Message('0210', [
        [64, read.value.bytes(64) ?? new Uint8Array(8)],
        [90, '0'.repeat(42)],
      ]);
      const packed = packMessage(dialect, misplaced);
      expect(packed.ok && genuine(dialect, packed.value, key('x9.19'))).toBe(false);
    }
  });

  it('cannot be made twice, or where the dialect has no place for it', () => {
    const twice = new Iso8583Message('0210', [
      [39, '00'],
      [64, new Uint8Array(8)],
    ]);
    expect(packWithMac(named('iso87-ascii'), twice, key('x9.19')).ok).toBe(false);
    expect(packWithMac(named('no-mac'), short(), key('x9.19')).ok).toBe(false);
    expect(packWithMac(named('no-mac'), long(), key('x9.19')).ok).toBe(false);
  });

  it('keys of a wrong length are refused', () => {
    for (let length = 0; length <= 40; length += 1) {
      expect(macKey('x9.19', Buffer.alloc(length)).ok).toBe(length === 16);
      expect(macKey('aes-cmac', Buffer.alloc(length)).ok).toBe([16, 24, 32].includes(length));
    }
  });
});
