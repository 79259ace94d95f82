/**
 * The independent axes of an ISO 8583 element on the wire: how its symbols are encoded, how its length is
 * announced, how a short value is filled. A dialect picks one of each per element; BCD, EBCDIC or a binary
 * length are further values of the same axes.
 *
 * A symbol is one position of the element as the standard counts it: one character (its code), or one octet of
 * a binary element. Axes copy symbols between byte arrays and never make a string, so nothing of a PAN is left
 * behind that could not be overwritten.
 */
import { fromLatin1, latin1 } from '../base/bytes.ts';

export interface Encoding {
  /** Bytes on the wire for `positions` symbols. */
  size(positions: number): number;
  /** Writes all symbols at `offset`; `target` has room for them. */
  write(symbols: Uint8Array, target: Uint8Array, offset: number): void;
  /** Reads exactly the bytes given (`size` of some count); undefined when they are not of this encoding. */
  read(wire: Uint8Array): Uint8Array | undefined;
}

/** One symbol, one byte: ASCII characters as well as raw binary. What may stand in it is the content's rule. */
export const octets: Encoding = {
  size: (positions) => positions,
  write: (symbols, target, offset) => target.set(symbols, offset),
  // Not `slice()`: Node's Buffer overrides it to share memory instead of copying.
  read: (wire) => new Uint8Array(wire),
};

const hexCodes = latin1('0123456789ABCDEF');

/** Value of a hexadecimal character code, either case; undefined when it is none. */
function hexValue(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : undefined;
}

/** One octet as two hexadecimal characters, upper case when written: binary elements of an all-ASCII dialect. */
export const hexCharacters: Encoding = {
  size: (positions) => positions * 2,
  write: (symbols, target, offset) => {
    symbols.forEach((octet, index) => {
      target[offset + index * 2] = hexCodes[octet >> 4] ?? 0;
      target[offset + index * 2 + 1] = hexCodes[octet & 15] ?? 0;
    });
  },
  read: (wire) => {
    const symbols = new Uint8Array(wire.length / 2);
    for (let i = 0; i < symbols.length; i += 1) {
      const high = hexValue(wire[i * 2]);
      const low = hexValue(wire[i * 2 + 1]);
      if (high === undefined || low === undefined) return undefined;
      symbols[i] = high * 16 + low;
    }
    return symbols;
  },
};

/** Announces how many positions follow (characters or digits; octets for binary content). */
export interface LengthPrefix {
  /** Bytes on the wire. */
  readonly size: number;
  /** Greatest count it can say. */
  readonly limit: number;
  write(positions: number, target: Uint8Array, offset: number): void;
  /** Reads exactly `size` bytes; undefined when they are not a length. */
  read(wire: Uint8Array): number | undefined;
}

/** LL and LLL as decimal characters. */
export function decimalPrefix(digits: 2 | 3): LengthPrefix {
  return {
    size: digits,
    limit: 10 ** digits - 1,
    write: (positions, target, offset) => target.set(latin1(String(positions).padStart(digits, '0')), offset),
    read: (wire) => {
      const text = fromLatin1(wire);
      return /^[0-9]+$/.test(text) ? Number(text) : undefined;
    },
  };
}

/** Fills a value that is shorter than its fixed length; a full value is returned as it is. */
export type Padding = (symbols: Uint8Array, positions: number) => Uint8Array;

function filled(positions: number, filler: number, symbols: Uint8Array, at: number): Uint8Array {
  const whole = new Uint8Array(positions).fill(filler);
  whole.set(symbols, at);
  return whole;
}

/** Right-justified, zero-filled: numeric elements. */
export const zerosLeft: Padding = (symbols, positions) =>
  symbols.length < positions ? filled(positions, 0x30, symbols, positions - symbols.length) : symbols;

/** Left-justified, space-filled: elements with letters. */
export const spacesRight: Padding = (symbols, positions) =>
  symbols.length < positions ? filled(positions, 0x20, symbols, 0) : symbols;

/** Nothing is added; a value of another length is refused. */
export const unpadded: Padding = (symbols) => symbols;
