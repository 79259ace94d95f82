/**
 * The newest snapshot a second time: where retention has removed bodies, nothing else leads to the state they made, and
 * one damaged place can take both copies that the journal keeps. The signature over it says whether it is whole.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { decodeFields, encodeFields, snapshotMessage } from './canonical.ts';
import { errorCode, writeFileDurably } from './files.ts';
import type { FoldSnapshot } from './fold-snapshot.ts';
import type { PublicKey } from './keys.ts';

export interface SignedSnapshot extends Omit<FoldSnapshot, 'id'> {
  readonly signature: Uint8Array;
}

const format = 'cham-mirror-snapshot/1';

/** Replaces the earlier one, whose content is overwritten: it may know what is to be forgotten. Throws the system's error. */
export function writeMirrorSnapshot(path: string, snapshot: SignedSnapshot): void {
  const { sequence, hash, foldVersion, state, signature } = snapshot;
  const bytes = encodeFields([format, sequence, hash, foldVersion, state, signature]);
  const earlier = openIfThere(path);
  try {
    writeFileDurably(path, bytes, 0o600);
    if (earlier !== undefined) overwrite(earlier);
  } finally {
    if (earlier !== undefined) closeSync(earlier);
  }
}

/** Undefined when there is none that the key signed. */
export function readMirrorSnapshot(path: string, key: PublicKey): SignedSnapshot | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EIO') return undefined;
    throw error;
  }
  const [name, sequence, hash, foldVersion, state, signature] = decodeFields(bytes, 0, 6)?.fields ?? [];
  if (name?.toString() !== format || sequence?.length !== 8 || foldVersion?.length !== 8) return undefined;
  if (!hash || !state || !signature) return undefined;
  const snapshot: SignedSnapshot = {
    sequence: Number(sequence.readBigInt64BE()),
    hash,
    foldVersion: Number(foldVersion.readBigInt64BE()),
    state: state.toString('utf8'),
    signature,
  };
  return key.verify(snapshotMessage(key.keyId, snapshot), signature) ? snapshot : undefined;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function overwrite(file: number): void {
  const zeros = Buffer.alloc(fstatSync(file).size);
  for (let written = 0; written < zeros.length;) {
    written += writeSync(file, zeros, written, zeros.length - written, written);
  }
  fsyncSync(file);
}
