/** Money on paper: the separators of each language, and no digit ever lost. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { money } from '../base/money.ts';
import { paperMoney } from './paper-money.ts';

describe('paperMoney', () => {
  it('writes Vietnamese and English as people expect', () => {
    expect(paperMoney(money(45_000, 'VND'), 'vi')).toBe('45.000 đ');
    expect(paperMoney(money(45_000, 'VND'), 'en')).toBe('VND 45,000');
    expect(paperMoney(money(1_234_567_890, 'VND'), 'vi')).toBe('1.234.567.890 đ');
    expect(paperMoney(money(999, 'VND'), 'vi')).toBe('999 đ');
    expect(paperMoney(money(0, 'VND'), 'en')).toBe('VND 0');
    expect(paperMoney(money(123_456, 'USD'), 'en')).toBe('USD 1,234.56');
    expect(paperMoney(money(123_456, 'USD'), 'vi')).toBe('1.234,56 USD');
    expect(paperMoney(money(5, 'USD'), 'en')).toBe('USD 0.05');
    expect(paperMoney(money(-45_000, 'VND'), 'vi')).toBe('-45.000 đ');
  });

  it('keeps every digit', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('vi' as const, 'en' as const), (minorUnits, language) => {
        const digits = paperMoney(money(minorUnits, 'VND'), language).replaceAll(/\D/g, '');
        expect(digits).toBe(String(Math.abs(minorUnits)));
      }),
    );
  });
});
