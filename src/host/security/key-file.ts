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
    const text = contents.value.toString('latin1').trim();
    wipe(contents.value);
    return protectionKey === undefined ? fromHex(options, text) : fromKeyBlock(options, protectionKey, text);
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

function fromHex({ file, algorithm }: KeyFileOptions, text: string): Result<Buffer, KeyFileFault> {
  const match = /^((?:[0-9A-Fa-f]{2}){16,32})(?:\s+([0-9A-Fa-f]{6,10}))?$/.exec(text);
  const key = Buffer.from(match?.[1] ?? '', 'hex');
  const fits = (lengths[algorithm] as readonly number[]).includes(key.length);
  const cipher = algorithm === 'aes' ? aes(key) : tdes(key);
  if (!fits || !cipher.ok) return refuse(file, `not an ${algorithm.toUpperCase()} key in hexadecimal`);
  const kcv = match?.[2];
  if (kcv === undefined || kcvMatches(cipher.value, usualKcvMethod(cipher.value), kcv)) return ok(key);
  wipe(key);
  return refuse(file, 'the check value behind it is not that of the key');
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
