/**
 * The independent axes of an ISO 8583 element on the wire: how its symbols are encoded, how its length is
 * announced, how a short value is filled. A dialect picks one of each per element.
 *
 * A symbol is one position of the element as the standard counts it: one character (its code), or one octet of
 * a binary element. Axes copy symbols between byte arrays and never make a string, so nothing of a PAN is left
 * behind that could not be overwritten.
 */
import { assert } from '../base/assert.ts';
import { latin1 } from '../base/bytes.ts';
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

/** Codes of the sixteen hexadecimal digits, upper case. */
const hexCodes: Uint8Array = latin1('0123456789ABCDEF');

/** No nibble has this value. */
const none = 0xff;

/** The nibble of each byte that stands for one in some of `codes`, else `none`. */
function nibblesOf(...codes: readonly Uint8Array[]): Uint8Array {
  const nibbles = new Uint8Array(256).fill(none);
  for (const each of codes) {
    each.forEach((code, nibble) => {
      nibbles[code] = nibble;
    });
  }
  return nibbles;
}

/** One octet as two hexadecimal characters, whose codes are those of `upper`; `lower` is also read. */
function hexIn(upper: Uint8Array, lower: Uint8Array): Encoding {
  const nibbles = nibblesOf(upper, lower);
  return {
    size: (positions) => positions * 2,
    positionsIn: (count) => count >> 1,
    write: (symbols, from, positions, target, offset) => {
      for (let i = 0; i < positions; i += 1) {
        const octet = symbols[from + i] ?? 0;
        target[offset + i * 2] = upper[octet >> 4] ?? 0;
        target[offset + i * 2 + 1] = upper[octet & 15] ?? 0;
      }
    },
    read: (wire, offset, positions, symbols, to) => {
      for (let i = 0; i < positions; i += 1) {
        const high = nibbles[wire[offset + i * 2] ?? 0] ?? none;
        const low = nibbles[wire[offset + i * 2 + 1] ?? 0] ?? none;
        if ((high | low) > 15) return false;
        symbols[to + i] = high * 16 + low;
      }
      return true;
    },
  };
}

const lowerHexCodes: Uint8Array = latin1('0123456789abcdef');

/** Binary elements of an all-ASCII dialect. */
export const hexCharacters: Encoding = hexIn(hexCodes, lowerHexCodes);

/** Binary elements of an all-EBCDIC dialect. */
export const hexEbcdic: Encoding = hexIn(hexCodes.map(toEbcdic), lowerHexCodes.map(toEbcdic));

function toEbcdic(code: number): number {
  return ebcdicOf[code] ?? 0;
}

/** What the nibbles of packed digits stand for: the separator `=` of track 2 is nibble D, as terminals send it. */
const packedCodes: Uint8Array = latin1('0123456789ABC=EF');
const packedNibbles: Uint8Array = nibblesOf(hexCodes, packedCodes);

/**
 * Two digits in one byte. An odd count is filled with `filler` on the `side` given, and what stands there is not
 * looked at when reading.
 */
export function packedBcd(side: 'left' | 'right', filler: 0 | 15): Encoding {
  const fillsLeft = side === 'left';
  return {
    size: (positions) => (positions + 1) >> 1,
    positionsIn: (count) => count * 2,
    fits: (symbols, from, positions) => {
      let all = 0;
      for (let i = from; i < from + positions; i += 1) all |= packedNibbles[symbols[i] ?? 0] ?? none;
      return all <= 15;
    },
    write: (symbols, from, positions, target, offset) => {
      const end = from + positions;
      let [at, octet] = [from, offset];
      if (fillsLeft && (positions & 1) === 1) {
        target[octet] = filler * 16 + nibbleAt(symbols, at);
        [at, octet] = [at + 1, octet + 1];
      }
      for (; at + 1 < end; at += 2, octet += 1) {
        target[octet] = nibbleAt(symbols, at) * 16 + nibbleAt(symbols, at + 1);
      }
      if (at < end) target[octet] = nibbleAt(symbols, at) * 16 + filler;
    },
    read: (wire, offset, positions, symbols, to) => {
      const end = to + positions;
      let [at, octet] = [to, offset];
      if (fillsLeft && (positions & 1) === 1) {
        symbols[at] = packedCodes[(wire[octet] ?? 0) & 15] ?? 0;
        [at, octet] = [at + 1, octet + 1];
      }
      for (; at + 1 < end; at += 2, octet += 1) {
        const pair = wire[octet] ?? 0;
        symbols[at] = packedCodes[pair >> 4] ?? 0;
        symbols[at + 1] = packedCodes[pair & 15] ?? 0;
      }
      if (at < end) symbols[at] = packedCodes[(wire[octet] ?? 0) >> 4] ?? 0;
      return true;
    },
  };
}

function nibbleAt(symbols: Uint8Array, at: number): number {
  return (packedNibbles[symbols[at] ?? 0] ?? 0) & 15;
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
  assert(digits >= 1 && digits <= 9, 'iso8583: a length has a few digits');
  return {
    size: digits,
    limit: 10 ** digits - 1,
    write: (count, target, offset) => {
      assert(count >= 0 && count < 10 ** digits, 'iso8583: a length is announced in full');
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
      assert(count >= 0 && count < 10 ** digits, 'iso8583: a packed length is announced in full');
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
      assert(count >= 0 && count < 256 ** size, 'iso8583: a binary length is announced in full');
      if (size === 2) target[offset] = count >> 8;
      target[offset + size - 1] = count & 255;
    },
    read: (wire, offset) => (size === 1 ? (wire[offset] ?? 0) : (wire[offset] ?? 0) * 256 + (wire[offset + 1] ?? 0)),
  };
}

/** Fills a value that is shorter than its fixed length. `zeros-left`: numeric; `spaces-right`: with letters. */
export type Padding = 'zeros-left' | 'spaces-right' | 'none';
