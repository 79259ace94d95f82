/**
 * DE 55, ICC data: BER-TLV that some hosts take as raw bytes and others, whose messages are characters throughout, as
 * hexadecimal. The 1987 edition leaves the element open, so each dialect says which (its content is `b` or not).
 */
import { parseHex, toHex } from '../base/bytes.ts';
import type { Dialect } from './dialect.ts';
import type { Iso8583Message } from './message.ts';

const iccData = 55;

/** `tlv`: upper-case hex, checked by whoever made it. */
export function iccElement(dialect: Dialect, tlv: string): string | Uint8Array {
  return dialect.elements.get(iccData)?.content === 'b' ? (parseHex(tlv) ?? tlv) : tlv;
}

/** Upper-case hex; undefined when absent, `null` when it is not hexadecimal. */
export function readIccElement(message: Iso8583Message): string | undefined | null {
  const value = message.value(iccData);
  if (value === undefined) return undefined;
  const bytes = typeof value === 'string' ? parseHex(value) : value;
  return bytes === undefined ? null : toHex(bytes);
}
