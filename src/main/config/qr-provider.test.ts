/** The `qr.service` section: each provider by its name, with its keys in files; what is wrong is named, never a key. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedConfigFile, loadConfig, type ConfigProblem } from './load.ts';
import { qrAdapter, qrIdentity } from './qr-provider.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-qr-'));
  for (const name of ['a', 'b', 'c']) keyFile(name, `secret-number-${name}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function keyFile(name: string, content: string, mode = 0o600): void {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
}

const account = { bankBin: '970436', account: '1017595600', noticePort: 0 };

function problemsOf(qr: object): readonly ConfigProblem[] {
  const result = adapterOf(qr);
  return result.ok ? [] : result.fault;
}

function adapterOf(qr: object) {
  const file = path.join(folder, 'cham.json');
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as object;
  const acquirer = { kind: 'host', host: '127.0.0.1', port: 1 };
  writeFileSync(file, JSON.stringify({ ...embedded, acquirer, qr: { kind: 'provider', ...account, ...qr } }));
  const loaded = loadConfig(file);
  if (!loaded.ok) return { ok: false as const, fault: loaded.fault.problems };
  const adapter = qrAdapter(loaded.value, file);
  return adapter.ok ? { ok: true as const, value: adapter.value, identity: qrIdentity(loaded.value.qr) } : adapter;
}

const services: readonly (readonly [{ readonly name: string } & Record<string, unknown>, string])[] = [
  [{ name: 'payos', clientId: 'C1', apiKeyFile: 'a', checksumKeyFile: 'b' }, 'payos https://api-merchant.payos.vn C1'],
  [{ name: 'sepay', apiTokenFile: 'a', webhookKeyFile: 'b' }, 'sepay https://my.sepay.vn/userapi'],
  [{ name: 'casso', apiKeyFile: 'a', webhookKeyFile: 'b' }, 'casso https://oauth.casso.vn/v2'],
  [
    {
      name: 'vietqr-vn',
      apiBase: 'https://vietqr.example/vqr',
      bankCode: 'VCB',
      username: 'shop',
      passwordFile: 'a',
      refundKeyFile: 'b',
      noticeUsername: 'vietqr',
      noticePasswordFile: 'c',
    },
    'vietqr-vn https://vietqr.example/vqr shop',
  ],
  [{ name: 'momo', partnerCode: 'P1', accessKeyFile: 'a', secretKeyFile: 'b' }, 'momo https://payment.momo.vn P1'],
  [{ name: 'zalopay', appId: 2553, key1File: 'a', key2File: 'b' }, 'zalopay https://openapi.zalopay.vn 2553'],
  [
    {
      name: 'vnpay',
      apiBase: 'https://pay.example',
      queryBase: 'https://query.example',
      tmnCode: 'T1',
      hashSecretFile: 'a',
    },
    'vnpay https://pay.example T1',
  ],
  [
    {
      name: 'bank-feed',
      apiBase: 'https://bank.example',
      target: '/list?from={from}',
      fields: { id: 'id', amount: 'amount', memo: 'memo', time: 'time' },
      authValueFile: 'a',
    },
    'bank-feed https://bank.example',
  ],
];

describe.each(services)('$name', (service, identity) => {
  it('is taken by its name, with its keys', () => {
    const made = adapterOf({ service });
    if (!made.ok) throw new Error(JSON.stringify(made.fault));
    expect(made.value?.name).toBe(service.name);
    expect(made.value?.capabilities.unverified.length).toBeGreaterThan(0);
    expect(made.identity).toBe(identity);
  });

  it('names each key that cannot be used, and tells nothing of it', () => {
    const files = Object.entries(service).filter(([key]) => key.endsWith('File'));
    for (const [key, name] of files) {
      const where = `qr.service.${key}`;
      keyFile(String(name), 'secret-number-x', 0o640);
      expect(problemsOf({ service })).toMatchObject([
        { key: where, found: expect.stringContaining('others can read it') },
      ]);
      keyFile(String(name), 'short', 0o600);
      expect(problemsOf({ service })).toMatchObject([{ key: where, found: expect.stringContaining('too short') }]);
      keyFile(String(name), 'two lines\nof a secret', 0o600);
      const problems = problemsOf({ service });
      expect(problems).toMatchObject([{ key: where, expected: expect.stringContaining('chmod 600') }]);
      expect(JSON.stringify(problems)).not.toContain('secret\n');
      rmSync(`${folder}/${String(name)}`);
      expect(problemsOf({ service })).toMatchObject([{ key: where, found: expect.stringContaining('ENOENT') }]);
      keyFile(String(name), `secret-number-${String(name)}`);
    }
    const { name } = service;
    expect(problemsOf({ service: { ...service, [`${name}Key`]: 'x' } })).toMatchObject([
      { key: `qr.service.${name}Key`, expected: expect.stringContaining('spelling') },
    ]);
  });
});

it('either a provider by name, or one of this terminal’s own protocol', () => {
  keyFile('own', 'sixteen characters and more', 0o644);
  const own = { apiBase: 'http://127.0.0.1:7500', secretFile: 'own' };
  expect(problemsOf(own)).toMatchObject([
    {
      key: 'qr.secretFile',
      found: expect.stringContaining('others can read it'),
      expected: expect.stringContaining('600'),
    },
  ]);
  keyFile('own', 'sixteen characters and more', 0o600);
  expect(adapterOf(own)).toMatchObject({ ok: true, value: { name: 'cham' }, identity: own.apiBase });
  const [payos] = services[0] ?? [];
  expect(problemsOf({ ...own, service: payos }).map(({ key }) => key)).toEqual(['qr.apiBase', 'qr.secretFile']);
  expect(problemsOf({}).map(({ key }) => key)).toEqual(['qr.apiBase', 'qr.secretFile']);
  expect(problemsOf({ service: { name: 'paypal' } }).map(({ key }) => key)).toEqual(['qr.service.name']);
  for (const apiBase of ['https://api.example/', 'http://api.example', 'http://127.0.0.1.example', 'ftp://127.0.0.1']) {
    expect(problemsOf({ service: { ...payos, apiBase } }).map(({ key }) => key)).toContain('qr.service.apiBase');
  }
  expect(problemsOf({ service: { ...payos, apiBase: 'http://127.0.0.1:8080' } })).toEqual([]);
});
