/**
 * The digital signature scheme of EMV giving message recovery (EMV 4.4 Book 2 Annex A2.1; ISO/IEC 9796-2): what a
 * certificate, Signed Static and Signed Dynamic Application Data have in common.
 */
import { assert } from '../../base/assert.ts';
import { recover, type PublicKey } from './rsa.ts';
import { sha1Length } from './sha1.ts';

const header = 0x6a;
const trailer = 0xbc;

export interface Block {
  /** From the format on, without header, hash and trailer: the recovered part of what was hashed. */
  readonly content: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * The recovered block, or undefined when the signature is not as long as the key (step 1), or trailer, header or format
 * (steps 2 to 4) are not as they have to be. At least `fields` bytes of content are there.
 */
export function openBlock(signature: Uint8Array, key: PublicKey, format: number, fields = 0): Block | undefined {
  const { length } = key.modulus;
  if (signature.length !== length || length < 2 + fields + sha1Length) return undefined;
  const block = recover(signature, key.modulus, key.exponent);
  if (block[length - 1] !== trailer || block[0] !== header || block[1] !== format) return undefined;
  const hashAt = length - 1 - sha1Length;
  assert(block.length === length && hashAt > fields, 'ODA: a block has room for its fields and its hash');
  return { content: block.subarray(1, hashAt), hash: block.subarray(hashAt, length - 1) };
}
