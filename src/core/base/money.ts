/**
 * Money: an integer count of minor units with its currency. No fraction ever exists, so no rounding can
 * happen by accident. Currency facts: ISO 4217 (alphabetic and numeric code, exponent).
 */
import { assert } from './assert.ts';

/** Rows used so far; ISO 4217 list one. `exponent` = number of decimals of the major unit. */
const currencies = {
  VND: { numeric: '704', exponent: 0 },
  USD: { numeric: '840', exponent: 2 },
  THB: { numeric: '764', exponent: 2 },
  JPY: { numeric: '392', exponent: 0 },
} as const;

export type CurrencyCode = keyof typeof currencies;

export interface Money {
  /** Integer; VND has exponent 0, so 45000 is 45.000 ₫; USD 1250 is $12.50. */
  readonly minorUnits: number;
  readonly currency: CurrencyCode;
}

export function isCurrencyCode(text: string): text is CurrencyCode {
  return Object.hasOwn(currencies, text);
}

export const currencyCodes: readonly CurrencyCode[] = Object.keys(currencies) as CurrencyCode[];

/** ISO 4217 numeric code, three digits, e.g. `704` for VND (EMV tag 5F2A, ISO 8583 DE 49, EMVCo QR 53). */
export function numericCode(currency: CurrencyCode): string {
  return currencies[currency].numeric;
}

/** ISO 4217 exponent (EMV tag 5F36). */
export function exponent(currency: CurrencyCode): number {
  return currencies[currency].exponent;
}

export function money(minorUnits: number, currency: CurrencyCode): Money {
  assert(Number.isSafeInteger(minorUnits), `money: ${minorUnits} is not a safe integer of minor units`);
  return { minorUnits, currency };
}

export function addMoney(a: Money, b: Money): Money {
  assert(a.currency === b.currency, `money: cannot add ${a.currency} and ${b.currency}`);
  return money(a.minorUnits + b.minorUnits, a.currency);
}

export function sumMoney(amounts: readonly Money[], currency: CurrencyCode): Money {
  return amounts.reduce(addMoney, money(0, currency));
}

export function subtractMoney(a: Money, b: Money): Money {
  assert(a.currency === b.currency, `money: cannot subtract ${b.currency} from ${a.currency}`);
  return money(a.minorUnits - b.minorUnits, a.currency);
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.minorUnits === b.minorUnits;
}

/** The amount as EMV and ISO 8583 write it: minor units, right-justified, zero-filled to 12 digits (n12). */
export function amountN12(amount: Money): string {
  const digits = String(amount.minorUnits);
  assert(amount.minorUnits >= 0 && digits.length <= 12, `money: ${digits} does not fit n12`);
  return digits.padStart(12, '0');
}
