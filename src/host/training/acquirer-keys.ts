/**
 * The training acquirer's side of the working keys: a new MAC key for each connection that asks for one (0800 with
 * DE 70 = 161), on its way in a key block (TR-31) under a key-encryption key that both sides hold. It lives as long as
 * its connection.
 */
import type { Random } from '../../core/base/ports.ts';
import { ok, type Result } from '../../core/base/result.ts';
import { knownAes } from '../security/aes.ts';
import type { KeyBlockVersion } from '../security/key-block-header.ts';
import { wrapKeyBlock, type KeyBlockFault } from '../security/key-block.ts';
import { keyCheckValue, usualKcvMethod } from '../security/key-check-value.ts';
import type { MacAlgorithm, MacKey } from '../security/message-mac.ts';
import { wipe } from '../security/secret-bytes.ts';
import { knownTdes } from '../security/tdes.ts';

export interface MacOptions {
  /** TDES (16 or 24 bytes) for X9.19, AES (16, 24 or 32) for AES-CMAC. Stays the caller's to wipe. */
  readonly keyEncryptionKey: Buffer;
  readonly algorithm: MacAlgorithm;
  /** Where the working keys come from. */
  readonly random: Random;
}

interface Form {
  readonly version: KeyBlockVersion;
  readonly keyUsage: string;
  readonly algorithm: string;
  /** Of the check value in optional block KC (TR-31:2018 A.5.8). */
  readonly kcvMethod: string;
  readonly cipher: typeof knownAes;
}

/** TR-31:2018 Annex A.5, tables 6 to 8. */
const forms: Readonly<Record<MacAlgorithm, Form>> = {
  'x9.19': { version: 'B', keyUsage: 'M3', algorithm: 'T', kcvMethod: '00', cipher: knownTdes },
  'aes-cmac': { version: 'D', keyUsage: 'M6', algorithm: 'A', kcvMethod: '01', cipher: knownAes },
};

const keyBytes = 16;

/** A new key and the key block that carries it. The key is the caller's to wipe. */
export function newWorkingKey(options: MacOptions): Result<{ key: MacKey; keyBlock: string }, KeyBlockFault> {
  const { version, keyUsage, algorithm, kcvMethod, cipher: create } = forms[options.algorithm];
  const key = Buffer.from(options.random.bytes(keyBytes));
  const cipher = create(key);
  const kcv = keyCheckValue(cipher, usualKcvMethod(cipher)).toString('hex').toUpperCase();
  const header = { version, keyUsage, algorithm, modeOfUse: 'C', keyVersion: '00', exportability: 'N' };
  const optionalBlocks = [{ id: 'KC', data: kcvMethod + kcv }];
  const keyBlock = wrapKeyBlock(options.keyEncryptionKey, { ...header, optionalBlocks }, key);
  if (keyBlock.ok) return ok({ key: { algorithm: options.algorithm, key }, keyBlock: keyBlock.value });
  wipe(key);
  return keyBlock;
}

/** Another key, for a MAC that must not match. Not its bits inverted: DES keys have that symmetry. */
export function otherThan({ algorithm, key }: MacKey): MacKey {
  return { algorithm, key: Buffer.from(key.map((octet) => octet ^ 0x5a)) };
}
