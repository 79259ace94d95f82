/**
 * Amounts of a host and our money. ISO 8583 writes minor units, but some hosts imply two decimals for every
 * currency, VND included; `hostExponent` is then 2 although ISO 4217 gives VND 0.
 */
import { currencyCodes, exponent, money, numericCode, type CurrencyCode, type Money } from '../../core/base/money.ts';

/** DE 4 (n12); undefined when the amount is negative, does not fit, or needs fewer decimals than the currency has. */
export function toHostAmount(amount: Money, hostExponent: number | undefined): string | undefined {
  return toHostDigits(amount, hostExponent, 12);
}

/** DE 86 to 89 and 97 (n16), otherwise like `toHostAmount`. */
export function toHostSum(amount: Money, hostExponent: number | undefined): string | undefined {
  return toHostDigits(amount, hostExponent, 16);
}

function toHostDigits(amount: Money, hostExponent: number | undefined, positions: number): string | undefined {
  const shift = (hostExponent ?? exponent(amount.currency)) - exponent(amount.currency);
  const scaled = amount.minorUnits * 10 ** shift;
  if (shift < 0 || scaled < 0 || !Number.isSafeInteger(scaled)) return undefined;
  const digits = String(scaled);
  return digits.length <= positions ? digits.padStart(positions, '0') : undefined;
}

/** `digits` is DE 4, `numeric` DE 49; undefined for an unknown currency or a fraction of a minor unit. */
export function fromHostAmount(digits: string, numeric: string, hostExponent: number | undefined): Money | undefined {
  const currency = currencyCodes.find((code) => numericCode(code) === numeric);
  if (currency === undefined || !/^\d{12}$/.test(digits)) return undefined;
  return fromHostDigits(digits, currency, hostExponent);
}

/** Four such sums, added or set off against each other, are still counted exactly. */
const largestSum = 2_000_000_000_000_000;

/** `digits` is DE 86 to 89; undefined for a fraction of a minor unit, or more than can be counted exactly. */
export function fromHostSum(
  digits: string,
  currency: CurrencyCode,
  hostExponent: number | undefined,
): Money | undefined {
  const sum = /^\d{16}$/.test(digits) ? fromHostDigits(digits, currency, hostExponent) : undefined;
  return sum !== undefined && sum.minorUnits <= largestSum ? sum : undefined;
}

function fromHostDigits(digits: string, currency: CurrencyCode, hostExponent: number | undefined): Money | undefined {
  const host = Number(digits);
  const units = host / 10 ** ((hostExponent ?? exponent(currency)) - exponent(currency));
  return Number.isSafeInteger(host) && Number.isSafeInteger(units) ? money(units, currency) : undefined;
}
