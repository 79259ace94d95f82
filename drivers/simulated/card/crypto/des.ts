/**
 * Triple DES as cards use it: double-length keys, ECB and CBC, and the MAC of EMV 4.4 Book 2 Annex A1.2.1. Keys of
 * another length are a mistake of the caller.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '../../../../src/core/base/assert.ts';
import { concat } from '../../../../src/core/base/bytes.ts';

export const blockLength = 8;

/** Padding of ISO/IEC 9797-1: `zeros` is method 1, `bit` is method 2 (80, then zeros, always at least one byte). */
export type Padding = 'zeros' | 'bit';

export function pad(data: Uint8Array, padding: Padding, length = blockLength): Uint8Array {
  const rest = data.length % length;
  if (padding === 'zeros') return concat(data, new Uint8Array(rest === 0 ? 0 : length - rest));
  const filler = new Uint8Array(length - rest);
  filler[0] = 0x80;
  return concat(data, filler);
}

export function encipherEcb(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv('des-ede3-ecb', tripled(key), null).setAutoPadding(false);
  return Uint8Array.from(cipher.update(blocks));
}

export function decipherEcb(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('des-ede3-ecb', tripled(key), null).setAutoPadding(false);
  return Uint8Array.from(decipher.update(blocks));
}

/** CBC from an initial block of zeros. */
export function encipherCbc(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv('des-ede3-cbc', tripled(key), new Uint8Array(blockLength)).setAutoPadding(false);
  return Uint8Array.from(cipher.update(blocks));
}

export function decipherCbc(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('des-ede3-cbc', tripled(key), new Uint8Array(blockLength)).setAutoPadding(false);
  return Uint8Array.from(decipher.update(blocks));
}

/** ISO/IEC 9797-1 MAC algorithm 3 (retail MAC), eight bytes. */
export function macAlgorithm3(key: Uint8Array, data: Uint8Array, padding: Padding = 'bit'): Uint8Array {
  const [left, right] = halves(key);
  const single = concat(left, left);
  const chained = encipherCbc(single, pad(data, padding)).subarray(-blockLength);
  return encipherEcb(single, decipherEcb(concat(right, right), chained));
}

/** The last bit of each byte makes the number of ones odd (Book 2 Annex A1.4.1 and A1.3.1). */
export function withOddParity(key: Uint8Array): Uint8Array {
  return key.map((byte) => {
    let ones = 0;
    for (let bits = byte >> 1; bits > 0; bits >>= 1) ones += bits & 1;
    return (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0);
  });
}

export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  assert(a.length === b.length, 'exclusive or: both have the same length');
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

/** Two equal halves make single DES, which OpenSSL 3 has no longer under its own name. */
function tripled(key: Uint8Array): Uint8Array {
  const [left, right] = halves(key);
  return concat(left, right, left);
}

function halves(key: Uint8Array): readonly [Uint8Array, Uint8Array] {
  assert(key.length === 2 * blockLength, 'a double-length DES key has 16 bytes');
  return [key.subarray(0, blockLength), key.subarray(blockLength)];
}
