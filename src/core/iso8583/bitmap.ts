/** Bit maps: eight octets, in which bit 1 is the highest bit of the first octet (ISO 8583:1987, bit map). */
import { assert } from '../base/assert.ts';

/** Octets of one bit map. */
export const bitmapOctets = 8;

/** Bits that one bit map has. */
export const bitmapBits = 64;

/** Sets the bits, which are numbered from 1, in octets of `target` that are zero so far. */
export function writeBits(bits: readonly number[], target: Uint8Array, at: number): void {
  for (const bit of bits) {
    assert(bit >= 1, 'iso8583: bits are numbered from 1');
    const index = at + ((bit - 1) >> 3);
    target[index] = (target[index] ?? 0) | (0x80 >> ((bit - 1) & 7));
  }
}

/** Adds the numbers, from `base` + 1, of the bits set in the octets at `at`, ascending; bit 1 only when `first`. */
export function readBits(bits: number[], source: DataView, at: number, base: number, first: boolean): void {
  addBits(bits, source.getInt32(at) & (first ? -1 : 0x7fffffff), base);
  addBits(bits, source.getInt32(at + 4), base + 32);
}

function addBits(bits: number[], word: number, base: number): void {
  for (let rest = word; rest !== 0;) {
    const bit = Math.clz32(rest);
    assert(bit < 32, 'iso8583: a word that is not zero has a bit');
    bits.push(base + bit + 1);
    rest &= ~(0x80000000 >>> bit);
  }
}
