/** Dates as data objects have them: YYMMDD in BCD. EMV 4.4 Book 3 Annex A1; Book 4 §6.7.3 for the century. */
import { toHex } from '../../base/bytes.ts';

/** First two-digit year that belongs to the last century: 00–49 are 2000–2049, 50–99 are 1950–1999. */
const pivotYear = 50;

/** As a number YYYYMMDD, so that dates compare; undefined when it is none (Book 3 §7.5). */
export function dateNumber(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, year = '', month = '', day = ''] = /^(\d\d)(\d\d)(\d\d)$/.exec(toHex(value)) ?? [];
  const century = Number(year) < pivotYear ? 2000 : 1900;
  const inRange = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return inRange ? (century + Number(year)) * 10_000 + Number(month) * 100 + Number(day) : undefined;
}
