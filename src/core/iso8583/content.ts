/** Which symbols each content may hold. Plain comparisons, because every symbol of every message passes here. */
import { unreachable } from '../base/assert.ts';
import type { Content } from './element-row.ts';

const credit = 0x43;
const debit = 0x44;

/**
 * True when the symbols from `from` up to `to` are all of the content. ISO 8583:1987, attributes of data elements;
 * `z` is the code set of tracks 2 and 3 (ISO/IEC 7813), plus `D` as a separator.
 */
export function consistsOf(content: Content, symbols: Uint8Array, from: number, to: number): boolean {
  switch (content) {
    case 'n':
      return within(symbols, from, to, 0x30, 0x39);
    case 'ans':
      return within(symbols, from, to, 0x20, 0x7e);
    case 'an':
      return every(symbols, from, to, isAlphanumeric);
    case 'z':
      return every(symbols, from, to, isTrackCode);
    case 'x+n':
      return (symbols[from] === credit || symbols[from] === debit) && within(symbols, from + 1, to, 0x30, 0x39);
    case 'b':
      return true;
    default:
      return unreachable(content, 'consistsOf');
  }
}

function within(symbols: Uint8Array, from: number, to: number, low: number, high: number): boolean {
  for (let i = from; i < to; i += 1) {
    const code = symbols[i] ?? 0;
    if (code < low || code > high) return false;
  }
  return true;
}

function every(symbols: Uint8Array, from: number, to: number, fits: (code: number) => boolean): boolean {
  for (let i = from; i < to; i += 1) if (!fits(symbols[i] ?? 0)) return false;
  return true;
}

function isAlphanumeric(code: number): boolean {
  const upper = code & 0xdf;
  return (code >= 0x30 && code <= 0x39) || (upper >= 0x41 && upper <= 0x5a) || code === 0x20;
}

function isTrackCode(code: number): boolean {
  return (code >= 0x30 && code <= 0x3f) || code === 0x44;
}
