/**
 * Small operations on bytes that are secret. Keys are Buffers that belong to whoever asked for them: the owner
 * overwrites them with `wipe` when done. Comparisons take the same time wherever the difference is.
 */
import { timingSafeEqual } from 'node:crypto';
import { assert } from '../../core/base/assert.ts';
import type { Fault } from '../../core/base/result.ts';

/** A key has a length that the algorithm does not know. */
export type KeyLengthFault = Fault<'keyLength'>;

/** Two strings of the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  assert(a.length === b.length, `xor: ${a.length} and ${b.length} bytes`);
  const result = Buffer.alloc(a.length);
  for (let i = 0; i < a.length; i += 1) result[i] = (a[i] ?? 0) ^ (b[i] ?? 0);
  return result;
}

export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** For MACs and check values. An empty value never matches: it would let everything through. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
