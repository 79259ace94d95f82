/**
 * TDES (NIST SP 800-67, ISO/IEC 18033-3) with a single, double or triple length key. Single DES is TDES
 * with three equal keys; it is here because X9.19 and X9.24-1 are built of it, not to protect anything by itself.
 */
import { assert } from '../../core/base/assert.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { platformCipher, type BlockCipher } from './block-cipher.ts';
import type { KeyLengthFault } from './secret-bytes.ts';

/** The keying options of SP 800-67 as three keys: K1 K2 K3, K1 K2 K1, K K K. */
function threeKeys(key: Buffer): Buffer {
  if (key.length === 24) return key;
  return key.length === 16 ? Buffer.concat([key, key.subarray(0, 8)]) : Buffer.concat([key, key, key]);
}

/** `key`: 8, 16 or 24 bytes; parity bits are not looked at. */
export function tdes(key: Buffer): Result<BlockCipher, KeyLengthFault> {
  if (![8, 16, 24].includes(key.length)) {
    return err(fault('keyLength', `a TDES key has 8, 16 or 24 bytes, found ${key.length}`, false));
  }
  return ok(platformCipher('des-ede3', 8, key, threeKeys));
}

/** For a key whose length is known from its derivation. */
export function knownTdes(key: Buffer): BlockCipher {
  const cipher = tdes(key);
  assert(cipher.ok, 'tdes: a derived key has a wrong length');
  return cipher.value;
}
