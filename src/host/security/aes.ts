/** AES (FIPS 197) with 128, 192 or 256 bits. */
import { assert } from '../../core/base/assert.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { platformCipher, type BlockCipher } from './block-cipher.ts';
import type { KeyLengthFault } from './secret-bytes.ts';

/** `key`: 16, 24 or 32 bytes. */
export function aes(key: Buffer): Result<BlockCipher, KeyLengthFault> {
  if (![16, 24, 32].includes(key.length)) {
    return err(fault('keyLength', `an AES key has 16, 24 or 32 bytes, found ${key.length}`, false));
  }
  return ok(platformCipher(`aes-${key.length * 8}`, 16, key, (same) => same));
}

/** For a key whose length is known from its derivation. */
export function knownAes(key: Buffer): BlockCipher {
  const cipher = aes(key);
  assert(cipher.ok, 'aes: a derived key has a wrong length');
  return cipher.value;
}
