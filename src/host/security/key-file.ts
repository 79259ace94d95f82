/**
 * Keys from files: hexadecimal, with a check value behind it if there is one, or a TR-31 key block that another such
 * key opens. No fault repeats what is in a file.
 */
import { readFileSync, statSync } from 'node:fs';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes } from './aes.ts';
import { importKeyBlock, type ImportedKey } from './key-block-import.ts';
import { kcvMatches, usualKcvMethod } from './key-check-value.ts';
import { wipe } from './secret-bytes.ts';
import { tdes } from './tdes.ts';

export type KeyFileFault = Fault<'keyFile'>;

export interface KeyFileOptions {
  readonly file: string;
  readonly algorithm: 'tdes' | 'aes';
  /** What the header of a key block may say that the key is for. */
  readonly usages: readonly ImportedKey['usage'][];
  /** Opens the key block; taken over. */
  readonly protectionKey?: Buffer;
}

const lengths = { tdes: [16, 24], aes: [16, 24, 32] } as const;

/** The key is the caller's to wipe. */
export function readKeyFile(options: KeyFileOptions): Result<Buffer, KeyFileFault> {
  const { file, protectionKey } = options;
  try {
    const contents = contentsOf(file);
    if (!contents.ok) return contents;
    const key =
      protectionKey === undefined
        ? fromHex(options, contents.value)
        : fromKeyBlock(options, protectionKey, contents.value.toString('latin1').trim());
    wipe(contents.value);
    return key;
  } finally {
    if (protectionKey !== undefined) wipe(protectionKey);
  }
}

function contentsOf(file: string): Result<Buffer, KeyFileFault> {
  try {
    if ((statSync(file).mode & 0o077) !== 0) return refuse(file, 'others can read it; chmod 600');
    return ok(readFileSync(file));
  } catch (error) {
    return refuse(file, (error as NodeJS.ErrnoException).code ?? 'not readable');
  }
}

function fromHex({ file, algorithm }: KeyFileOptions, contents: Buffer): Result<Buffer, KeyFileFault> {
  const digits = contents.findIndex((octet) => hexValue(octet) === undefined);
  const end = digits === -1 ? contents.length : digits;
  const key = Buffer.alloc(end >> 1);
  // Byte by byte: a string of the digits could not be overwritten.
  for (let i = 0; i < key.length; i += 1) {
    key[i] = (hexValue(contents[i * 2]) ?? 0) * 16 + (hexValue(contents[i * 2 + 1]) ?? 0);
  }
  const refuseKey = (reason: string): Result<never, KeyFileFault> => {
    wipe(key);
    return refuse(file, reason);
  };
  const kcv = /^\s*([0-9A-Fa-f]{6,10})?\s*$/.exec(contents.subarray(end).toString('latin1'));
  const cipher = algorithm === 'aes' ? aes(key) : tdes(key);
  const allowed: readonly number[] = lengths[algorithm];
  if (end % 2 !== 0 || kcv === null || !allowed.includes(key.length) || !cipher.ok) {
    return refuseKey(`not ${algorithm === 'aes' ? 'an AES' : 'a TDES'} key in hexadecimal`);
  }
  const expected = kcv[1];
  if (expected === undefined || kcvMatches(cipher.value, usualKcvMethod(cipher.value), expected)) return ok(key);
  return refuseKey('the check value behind it is not that of the key');
}

function hexValue(character: number | undefined): number | undefined {
  if (character === undefined) return undefined;
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const upper = character & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : undefined;
}

function fromKeyBlock(options: KeyFileOptions, protectionKey: Buffer, text: string): Result<Buffer, KeyFileFault> {
  const { file, algorithm, usages } = options;
  const imported = importKeyBlock(protectionKey, text);
  if (!imported.ok) return refuse(file, imported.fault.detail);
  const { key, usage, algorithm: found } = imported.value;
  if (found === algorithm && usages.includes(usage)) return ok(key);
  wipe(key);
  return refuse(file, `a ${found} key for ${usage} is not what is needed here`);
}

function refuse(file: string, reason: string): Result<never, KeyFileFault> {
  return err(fault('keyFile', `${file}: ${reason}`, false));
}
