/**
 * An amount as printed on paper. `Intl` is not used on purpose: a receipt must come out the same on every
 * machine, and paper wants an ordinary `đ`, which every printer font has, where screens show `₫`.
 */
import { assert } from '../base/assert.ts';
import { exponent, type Money } from '../base/money.ts';

export type ReceiptLanguage = 'vi' | 'en';

/** Vietnamese `45.000 đ` and `12,50 USD`; English `VND 45,000` and `USD 12.50`. */
export function paperMoney(amount: Money, language: ReceiptLanguage): string {
  const decimals = exponent(amount.currency);
  const digits = String(Math.abs(amount.minorUnits)).padStart(decimals + 1, '0');
  const [group, point] = language === 'vi' ? ['.', ','] : [',', '.'];
  assert(
    /^\d+$/.test(digits) && digits.length > decimals,
    'receipt: an amount is digits, one of them before the point',
  );
  const whole = digits.slice(0, digits.length - decimals).replaceAll(/\B(?=(?:\d{3})+$)/g, group);
  const number = (amount.minorUnits < 0 ? '-' : '') + whole + (decimals > 0 ? point + digits.slice(-decimals) : '');
  if (language === 'en') return `${amount.currency} ${number}`;
  return `${number} ${amount.currency === 'VND' ? 'đ' : amount.currency}`;
}
