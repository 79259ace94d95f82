/**
 * Importing a working key or a key-encryption key from a key block, for the acquirer link. Only what a terminal may
 * hold is accepted: base derivation keys stay with the host and PIN keys go to the PIN pad unopened.
 * Codes: ASC X9 TR-31:2018 Annex A.5, tables 6 to 10, the same in ANSI X9.143.
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes } from './aes.ts';
import type { BlockCipher } from './block-cipher.ts';
import { kcvMatches, keyCheckValue, usualKcvMethod, type KcvMethod } from './key-check-value.ts';
import type { KeyBlockHeader } from './key-block-header.ts';
import { unwrapKeyBlock, type KeyBlockFault } from './key-block.ts';
import { wipe, type KeyLengthFault } from './secret-bytes.ts';
import { tdes } from './tdes.ts';

/** A.5.1, table 6: key usage (bytes 5 and 6), with the algorithms (byte 7) and modes of use (byte 8) for it. */
const usages = {
  B1: { usage: 'dukptInitialKey', algorithms: 'AT', modes: 'XN' },
  D0: { usage: 'dataEncryption', algorithms: 'AT', modes: 'BDEN' },
  K0: { usage: 'keyEncryption', algorithms: 'AT', modes: 'BDEN' },
  K1: { usage: 'keyBlockProtection', algorithms: 'AT', modes: 'BDEN' },
  M1: { usage: 'cbcMac', algorithms: 'AT', modes: 'CGVN' },
  M3: { usage: 'retailMac', algorithms: 'T', modes: 'CGVN' },
  M6: { usage: 'cmac', algorithms: 'AT', modes: 'CGVN' },
} as const;

/** A.5.2, table 7: algorithm (byte 7), with the key lengths in bytes; single DES is not accepted. */
const algorithms = {
  A: { algorithm: 'aes', bytes: [16, 24, 32], create: aes },
  T: { algorithm: 'tdes', bytes: [16, 24], create: tdes },
} as const;

/** A.5.3, table 8: mode of use (byte 8). */
const modes = {
  B: 'encryptAndDecrypt',
  C: 'generateAndVerify',
  D: 'decryptOnly',
  E: 'encryptOnly',
  G: 'generateOnly',
  N: 'noRestriction',
  V: 'verifyOnly',
  X: 'deriveOnly',
} as const;

/** A.5.5, table 10: exportability (byte 11). */
const exportabilities = { E: 'trustedKeyBlock', N: 'notExportable', S: 'sensitive' } as const;

/** A.5.8: optional block KC, check value of the key; its first two characters name the method. */
const kcvMethods: Readonly<Record<string, KcvMethod>> = { '00': 'encryption', '01': 'cmac' };

export interface ImportedKey {
  readonly header: KeyBlockHeader;
  readonly usage: (typeof usages)[keyof typeof usages]['usage'];
  readonly algorithm: (typeof algorithms)[keyof typeof algorithms]['algorithm'];
  readonly mode: (typeof modes)[keyof typeof modes];
  readonly exportability: (typeof exportabilities)[keyof typeof exportabilities];
  /** The caller's to wipe. */
  readonly key: Buffer;
  /** Upper-case hexadecimal, by the usual method of the algorithm; may be shown and compared with a key letter. */
  readonly kcv: string;
}

/**
 * - `keyNotForTerminal`: the header names a use, algorithm or mode that a terminal has no business with.
 * - `keyCheckValue`: the check value in the block, or the one told beside it, is not that of the key.
 */
export type KeyImportFault = KeyBlockFault | Fault<'keyNotForTerminal' | 'keyCheckValue'>;

function row<T extends object>(table: T, code: string): T[keyof T] | undefined {
  return Object.hasOwn(table, code) ? table[code as keyof T] : undefined;
}

type Meaning = Omit<ImportedKey, 'header' | 'key' | 'kcv'> & (typeof algorithms)[keyof typeof algorithms];

function meaningOf(header: KeyBlockHeader): Result<Meaning, KeyImportFault> {
  const usage = row(usages, header.keyUsage);
  const algorithm = row(algorithms, header.algorithm);
  const mode = row(modes, header.modeOfUse);
  const exportability = row(exportabilities, header.exportability);
  if (usage === undefined || algorithm === undefined || mode === undefined || exportability === undefined) {
    const { keyUsage, modeOfUse } = header;
    const detail = `a terminal takes no key of usage ${keyUsage}, algorithm ${header.algorithm}, mode ${modeOfUse}`;
    return err(fault('keyNotForTerminal', detail, false));
  }
  // A.5.4, table 9: `c` in byte 9 marks a component, which is not yet a key.
  if (header.keyVersion.startsWith('c')) return err(fault('keyNotForTerminal', 'this is a component of a key', false));
  if (!usage.modes.includes(header.modeOfUse) || !usage.algorithms.includes(header.algorithm)) {
    const detail = `algorithm ${header.algorithm}, mode ${header.modeOfUse} do not go with usage ${header.keyUsage}`;
    return err(fault('keyNotForTerminal', detail, false));
  }
  return ok({ ...algorithm, usage: usage.usage, mode, exportability });
}

function cipherOf(meaning: Meaning, key: Buffer): Result<BlockCipher, KeyLengthFault> {
  const lengths: readonly number[] = meaning.bytes;
  if (!lengths.includes(key.length)) {
    return err(fault('keyLength', `no ${meaning.algorithm} key has ${key.length} bytes`, false));
  }
  return meaning.create(key);
}

function kcvsMatch(cipher: BlockCipher, header: KeyBlockHeader, expectedKcv: string | undefined): boolean {
  if (expectedKcv !== undefined && !kcvMatches(cipher, usualKcvMethod(cipher), expectedKcv)) return false;
  return header.optionalBlocks
    .filter(({ id }) => id === 'KC')
    .every(({ data }) => {
      const method = kcvMethods[data.slice(0, 2)];
      return method !== undefined && kcvMatches(cipher, method, data.slice(2));
    });
}

/**
 * Opens a key block for use in the terminal. `kbpk`: 16 bytes or more. `expectedKcv`: the check value that came
 * beside the block (key letter, 0800 message), hexadecimal.
 */
export function importKeyBlock(kbpk: Buffer, text: string, expectedKcv?: string): Result<ImportedKey, KeyImportFault> {
  if (kbpk.length < 16) return err(fault('keyLength', 'a single DES key protects nothing', false));
  const unwrapped = unwrapKeyBlock(kbpk, text);
  if (!unwrapped.ok) return unwrapped;
  const { header, key } = unwrapped.value;
  const refuse = (refused: KeyImportFault): Result<ImportedKey, KeyImportFault> => {
    wipe(key);
    return err(refused);
  };
  const meaning = meaningOf(header);
  if (!meaning.ok) return refuse(meaning.fault);
  const cipher = cipherOf(meaning.value, key);
  if (!cipher.ok) return refuse(cipher.fault);
  if (!kcvsMatch(cipher.value, header, expectedKcv)) {
    return refuse(fault('keyCheckValue', 'the check value is not that of the key', false));
  }
  const { usage, algorithm, mode, exportability } = meaning.value;
  const kcv = keyCheckValue(cipher.value, usualKcvMethod(cipher.value)).toString('hex').toUpperCase();
  return ok({ header, usage, algorithm, mode, exportability, key, kcv });
}
