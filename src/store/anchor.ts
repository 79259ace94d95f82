/**
 * The anchor: the last sealed head in a file of its own beside the journal, so that a journal whose signed tail
 * was removed, or which was replaced by an older copy, does not pass for whole.
 *
 * It is written after the journal's commit, so it is never ahead of the durable journal; after a crash in between it
 * may name the seal before the last. It exists from the journal's first moment (sequence 0). An older anchor of the
 * same journal is always acceptable, so any backup of it will do when it is lost.
 *
 * The file has two places, each one line of JSON, and the older of the two is overwritten: that takes no room, and a
 * power cut in the middle spoils only the line that was being replaced, also when the medium spoils all that is around
 * it: the places lie 64 KiB apart. While the terminal sells the file is not synced: the mirror has the same seals and
 * is. A file with
 * a single line, as the first version of this program wrote it, is read as well.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { assert } from '../core/base/assert.ts';
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

const placeBytes = 4096;
/** Erase blocks of flash are as large: what a card spoils, it spoils in whole blocks. */
const secondPlace = 64 * 1024;
/** Files of earlier versions had it here. */
const earlierSecondPlace = 4096;
const fileBytes = secondPlace + placeBytes;
/** What a place begins with, one sector, holds the whole line; the rest stays blank. */
const lineBytes = 512;

/**
 * Not durable unless `sync`: a power cut may then leave any anchor since the last that was, or none, and the mirror,
 * which has the same seals, says the same. Throws the system's error.
 */
export function writeAnchor(path: string, seal: Seal, sync: boolean): void {
  const record = {
    format: 1,
    keyId: seal.keyId,
    sequence: seal.sequence,
    hash: Buffer.from(seal.hash).toString('hex'),
    signature: Buffer.from(seal.signature).toString('hex'),
  };
  const line = Buffer.from(JSON.stringify(record).padEnd(lineBytes));
  assert(line.length === lineBytes, 'anchor: the line is longer than a sector');
  const place = Buffer.concat([line, blank(placeBytes - lineBytes)]);
  if (statSync(path, { throwIfNoEntry: false })?.size !== fileBytes) {
    // In both places from the beginning, so that one is always left.
    writeFileDurably(path, Buffer.concat([place, blank(secondPlace - placeBytes), place]), 0o600);
    return;
  }
  const file = openSync(path, 'r+');
  try {
    const found = [0, secondPlace].map((at) => {
      const bytes = Buffer.alloc(placeBytes);
      readSync(file, bytes, 0, placeBytes, at);
      return { at, sequence: placeAt(bytes, 0)?.sequence ?? -1, isBlank: isBlank(bytes.subarray(lineBytes)) };
    });
    const [older] = found.sort((a, b) => a.sequence - b.sequence);
    assert(older !== undefined, 'anchor: it has two places');
    // Of a place that was spoiled in whole the rest is written as well.
    const written = older.isBlank ? line : place;
    for (let done = 0; done < written.length;) {
      done += writeSync(file, written, done, written.length - done, older.at + done);
    }
    if (sync) fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.toString('latin1').trim() === '';
}

/** Spaces up to the end of a place. */
function blank(bytes: number): Buffer {
  return Buffer.from(`${' '.repeat(bytes - 1)}\n`);
}

/** What the places say, newest first; whether that was signed is not looked at here: see `signedAnchor`. */
export function readAnchor(path: string): Result<readonly Seal[], AnchorFault> {
  try {
    const bytes = readFileSync(path);
    const places = [0, earlierSecondPlace, secondPlace].map((at) => placeAt(bytes, at));
    const seals = places.filter((seal) => seal !== undefined);
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

function placeAt(bytes: Buffer, at: number): Seal | undefined {
  return parse(bytes.toString('utf8', at, at + placeBytes));
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
