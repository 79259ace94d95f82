/**
 * CRC-16/CCITT-FALSE, the check of EMVCo QR codes: EMV QRCPS MPM v1.1 §4.7.3, after ISO/IEC 13239 with
 * polynomial 0x1021 and initial value 0xFFFF; nothing reflected, no final XOR. `123456789` gives 29B1.
 */
import { assert } from '../base/assert.ts';
import { toHex, utf8 } from '../base/bytes.ts';

export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  assert(crc >= 0 && crc <= 0xffff, 'crc: sixteen bits');
  return crc;
}

export interface QrCrc {
  readonly ok: boolean;
  /** As it stands in the code; null when the code does not end with a CRC object of four characters. */
  readonly found: string | null;
  /** Computed; null as above. */
  readonly expected: string | null;
}

/** The CRC of any text, also of one whose objects cannot be read. Lower case is tolerated here. */
export function crcOf(text: string): QrCrc {
  const match = /^(.*6304)(.{4})$/su.exec(text);
  if (match === null) return { ok: false, found: null, expected: null };
  const [, checked = '', found = ''] = match;
  const expected = crc16Text(checked);
  return { ok: found.toUpperCase() === expected, found, expected };
}

/** The check over the UTF-8 bytes of `text`, as object 63 prints it: four upper-case hexadecimal digits. */
export function crc16Text(text: string): string {
  const crc = crc16(utf8(text));
  return toHex(Uint8Array.of(crc >> 8, crc & 0xff));
}
