/**
 * EMVCo codec: what is written is read back, every deviation is named, nothing throws. Published codes of many schemes
 * are judged by test/vectors/categories/qr.ts.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../base/bytes.ts';
import { crc16, crc16Text, crcOf } from './crc16.ts';
import { findObject, firstError, parseMpm, writeMpm, type ParsedQr, type QrField } from './mpm.ts';

function usable(parsed: ParsedQr): boolean {
  return firstError(parsed) === undefined;
}

function said(text: string): string {
  return parseMpm(text)
    .problems.map(({ severity, id, message }) => `${severity} ${id}: ${message}`)
    .join('\n');
}

describe('CRC-16/CCITT-FALSE', () => {
  it('gives the published check value, and four digits when the first is zero', () => {
    expect(crc16(utf8('123456789'))).toBe(0x29b1);
    expect(crc16Text('123456789')).toBe('29B1');
    const padded = Array.from({ length: 500 }, (_, i) => crc16Text(String(i))).filter((crc) => crc.startsWith('0'));
    expect(padded.length).toBeGreaterThan(0);
    expect(new Set(padded.map((crc) => crc.length))).toEqual(new Set([4]));
  });

  it('is found and computed also where the objects cannot be read', () => {
    // NAPAS QR Code Format v1.5.2, example of a transfer to a card.
    const card = ['0010A000000727', '0130', '0006970403', '0116', '9704031101234567', '0208QRIBFTTC'].join('');
    const text = `0002010102113860${card}53037045802VN6304`;
    expect(crcOf(`${text}4F52`)).toEqual({ ok: true, found: '4F52', expected: '4F52' });
    expect(crcOf(`${text}4f52`)).toMatchObject({ ok: true, found: '4f52' });
    expect(said(`${text}4f52`)).toBe('warning 63: CRC is written in lower case');
    expect(crcOf(`${text}4F53`)).toEqual({ ok: false, found: '4F53', expected: '4F52' });
    expect(crcOf('nothing 6304ABCD')).toMatchObject({ ok: false, found: 'ABCD' });
    expect(crcOf(text)).toEqual({ ok: false, found: null, expected: null });
  });
});

const merchant: readonly QrField[] = [
  { id: '00', value: '01' },
  { id: '01', value: '12' },
  {
    id: '26',
    value: [
      { id: '00', value: 'org.example' },
      { id: '01', value: 'M1' },
    ],
  },
  { id: '52', value: '5812' },
  { id: '53', value: '704' },
  { id: '54', value: '45000' },
  { id: '58', value: 'VN' },
  { id: '59', value: 'QUAN PHO' },
  { id: '60', value: 'HANOI' },
];

function written(...more: QrField[]): string {
  const result = writeMpm([...merchant, ...more]);
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function refused(...more: QrField[]): string {
  const result = writeMpm([...merchant, ...more]);
  return result.ok ? 'written' : result.fault.detail;
}

/** Any objects one after another, with a right CRC. */
function code(...parts: string[]): string {
  const checked = `${parts.join('')}6304`;
  return checked + crc16Text(checked);
}

describe('reading', () => {
  it('counts characters, not bytes, and says when a code counts bytes', () => {
    const language: QrField[] = [
      { id: '00', value: 'VI' },
      { id: '01', value: 'Phở Lê Anh Tú' },
    ];
    const text = written({ id: '64', value: language });
    expect(text).toContain('0113Phở Lê Anh Tú');
    expect(parseMpm(text).problems).toEqual([]);
    expect(findObject(parseMpm(text).objects, '64.01')).toBe('Phở Lê Anh Tú');

    const name = 'Phở Lê Anh Tú';
    const inner = `0002VI01${utf8(name).length}${name}`;
    const inBytes = code(written().slice(0, -8), `64${utf8(inner).length}${inner}`);
    expect(usable(parseMpm(inBytes))).toBe(true);
    expect(said(inBytes)).toBe('warning : lengths count UTF-8 bytes instead of characters');
    expect(findObject(parseMpm(inBytes).objects, '64.01')).toBe(name);
  });

  it('refuses what is ambiguous or not EMVCo at all', () => {
    expect(said(code(written().slice(0, -8), '5406450001'))).toMatch(/error 54: appears twice/);
    expect(said(code('010211', '000201', '5303704'))).toMatch(/error 00: .*not the first/);
    expect(said(code('000202', '5303704'))).toMatch(/error 00: .*02 is not defined/);
    expect(said('')).toMatch(/error : not a list of data objects/);
    expect(said('https://example.org/pay')).toMatch(/error : not a list/);
    expect(said('0'.repeat(5000))).toMatch(/more than a QR code can hold/);
  });

  it('flags a template that cannot be read: firm ones refuse, loose ones are kept as text', () => {
    // The mistake printed in the NAPAS specification: 12 as the length of an account of 13 digits.
    const beneficiary = ['0006970403', '0112', '0011012345678'].join('');
    const napas = `0010A00000072701${beneficiary.length}${beneficiary}0208QRIBFTTA`;
    const broken = code('000201', '010211', `38${napas.length}${napas}`, '5303704', '5802VN');
    expect(said(broken)).toMatch(/error 38\.01: template cannot be read/);
    const loose = code(written().slice(0, -8), '8003123');
    expect(said(loose)).toBe('warning 80: holds plain text where the specification wants a template');
    expect(findObject(parseMpm(loose).objects, '80')).toBe('123');
  });

  it('names each deviation it tolerates', () => {
    expect(said(code('000201', '010210', '5303704'))).toBe(
      [
        'warning 01: Point of Initiation Method: expected 11 or 12',
        'error 02: no Merchant Account Information: the code names nobody to pay',
        'warning 52: Merchant Category Code is missing',
        'warning 58: Country Code is missing',
        'warning 59: Merchant Name is missing',
        'warning 60: Merchant City is missing',
      ].join('\n'),
    );
    expect(said(code(written().slice(0, -8), '62070903AMX'))).toMatch(/warning 62\.09: .*expected A, M or E/);
    expect(said(code(written().slice(0, -8), '5500'))).toMatch(/warning 55: .*0 characters, expected 2/);
  });

  it('never throws, whatever the text', () => {
    const digits = fc.stringMatching(/^(\d\d0\d.{0,9}){0,12}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), digits), (text) => {
        const parsed = parseMpm(text);
        expect(usable(parsed)).toBe(parsed.problems.every(({ severity }) => severity !== 'error'));
        for (const tail of ['', '6304', '63040000']) parseMpm(`000201${text}${tail}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('notices any single character changed in a valid code', () => {
    const text = written({ id: '62', value: [{ id: '05', value: 'CH7K3QW9TX' }] });
    expect(parseMpm(text).problems).toEqual([]);
    const printable = fc.integer({ min: 0x20, max: 0x7e }).map((codePoint) => String.fromCharCode(codePoint));
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), printable, (at, character) => {
        fc.pre(text.charAt(at) !== character);
        const changed = parseMpm(text.slice(0, at) + character + text.slice(at + 1));
        expect(changed.problems).not.toEqual([]);
        // Only the case of a letter in the CRC itself may pass, with a warning.
        if (at < text.length - 4) expect(usable(changed)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('writing', () => {
  it('refuses what reading would complain about', () => {
    expect(refused({ id: '62', value: [{ id: '05', value: 'X'.repeat(26) }] })).toMatch(/62\.05: .*26 characters/);
    expect(refused({ id: '61', value: '' })).toMatch(/61: .*0 characters/);
    expect(refused({ id: '61', value: 'Hà Nội' })).toMatch(/61: .*Common Character Set/);
    expect(refused({ id: '60', value: 'HUE' })).toMatch(/60: appears twice/);
    expect(refused({ id: '80', value: 'X'.repeat(100) })).toMatch(/longer than 99/);
    expect(refused({ id: '62', value: [] })).toMatch(/62: template cannot be read/);
    expect(writeMpm([])).toMatchObject({ ok: false, fault: { kind: 'notWritable' } });
  });

  it('reads back what it wrote', () => {
    const word = fc.stringMatching(/^[A-Z0-9 ]{1,15}$/);
    const ids = fc.uniqueArray(fc.constantFrom('01', '02', '03', '04', '05', '06', '07', '08'), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(ids, fc.array(word, { minLength: 4, maxLength: 4 }), (chosen, words) => {
        const inner = chosen.map((id, index) => ({ id, value: words[index] ?? 'X' }));
        const parsed = parseMpm(written({ id: '62', value: inner }));
        expect(parsed.problems).toEqual([]);
        for (const { id, value } of inner) expect(findObject(parsed.objects, `62.${id}`)).toBe(value);
      }),
    );
  });
});
