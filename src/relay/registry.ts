/**
 * Whom the relay knows: terminals by their public keys, and hooks, the addresses under which providers post. A file that
 * `cham relay add-terminal` and its like write and a running relay reads again when it has changed. It holds nothing that
 * lets anybody pose as a terminal; of a hook's token it has the SHA-256 only.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { assert } from '../core/base/assert.ts';
import { terminalIdPattern } from '../core/relay/wire.ts';
import { providers } from './provider-answers.ts';

const terminalId = z.string().regex(terminalIdPattern, '1 to 32 letters, digits, dots, hyphens or underscores');

const logName = z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits');

const terminal = z.strictObject({
  id: terminalId,
  /** Ed25519, SubjectPublicKeyInfo (RFC 8410) in base64. */
  publicKey: z.base64().refine((text) => ed25519Key(text) !== undefined, { error: 'an Ed25519 public key in base64' }),
  /** Name of its log in the store. A new terminal gets a new one, so that an id used again shows nobody's old notices. */
  log: logName,
});

const hook = z.strictObject({
  /** For people and logs. */
  name: terminalId,
  /** SHA-256 of the token, lower-case hexadecimal. */
  tokenHash: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  /** Each gets every notice. */
  terminals: z.array(terminalId).min(1).max(100),
  provider: z.enum(providers),
  /** Where the relay is to check signatures itself: file with the provider's notice secret; relative to this file. */
  secretFile: z.string().min(1).max(4096).optional(),
});

export const registrySchema = z
  .strictObject({
    terminals: z.array(terminal).max(10_000),
    hooks: z.array(hook).max(10_000),
    /** Logs of removed terminals that are to be erased, whatever is in them. */
    erase: z.array(logName).max(10_000).default([]),
  })
  .superRefine(({ terminals, hooks, erase }, context) => {
    const ids = new Set(terminals.map(({ id }) => id));
    const once = (values: readonly string[], key: string): void => {
      if (new Set(values).size !== values.length)
        context.addIssue({ code: 'custom', path: [key], message: 'each once' });
    };
    for (const key of ['id', 'publicKey', 'log'] as const)
      once(
        terminals.map((one) => one[key]),
        'terminals',
      );
    if (terminals.some(({ log }) => erase.includes(log))) {
      context.addIssue({ code: 'custom', path: ['erase'], message: 'logs of terminals that are not in the list' });
    }
    for (const key of ['name', 'tokenHash'] as const)
      once(
        hooks.map((one) => one[key]),
        'hooks',
      );
    for (const [index, { terminals: served }] of hooks.entries()) {
      if (served.every((id) => ids.has(id))) continue;
      context.addIssue({ code: 'custom', path: ['hooks', index, 'terminals'], message: 'ids that stand in terminals' });
    }
  });

export type RegistryContent = z.output<typeof registrySchema>;
export type HookEntry = RegistryContent['hooks'][number];

export interface KnownTerminal {
  readonly key: KeyObject;
  readonly log: string;
}

export interface Hook extends Pick<HookEntry, 'name' | 'provider'> {
  /** Of its terminals. */
  readonly logs: readonly string[];
  /** With it the relay turns away what the provider has not signed. */
  readonly secret: Uint8Array | undefined;
}

export class Registry {
  readonly #terminals: ReadonlyMap<string, KnownTerminal>;
  readonly #hooks: ReadonlyMap<string, Hook>;
  /** Names of logs. */
  readonly erase: readonly string[];

  /** @param secretOf reads the secret that a hook names. */
  constructor(content: RegistryContent, secretOf: (file: string) => Uint8Array) {
    const terminals = new Map<string, KnownTerminal>();
    for (const { id, publicKey, log } of content.terminals) {
      const key = ed25519Key(publicKey);
      assert(key !== undefined, 'relay: a registry that was not checked');
      terminals.set(id, { key, log });
    }
    this.#terminals = terminals;
    this.erase = content.erase;
    this.#hooks = new Map(
      content.hooks.map(({ name, provider, tokenHash: hash, terminals: served, secretFile }) => {
        const logs = served.map((id) => terminals.get(id)?.log ?? '');
        const secret = secretFile === undefined ? undefined : secretOf(secretFile);
        return [hash, { name, provider, logs, secret }];
      }),
    );
  }

  terminal(id: string): KnownTerminal | undefined {
    return this.#terminals.get(id);
  }

  /** By its hash, so that how long the search takes says nothing about tokens. */
  hookOf(token: string): Hook | undefined {
    return this.#hooks.get(tokenHash(token));
  }

  get terminalCount(): number {
    return this.#terminals.size;
  }

  get hookCount(): number {
    return this.#hooks.size;
  }
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function ed25519Key(spkiBase64: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spkiBase64, 'base64'), type: 'spki', format: 'der' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
