/**
 * Bytes without Node: hexadecimal, BCD, UTF-8 and concatenation for the pure layers.
 * Hex is upper case everywhere, as the EMV Books print it.
 */
import { assert } from './assert.ts';

const hexDigits = '0123456789ABCDEF';

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits.charAt(byte >> 4) + hexDigits.charAt(byte & 15);
  return text;
}

/** Reads hex, spaces allowed between bytes; undefined when a digit is wrong or the count is odd. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  const compact = text.replaceAll(/\s+/g, '');
  if (compact.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(compact)) return undefined;
  const bytes = new Uint8Array(compact.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(compact.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** Hex written in our own source or tables: a mistake there is a bug. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = parseHex(text);
  assert(bytes !== undefined, 'hex: not an even number of hexadecimal digits');
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** One character per byte; code points above 255 are a bug of the caller. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    assert(code <= 255, 'latin1: a character does not fit one byte');
    bytes[i] = code;
  }
  return bytes;
}

export function fromLatin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** UTF-8 (RFC 3629) of a well-formed string; a lone surrogate becomes U+FFFD, as TextEncoder does. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(out);
}

/** Digits to packed BCD, left-padded with a zero nibble when the count is odd. */
export function bcd(digits: string): Uint8Array<ArrayBuffer> {
  assert(/^\d*$/.test(digits), 'bcd: only decimal digits');
  return hex(digits.length % 2 === 0 ? digits : `0${digits}`);
}
