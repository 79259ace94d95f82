/**
 * The terminal's Ed25519 key: it signs the journal's head, and its fingerprint is the terminal's identity.
 * `terminal.key` is PKCS #8 PEM (RFC 8410), readable by the terminal's user only; `terminal.pub` is the public
 * half, to be kept elsewhere too: whoever verifies a journal should bring his own copy.
 * The fingerprint is what `openssl pkey -pubin -in terminal.pub -outform DER | sha256sum` prints.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { errorText, writeFileDurably } from './files.ts';

export type KeyFault = Fault<'keyUnusable'>;

export interface PublicKey {
  /** SHA-256 of `der`, lower-case hex. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly der: Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

export interface TerminalKey extends PublicKey {
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

export interface KeyWarning {
  readonly path: string;
  readonly detail: string;
}

function publicKey(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyId: hash('sha256', der, 'hex'),
    der,
    verify: (message, signature) => verify(null, message, key, signature),
  };
}

/** Writes a new key pair; throws the system's error, as the caller removes the whole unfinished directory. */
export function createTerminalKey(keyPath: string, publicKeyPath: string): TerminalKey {
  const pair = generateKeyPairSync('ed25519');
  writeFileDurably(keyPath, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  writeFileDurably(publicKeyPath, pair.publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  return { ...publicKey(pair.publicKey), sign: (message) => sign(null, message, pair.privateKey) };
}

export function readTerminalKey(path: string): Result<TerminalKey, KeyFault> {
  return readKey(path, (pem) => {
    const key = createPrivateKey(pem);
    return [key, { ...publicKey(createPublicKey(key)), sign: (message) => sign(null, message, key) }];
  });
}

export function readPublicKey(path: string): Result<PublicKey, KeyFault> {
  return readKey(path, (pem) => {
    const key = createPublicKey(pem);
    return [key, publicKey(key)];
  });
}

/** The key that a journal names in its `identity`. */
export function publicKeyFromDer(der: Uint8Array): Result<PublicKey, KeyFault> {
  try {
    const key = createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
    if (key.asymmetricKeyType === 'ed25519') return ok(publicKey(key));
  } catch {
    // Said below; what OpenSSL thinks of damaged DER helps nobody.
  }
  return err(fault('keyUnusable', 'the public key inside the journal is not an Ed25519 key', false));
}

function readKey<K>(path: string, read: (pem: string) => readonly [KeyObject, K]): Result<K, KeyFault> {
  try {
    const [key, usable] = read(readFileSync(path, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return ok(usable);
    return err(fault('keyUnusable', `${path} holds a ${String(key.asymmetricKeyType)} key, expected ed25519`, false));
  } catch (error) {
    return err(fault('keyUnusable', `${path} cannot be used as an Ed25519 key in PEM: ${errorText(error)}`, false));
  }
}

/** For `cham doctor`: who else could read or replace the private key. Empty when all is well or no key exists. */
export function keyWarnings(keyPath: string): readonly KeyWarning[] {
  const found = statSync(keyPath, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o077) === 0) return [];
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  return [{ path: keyPath, detail: `mode is ${mode}, expected 0600; run: chmod 600 ${keyPath}` }];
}
