/** The base layer: money never loses a unit, hex and UTF-8 agree with the platform, a PAN never prints itself. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from './brand.ts';
import { bcd, concat, fromLatin1, hex, latin1, parseHex, toHex, utf8 } from './bytes.ts';
import { civilTime } from './calendar.ts';
import { addMoney, amountN12, money, subtractMoney } from './money.ts';
import { luhnValid, maskPan, Pan } from './pan.ts';

describe('money', () => {
  it('refuses fractions and mixed currencies', () => {
    expect(() => money(0.5, 'VND')).toThrow(/safe integer/);
    expect(() => addMoney(money(1, 'VND'), money(1, 'USD'))).toThrow(/cannot add/);
  });

  it('adds and subtracts without loss', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const sum = addMoney(money(a, 'VND'), money(b, 'VND'));
        expect(subtractMoney(sum, money(b, 'VND'))).toEqual(money(a, 'VND'));
      }),
    );
  });

  it('writes n12 as EMV and ISO 8583 do', () => {
    expect(amountN12(money(45_000, 'VND'))).toBe('000000045000');
    expect(() => amountN12(money(-1, 'VND'))).toThrow(/n12/);
    expect(() => amountN12(money(1_000_000_000_000, 'VND'))).toThrow(/n12/);
  });
});

describe('bytes', () => {
  it('hex round trip, and refusal of anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseHex(toHex(bytes))).toEqual(bytes);
      }),
    );
    expect(parseHex('0')).toBeUndefined();
    expect(parseHex('0G')).toBeUndefined();
    expect(parseHex('00 a4 04 00')).toEqual(hex('00A40400'));
  });

  it('UTF-8 equals the platform encoder for any string', () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8(text)).toEqual(encoder.encode(text));
      }),
    );
    expect(utf8('\ud800')).toEqual(encoder.encode('\ud800'));
    expect(toHex(utf8('Lê Anh Tú ₫'))).toBe('4CC3AA20416E682054C3BA20E282AB');
  });

  it('bcd, latin1, concat', () => {
    expect(toHex(bcd('12345'))).toBe('012345');
    expect(fromLatin1(concat(latin1('ab'), latin1('c')))).toBe('abc');
    expect(() => latin1('₫')).toThrow(/one byte/);
  });
});

describe('pan', () => {
  const digits = '9704000000000018';

  it('prints masked in every usual way', () => {
    const parsed = Pan.parse(digits);
    if (!parsed.ok) throw new Error('refused');
    const pan = parsed.value;
    const shown = [String(pan), JSON.stringify({ pan }), inspect(pan, { depth: 9, showHidden: true }), pan.masked];
    for (const text of shown) expect(text).not.toContain(digits);
    expect(pan.masked).toBe('970400******0018');
    expect(pan.use(fromLatin1)).toBe(digits);
  });

  it('is gone after wipe', () => {
    const parsed = Pan.parse(digits);
    if (!parsed.ok) throw new Error('refused');
    const own = parsed.value.use((bytes) => bytes);
    parsed.value.wipe();
    expect(own).toEqual(new Uint8Array(digits.length));
    expect(() => parsed.value.use(fromLatin1)).toThrow(/wiped/);
    expect(parsed.value.masked).toBe('970400******0018');
  });

  it('refuses what is not a PAN without repeating it', () => {
    const parsed = Pan.parse(`${digits}X`);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain(digits);
  });

  it('masking keeps the length and never shows more than first 6 and last 4', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{8,19}$/), (pan) => {
        const masked = maskPan(pan);
        expect(masked).toHaveLength(pan.length);
        expect(masked.replaceAll('*', '').length).toBeLessThanOrEqual(10);
        expect(masked).toContain('*');
      }),
    );
  });

  it('Luhn (ISO/IEC 7812-1 Annex B)', () => {
    expect(luhnValid('79927398713')).toBe(true);
    expect(luhnValid('79927398710')).toBe(false);
    expect(luhnValid('')).toBe(false);
  });
});

describe('calendar', () => {
  it('crosses midnight where the terminal stands, not in UTC', () => {
    const at = epochMs(Date.UTC(2026, 11, 31, 17, 0, 5));
    expect(civilTime(at, 'Asia/Ho_Chi_Minh')).toEqual({
      year: '2027',
      month: '01',
      day: '01',
      hour: '00',
      minute: '00',
      second: '05',
    });
    expect(civilTime(at, 'UTC').year).toBe('2026');
  });
});
