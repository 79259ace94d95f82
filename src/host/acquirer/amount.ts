/**
 * DE 4 of a host and our money. ISO 8583 writes minor units, but some hosts imply two decimals for every
 * currency, VND included; `hostExponent` is then 2 although ISO 4217 gives VND 0.
 */
import { currencyCodes, exponent, money, numericCode, type Money } from '../../core/base/money.ts';

/** n12; undefined when the amount is negative, does not fit, or needs fewer decimals than the currency has. */
export function toHostAmount(amount: Money, hostExponent: number | undefined): string | undefined {
  const shift = (hostExponent ?? exponent(amount.currency)) - exponent(amount.currency);
  const scaled = amount.minorUnits * 10 ** shift;
  if (shift < 0 || scaled < 0 || !Number.isSafeInteger(scaled)) return undefined;
  const digits = String(scaled);
  return digits.length <= 12 ? digits.padStart(12, '0') : undefined;
}

/** `digits` is DE 4, `numeric` DE 49; undefined for an unknown currency or a fraction of a minor unit. */
export function fromHostAmount(digits: string, numeric: string, hostExponent: number | undefined): Money | undefined {
  const currency = currencyCodes.find((code) => numericCode(code) === numeric);
  if (currency === undefined || !/^\d{12}$/.test(digits)) return undefined;
  const units = Number(digits) / 10 ** ((hostExponent ?? exponent(currency)) - exponent(currency));
  return Number.isSafeInteger(units) ? money(units, currency) : undefined;
}
