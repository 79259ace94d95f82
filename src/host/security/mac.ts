/**
 * Message authentication codes of the acquirer link (ISO 8583 DE 64 and DE 128): CBC-MAC and retail MAC
 * (ISO/IEC 9797-1, ANSI X9.9 and X9.19), CMAC (NIST SP 800-38B), HMAC (FIPS 198-1). Compare with
 * `equalInConstantTime`, never with `equals`.
 */
import { createHmac } from 'node:crypto';
import { assert } from '../../core/base/assert.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import type { BlockCipher } from './block-cipher.ts';
import { wipe, type KeyLengthFault } from './secret-bytes.ts';
import { knownTdes } from './tdes.ts';

/** ISO/IEC 9797-1:2011 section 6.3.2, 6.3.3 and 6.3.4. */
export type MacPadding = 1 | 2 | 3;

/**
 * Methods 1 and 3 fill with zeros, method 2 with a one bit and zeros; method 3 puts the length in bits in front. The
 * bytes are the caller's to wipe, and in no pool: what Buffer.from and Buffer.concat copy lies among other people's.
 */
export function padForMac(data: Uint8Array, method: MacPadding, blockSize: number): Buffer {
  const head = method === 3 ? blockSize : 0;
  const blocks = Math.max(1, Math.ceil((data.length + (method === 2 ? 1 : 0)) / blockSize));
  const padded = Buffer.alloc(head + blocks * blockSize);
  padded.set(data, head);
  if (method === 2) padded[data.length] = 0x80;
  if (method === 3) padded.writeUInt32BE(data.length * 8, blockSize - 4);
  return padded;
}

function truncate(mac: Buffer, length: number): Buffer {
  assert(Number.isInteger(length) && length >= 4 && length <= mac.length, `mac: no MAC of ${length} bytes`);
  return mac.subarray(0, length);
}

/** Wipes `padded` and the chain. */
function lastCbcBlock(cipher: BlockCipher, padded: Buffer): Buffer {
  const chain = cipher.encryptCbc(Buffer.alloc(cipher.blockSize), padded);
  const last = Buffer.alloc(cipher.blockSize);
  chain.copy(last, 0, chain.length - cipher.blockSize);
  wipe(padded, chain);
  return last;
}

/** ISO/IEC 9797-1:2011 section 7.2, MAC algorithm 1. `length`: bytes kept, 4 to the block size. */
export function cbcMac(
  cipher: BlockCipher,
  data: Uint8Array,
  padding: MacPadding,
  length: number = cipher.blockSize,
): Buffer {
  return truncate(lastCbcBlock(cipher, padForMac(data, padding, cipher.blockSize)), length);
}

/**
 * ISO/IEC 9797-1:2011 section 7.4, MAC algorithm 3 with DES: the retail MAC of ANSI X9.19. `key`: 16 bytes, the
 * first half for the chain, both for the last block. `length`: bytes kept, 4 to 8.
 */
export function retailMac(
  key: Buffer,
  data: Uint8Array,
  padding: MacPadding,
  length = 8,
): Result<Buffer, KeyLengthFault> {
  if (key.length !== 16) return err(fault('keyLength', `a retail MAC key has 16 bytes, found ${key.length}`, false));
  const first = knownTdes(key.subarray(0, 8));
  const second = knownTdes(key.subarray(8));
  const chained = lastCbcBlock(first, padForMac(data, padding, 8));
  const middle = second.decryptEcb(chained);
  const mac = first.encryptEcb(middle);
  wipe(chained, middle);
  return ok(truncate(mac, length));
}

/** SP 800-38B section 6.1: doubling in GF(2^64) or GF(2^128), with R64 and R128 of section 5.3. */
function double(block: Buffer): Buffer {
  const result = Buffer.alloc(block.length);
  for (let i = 0; i < block.length; i += 1) result[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  const reduction = block.length === 8 ? 0x1b : 0x87;
  // Without a branch on the secret bit.
  result[block.length - 1] = (result[block.length - 1] ?? 0) ^ (reduction * ((block[0] ?? 0) >> 7));
  return result;
}

/** SP 800-38B section 6.2, over AES or TDES. `length`: bytes kept, 4 to the block size. */
export function cmac(cipher: BlockCipher, data: Uint8Array, length: number = cipher.blockSize): Buffer {
  const size = cipher.blockSize;
  const zero = cipher.encryptEcb(Buffer.alloc(size));
  const whole = double(zero);
  const partial = double(whole);
  const complete = data.length > 0 && data.length % size === 0;
  // Whole blocks stay as they are: method 1 adds nothing to them.
  const message = padForMac(data, complete ? 1 : 2, size);
  const mask = complete ? whole : partial;
  const last = message.length - size;
  for (let i = 0; i < size; i += 1) message[last + i] = (message[last + i] ?? 0) ^ (mask[i] ?? 0);
  const mac = lastCbcBlock(cipher, message);
  wipe(zero, whole, partial);
  return truncate(mac, length);
}

/** FIPS 198-1 with SHA-256: ISO/IEC 9797-2:2011 MAC algorithm 2. `length`: bytes kept, 4 to 32. */
export function hmacSha256(key: Buffer, data: Uint8Array, length = 32): Buffer {
  return truncate(createHmac('sha256', key).update(data).digest(), length);
}
