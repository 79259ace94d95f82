/**
 * A block cipher with its key: what the MACs and the key derivations need, over the platform's ciphers (node:crypto).
 * Modes of operation: NIST SP 800-38A sections 6.1 (ECB) and 6.2 (CBC). Nothing here pads.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '../../core/base/assert.ts';

export interface BlockCipher {
  /** Bytes: 8 for TDES, 16 for AES. */
  readonly blockSize: 8 | 16;
  /** `data`: one or more whole blocks; anything else is a bug of the caller. The results are the caller's to wipe. */
  encryptEcb(data: Uint8Array): Buffer;
  decryptEcb(data: Uint8Array): Buffer;
  encryptCbc(iv: Uint8Array, data: Uint8Array): Buffer;
  decryptCbc(iv: Uint8Array, data: Uint8Array): Buffer;
}

/**
 * `algorithm` is the platform's name without the mode. The key stays the owner's Buffer (wiped with it); `expand`
 * gives the form that the platform takes, and a copy made by it lives only for one call.
 */
export function platformCipher(
  algorithm: string,
  blockSize: 8 | 16,
  key: Buffer,
  expand: (key: Buffer) => Buffer,
): BlockCipher {
  const run = (
    create: typeof createCipheriv | typeof createDecipheriv,
    iv: Uint8Array | null,
    data: Uint8Array,
  ): Buffer => {
    assert(data.length > 0 && data.length % blockSize === 0, `${algorithm}: ${data.length} bytes are not whole blocks`);
    const expanded = expand(key);
    const cipher = create(`${algorithm}-${iv === null ? 'ecb' : 'cbc'}`, expanded, iv).setAutoPadding(false);
    if (expanded !== key) expanded.fill(0);
    // Without padding every whole block comes at once, in an array of its own: nothing is copied into Buffer's pool.
    const result = cipher.update(data);
    const rest = cipher.final();
    assert(result.length === data.length && rest.length === 0, `${algorithm}: a block was held back`);
    return result;
  };
  return {
    blockSize,
    encryptEcb: (data) => run(createCipheriv, null, data),
    decryptEcb: (data) => run(createDecipheriv, null, data),
    encryptCbc: (iv, data) => run(createCipheriv, iv, data),
    decryptCbc: (iv, data) => run(createDecipheriv, iv, data),
  };
}
