/**
 * Which symbols each content may hold. Every symbol of every message passes here, so the two contents that fill most
 * of a message are compared four symbols at a time: with all bytes of a word below 0x80, subtracting the lowest
 * code allowed or adding what leads from the highest one to 0x7F sets the top bit of a byte outside; a borrow or
 * carry comes only from a byte that is outside itself.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Content } from './element-row.ts';

const credit = 0x43;
const debit = 0x44;
const topBits = 0x80808080;

/** One bit for each content that is a set of symbols. */
const digit = 1;
const alphanumeric = 2;
const visible = 4;
const track = 8;

/** Of each symbol, the contents it may stand in. */
const contents = Uint8Array.from({ length: 256 }, (_none, code) => {
  const upper = code & 0xdf;
  const isDigit = code >= 0x30 && code <= 0x39;
  const isAlphanumeric = isDigit || (upper >= 0x41 && upper <= 0x5a) || code === 0x20;
  return (
    (isDigit ? digit : 0) |
    (isAlphanumeric ? alphanumeric : 0) |
    (code >= 0x20 && code <= 0x7e ? visible : 0) |
    ((code >= 0x30 && code <= 0x3f) || code === 0x44 ? track : 0)
  );
});

/**
 * True when the symbols from `from` up to `to` are all of the content. ISO 8583:1987, attributes of data elements;
 * `z` is the code set of tracks 2 and 3 (ISO/IEC 7813), plus `D` as a separator.
 */
export function consistsOf(content: Content, symbols: DataView, from: number, to: number): boolean {
  assert(from >= 0 && from <= to && to <= symbols.byteLength, 'iso8583: an element lies within the symbols');
  switch (content) {
    case 'n':
      return areDigits(symbols, from, to);
    case 'ans':
      return areVisible(symbols, from, to);
    case 'an':
      return areAll(alphanumeric, symbols, from, to);
    case 'z':
      return areAll(track, symbols, from, to);
    case 'x+n':
      return from < to && isSign(symbols.getUint8(from)) && areDigits(symbols, from + 1, to);
    case 'b':
      return true;
    default:
      return unreachable(content, 'consistsOf');
  }
}

function areDigits(symbols: DataView, from: number, to: number): boolean {
  if (to - from < 4) return areAll(digit, symbols, from, to);
  // The last word overlaps the one before it where the count is no multiple of four.
  const last = symbols.getInt32(to - 4);
  let outside = last | (last - 0x30303030) | (last + 0x46464646);
  for (let i = from; i < to - 4; i += 4) {
    const word = symbols.getInt32(i);
    outside |= word | (word - 0x30303030) | (word + 0x46464646);
  }
  return (outside & topBits) === 0;
}

function areVisible(symbols: DataView, from: number, to: number): boolean {
  if (to - from < 4) return areAll(visible, symbols, from, to);
  const last = symbols.getInt32(to - 4);
  let outside = last | (last - 0x20202020) | (last + 0x01010101);
  for (let i = from; i < to - 4; i += 4) {
    const word = symbols.getInt32(i);
    outside |= word | (word - 0x20202020) | (word + 0x01010101);
  }
  return (outside & topBits) === 0;
}

function areAll(content: number, symbols: DataView, from: number, to: number): boolean {
  let common = content;
  for (let i = from; i < to; i += 1) common &= contents[symbols.getUint8(i)] ?? 0;
  return common !== 0;
}

function isSign(code: number): boolean {
  return code === credit || code === debit;
}
