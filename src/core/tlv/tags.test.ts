/** The tag table: sound, complete where the kernel relies on it, and one tag's several meanings told apart. */
import { describe, expect, it } from 'vitest';
import { hex } from '../base/bytes.ts';
import { readTag } from './ber-tlv.ts';
import { emvTags } from './tags-emv.ts';
import { kernel2Tags, kernel3Tags, kernel4Tags } from './tags-kernels.ts';
import { identify, lengthFits, otherMeanings, tagInfo } from './tags.ts';

const rows = [...emvTags, ...kernel2Tags, ...kernel3Tags, ...kernel4Tags];

describe('tables', () => {
  it.each(rows.map((row) => [`${row[0]} ${row[1]}`, row] as const))('%s', (_, [tag, name, format, , min, max]) => {
    const bytes = hex(tag);
    const end = readTag(bytes, 0, bytes.length);
    expect(end.ok && end.value).toBe(bytes.length);
    expect(min).toBeLessThanOrEqual(max);
    expect(((bytes[0] ?? 0) & 0x20) !== 0).toBe(format === 'template');
    expect(name).toBe(name.trim());
    expect(tagInfo(tag)?.spec).toMatch(/Book/);
  });

  it('no tag has the same meaning twice', () => {
    const keys = rows.map(([tag, name]) => `${tag} ${name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('identify', () => {
  it.each([
    ['9F66', '27004000', undefined, 'Terminal Transaction Qualifiers (TTQ)'],
    ['9F66', '0000', undefined, 'PUNATC(Track2)'],
    ['9F5D', '010300', undefined, 'Application Capabilities Information'],
    ['9F5D', '000000010000', undefined, 'Available Offline Spending Amount (AOSA)'],
    ['9F69', '01ABCDEF120000', undefined, 'Card Authentication Related Data'],
    ['9F69', '9F37049F0206', undefined, 'UDOL'],
    ['9F6E', '20700000', undefined, 'Form Factor Indicator (FFI)'],
    ['9F6E', '9CD04003', undefined, 'Enhanced Contactless Reader Capabilities'],
    ['9F6E', '0704000030300000', undefined, 'Third Party Data'],
    ['9F5B', '2080000000', undefined, 'Issuer Script Results'],
    ['9F5B', 'DF6008DF61', undefined, 'Data Storage Data Object List (DSDOL)'],
    ['9F7C', '00'.repeat(20), undefined, 'Merchant Custom Data'],
    ['9F7C', '00'.repeat(32), undefined, 'Customer Exclusive Data (CED)'],
    ['82', '1800', '77', 'Application Interchange Profile (AIP)'],
    ['82', '01', 'A1', 'Biometric Subtype'],
    ['DF50', '03', 'BF4C', 'Facial Try Counter'],
    ['DF50', '03', 'BF4D', 'Preferred Facial Attempts'],
  ])('%s %s within %s', (tag, value, parent, name) => {
    expect(identify(tag, hex(value), parent)?.name).toBe(name);
  });

  it('names a tag whose value has no length that fits, and none that it does not know', () => {
    expect(identify('95', hex('00'))?.name).toBe('Terminal Verification Results (TVR)');
    expect(identify('DF7F01', hex('00'))).toBeUndefined();
    expect(identify('9F7F', new Uint8Array(42))).toBeUndefined();
  });

  it('tells what else the bytes may be', () => {
    const value = hex('8000');
    expect(otherMeanings('9F6C', value.length, identify('9F6C', value)).map(({ name }) => name)).toEqual([
      'Mag-stripe Application Version Number (Card)',
    ]);
    expect(otherMeanings('95', 5, identify('95', new Uint8Array(5)))).toEqual([]);
  });
});

it.each([
  ['95', 5, true],
  ['95', 4, false],
  ['82', 2, true],
  ['9F63', 16, true],
  // PUNATC(Track2) of a Mastercard card; the TTQ of the terminal has four.
  ['9F66', 2, true],
  ['DF7F01', 200, true],
])('lengthFits %s of %i bytes: %s', (tag, length, expected) => {
  expect(lengthFits(tag, length)).toBe(expected);
});
