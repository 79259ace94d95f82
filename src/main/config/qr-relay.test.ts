/** `qr.relay`: what is wrong with it is told, with what to do; nothing of the key ever is. */
import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { qrRelaySchema, relayAddress } from './qr-relay.ts';
import type { Config } from './schema.ts';

let folder: string;
let publicKey: KeyObject;
const good = { url: 'https://relay.example', terminal: 'quay-1', keyFile: 'relay.key' };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-qr-relay-'));
  const pair = generateKeyPairSync('ed25519');
  publicKey = pair.publicKey;
  writeFileSync(path.join(folder, 'relay.key'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const address = (relay: unknown) =>
  relayAddress({ qr: { kind: 'provider', relay } } as unknown as Config, path.join(folder, 'cham.json'));

const problems = (relay: unknown): string => {
  const read = address(relay);
  return read.ok ? '' : read.fault.map(({ key, found, expected }) => `${key}: ${found}; ${expected}`).join('\n');
};

describe('qr.relay', () => {
  it('signs with the key of its file', () => {
    const read = address(good);
    if (!read.ok || read.value === undefined) throw new Error('refused');
    const text = Buffer.from('a challenge');
    expect(verify(null, text, publicKey, read.value.sign(text))).toBe(true);
    expect(read.value).toMatchObject({ url: 'https://relay.example', terminal: 'quay-1' });
    expect(address(undefined)).toEqual({ ok: true, value: undefined });
  });

  it('a key that others can read, that is none, or that is not there', () => {
    expect(problems({ ...good, keyFile: 'no.key' })).toMatch(/qr\.relay\.keyFile: .*no\.key: ENOENT; what `cham relay/);
    chmodSync(path.join(folder, 'relay.key'), 0o640);
    expect(problems(good)).toMatch(/others can read it; chmod 600/);
    writeFileSync(path.join(folder, 'relay.key'), 'secret but no key');
    expect(problems(good)).toMatch(/qr\.relay\.keyFile/);
    expect(problems(good)).not.toMatch(/secret but/);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path.join(folder, 'relay.key'), rsa);
    expect(problems(good)).toMatch(/not an Ed25519 key/);
  });

  it('certificates that are none', () => {
    writeFileSync(path.join(folder, 'ca.pem'), 'no certificate');
    expect(problems({ ...good, caFile: 'ca.pem' })).toMatch(/qr\.relay\.caFile: .*; certificates in PEM/);
  });

  it.each([
    ['http://relay.example', false],
    ['https://relay.example/', false],
    ['https://relay.example/v1', false],
    ['wss://relay.example', false],
    ['http://127.0.0.1:8790', true],
    ['https://relay.example:8443', true],
  ])('%s: %s', (url, taken) => {
    expect(qrRelaySchema.safeParse({ ...good, url }).success).toBe(taken);
  });
});
