/**
 * The anchor: the last sealed head in a file of its own beside the journal, so that a journal whose signed tail
 * was removed, or which was replaced by an older copy, does not pass for whole.
 *
 * It is replaced after the journal's commit, so it is never ahead of the durable journal; after a crash in
 * between it may name the seal before the last. It exists from the journal's first moment (sequence 0). An older
 * anchor of the same journal is always acceptable, so any backup of it will do when it is lost.
 */
import { readFileSync } from 'node:fs';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { sealMessage } from './canonical.ts';
import type { Head } from './chain.ts';
import { errorCode, errorText, writeFileDurably } from './files.ts';
import type { PublicKey } from './keys.ts';

export interface Seal extends Head {
  readonly signature: Uint8Array;
  /** Fingerprint of the key that signed. */
  readonly keyId: string;
}

export type AnchorFault = Fault<'unreadable'>;

/** Throws the system's error. */
export function writeAnchor(path: string, seal: Seal): void {
  const record = {
    format: 1,
    keyId: seal.keyId,
    sequence: seal.sequence,
    hash: Buffer.from(seal.hash).toString('hex'),
    signature: Buffer.from(seal.signature).toString('hex'),
  };
  writeFileDurably(path, `${JSON.stringify(record)}\n`, 0o600);
}

/** What the file says; whether it was signed is not looked at here. */
export function readAnchor(path: string): Result<Seal, AnchorFault> {
  try {
    const seal = parse(readFileSync(path, 'utf8'));
    return seal === undefined ? err(fault('unreadable', `${path} is not an anchor`, false)) : ok(seal);
  } catch (error) {
    const what = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${errorText(error)}`;
    return err(fault('unreadable', `${path} ${what}`, true));
  }
}

export function isSealedBy(seal: Seal, key: PublicKey): boolean {
  return seal.keyId === key.keyId && key.verify(sealMessage(key.keyId, seal.sequence, seal.hash), seal.signature);
}

function parse(text: string): Seal | undefined {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null) return undefined;
  const { format, keyId, sequence, hash, signature } = record as Record<string, unknown>;
  if (format !== 1 || typeof keyId !== 'string' || !Number.isSafeInteger(sequence)) return undefined;
  if (!isHex(hash, 32) || !isHex(signature, 64)) return undefined;
  return {
    keyId,
    sequence: Number(sequence),
    hash: Buffer.from(hash, 'hex'),
    signature: Buffer.from(signature, 'hex'),
  };
}

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]*$/.test(value);
}
