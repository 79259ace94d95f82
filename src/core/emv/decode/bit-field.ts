/**
 * Bit fields as tables: a row says what one value of some bits of one byte means, and the explanation names the bits
 * as the Books do (byte 1 is the leftmost, bit 8 the most significant).
 */
import { assert } from '../../base/assert.ts';

/** [byte from 1, mask, value of the masked bits, meaning] */
export type BitRow = readonly [byte: number, mask: number, value: number, meaning: string];

export interface BitField {
  /** Book and section of the whole table. */
  readonly spec: string;
  /** Bytes described; a value may have fewer (an older version) or more. */
  readonly bytes: number;
  readonly rows: readonly BitRow[];
}

/** Bit `b` of byte `n`, set. */
export function bit(n: number, b: number, meaning: string): BitRow {
  assert(n >= 1 && b >= 1 && b <= 8, 'bits: bytes count from 1, bits from 8 to 1');
  const mask = 1 << (b - 1);
  return [n, mask, mask, meaning];
}

/** One line for each row that applies, and one for each set bit that none of them covers. */
export function explainBits(field: BitField, value: Uint8Array): string[] {
  const lines: string[] = [];
  for (const [index, byte] of value.entries()) {
    let covered = 0;
    for (const [n, mask, expected, meaning] of field.rows) {
      if (n !== index + 1 || (byte & mask) !== expected) continue;
      covered |= mask;
      lines.push(`${place(n, mask)}: ${meaning}`);
    }
    for (let b = 8; b >= 1; b -= 1) {
      const mask = 1 << (b - 1);
      if ((byte & ~covered & mask) !== 0) lines.push(`${place(index + 1, mask)}: RFU`);
    }
  }
  return lines;
}

/** Masks of several bits are one run of bits in all tables but one (Book C-4, 9F6D), which names its outer bits. */
function place(byte: number, mask: number): string {
  if (mask === 0xff) return `byte ${byte}`;
  assert(mask > 0 && mask <= 0xff, 'bits: a mask of one byte');
  const high = 32 - Math.clz32(mask);
  const low = 32 - Math.clz32(mask & -mask);
  return high === low ? `byte ${byte} bit ${high}` : `byte ${byte} bits ${high}-${low}`;
}
