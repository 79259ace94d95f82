/**
 * RSA with a public key, as EMV uses it: certificates and signatures are recovered, a PIN block is enciphered, both by
 * raising to the public exponent (EMV 4.4 Book 2 Annex B2.1). With the two exponents EMV has and moduli of at most 248
 * bytes the work is bounded; it concerns public values only, so it need not take constant time.
 */
import { assert } from '../../base/assert.ts';

/** Book 2 §5.1, §6.1: no modulus is longer. */
export const maxModulusLength = 248;

export interface PublicKey {
  readonly modulus: Uint8Array;
  /** Book 2 Annex B2.1 has no other. */
  readonly exponent: 3 | 65_537;
}

/** The exponent that tag 9F32, 9F47 or 9F2E holds, or undefined when it is none of EMV's. */
export function parseExponent(bytes: Uint8Array): PublicKey['exponent'] | undefined {
  if (bytes.length > 3) return undefined;
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return value === 3 || value === 65_537 ? value : undefined;
}

/** input ^ exponent mod modulus, as many bytes as the modulus has. A modulus of zeros gives zeros. */
export function recover(
  input: Uint8Array,
  modulus: Uint8Array,
  exponent: PublicKey['exponent'],
): Uint8Array<ArrayBuffer> {
  assert(modulus.length <= maxModulusLength, 'RSA: the modulus is longer than EMV has');
  assert(input.length === modulus.length, 'RSA: what is recovered is as long as its key');
  const n = toInteger(modulus);
  return n === 0n ? new Uint8Array(modulus.length) : toBytes(power(toInteger(input), exponent, n), modulus.length);
}

function power(base: bigint, exponent: PublicKey['exponent'], n: bigint): bigint {
  let result = base % n;
  const squarings = exponent === 3 ? 1 : 16;
  for (let round = 0; round < squarings; round += 1) result = (result * result) % n;
  return (result * base) % n;
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** By way of hexadecimal: the engine reads and writes that in linear time. */
function toInteger(bytes: Uint8Array): bigint {
  let text = '0x0';
  for (const byte of bytes) text += hexOfByte[byte] ?? '';
  return BigInt(text);
}

function toBytes(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const text = value.toString(16).padStart(length * 2, '0');
  assert(text.length === length * 2, 'RSA: the result is smaller than the modulus');
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (digit(text, i * 2) << 4) | digit(text, i * 2 + 1);
  return bytes;
}

/** Of lower-case hexadecimal. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
