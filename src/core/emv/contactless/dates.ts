/** Dates as cards and terminals write them, YYMMDD in BCD. EMV 4.4 Book 4 §6.7.3: 50 to 99 are 19YY. */
import { toHex } from '../../base/bytes.ts';

export function isAfter(date: Uint8Array, other: Uint8Array): boolean {
  return comparable(date) > comparable(other);
}

function comparable(date: Uint8Array): string {
  const text = toHex(date);
  return (text < '5' ? '20' : '19') + text;
}
