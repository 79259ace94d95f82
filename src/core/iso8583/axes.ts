/**
 * The independent axes of an ISO 8583 element on the wire: how its symbols are encoded, how its length is
 * announced, how a short value is filled. A dialect picks one of each per element.
 *
 * A symbol is one position of the element as the standard counts it: one character (its code), or one octet of
 * a binary element. Axes copy symbols between byte arrays and never make a string, so nothing of a PAN is left
 * behind that could not be overwritten.
 */
import { ebcdicOf, latin1Of } from './ebcdic.ts';

export interface Encoding {
  /** Bytes on the wire for `positions` symbols. */
  size(positions: number): number;
  /** Symbols that `octets` bytes on the wire hold; the counterpart of `size` where a length counts bytes. */
  positionsIn(octets: number): number;
  /** Writes `positions` symbols, found at `from`, to `target` at `offset`, which has room for them. */
  write(symbols: Uint8Array, from: number, positions: number, target: Uint8Array, offset: number): void;
  /** Where some symbols have no code: true when all of these have one. */
  fits?(symbols: Uint8Array, from: number, positions: number): boolean;
  /** Reads `positions` symbols at `offset`, all of whose bytes are there; false when they are not of this encoding. */
  read(wire: Uint8Array, offset: number, positions: number, symbols: Uint8Array, to: number): boolean;
}

/** One symbol, one byte: ASCII characters as well as raw binary. What may stand in it is the content's rule. */
export const octets: Encoding = {
  size: (positions) => positions,
  positionsIn: (count) => count,
  write: (symbols, from, positions, target, offset) => {
    for (let i = 0; i < positions; i += 1) target[offset + i] = symbols[from + i] ?? 0;
  },
  read: (wire, offset, positions, symbols, to) => {
    for (let i = 0; i < positions; i += 1) symbols[to + i] = wire[offset + i] ?? 0;
    return true;
  },
};

/** Characters in EBCDIC, code page 500. */
export const ebcdic: Encoding = {
  size: (positions) => positions,
  positionsIn: (count) => count,
  write: (symbols, from, positions, target, offset) => {
    for (let i = 0; i < positions; i += 1) target[offset + i] = ebcdicOf[symbols[from + i] ?? 0] ?? 0;
  },
  read: (wire, offset, positions, symbols, to) => {
    for (let i = 0; i < positions; i += 1) symbols[to + i] = latin1Of[wire[offset + i] ?? 0] ?? 0;
    return true;
  },
};

/** Character code of a hexadecimal digit, upper case. */
function hexCode(value: number): number {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

/** Value of a hexadecimal character code, either case; -1 when it is none. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}

/** One octet as two hexadecimal characters of `characters`, upper case when written. */
function hexIn(characters: Encoding): Encoding {
  return {
    size: (positions) => positions * 2,
    positionsIn: (count) => count >> 1,
    write: (symbols, from, positions, target, offset) => {
      for (let i = 0; i < positions; i += 1) {
        const octet = symbols[from + i] ?? 0;
        target[offset + i * 2] = hexCode(octet >> 4);
        target[offset + i * 2 + 1] = hexCode(octet & 15);
      }
      if (characters !== octets) characters.write(target, offset, positions * 2, target, offset);
    },
    read: (wire, offset, positions, symbols, to) => {
      const ascii = characters === octets;
      for (let i = 0; i < positions; i += 1) {
        const first = wire[offset + i * 2] ?? 0;
        const second = wire[offset + i * 2 + 1] ?? 0;
        const high = hexValue(ascii ? first : (latin1Of[first] ?? 0));
        const low = hexValue(ascii ? second : (latin1Of[second] ?? 0));
        if (high < 0 || low < 0) return false;
        symbols[to + i] = high * 16 + low;
      }
      return true;
    },
  };
}

/** Binary elements of an all-ASCII dialect. */
export const hexCharacters: Encoding = hexIn(octets);

/** Binary elements of an all-EBCDIC dialect. */
export const hexEbcdic: Encoding = hexIn(ebcdic);

/**
 * Two digits in one byte. An odd count is filled with `filler` on the `side` given, and what stands there is not
 * looked at when reading. The separator `=` of track 2 is nibble D, as terminals send it.
 */
export function packedBcd(side: 'left' | 'right', filler: 0 | 15): Encoding {
  return {
    size: (positions) => (positions + 1) >> 1,
    positionsIn: (count) => count * 2,
    fits: (symbols, from, positions) => {
      for (let i = from; i < from + positions; i += 1) {
        const code = symbols[i] ?? 0;
        if (code !== separator && (code > 0x46 || hexValue(code) < 0)) return false;
      }
      return true;
    },
    write: (symbols, from, positions, target, offset) => {
      const skip = side === 'left' ? positions & 1 : 0;
      for (let i = 0; i < (positions + 1) >> 1; i += 1) {
        const high = nibbleAt(symbols, from, positions, i * 2 - skip, filler);
        target[offset + i] = high * 16 + nibbleAt(symbols, from, positions, i * 2 + 1 - skip, filler);
      }
    },
    read: (wire, offset, positions, symbols, to) => {
      const skip = side === 'left' ? positions & 1 : 0;
      for (let i = 0; i < positions; i += 1) {
        const nibble = i + skip;
        const octet = wire[offset + (nibble >> 1)] ?? 0;
        const value = (nibble & 1) === 0 ? octet >> 4 : octet & 15;
        symbols[to + i] = value === 13 ? separator : hexCode(value);
      }
      return true;
    },
  };
}

const separator = 0x3d;

function nibbleAt(symbols: Uint8Array, from: number, positions: number, index: number, filler: number): number {
  if (index < 0 || index >= positions) return filler;
  const code = symbols[from + index] ?? 0;
  return code === separator ? 13 : hexValue(code) & 15;
}

/** The sign of `x+n` as a character, its digits packed (ISO 8583 binary dialects). */
export function signed(sign: Encoding, digits: Encoding): Encoding {
  return {
    size: (positions) => 1 + digits.size(positions - 1),
    positionsIn: (count) => Math.max(0, 1 + digits.positionsIn(count - 1)),
    fits: (symbols, from, positions) => digits.fits?.(symbols, from + 1, positions - 1) ?? true,
    write: (symbols, from, positions, target, offset) => {
      sign.write(symbols, from, 1, target, offset);
      digits.write(symbols, from + 1, positions - 1, target, offset + 1);
    },
    read: (wire, offset, positions, symbols, to) =>
      sign.read(wire, offset, 1, symbols, to) && digits.read(wire, offset + 1, positions - 1, symbols, to + 1),
  };
}

/** Announces how many positions (or, where the dialect says so, bytes) follow. */
export interface LengthPrefix {
  /** Bytes on the wire. */
  readonly size: number;
  /** Greatest count it can say. */
  readonly limit: number;
  write(count: number, target: Uint8Array, offset: number): void;
  /** Reads `size` bytes, all of which are there; -1 when they are not a length. */
  read(wire: Uint8Array, offset: number): number;
}

/** L to LLLL as decimal characters, whose digits begin at code `zero`: 0x30 in ASCII, 0xF0 in EBCDIC. */
export function decimalPrefix(digits: number, zero: 0x30 | 0xf0): LengthPrefix {
  return {
    size: digits,
    limit: 10 ** digits - 1,
    write: (count, target, offset) => {
      for (let rest = count, i = digits - 1; i >= 0; i -= 1, rest = Math.floor(rest / 10)) {
        target[offset + i] = zero + (rest % 10);
      }
    },
    read: (wire, offset) => {
      let count = 0;
      for (let i = 0; i < digits; i += 1) {
        const digit = (wire[offset + i] ?? 0) - zero;
        if (digit < 0 || digit > 9) return -1;
        count = count * 10 + digit;
      }
      return count;
    },
  };
}

/** L to LLLL packed two digits a byte, filled with a zero on the left. */
export function bcdPrefix(digits: number): LengthPrefix {
  const size = (digits + 1) >> 1;
  return {
    size,
    limit: 10 ** digits - 1,
    write: (count, target, offset) => {
      for (let rest = count, i = size - 1; i >= 0; i -= 1, rest = Math.floor(rest / 100)) {
        target[offset + i] = Math.floor((rest % 100) / 10) * 16 + (rest % 10);
      }
    },
    read: (wire, offset) => {
      let count = 0;
      for (let i = 0; i < size; i += 1) {
        const octet = wire[offset + i] ?? 0;
        if (octet >> 4 > 9 || (octet & 15) > 9) return -1;
        count = count * 100 + (octet >> 4) * 10 + (octet & 15);
      }
      return count;
    },
  };
}

/** Unsigned binary of one or two bytes, most significant first. */
export function binaryPrefix(size: 1 | 2): LengthPrefix {
  return {
    size,
    limit: 256 ** size - 1,
    write: (count, target, offset) => {
      if (size === 2) target[offset] = count >> 8;
      target[offset + size - 1] = count & 255;
    },
    read: (wire, offset) => (size === 1 ? (wire[offset] ?? 0) : (wire[offset] ?? 0) * 256 + (wire[offset + 1] ?? 0)),
  };
}

/** Fills a value that is shorter than its fixed length. `zeros-left`: numeric; `spaces-right`: with letters. */
export type Padding = 'zeros-left' | 'spaces-right' | 'none';
