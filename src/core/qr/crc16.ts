/**
 * CRC-16/CCITT-FALSE, the check of EMVCo QR codes: EMV QRCPS MPM v1.1 §4.7.3, after ISO/IEC 13239 with
 * polynomial 0x1021 and initial value 0xFFFF; nothing reflected, no final XOR. `123456789` gives 29B1.
 */
import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';

/** The remainder of each byte in the upper half: eight steps of the division in one. */
const remainders = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

function next(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (remainders[(crc >> 8) ^ byte] ?? 0);
}

export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = next(crc, byte);
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
  return hexDigits(crcOfText(text));
}

function crcOfText(text: string): number {
  let crc = 0xffff;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Most codes are ASCII, where a character is its byte.
    if (code >= 0x80) return crc16(utf8(text));
    crc = next(crc, code);
  }
  return crc;
}

function hexDigits(crc: number): string {
  return (crc | 0x10000).toString(16).slice(1).toUpperCase();
}
