/**
 * The private half of RSA as cards and their issuers use it: m^d mod n on whole blocks without any padding of its own,
 * because EMV 4.4 Book 2 Annex B2.1 lays out the block.
 */
import { constants, createPrivateKey, privateDecrypt, type KeyObject } from 'node:crypto';
import { assert } from '../../../../src/core/base/assert.ts';
import { hex } from '../../../../src/core/base/bytes.ts';

/** Upper-case hex; everything else about the key follows. */
export interface RsaKeyData {
  readonly modulus: string;
  readonly exponent: string;
  readonly primes: readonly [string, string];
}

export class RsaKey {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  readonly #private: KeyObject;

  constructor({ modulus, exponent, primes }: RsaKeyData) {
    this.modulus = hex(modulus);
    this.exponent = hex(exponent);
    const [p, q] = [BigInt(`0x${primes[0]}`), BigInt(`0x${primes[1]}`)];
    assert(p * q === BigInt(`0x${modulus}`), 'RSA: the primes make the modulus');
    const e = BigInt(`0x${exponent}`);
    const d = inverse(e, (p - 1n) * (q - 1n));
    const [n64, e64] = [base64(BigInt(`0x${modulus}`)), base64(e)];
    const jwk = {
      kty: 'RSA',
      n: n64,
      e: e64,
      d: base64(d),
      p: base64(p),
      q: base64(q),
      dp: base64(d % (p - 1n)),
      dq: base64(d % (q - 1n)),
      qi: base64(inverse(q, p)),
    };
    this.#private = createPrivateKey({ key: jwk, format: 'jwk' });
  }

  /** In bytes. */
  get length(): number {
    return this.modulus.length;
  }

  /** `block` is as long as the modulus, and less than it. */
  apply(block: Uint8Array): Uint8Array {
    assert(block.length === this.length, 'RSA: the block is as long as the modulus');
    return Uint8Array.from(privateDecrypt({ key: this.#private, padding: constants.RSA_NO_PADDING }, block));
  }
}

function base64(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url');
}

/** By the extended algorithm of Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  assert(a === 1n, 'RSA: exponent and modulus have no common factor');
  return ((x % modulus) + modulus) % modulus;
}
