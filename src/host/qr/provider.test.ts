/** The provider link at its two borders: what strangers may post to it, and what it makes of a provider's answers. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QrProviderPort } from '../../app/ports.ts';
import { epochMs, transactionId } from '../../core/base/brand.ts';
import { money } from '../../core/base/money.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { parseMpm } from '../../core/qr/mpm.ts';
import { readVietQr } from '../../core/qr/vietqr.ts';
import type { QrRequest, Transfer } from '../../core/transaction/model.ts';
import { maxSkewMs, requestContent, signatureHeaders, signatureProblem } from './notice-signature.ts';
import { chamAdapter } from './adapters/cham.ts';
import { QrProvider } from './provider.ts';

const secret = Buffer.from('a secret of the training bank');
const start = epochMs(1_700_000_000_000);

/** Time stands still; timers fire when a test says so. */
const timers = new Set<{ readonly delayMs: number; readonly callback: () => void }>();
const clock: Clock = {
  now: () => start,
  monotonicMs: () => 0,
  after(delayMs, callback) {
    const timer = { delayMs, callback };
    timers.add(timer);
    return () => timers.delete(timer);
  },
};

const logged: string[] = [];
const log: Log = { write: (level, message, fields) => logged.push(JSON.stringify({ level, message, ...fields })) };

const request: QrRequest = {
  transactionId: transactionId('S-1'),
  amount: money(45_000, 'VND'),
  reference: 'CH7K3QW9TX',
  expiresAt: epochMs(start + 180_000),
};

const notice = {
  providerTransactionId: 'FT1',
  bankBin: '970436',
  account: '1017595600',
  amountMinorUnits: 45_000,
  currency: 'VND',
  memo: 'BANK.1.CH7K3QW9TX.CT',
  paidAt: start,
  payerAccount: '******1234',
};

let received: Transfer[] = [];
let link: QrProvider;
let provider: http.Server;
let seen: { method: string; target: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
let answer: (response: http.ServerResponse) => void;
/** What the provider lists, whatever is asked. */
let bank: object[] = [];

/** A provider that answers as each test wants. */
beforeEach(async () => {
  received = [];
  seen = [];
  logged.length = 0;
  bank = [notice];
  answer = (response) => {
    const asked = seen.at(-1)?.method === 'GET';
    response.end(JSON.stringify(asked ? { transfers: bank } : { reference: request.reference }));
  };
  provider = http.createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      seen.push({ method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  link = linkTo((provider.address() as AddressInfo).port);
  expect(await link.start()).toEqual({ ok: true, value: undefined });
});

afterEach(async () => {
  await link.stop();
  await new Promise((resolve) => {
    provider.close(resolve);
    provider.closeAllConnections();
  });
  expect(timers.size, 'timers left behind').toBe(0);
});

const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiệm Cà Phê Sớm Mai' };

function linkTo(port: number, listenAt = 0): QrProvider {
  return new QrProvider({
    adapter: chamAdapter({ apiBase: `http://127.0.0.1:${port}`, secret }, merchant),
    merchant,
    listener: { host: '127.0.0.1', port: listenAt },
    lastSeen: () => undefined,
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log,
  });
}

function listen(durable: () => boolean): void {
  link.onTransfer((transfer) => {
    received.push(transfer);
    return durable();
  });
}

function noticeUrl(): string {
  if (link.noticeUrl === undefined) throw new Error('not started');
  return link.noticeUrl;
}

interface Posted {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly at?: number;
  readonly key?: Uint8Array;
}

async function post(change: Posted = {}): Promise<number> {
  const { body = JSON.stringify(notice), headers = {}, at = start, key = secret } = change;
  const signed = signatureHeaders(key, body, epochMs(at));
  const all = { 'content-type': 'application/json', ...signed, ...headers };
  return (await fetch(noticeUrl(), { method: 'POST', headers: all, body })).status;
}

const options = { signal: new AbortController().signal, timeoutMs: 10_000 };

async function issueFault(): Promise<string> {
  const result = await link.issue(request, options);
  return result.ok ? 'issued' : result.fault.kind;
}

describe('notices', () => {
  it('hands over what is signed, and says 200 only when it is durable', async () => {
    expect(await post()).toBe(503);
    let durable = false;
    listen(() => durable);
    expect(await post()).toBe(503);
    durable = true;
    expect(await post()).toBe(200);
    expect(await post(), 'a repeat is acknowledged too').toBe(200);
    expect(received, 'what is durable is not handed over again').toHaveLength(2);
    expect(received[0]).toEqual({
      payer: '******1234',
      providerTransactionId: 'FT1',
      bankBin: '970436',
      account: '1017595600',
      amount: money(45_000, 'VND'),
      memo: 'BANK.1.CH7K3QW9TX.CT',
      paidAt: start,
    });
  });

  it('hands over nothing to a listener that has left', async () => {
    const leave = link.onTransfer(() => true);
    expect(await post()).toBe(200);
    leave();
    bank = [{ ...notice, providerTransactionId: 'FT2' }];
    expect(await post({ body: JSON.stringify(bank[0]) })).toBe(503);
  });

  it('refuses a signature that is wrong, missing, stale, or over another body', async () => {
    listen(() => true);
    const body = JSON.stringify(notice);
    expect(await post({ key: Buffer.from('another secret altogether') })).toBe(401);
    expect(await post({ headers: { 'x-cham-signature': 'sha256=00' } })).toBe(401);
    expect(await post({ headers: { 'x-cham-signature': '' } })).toBe(401);
    expect(await post({ at: start - maxSkewMs - 1 })).toBe(401);
    expect(await post({ at: start + maxSkewMs + 1 })).toBe(401);
    expect(await post({ headers: { 'x-cham-timestamp': String(start + 1) } })).toBe(401);
    const tampered = body.replace('45000', '95000');
    expect(await post({ body: tampered, headers: signatureHeaders(secret, body, start) })).toBe(401);
    const plain = await fetch(noticeUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(plain.status).toBe(401);
    expect(received).toEqual([]);
    expect(await post({ at: start - maxSkewMs })).toBe(200);
  });

  it('does not take a signed API request for a notice', () => {
    const body = JSON.stringify(notice);
    const headers = signatureHeaders(secret, requestContent('POST', '/v1/payment-requests', body), start);
    expect(signatureProblem(secret, body, headers, start)).toBe('wrong');
  });

  it('refuses what is not a notice, signed or not', async () => {
    listen(() => true);
    const shaped = (change: object): Promise<number> => post({ body: JSON.stringify({ ...notice, ...change }) });
    expect(await post({ body: 'paid!' })).toBe(400);
    expect(await post({ body: '{}' })).toBe(400);
    expect(await shaped({ extra: 1 })).toBe(400);
    expect(await shaped({ amountMinorUnits: 0 })).toBe(400);
    expect(await shaped({ amountMinorUnits: 1.5 })).toBe(400);
    expect(await shaped({ currency: 'XXX' })).toBe(400);
    expect(await shaped({ currency: 'toString' })).toBe(400);
    expect(await shaped({ memo: 'x'.repeat(501) })).toBe(400);
    expect(await shaped({ payerAccount: '0011001234' })).toBe(400);
    expect(await post({ headers: { 'content-type': 'text/plain' } })).toBe(415);
    expect(await post({ body: JSON.stringify({ ...notice, memo: 'x'.repeat(17_000) }) })).toBe(413);
    expect((await fetch(noticeUrl())).status).toBe(404);
    expect((await fetch(new URL('/other', noticeUrl()), { method: 'GET' })).status).toBe(404);
    expect(received).toEqual([]);
    expect(logged.join()).not.toContain(notice.memo);
  });

  it('masks what looks like a card number in a memo', async () => {
    listen(() => true);
    bank = [{ ...notice, memo: 'the 4761739001010119 CH7K3QW9TX' }];
    expect(await post({ body: JSON.stringify(bank[0]) })).toBe(200);
    expect(received[0]?.memo).toBe('the 476173******0119 CH7K3QW9TX');
  });

  it('says so when the port is taken', async () => {
    const { port } = provider.address() as AddressInfo;
    const second = linkTo(1, port);
    expect(await second.start()).toMatchObject({ ok: false, fault: { kind: 'cannotListen' } });
    await second.stop();
  });
});

describe('calls', () => {
  it('registers a code that carries amount and reference, signed', async () => {
    const port: QrProviderPort = link;
    const issued = await port.issue(request, options);
    if (!issued.ok) throw new Error(issued.fault.detail);
    expect(issued.value).toMatchObject({ bankBin: '970436', account: '1017595600' });
    const parsed = parseMpm(issued.value.payload);
    expect(parsed.problems).toEqual([]);
    expect(readVietQr(parsed)).toMatchObject({
      ok: true,
      value: {
        account: '1017595600',
        amount: request.amount,
        reference: 'CH7K3QW9TX',
        purpose: 'CH7K3QW9TX',
        merchantName: 'TIEM CA PHE SOM MAI',
      },
    });
    const [call] = seen;
    if (call === undefined) throw new Error('no call');
    expect(call.target).toBe('/v1/payment-requests');
    expect(
      signatureProblem(secret, requestContent('POST', call.target, call.body), call.headers, start),
    ).toBeUndefined();
    expect(JSON.parse(call.body)).toEqual({
      reference: 'CH7K3QW9TX',
      amountMinorUnits: 45_000,
      currency: 'VND',
      payload: issued.value.payload,
      expiresAt: request.expiresAt,
      noticeUrl: noticeUrl(),
    });
    expect(await port.issue(request, options)).toEqual(issued);
  });

  it('names another address for notices when it is told to', async () => {
    link.advertise('http://127.0.0.1:7600/relay/notices');
    expect((await link.issue(request, options)).ok).toBe(true);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ noticeUrl: 'http://127.0.0.1:7600/relay/notices' });
  });

  it('asks for transfers by reference', async () => {
    answer = (response) => response.end(JSON.stringify({ transfers: [notice] }));
    const found = await link.query('CH7K3QW9TX', options);
    expect(found).toMatchObject({ ok: true, value: [{ providerTransactionId: 'FT1', amount: money(45_000, 'VND') }] });
    expect(seen[0]).toMatchObject({ method: 'GET', target: '/v1/transfers?reference=CH7K3QW9TX' });
    answer = (response) => response.end(JSON.stringify({ transfers: [] }));
    expect(await link.query('CH7K3QW9TX', options)).toEqual({ ok: true, value: [] });
  });

  it('unreachable: nobody listens', async () => {
    const free = http.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const lost = linkTo(port);
    await lost.start();
    expect(await lost.issue(request, options)).toMatchObject({
      ok: false,
      fault: { kind: 'unreachable', retrySafe: true },
    });
    await lost.stop();
  });

  it('noReply: too slow, cut off, or stopped by the caller', async () => {
    answer = () => {
      for (const timer of timers) if (timer.delayMs === options.timeoutMs) timer.callback();
    };
    expect(await link.issue(request, options)).toMatchObject({
      ok: false,
      fault: { kind: 'noReply', detail: expect.stringContaining('10000 ms'), retrySafe: true },
    });
    answer = (response) => response.destroy();
    expect(await issueFault()).toBe('noReply');
    answer = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"refer', () => response.destroy());
    };
    expect(await issueFault()).toBe('noReply');
    const stop = new AbortController();
    answer = () => stop.abort();
    expect(await link.query('CH7K3QW9TX', { ...options, signal: stop.signal })).toMatchObject({
      ok: false,
      fault: { kind: 'noReply' },
    });
    const calls = seen.length;
    expect(await link.query('CH7K3QW9TX', { ...options, signal: stop.signal })).toMatchObject({ ok: false });
    expect(seen).toHaveLength(calls);
  });

  it('badReply: not what was agreed', async () => {
    const replies = [
      '',
      'ok',
      '{}',
      '{"reference":"CHOTHER222"}',
      '{"reference":"CH7K3QW9TX","x":1}',
      'x'.repeat(300_000),
    ];
    for (const reply of replies) {
      answer = (response) => response.end(reply);
      expect(await issueFault(), reply.slice(0, 40)).toBe('badReply');
    }
    answer = (response) => response.end(JSON.stringify({ transfers: [{ ...notice, amountMinorUnits: -1 }] }));
    expect(await link.query('CH7K3QW9TX', options)).toMatchObject({ ok: false, fault: { kind: 'badReply' } });
    answer = (response) => response.writeHead(500).end('{}');
    expect(await issueFault()).toBe('badReply');
    answer = (response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    expect(await issueFault()).toBe('badReply');
  });

  it('refused: by the provider, or because no code can be made', async () => {
    for (const status of [400, 401, 404, 409]) {
      answer = (response) => response.writeHead(status).end('{}');
      expect(await issueFault()).toBe('refused');
    }
    const calls = seen.length;
    expect(await link.issue({ ...request, amount: money(100, 'USD') }, options)).toMatchObject({
      ok: false,
      fault: { kind: 'refused', detail: expect.stringContaining('VND') },
    });
    expect(seen).toHaveLength(calls);
  });
});
