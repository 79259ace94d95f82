/**
 * The anchor: the last sealed head in a file of its own beside the journal, so that a journal whose signed tail
 * was removed, or which was replaced by an older copy, does not pass for whole.
 *
 * It is written after the journal's commit, so it is never ahead of the durable journal; after a crash in between it
 * may name the seal before the last. It exists from the journal's first moment (sequence 0). An older anchor of the
 * same journal is always acceptable, so any backup of it will do when it is lost.
 *
 * The file has two places, each one line of JSON in a block of its own, and the older of the two is overwritten: that
 * takes one sync and no room, and a power cut in the middle spoils only the line that was being replaced. A file with
 * a single line, as the first version of this program wrote it, is read as well.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
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

/** A block of its own: what a memory card spoils, it spoils in whole blocks. */
const placeBytes = 4096;

/** Throws the system's error. */
export function writeAnchor(path: string, seal: Seal): void {
  const record = {
    format: 1,
    keyId: seal.keyId,
    sequence: seal.sequence,
    hash: Buffer.from(seal.hash).toString('hex'),
    signature: Buffer.from(seal.signature).toString('hex'),
  };
  const line = Buffer.from(`${JSON.stringify(record).padEnd(placeBytes - 1)}\n`);
  if (statSync(path, { throwIfNoEntry: false })?.size !== 2 * placeBytes) {
    writeFileDurably(path, Buffer.concat([line, Buffer.from(`${' '.repeat(placeBytes - 1)}\n`)]), 0o600);
    return;
  }
  const [first, second] = places(readFileSync(path)).map((one) => one?.sequence ?? -1);
  const older = Number(first) <= Number(second) ? 0 : placeBytes;
  const file = openSync(path, 'r+');
  try {
    for (let written = 0; written < line.length;) {
      written += writeSync(file, line, written, line.length - written, older + written);
    }
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What the places say, newest first; whether that was signed is not looked at here: see `signedAnchor`. */
export function readAnchor(path: string): Result<readonly Seal[], AnchorFault> {
  try {
    const seals = places(readFileSync(path)).filter((seal) => seal !== undefined);
    if (seals.length === 0) return err(fault('unreadable', `${path} is not an anchor`, false));
    return ok(seals.sort((a, b) => b.sequence - a.sequence));
  } catch (error) {
    const what = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${errorText(error)}`;
    return err(fault('unreadable', `${path} ${what}`, true));
  }
}

/**
 * The newest that the key signed. One that it did not sign was torn by a power cut, or forged; to go on to the older
 * one gives a forger nothing, since he could have put that there himself.
 */
export function signedAnchor(seals: readonly Seal[], key: PublicKey): Seal | undefined {
  return seals.find((seal) => isSealedBy(seal, key));
}

function places(bytes: Buffer): (Seal | undefined)[] {
  return [bytes.subarray(0, placeBytes), bytes.subarray(placeBytes)].map((place) => parse(place.toString('utf8')));
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
