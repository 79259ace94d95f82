/** What the tests and benches of the relay share: a relay in this process or in its own, terminals, and webhooks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createPrivateKey, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock, Log } from '../../src/core/base/ports.ts';
import type { RelayAddress } from '../../src/host/qr/relay-connection.ts';
import { RelaySource, type RelaySourceOptions } from '../../src/host/qr/relay-source.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { newKeyPair, newLogName, newToken } from '../../src/main/relay/files.ts';
import { noticeGuards } from '../../src/main/relay/guards.ts';
import type { Provider } from '../../src/relay/provider-answers.ts';
import { Registry, tokenHash, type RegistryContent } from '../../src/relay/registry.ts';
import { startRelay, type RunningRelay } from '../../src/relay/relay.ts';
import { relaySettingsSchema, type RelaySettings } from '../../src/relay/settings.ts';

export const silent: Log = { write: () => {} };

export interface TestTerminal {
  readonly id: string;
  readonly privatePem: string;
  readonly entry: RegistryContent['terminals'][number];
  /** Of a hook of its own. */
  readonly token: string;
}

export function newTerminal(id: string): TestTerminal {
  const { privatePem, publicKey } = newKeyPair();
  return { id, privatePem, entry: { id, publicKey, log: newLogName() }, token: newToken() };
}

/** Each terminal with a hook of its own. */
export function listOf(terminals: readonly TestTerminal[], provider: Provider = 'other'): RegistryContent {
  return {
    terminals: terminals.map(({ entry }) => entry),
    erase: [],
    hooks: terminals.map(({ id, token }) => ({ name: id, tokenHash: tokenHash(token), terminals: [id], provider })),
  };
}

export function signer(privatePem: string): RelayAddress['sign'] {
  const key = createPrivateKey(privatePem);
  return (text) => sign(null, text, key);
}

export function newFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cham-relay-test-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** No rate limits but those that a test asks for. */
export function settingsWith(changes: {
  readonly limits?: Partial<RelaySettings['limits']>;
  readonly timings?: Partial<RelaySettings['timings']>;
  readonly listen?: Partial<RelaySettings['listen']>;
  readonly trustedProxies?: readonly string[];
}): RelaySettings {
  const plenty = { perSecond: 100_000, burst: 1_000_000 };
  const { limits, timings, listen, trustedProxies = [] } = changes;
  return relaySettingsSchema.parse({
    listen: { port: 0, ...listen },
    limits: { perSource: plenty, perHook: plenty, leastFreeBytes: 0, ...limits },
    timings: { ...timings },
    trustedProxies,
  });
}

export interface StartWishes {
  readonly folder: string;
  readonly list: RegistryContent;
  readonly settings?: RelaySettings;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly secrets?: Readonly<Record<string, string>>;
}

export async function mustStart(wishes: StartWishes): Promise<RunningRelay> {
  const { folder, list, settings = settingsWith({}), clock = systemClock, log = silent, secrets = {} } = wishes;
  const started = await startRelay({
    settings,
    folder,
    registry: registryOf(list, secrets),
    tls: undefined,
    guards: noticeGuards,
    clock,
    log,
    onBroken: (detail) => {
      throw new Error(detail);
    },
  });
  if (!started.ok) throw new Error(started.fault.detail);
  return started.value;
}

export function registryOf(list: RegistryContent, secrets: Readonly<Record<string, string>> = {}): Registry {
  return new Registry(list, (file) => Buffer.from(secrets[file] ?? ''));
}

export function sourceOf(
  url: string,
  { id, privatePem }: Pick<TestTerminal, 'id' | 'privatePem'>,
  changes: Partial<RelaySourceOptions> = {},
): RelaySource {
  return new RelaySource({
    address: { url, terminal: id, sign: signer(privatePem) },
    clock: systemClock,
    random: systemRandom,
    log: silent,
    reconnectMinMs: 20,
    reconnectMaxMs: 200,
    ...changes,
  });
}

/** Waits for a condition that is asked again whenever something has changed. */
export class Until {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const ask of this.#waiting) ask();
  }

  /** @param stalledMs gives up, without a word, when nothing has changed for so long; left out: never. */
  async holds(condition: () => boolean, stalledMs?: number): Promise<void> {
    while (!condition()) if (!(await this.#change(stalledMs))) return;
  }

  /** False when there was none for so long. */
  #change(stalledMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (changed: boolean): void => {
        cancel();
        this.#waiting.delete(ask);
        resolve(changed);
      };
      const ask = (): void => end(true);
      const cancel = stalledMs === undefined ? () => {} : systemClock.after(stalledMs, () => end(false));
      this.#waiting.add(ask);
    });
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: http.Agent;
}

/** Rejects when there is no answer. */
export function call(
  url: string,
  { method = 'POST', headers = {}, body = '', agent }: CallOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const request = http.request(url, { method, headers: { ...length, ...headers }, agent: agent ?? false });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('aborted')));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.end(body);
  });
}

export function hookUrl(origin: string, { token }: Pick<TestTerminal, 'token'>): string {
  return `${origin}/hook/${token}`;
}

const program = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');

export interface RelayProcess {
  readonly child: ChildProcess;
  readonly origin: string;
}

/** The relay as it is run on a server, in a process of its own; the files that it needs are written into `folder`. */
export async function spawnRelay(
  folder: string,
  list: RegistryContent,
  { port, settings }: { readonly port: number; readonly settings: RelaySettings },
): Promise<RelayProcess> {
  const config = path.join(folder, 'relay.json');
  writeFileSync(config, JSON.stringify({ ...settings, listen: { port }, dataFolder: folder }));
  writeFileSync(path.join(folder, 'registry.json'), JSON.stringify(list), { mode: 0o600 });
  const child = spawn(process.execPath, [program, 'relay', '--config', config, '--json', '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { readonly origin: string };
    return { child, origin: said.origin };
  }
  throw new Error('the relay did not start');
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
