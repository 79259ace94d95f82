/** `cham relay` as an operator uses it: adding and removing, mistakes told with what to do, and a relay that runs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayPlace } from '../relay/files.ts';
import { changeList, type ListAction, type ListWishes } from './relay-list.ts';

const program = path.resolve(import.meta.dirname, 'cham.ts');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-relay-cli-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = (name: string): string => path.join(folder, name);

/** What the action prints, or `usage:` or `refused:` and why. */
function list(action: ListAction, name?: string, wishes: Partial<ListWishes> = {}): string {
  const place = relayPlace(undefined, inFolder('data'));
  if (!place.ok) throw new Error(place.fault);
  const defaults: ListWishes = {
    name,
    provider: undefined,
    secretFile: undefined,
    keyOut: action === 'add-terminal' ? inFolder(`${name ?? ''}.relay-key`) : undefined,
    publicKey: undefined,
    terminals: undefined,
    erase: false,
    json: false,
  };
  const changed = changeList(place.value, action, { ...defaults, ...wishes });
  return changed.ok ? changed.value : `${changed.fault.kind}: ${changed.fault.detail}`;
}

const registry = (): string => readFileSync(inFolder('data/registry.json'), 'utf8');

describe('the list of a relay', () => {
  it('add-terminal: the key in a file for its owner, the token in the address, neither in the list', () => {
    const said = JSON.parse(list('add-terminal', 'quay-1', { provider: 'sepay', json: true })) as {
      readonly hook: string;
      readonly keyFile: string;
    };
    expect(said.hook).toMatch(/^http:\/\/127\.0\.0\.1:8790\/hook\/[\w-]{32}$/);
    expect(said.keyFile).toBe(inFolder('quay-1.relay-key'));
    expect(statSync(said.keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(inFolder('data/registry.json')).mode & 0o777).toBe(0o600);
    const pem = readFileSync(said.keyFile, 'utf8');
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    for (const secret of [said.hook.slice(-32), pem.split('\n')[1] ?? '']) expect(registry()).not.toContain(secret);
    expect(list('list')).toBe('Terminals: quay-1\nHook quay-1: sepay → quay-1; signatures checked by the terminal');
    expect(list('add-terminal', 'quay-1')).toMatch(/^refused: Nothing was changed.\n {2}There is a hook "quay-1"/);
  });

  it('a terminal that made its key itself: only its public half is taken, and no key is written', () => {
    const [key, pub] = [inFolder('own.key'), inFolder('own.pub')];
    spawnSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key]);
    spawnSync('openssl', ['pkey', '-in', key, '-pubout', '-out', pub]);
    const wishes = { publicKey: pub, keyOut: undefined };
    expect(list('add-terminal', 'quay-1', wishes)).toMatch(/is in the list/);
    const der = readFileSync(pub, 'utf8').split('\n')[1] ?? '';
    expect(registry()).toContain(der);
    expect(list('add-terminal', 'quay-2', wishes)).toMatch(/^refused: [^]*terminals: [^]*each once/);
    expect(JSON.parse(list('list', undefined, { json: true }))).toMatchObject({ terminals: ['quay-1'] });
    writeFileSync(pub, 'no key');
    expect(list('add-terminal', 'quay-3', wishes)).toMatch(/^refused: .*cannot be used as a public key in PEM/s);
  });

  it('add-hook, remove-hook, remove-terminal', () => {
    list('add-terminal', 'quay-1');
    list('add-terminal', 'quay-2');
    expect(list('add-hook', 'shop')).toMatch(/^usage: add-hook: --for which terminals\?/);
    expect(list('add-hook', 'shop', { terminals: ['quay-1', 'quay-9'] })).toMatch(/There is no terminal "quay-9"/);
    expect(list('add-hook', 'shop', { terminals: ['quay-1', 'quay-2'], provider: 'payos' })).toMatch(
      /\/hook\/[\w-]{32}$/,
    );
    expect(list('remove-terminal', 'quay-1')).toMatch(/Hook "shop" serves it and others; remove the hook first/);
    expect(list('remove-hook', 'shop')).toBe('Hook "shop" is removed.');
    expect(list('remove-terminal', 'quay-1')).toMatch(/^Terminal "quay-1" and its hooks are removed. What it/);
    expect(JSON.parse(list('list', undefined, { json: true }))).toMatchObject({
      terminals: ['quay-2'],
      hooks: [{ name: 'quay-2' }],
    });
  });

  it('a notice secret has to be one that the relay can use', () => {
    const secretFile = inFolder('secret');
    writeFileSync(secretFile, 'sixteen characters and more', { mode: 0o644 });
    const add = (name: string, provider: string): string => list('add-terminal', name, { provider, secretFile });
    expect(add('quay-1', 'momo')).toMatch(/cannot check notices of "momo" itself.*Leave out --secret-file/);
    expect(list('add-terminal', 'quay-1', { provider: 'vietqr-vn' })).toMatch(
      /asks for a token.*give its notice secret/,
    );
    expect(add('quay-1', 'training')).toMatch(/others can read it; chmod 600/);
    expect(JSON.parse(list('list', undefined, { json: true }))).toEqual({ terminals: [], hooks: [] });
    chmodSync(secretFile, 0o600);
    expect(add('quay-2', 'training')).toMatch(/is in the list/);
    expect(list('list')).toMatch(/signatures checked by the relay and the terminal/);
  });

  it('mistakes change nothing and say what to do', () => {
    expect(list('add-terminal')).toMatch(/^usage: add-terminal: of which name\?/);
    expect(list('add-terminal', 'ba đồng')).toMatch(/^usage: .*expected 1 to 32 letters, digits, dots, hyphens/);
    expect(list('add-terminal', 'a', { provider: 'visa' })).toMatch(/^usage: --provider: found "visa"; expected payos/);
    expect(list('remove-terminal', 'nobody')).toMatch(/^refused: .*There is no terminal "nobody"/s);
    expect(list('list')).toMatch(/No terminal yet/);
    list('add-terminal', 'a');
    writeFileSync(inFolder('data/registry.json'), '{"terminals": [{"id": "a"}]}');
    expect(list('add-terminal', 'b')).toMatch(
      /registry\.json\n {2}terminals\.0\.publicKey: found nothing; expected string/,
    );
    expect(registry()).toBe('{"terminals": [{"id": "a"}]}');
  });
});

const problems = (content: unknown): string => {
  writeFileSync(inFolder('relay.json'), JSON.stringify(content));
  const place = relayPlace(inFolder('relay.json'), undefined);
  return place.ok ? '' : place.fault;
};

describe('the configuration of a relay', () => {
  it('everything that is wrong is told', () => {
    const said = problems({ publicUrl: 'https://relay.example/', limits: { window: 0 }, lissten: {} });
    expect(said).toMatch(/publicUrl: found "https:\/\/relay\.example\/"; expected scheme, host and port only/);
    expect(said).toMatch(/limits\.window: found 0; expected at least 1/);
    expect(said).toMatch(/lissten: found a key that does not exist/);
  });

  it('an address that others can reach takes TLS, or an operator who says that it needs none', () => {
    const host = '0.0.0.0';
    expect(problems({ listen: { host } })).toMatch(
      /listen\.host: found "0\.0\.0\.0"; expected a loopback address \(127\.0\.0\.1\) behind a reverse proxy, or listen\.tls/,
    );
    expect(problems({ listen: { host, tls: { certFile: 'a.pem', keyFile: 'b.pem' } } })).toBe('');
    expect(problems({ listen: { host, plainHttpToAnybody: true } })).toBe('');
    expect(problems({ listen: { host: '127.0.0.2' } })).toBe('');
  });
});

const status = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, 'relay', ...args], { encoding: 'utf8', timeout: 20_000 });

describe('cham relay', () => {
  it('exit codes: help, a mistake, a file that is not there', () => {
    expect(status('fly')).toMatchObject({ status: 2, stderr: expect.stringMatching(/There is no action "fly"/) });
    expect(status('--config', inFolder('nowhere.json'))).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/nothing was started or changed[^]*found no such file/),
    });
  });

  it('runs, notices a new terminal, and stops cleanly', async () => {
    const file = inFolder('relay.json');
    writeFileSync(file, JSON.stringify({ listen: { port: 0 }, dataFolder: 'data' }));
    const child = spawn(process.execPath, [program, 'relay', '--config', file, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const logged = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    const ready = JSON.parse(String((await lines.next()).value)) as { readonly origin: string };
    expect(ready).toMatchObject({ ready: true, terminals: 0, hooks: 0, data: inFolder('data') });
    const { hook } = JSON.parse(list('add-terminal', 'quay-1', { json: true })) as { readonly hook: string };
    expect(JSON.parse(String((await logged.next()).value))).toMatchObject({
      message: 'list of terminals read again',
      terminals: 1,
    });
    const answered = await fetch(`${ready.origin}${new URL(hook).pathname}`, { method: 'POST', body: '{}' });
    expect(answered.status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
