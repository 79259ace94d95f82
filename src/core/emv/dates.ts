/**
 * Dates with two-digit years: the transaction's (tag 9A), those of data objects (YYMMDD in BCD) and of certificates. EMV 4.4
 * Book 3 Annex A1; Book 4 §6.7.3 for the century.
 */
import { assert } from '../base/assert.ts';
import { toHex } from '../base/bytes.ts';

/** Book 4 §6.7.3: years 00–49 are 2000–2049, 50–99 are 1950–1999. */
function fullYear(yy: string): string {
  return (yy < '50' ? '20' : '19') + yy;
}

/** Tag 9A as `YYYY-MM-DD`. The terminal sets it: anything but digits is a bug. */
export function transactionDate(tag9a: Uint8Array): string {
  const digits = toHex(tag9a);
  assert(/^\d{6}$/.test(digits), 'ODA: the Transaction Date has six digits');
  return `${fullYear(digits.slice(0, 2))}-${digits.slice(2, 4)}-${digits.slice(4)}`;
}

/** The month of a Certificate Expiration Date (MMYY) as `YYYY-MM`; undefined when it is none. */
export function certificateMonth(mmyy: Uint8Array): string | undefined {
  const digits = toHex(mmyy);
  if (!/^(?:0[1-9]|1[0-2])\d\d$/.test(digits)) return undefined;
  return `${fullYear(digits.slice(2))}-${digits.slice(0, 2)}`;
}

/** As a number YYYYMMDD, so that dates compare; undefined when it is none (Book 3 §7.5). */
export function dateNumber(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, year = '', month = '', day = ''] = /^(\d\d)(\d\d)(\d\d)$/.exec(toHex(value)) ?? [];
  const inRange = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return inRange ? Number(fullYear(year)) * 10_000 + Number(month) * 100 + Number(day) : undefined;
}
