/**
 * The relay's list of terminals and hooks on the command line. Whatever is secret is shown or written once, when it is
 * made: the private key in a file for the terminal, the token in the address for the provider.
 */
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { hookPrefix, terminalIdPattern } from '../../core/relay/wire.ts';
import { providers, type Provider } from '../../relay/provider-answers.ts';
import { tokenHash, type RegistryContent } from '../../relay/registry.ts';
import { writeFileDurably } from '../../store/files.ts';
import { noticeGuards } from '../relay/guards.ts';
import { loadRegistry, newKeyPair, newLogName, newToken, readRegistry, writeRegistry } from '../relay/files.ts';
import type { RelayPlace } from '../relay/files.ts';

export const listActions = ['add-terminal', 'add-hook', 'remove-terminal', 'remove-hook', 'list'] as const;
export type ListAction = (typeof listActions)[number];

export interface ListWishes {
  readonly name: string | undefined;
  readonly provider: string | undefined;
  readonly secretFile: string | undefined;
  readonly keyOut: string | undefined;
  readonly publicKey: string | undefined;
  readonly terminals: readonly string[] | undefined;
  readonly erase: boolean;
  readonly json: boolean;
}

/** `usage`: the command line is wrong; `refused`: the list does not allow it. Nothing was changed. */
export type ListFault = Fault<'usage' | 'refused'>;

type Answer = Result<string, ListFault>;

const usage = (detail: string): Result<never, ListFault> => err(fault('usage', detail, true));
const refused = (detail: string): Result<never, ListFault> =>
  err(fault('refused', `Nothing was changed.\n  ${detail}`, true));

/** What to print. */
export function changeList(place: RelayPlace, action: ListAction, wishes: ListWishes): Answer {
  const content = readRegistry(place);
  if (!content.ok) return refused(content.fault);
  const list = content.value;
  if (action === 'list') return ok(shown(list, wishes.json));
  const { name } = wishes;
  if (name === undefined) return usage(`${action}: of which name?`);
  if (!terminalIdPattern.test(name)) {
    return usage(`"${name}": expected 1 to 32 letters, digits, dots, hyphens or underscores`);
  }
  return changes[action](place, list, name, wishes);
}

const changes: Readonly<
  Record<
    Exclude<ListAction, 'list'>,
    (place: RelayPlace, list: RegistryContent, name: string, wishes: ListWishes) => Answer
  >
> = {
  'add-terminal': addTerminal,
  'add-hook': addHook,
  'remove-terminal': (place, list, name, wishes) => {
    const served = list.hooks.find(({ terminals }) => terminals.includes(name) && terminals.length > 1);
    if (!list.terminals.some(({ id }) => id === name)) return refused(`There is no terminal "${name}".`);
    if (served !== undefined) return refused(`Hook "${served.name}" serves it and others; remove the hook first.`);
    const hooks = list.hooks.filter(({ terminals }) => !terminals.includes(name));
    const terminals = list.terminals.filter(({ id }) => id !== name);
    const logs = list.terminals.filter(({ id }) => id === name).map(({ log }) => log);
    const erase = wishes.erase ? [...list.erase, ...logs] : list.erase;
    const saved = save(place, { terminals, hooks, erase });
    const kept = wishes.erase ? 'A running relay erases its notices' : 'What it had not fetched stays in the store';
    const text = `Terminal "${name}" and its hooks are removed. ${kept}.`;
    return saved.ok ? ok(said(wishes, { removed: name, erased: wishes.erase }, text)) : saved;
  },
  'remove-hook': (place, list, name, wishes) => {
    if (!list.hooks.some((hook) => hook.name === name)) return refused(`There is no hook "${name}".`);
    const saved = save(place, { ...list, hooks: list.hooks.filter((hook) => hook.name !== name) });
    return saved.ok ? ok(said(wishes, { removed: name }, `Hook "${name}" is removed.`)) : saved;
  },
};

function addTerminal(place: RelayPlace, list: RegistryContent, id: string, wishes: ListWishes): Answer {
  const hook = newHook(place, list, id, [id], wishes);
  if (!hook.ok) return hook;
  if (list.terminals.some((terminal) => terminal.id === id)) return refused(`There is a terminal "${id}" already.`);
  if (wishes.publicKey !== undefined && wishes.keyOut !== undefined)
    return usage('--public-key or --key-out, not both');
  const keyFile = wishes.publicKey === undefined ? path.resolve(wishes.keyOut ?? `${id}.relay-key`) : undefined;
  if (keyFile !== undefined && existsSync(keyFile))
    return refused(`${keyFile} exists already; name another with --key-out.`);
  const pair = newKeyPair();
  const publicKey = wishes.publicKey === undefined ? ok(pair.publicKey) : readPublicKey(wishes.publicKey);
  if (!publicKey.ok) return publicKey;
  const terminal = { id, publicKey: publicKey.value, log: newLogName() };
  const saved = save(
    place,
    { ...list, terminals: [...list.terminals, terminal], hooks: [...list.hooks, hook.value.entry] },
    () => {
      if (keyFile !== undefined) writeFileDurably(keyFile, pair.privatePem, 0o600);
    },
  );
  if (!saved.ok) return saved;
  const { url } = hook.value;
  const configuration = {
    relay: { url: place.settings.publicUrl ?? listenUrl(place), terminal: id, keyFile: 'relay.key' },
  };
  const lines = [
    `Terminal "${id}" is in the list.`,
    '',
    'For the provider, as the address of its webhooks (shown only now, keep it to yourself):',
    `  ${url}`,
    '',
    "For the terminal's configuration, in the section qr:",
    `  ${JSON.stringify(configuration).slice(1, -1)}`,
    ...(keyFile === undefined
      ? []
      : [`  and its key, as relay.key beside it, mode 0600: ${keyFile}`, '  Delete it here once the terminal has it.']),
  ];
  return ok(
    said(
      wishes,
      { terminal: id, hook: url, ...configuration, ...(keyFile === undefined ? {} : { keyFile }) },
      lines.join('\n'),
    ),
  );
}

function addHook(place: RelayPlace, list: RegistryContent, name: string, wishes: ListWishes): Answer {
  const { terminals = [] } = wishes;
  if (terminals.length === 0) return usage('add-hook: --for which terminals?');
  const unknown = terminals.find((wanted) => !list.terminals.some(({ id }) => id === wanted));
  if (unknown !== undefined) return refused(`There is no terminal "${unknown}".`);
  const hook = newHook(place, list, name, terminals, wishes);
  if (!hook.ok) return hook;
  const saved = save(place, { ...list, hooks: [...list.hooks, hook.value.entry] });
  if (!saved.ok) return saved;
  const { url } = hook.value;
  const text = `Hook "${name}" is in the list, for ${terminals.join(', ')}. Its address (shown only now, keep it to yourself):\n  ${url}`;
  return ok(said(wishes, { hook: url, name, terminals }, text));
}

function newHook(
  place: RelayPlace,
  list: RegistryContent,
  name: string,
  terminals: readonly string[],
  { provider = 'other', secretFile }: ListWishes,
): Result<{ readonly entry: RegistryContent['hooks'][number]; readonly url: string }, ListFault> {
  const known = providers.find((one): one is Provider => one === provider);
  if (known === undefined) return usage(`--provider: found "${provider}"; expected ${providers.join(', ')}`);
  if (list.hooks.some((hook) => hook.name === name)) return refused(`There is a hook "${name}" already.`);
  if (secretFile !== undefined && noticeGuards[known] === undefined) {
    const able = Object.keys(noticeGuards).join(', ');
    return refused(
      `The relay cannot check notices of "${known}" itself (it can: ${able}). Leave out --secret-file: the terminal checks them.`,
    );
  }
  if (noticeGuards[known]?.answer !== undefined && secretFile === undefined) {
    return refused(`"${known}" asks for a token before it sends notices: give its notice secret with --secret-file.`);
  }
  const token = newToken();
  const entry = { name, tokenHash: tokenHash(token), terminals: [...terminals], provider: known };
  const url = `${place.settings.publicUrl ?? listenUrl(place)}${hookPrefix}${token}`;
  const secret = secretFile === undefined ? {} : { secretFile: path.resolve(secretFile) };
  return ok({ entry: { ...entry, ...secret }, url });
}

/** `first`: what is written before the list; a listed terminal without its key would be in the way, not the reverse. */
function save(place: RelayPlace, content: RegistryContent, first: () => void = () => {}): Result<void, ListFault> {
  const before = readRegistry(place);
  try {
    first();
    writeRegistry(place, content);
    const usable = loadRegistry(place);
    if (usable.ok) return ok(undefined);
    if (before.ok) writeRegistry(place, before.value);
    return refused(usable.fault);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function readPublicKey(file: string): Result<string, ListFault> {
  try {
    const key = createPublicKey(readFileSync(file, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return ok(key.export({ type: 'spki', format: 'der' }).toString('base64'));
    return refused(`${file} holds a ${String(key.asymmetricKeyType)} key, expected ed25519.`);
  } catch (error) {
    return refused(
      `${file} cannot be used as a public key in PEM: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function listenUrl({ settings: { listen } }: RelayPlace): string {
  return `${listen.tls === undefined ? 'http' : 'https'}://${listen.host}:${listen.port}`;
}

function shown({ terminals, hooks }: RegistryContent, json: boolean): string {
  const rows = hooks.map(({ name, provider, terminals: served, secretFile }) => ({
    name,
    provider,
    terminals: served,
    checked: secretFile !== undefined,
  }));
  if (json) return JSON.stringify({ terminals: terminals.map(({ id }) => id), hooks: rows }, null, 2);
  if (terminals.length === 0) return 'No terminal yet: npm run relay -- add-terminal ID';
  return [
    `Terminals: ${terminals.map(({ id }) => id).join(', ')}`,
    ...rows.map(({ name, provider, terminals: served, checked }) => {
      const check = checked ? 'signatures checked by the relay and the terminal' : 'signatures checked by the terminal';
      return `Hook ${name}: ${provider} → ${served.join(', ')}; ${check}`;
    }),
  ].join('\n');
}

function said({ json }: ListWishes, document: unknown, text: string): string {
  return json ? JSON.stringify(document, null, 2) : text;
}
