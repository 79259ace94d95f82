/**
 * Key blocks, the form in which keys travel: ASC X9 TR-31:2018 section 5.3, now ANSI X9.143. Unwrapping
 * checks the MAC before anything in the block is believed; a key block from outside never throws.
 */
import { randomBytes } from 'node:crypto';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes, knownAes } from './aes.ts';
import type { BlockCipher } from './block-cipher.ts';
import {
  formatKeyBlockHeader,
  keyBlockVersions,
  parseKeyBlockHeader,
  type KeyBlockHeader,
  type KeyBlockTextFault,
  type KeyBlockVersion,
} from './key-block-header.ts';
import { cbcMac, cmac } from './mac.ts';
import { equalInConstantTime, wipe, xor, type KeyLengthFault } from './secret-bytes.ts';
import { knownTdes, tdes } from './tdes.ts';

/**
 * - `keyBlockMac`: the block was changed, or is protected by another key.
 * - `keyBlockContent`: the MAC is right but the key inside is malformed.
 */
export type KeyBlockFault = KeyBlockTextFault | KeyLengthFault | Fault<'keyBlockMac' | 'keyBlockContent'>;

export interface UnwrappedKey {
  readonly header: KeyBlockHeader;
  /** The caller's to wipe. */
  readonly key: Buffer;
}

interface ProtectionKeys {
  readonly encryption: BlockCipher;
  readonly authentication: BlockCipher;
  wipe(): void;
}

/** Section 5.3.2.1, table 1 and 5.3.2.3, table 2: derivation input `counter, usage, 0, algorithm, length`. */
function derived(kbpk: Buffer, version: 'B' | 'D', cipher: BlockCipher, usage: 0 | 1): Buffer {
  // Algorithm indicators: 2-key TDES, 3-key TDES; AES-128, -192, -256.
  const algorithm = version === 'B' ? kbpk.length / 8 - 2 : kbpk.length / 8;
  const blocks = Array.from({ length: Math.ceil(kbpk.length / cipher.blockSize) }, (_, index) =>
    cmac(cipher, Buffer.of(index + 1, 0, usage, 0, 0, algorithm, (kbpk.length * 8) >> 8, (kbpk.length * 8) & 0xff)),
  );
  const key = Buffer.concat(blocks, kbpk.length);
  wipe(...blocks);
  return key;
}

function protectionKeys(version: KeyBlockVersion, kbpk: Buffer): Result<ProtectionKeys, KeyLengthFault> {
  const lengths: readonly number[] = keyBlockVersions[version].kbpkBytes;
  const cipher = version === 'D' ? aes(kbpk) : tdes(kbpk);
  if (!cipher.ok) return cipher;
  if (!lengths.includes(kbpk.length)) {
    return err(fault('keyLength', `version ${version} is not protected by a key of ${kbpk.length} bytes`, false));
  }
  // Versions A and C, key variant binding method: the protection key mixed with `E` and with `M` in ASCII.
  const variant = version === 'A' || version === 'C';
  const [encryptionKey, authenticationKey] = variant
    ? [xor(kbpk, Buffer.alloc(kbpk.length, 'E')), xor(kbpk, Buffer.alloc(kbpk.length, 'M'))]
    : [derived(kbpk, version, cipher.value, 0), derived(kbpk, version, cipher.value, 1)];
  const known = version === 'D' ? knownAes : knownTdes;
  return ok({
    encryption: known(encryptionKey),
    authentication: known(authenticationKey),
    wipe: () => wipe(encryptionKey, authenticationKey),
  });
}

/** Encrypted key and MAC. `clear`: length in bits, key, padding. */
function seal(version: KeyBlockVersion, keys: ProtectionKeys, header: Buffer, clear: Buffer): [Buffer, Buffer] {
  if (version === 'A' || version === 'C') {
    const encrypted = keys.encryption.encryptCbc(header.subarray(0, 8), clear);
    return [encrypted, cbcMac(keys.authentication, Buffer.concat([header, encrypted]), 1, 4)];
  }
  const authenticated = Buffer.concat([header, clear]);
  const mac = cmac(keys.authentication, authenticated);
  wipe(authenticated);
  return [keys.encryption.encryptCbc(mac, clear), mac];
}

/** The clear part, or undefined when the MAC does not match. */
function open(
  version: KeyBlockVersion,
  keys: ProtectionKeys,
  header: Buffer,
  encrypted: Buffer,
  mac: Buffer,
): Buffer | undefined {
  if (version === 'A' || version === 'C') {
    const expected = cbcMac(keys.authentication, Buffer.concat([header, encrypted]), 1, 4);
    return equalInConstantTime(expected, mac)
      ? keys.encryption.decryptCbc(header.subarray(0, 8), encrypted)
      : undefined;
  }
  const clear = keys.encryption.decryptCbc(mac, encrypted);
  const authenticated = Buffer.concat([header, clear]);
  const matches = equalInConstantTime(cmac(keys.authentication, authenticated), mac);
  wipe(authenticated);
  if (matches) return clear;
  wipe(clear);
  return undefined;
}

/** 2 bytes of key length in bits, the key, random padding. */
function keyIn(clear: Buffer): Buffer | undefined {
  const bits = clear.readUInt16BE(0);
  return bits % 8 === 0 && 2 + bits / 8 <= clear.length ? Buffer.from(clear.subarray(2, 2 + bits / 8)) : undefined;
}

/** The encrypted key and the MAC behind the header; undefined when they are not whole blocks in upper-case hex. */
function bodyOf(text: string, headerLength: number, version: KeyBlockVersion): [Buffer, Buffer] | undefined {
  const { blockSize, macBytes } = keyBlockVersions[version];
  const body = text.slice(headerLength);
  const encrypted = (body.length - 2 * macBytes) / 2;
  // Lower case would be a second way to write the same block.
  if (encrypted < blockSize || encrypted % blockSize !== 0 || !/^[0-9A-F]+$/.test(body)) return undefined;
  const bytes = Buffer.from(body, 'hex');
  return [bytes.subarray(0, encrypted), bytes.subarray(encrypted)];
}

/** `kbpk`: the key block protection key, TDES for versions A, B and C, AES for D. */
export function unwrapKeyBlock(kbpk: Buffer, text: string): Result<UnwrappedKey, KeyBlockFault> {
  const parsed = parseKeyBlockHeader(text);
  if (!parsed.ok) return parsed;
  const { header, length } = parsed.value;
  const { version } = header;
  const body = bodyOf(text, length, version);
  if (
    Number(text.slice(1, 5)) !== text.length ||
    length % keyBlockVersions[version].blockSize !== 0 ||
    body === undefined
  ) {
    return err(
      fault('keyBlockText', 'the lengths of the key block do not fit each other, or a character is no hex', false),
    );
  }
  const keys = protectionKeys(version, kbpk);
  if (!keys.ok) return keys;
  const clear = open(version, keys.value, Buffer.from(text.slice(0, length), 'latin1'), ...body);
  keys.value.wipe();
  if (clear === undefined) return err(fault('keyBlockMac', 'the MAC of the key block does not match', false));
  const key = keyIn(clear);
  wipe(clear);
  return key === undefined
    ? err(fault('keyBlockContent', 'the length of the key inside is malformed', false))
    : ok({ header, key });
}

/** The longest key of the algorithm, so that the block does not show how long the key is. */
const maskedBytes: Readonly<Record<string, number>> = { D: 24, T: 24, A: 32 };

/** Makes a key block. `atLeastBytes`: room for the key, so that its length is hidden; usual for the algorithm if absent. */
export function wrapKeyBlock(
  kbpk: Buffer,
  header: KeyBlockHeader,
  key: Buffer,
  atLeastBytes = maskedBytes[header.algorithm] ?? 0,
): Result<string, KeyBlockFault> {
  const { blockSize, macBytes } = keyBlockVersions[header.version];
  if (key.length * 8 > 0xffff) return err(fault('keyBlockContent', 'the key is too long', false));
  const clearLength = Math.ceil((2 + Math.max(key.length, atLeastBytes)) / blockSize) * blockSize;
  const headerText = formatKeyBlockHeader(header, 2 * (clearLength + macBytes));
  if (!headerText.ok) return headerText;
  const keys = protectionKeys(header.version, kbpk);
  if (!keys.ok) return keys;
  const clear = Buffer.concat([Buffer.alloc(2), key, randomBytes(clearLength - 2 - key.length)]);
  clear.writeUInt16BE(key.length * 8, 0);
  const [encrypted, mac] = seal(header.version, keys.value, Buffer.from(headerText.value, 'latin1'), clear);
  keys.value.wipe();
  wipe(clear);
  return ok(`${headerText.value}${Buffer.concat([encrypted, mac]).toString('hex').toUpperCase()}`);
}
