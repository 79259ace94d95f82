/**
 * Key check values: what two parties compare to know that they hold the same key. ANSI X9.24-1:2017 Annex A: the
 * older method encrypts a block of zeros (TDES only), the newer one is a CMAC over a block of zeros.
 */
import type { BlockCipher } from './block-cipher.ts';
import { cmac } from './mac.ts';
import { equalInConstantTime } from './secret-bytes.ts';

/** Annex A.2: leftmost 3 bytes; Annex A.3: leftmost 5 bytes. */
const methods = {
  encryption: { bytes: 3, compute: (cipher: BlockCipher) => cipher.encryptEcb(Buffer.alloc(cipher.blockSize)) },
  cmac: { bytes: 5, compute: (cipher: BlockCipher) => cmac(cipher, Buffer.alloc(cipher.blockSize)) },
} as const;

export type KcvMethod = keyof typeof methods;

/** The method in use for TDES keys, and the only one that X9.24 allows for AES. */
export function usualKcvMethod(cipher: BlockCipher): KcvMethod {
  return cipher.blockSize === 8 ? 'encryption' : 'cmac';
}

/** 3 bytes for `encryption`, 5 bytes for `cmac`. */
export function keyCheckValue(cipher: BlockCipher, method: KcvMethod): Buffer {
  const { bytes, compute } = methods[method];
  return compute(cipher).subarray(0, bytes);
}

/** `expected`: hexadecimal as printed on key letters and sent in messages; 3 bytes or more, as far as it goes. */
export function kcvMatches(cipher: BlockCipher, method: KcvMethod, expected: string): boolean {
  if (!/^(?:[0-9A-Fa-f]{2}){3,}$/.test(expected)) return false;
  const value = Buffer.from(expected, 'hex');
  return equalInConstantTime(value, keyCheckValue(cipher, method).subarray(0, value.length));
}
