/** TLS to the acquirer with certificates made here by openssl: who is let in, and what a person reads when not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../core/base/ports.ts';
import { iso87Ascii } from '../../core/iso8583/dialect.ts';
import { AcquirerLink } from './link.ts';
import { ManualClock, replyTo, ScriptedHost } from './test-kit.ts';
import type { TlsSettings } from './tls.ts';

const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' });
const present = openssl.status === 0;
if (!present) process.stderr.write('tls.test.ts: skipped, there is no openssl here\n');

let folder = '';
let clock = new ManualClock();
const cleanups: (() => Promise<unknown>)[] = [];

function make(...line: readonly string[]): void {
  const done = spawnSync('openssl', line, { cwd: folder, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
}

const pem = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

function authority(name: string): void {
  make(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  );
}

function certificate(name: string, issuer: string, names: string, ...dates: readonly string[]): void {
  make(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  );
  writeFileSync(path.join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
  const validity = dates.length > 0 ? dates : ['-days', '2'];
  make(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${issuer}.pem`,
    '-CAkey',
    `${issuer}.key`,
    '-CAcreateserial',
    '-extfile',
    `${name}.ext`,
    ...validity,
    '-out',
    `${name}.pem`,
  );
}

beforeAll(() => {
  if (!present) return;
  folder = mkdtempSync(path.join(tmpdir(), 'cham-tls-'));
  authority('good-ca');
  authority('other-ca');
  certificate('host', 'good-ca', 'IP:127.0.0.1,DNS:host.acquirer.example');
  certificate('elsewhere', 'good-ca', 'DNS:elsewhere.example');
  certificate('expired', 'good-ca', 'IP:127.0.0.1', '-days', '-1');
  certificate('terminal', 'good-ca', 'DNS:terminal.example');
  certificate('stranger', 'other-ca', 'DNS:stranger.example');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  clock = new ManualClock();
});
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

const identity = (name: string): { cert: string; key: string } => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
});

/** Connects to a scripted host: undefined when it was signed on to, else what the log said. */
async function connect(hostTls: TlsOptions | undefined, linkTls: TlsSettings | undefined): Promise<string | undefined> {
  const host = new ScriptedHost({
    answer: (message) => replyTo(message),
    ...(hostTls === undefined ? {} : { tls: hostTls }),
  });
  const port = await host.start();
  cleanups.push(() => host.stop());
  const trouble = await attempt(port, linkTls);
  expect(host.received).toEqual(trouble === undefined ? ['0800001'] : []);
  return trouble;
}

async function attempt(port: number, tls: TlsSettings | undefined): Promise<string | undefined> {
  const reasons: string[] = [];
  const log: Log = {
    write: (_level, _text, fields) => {
      if (typeof fields?.['reason'] === 'string') reasons.push(fields['reason']);
    },
  };
  const link = new AcquirerLink({
    addresses: [{ host: '127.0.0.1', port }],
    ...(tls === undefined ? {} : { tls }),
    dialect: iso87Ascii,
    terminal: { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh' },
    timings: {
      connectTimeoutMs: 3_000,
      managementTimeoutMs: 5_000,
      echoIntervalMs: 60_000,
      reconnectMinMs: 1_000,
      reconnectMaxMs: 8_000,
      waitForLinkMs: 4_000,
    },
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log,
  });
  cleanups.push(() => link.close());
  link.open();
  const known = (): boolean => link.linkState() === 'up' || reasons.length > 0;
  await vi.waitFor(() => expect(known()).toBe(true), { timeout: 5_000, interval: 1 });
  return reasons[0];
}

const ca = (name = 'good-ca.pem'): TlsSettings => ({ ca: pem(name), minVersion: 'TLSv1.2' });

describe.runIf(present)('TLS', () => {
  it('to a host that an authority of ours vouches for, by address or by name', async () => {
    expect(await connect(identity('host'), ca())).toBeUndefined();
    expect(await connect(identity('host'), { ...ca(), serverName: 'host.acquirer.example' })).toBeUndefined();
    expect(await connect({ ...identity('elsewhere') }, { ...ca(), serverName: 'elsewhere.example' })).toBeUndefined();
  });

  it('not to one that others vouch for', async () => {
    expect(await connect(identity('host'), ca('other-ca.pem'))).toMatch(
      /an authority that is not in acquirer\.tls\.caFile/,
    );
    expect(await connect(identity('good-ca'), ca('other-ca.pem'))).toMatch(/its own and not in acquirer\.tls\.caFile/);
  });

  it('not to one of another name, nor with an expired certificate', async () => {
    expect(await connect(identity('elsewhere'), ca())).toMatch(/for another name/);
    expect(await connect(identity('host'), { ...ca(), serverName: 'another.example' })).toMatch(/for another name/);
    expect(await connect(identity('expired'), ca())).toMatch(/has expired: check the clock/);
  });

  it('never without TLS, whichever side lacks it', async () => {
    expect(await connect(identity('host'), undefined)).toMatch(/closed/);
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('what is this?\r\n');
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => plain.close(resolve)));
    const { port } = plain.address() as AddressInfo;
    expect(await attempt(port, ca())).toMatch(/does not speak TLS on this port/);
  });

  it('not below 1.2', async () => {
    const old: TlsOptions = {
      ...identity('host'),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    };
    expect(await connect(old, ca())).toMatch(/no version of TLS from 1\.2 on/);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('mutual, with %s', async (version) => {
    const mutual: TlsOptions = {
      ...identity('host'),
      ca: pem('good-ca.pem'),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
    };
    expect(await connect(mutual, { ...ca(), ...identity('terminal') })).toBeUndefined();
    expect(await connect(mutual, ca())).toMatch(/certificate of this terminal/);
    // The host says no by hanging up; not even a sign-on reached it.
    expect(await connect(mutual, { ...ca(), ...identity('stranger') })).toMatch(/closed|disconnected/);
  });
});
