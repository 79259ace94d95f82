/**
 * The card vault: card data of payments that were stored offline, kept until each is delivered. One small file for
 * each payment, so that forgetting one is overwriting and unlinking one file and needs nothing of a database.
 *
 * Encrypted with NaCl's secretbox (XSalsa20-Poly1305) under a random key in `vault.key`. That keeps a lost backup or
 * a discarded card reader from giving anything away as long as the key is not with it, and every change is noticed;
 * it does not stop a person who has the whole running machine. The transaction id is inside the box, so an entry that
 * was renamed or copied does not open under another id.
 *
 * What cannot be promised: flash media and journaling file systems may keep an older copy of an overwritten block
 * (it is ciphertext). secretbox makes one inner copy of what it encrypts, and a PAN passes through one string on its
 * way out (`Pan.parse`): the garbage collector takes these, nobody can wipe them.
 */
import {
  closeSync,
  fsyncSync,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import nacl from 'tweetnacl';
import { assert } from '../core/base/assert.ts';
import { transactionId, type TransactionId } from '../core/base/brand.ts';
import { concat, fromLatin1, latin1 } from '../core/base/bytes.ts';
import { Pan } from '../core/base/pan.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import type { CardSecrets } from '../core/transaction/model.ts';
import { errorCode, errorText, makeDirectoryDurably, syncDirectory, writeFileDurably } from './files.ts';

export type VaultFault = Fault<'writeFailed' | 'unreadable'>;

const keyFile = 'vault.key';
const suffix = '.card';
/** Of `writeFileDurably`, left by a crash: of an entry, or of a key that has sealed nothing. */
const draftSuffixes = [`${suffix}.new`, `${keyFile}.new`] as const;
/** First bytes of an entry, then the nonce, then the box. */
const magic = latin1('CHAMVLT1');
/** Of what may become a file name. */
const idPattern = /^[0-9A-Za-z-]{1,64}$/;
const { keyLength, nonceLength, overheadLength } = nacl.secretbox;

/**
 * Opens the vault in `directory`, which need not exist: it and its key are made when the first card is put in.
 * `unreadable` when there are entries and no usable key: restore `vault.key`, a new one is never made over entries.
 */
export function openCardVault(directory: string): Result<CardVault, VaultFault> {
  try {
    const names = namesIn(directory);
    const drafts = names.filter((name) => draftSuffixes.some((draft) => name.endsWith(draft)));
    for (const name of drafts) erase(join(directory, name));
    const key = readKey(directory);
    const entries = names.filter((name) => name.endsWith(suffix)).length;
    if (key === undefined && entries > 0) {
      return err(unreadable(`${directory} holds ${entries} stored cards, but no usable ${keyFile}. Restore that file`));
    }
    return ok(new CardVault(directory, key));
  } catch (error) {
    return err(unreadable(`${directory}: ${systemText(error)}`));
  }
}

export interface VaultReport {
  /** Payments whose card data are kept. */
  readonly entries: number;
  /** Why they cannot be used, or undefined. */
  readonly trouble: string | undefined;
}

/** What lies in `directory`, without changing it: the terminal may be running. */
export function inspectVault(directory: string): VaultReport {
  try {
    const key = readKey(directory);
    const vault = new CardVault(directory, key);
    const ids = vault.ids();
    if (key === undefined && ids.length > 0) {
      return { entries: ids.length, trouble: `${directory} has no usable ${keyFile}. Restore that file` };
    }
    for (const id of ids) {
      const got = vault.get(id);
      if (!got.ok) return { entries: ids.length, trouble: got.fault.detail };
      got.value?.pan.wipe();
      got.value?.track2?.fill(0);
    }
    return { entries: ids.length, trouble: undefined };
  } catch (error) {
    return { entries: 0, trouble: `${directory}: ${systemText(error)}` };
  }
}

/** Overwrites and removes all that is in `directory`, the key too, and then it. Throws the system's error. */
export function eraseVault(directory: string): void {
  for (const name of namesIn(directory)) erase(join(directory, name));
  rmSync(directory, { recursive: true, force: true });
}

export class CardVault {
  readonly #directory: string;
  #key: Uint8Array | undefined;

  /** Use `openCardVault`. */
  constructor(directory: string, key: Uint8Array | undefined) {
    this.#directory = directory;
    this.#key = key;
  }

  /** Durable when it returns; replaces an entry of the same id. The caller wipes `secrets`. */
  put(id: TransactionId, secrets: CardSecrets): Result<void, VaultFault> {
    const plain = encode(id, secrets);
    try {
      const nonce = randomBytes(nonceLength);
      const box = nacl.secretbox(plain, nonce, this.#ensureKey());
      writeFileDurably(this.#path(id), concat(magic, nonce, box), 0o600);
      return ok(undefined);
    } catch (error) {
      return err(fault('writeFailed', `card data could not be stored: ${systemText(error)}`, true));
    } finally {
      plain.fill(0);
    }
  }

  /** A fresh copy that the caller wipes; undefined when there is none. */
  get(id: TransactionId): Result<CardSecrets | undefined, VaultFault> {
    const path = this.#path(id);
    let sealed: Uint8Array;
    try {
      sealed = readFileSync(path);
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? ok(undefined) : err(unreadable(`${path}: ${systemText(error)}`));
    }
    const plain = this.#open(sealed);
    const secrets = plain === undefined ? undefined : decode(id, plain);
    // The library's buffer begins before the view that it returns.
    if (plain !== undefined) new Uint8Array(plain.buffer).fill(0);
    return secrets === undefined
      ? err(unreadable(`${path} is damaged, or belongs to another payment or key`))
      : ok(secrets);
  }

  /** Overwrites, unlinks and makes that durable; no error when there is none. */
  remove(id: TransactionId): Result<void, VaultFault> {
    try {
      erase(this.#path(id));
      return ok(undefined);
    } catch (error) {
      return err(fault('writeFailed', `card data could not be removed: ${systemText(error)}`, true));
    }
  }

  ids(): readonly TransactionId[] {
    const names = namesIn(this.#directory).filter((name) => name.endsWith(suffix));
    const ids = names.map((name) => name.slice(0, -suffix.length)).filter((id) => idPattern.test(id));
    return ids.map(transactionId).sort();
  }

  #path(id: TransactionId): string {
    assert(idPattern.test(id), 'vault: not a transaction id');
    return join(this.#directory, `${id}${suffix}`);
  }

  #ensureKey(): Uint8Array {
    if (this.#key === undefined) {
      makeDirectoryDurably(this.#directory);
      const key = randomBytes(keyLength);
      writeFileDurably(join(this.#directory, keyFile), key, 0o600);
      this.#key = key;
    }
    return this.#key;
  }

  #open(sealed: Uint8Array): Uint8Array | undefined {
    const start = magic.length + nonceLength;
    const known = magic.every((byte, index) => sealed[index] === byte);
    if (this.#key === undefined || !known || sealed.length < start + overheadLength) return undefined;
    return nacl.secretbox.open(sealed.slice(start), sealed.slice(magic.length, start), this.#key) ?? undefined;
  }
}

/** Four fields, each one byte of length and its bytes: id, PAN, track 2, expiry. Absent is the length FF. */
function encode(id: TransactionId, { pan, track2, expiry }: CardSecrets): Uint8Array {
  return pan.use((digits) => {
    const fields = [latin1(id), digits, track2, expiry === undefined ? undefined : latin1(expiry)];
    const plain = new Uint8Array(fields.reduce((sum, field) => sum + 1 + (field?.length ?? 0), 0));
    let at = 0;
    for (const field of fields) {
      assert((field?.length ?? 0) < 0xff, 'vault: a field is too long');
      plain[at] = field?.length ?? 0xff;
      plain.set(field ?? [], at + 1);
      at += 1 + (field?.length ?? 0);
    }
    return plain;
  });
}

/** Undefined when it is not an entry of `id`. */
function decode(id: TransactionId, plain: Uint8Array): CardSecrets | undefined {
  const fields: (Uint8Array | undefined)[] = [];
  for (let at = 0; at < plain.length;) {
    const length = plain[at] ?? 0xff;
    fields.push(length === 0xff ? undefined : plain.subarray(at + 1, at + 1 + length));
    at += 1 + (length === 0xff ? 0 : length);
  }
  const [owner, digits, track2, expiry] = fields;
  if (fields.length !== 4 || owner === undefined || digits === undefined || fromLatin1(owner) !== id) return undefined;
  const pan = Pan.parse(fromLatin1(digits));
  if (!pan.ok) return undefined;
  return { pan: pan.value, track2: track2?.slice(), expiry: expiry === undefined ? undefined : fromLatin1(expiry) };
}

function readKey(directory: string): Uint8Array | undefined {
  const path = join(directory, keyFile);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const key = readFileSync(path);
  return key.length === keyLength ? key : undefined;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Overwritten with random bytes in place before it is unlinked. */
export function erase(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const noise = randomBytes(fstatSync(file).size);
    for (let written = 0; written < noise.length;) {
      written += writeSync(file, noise, written, noise.length - written, written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
  syncDirectory(join(path, '..'));
}

function unreadable(what: string): VaultFault {
  return fault('unreadable', what, true);
}

/** Only what the system said; a bug goes on up. */
function systemText(error: unknown): string {
  if (errorCode(error) === undefined || errorCode(error)?.startsWith('ERR_')) throw error;
  return errorText(error);
}
