/** The relay's files: its configuration, its list of terminals and hooks, certificates and secrets; read, checked, written. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { TlsFiles } from '../../relay/http-front.ts';
import { Registry, registrySchema, type RegistryContent } from '../../relay/registry.ts';
import { relaySettingsSchema, type RelaySettings } from '../../relay/settings.ts';
import { makeDirectoryDurably, writeFileDurably } from '../../store/files.ts';
import { formatFileFault, loadJson } from '../config/load.ts';

export interface RelayPlace {
  readonly settings: RelaySettings;
  readonly dataFolder: string;
  /** The list of terminals and hooks. */
  readonly registryFile: string;
  /** Absolute; undefined without TLS. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

const consequence = 'nothing was started or changed';
const unusable = `The file cannot be used, so ${consequence}.`;

/** The fault is the whole text for a person. `file` undefined: the defaults, for a try on loopback. */
export function relayPlace(file: string | undefined, dataFolder: string | undefined): Result<RelayPlace, string> {
  const loaded = file === undefined ? ok(relaySettingsSchema.parse({})) : loadJson(file, relaySettingsSchema);
  if (!loaded.ok) return err(formatFileFault(loaded.fault, unusable));
  const settings = loaded.value;
  const start = path.dirname(file ?? '');
  const configured = settings.dataFolder === undefined ? defaultFolder() : path.resolve(start, settings.dataFolder);
  const folder = dataFolder === undefined ? configured : path.resolve(dataFolder);
  const { tls } = settings.listen;
  return ok({
    settings,
    dataFolder: folder,
    registryFile: path.join(folder, 'registry.json'),
    tls:
      tls === undefined
        ? undefined
        : { certFile: path.resolve(start, tls.certFile), keyFile: path.resolve(start, tls.keyFile) },
  });
}

function defaultFolder(): string {
  const state = process.env['XDG_STATE_HOME'];
  return path.join(state ? path.resolve(state) : path.join(homedir(), '.local/state'), 'cham-relay');
}

/** Empty while there is no such file yet. */
export function readRegistry({ registryFile }: RelayPlace): Result<RegistryContent, string> {
  if (statSync(registryFile, { throwIfNoEntry: false }) === undefined)
    return ok({ terminals: [], hooks: [], erase: [] });
  const loaded = loadJson(registryFile, registrySchema);
  return loaded.ok ? loaded : err(formatFileFault(loaded.fault, unusable));
}

/** With the secrets that its hooks name. */
export function loadRegistry(place: RelayPlace): Result<Registry, string> {
  const content = readRegistry(place);
  if (!content.ok) return content;
  try {
    return ok(new Registry(content.value, (file) => readSecret(path.resolve(place.dataFolder, file))));
  } catch (error) {
    return err(`A notice secret cannot be used, so ${consequence}.\n  ${reason(error)}`);
  }
}

/** Readable by its owner only, because of the addresses that it pairs. Throws the system's error. */
export function writeRegistry({ dataFolder, registryFile }: RelayPlace, content: RegistryContent): void {
  makeDirectoryDurably(dataFolder);
  writeFileDurably(registryFile, `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

export function loadTls({ tls }: RelayPlace): Result<TlsFiles | undefined, string> {
  if (tls === undefined) return ok(undefined);
  try {
    const files = { cert: readFileSync(tls.certFile, 'utf8'), key: readPrivate(tls.keyFile) };
    createSecureContext(files);
    return ok(files);
  } catch (error) {
    const help = 'expected a certificate chain and its key in PEM, the key for its owner only (chmod 600)';
    return err(`listen.tls cannot be used, so ${consequence}.\n  ${reason(error)}\n  ${help}`);
  }
}

const leastSecretLength = 16;

function readSecret(file: string): Uint8Array {
  const secret = readPrivate(file).trim();
  if (secret.length < leastSecretLength) throw new Error(`${file}: shorter than ${leastSecretLength} characters`);
  return Buffer.from(secret);
}

function readPrivate(file: string): string {
  const text = readFileSync(file, 'utf8');
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`${file}: others can read it; chmod 600`);
  return text;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Changes when one of the files was written anew. */
export function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    })
    .join('|');
}

export interface NewKeyPair {
  /** PKCS #8, PEM: for the terminal. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo in base64: for the relay. */
  readonly publicKey: string;
}

export function newKeyPair(): NewKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

/** Of a hook: 24 random bytes. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Of a terminal's log. */
export function newLogName(): string {
  return randomBytes(8).toString('hex');
}
