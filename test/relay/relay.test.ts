/** The relay at its two borders, over real HTTP: what providers may post and are answered, what terminals get to see. */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayPaths, streamAuthorization, streamProofText } from '../../src/core/relay/wire.ts';
import { RelayConnection } from '../../src/host/qr/relay-connection.ts';
import type { RawNotice } from '../../src/host/qr/notice-source.ts';
import { signatureHeaders } from '../../src/host/qr/notice-signature.ts';
import { systemClock } from '../../src/main/platform.ts';
import type { Provider } from '../../src/relay/provider-answers.ts';
import type { RunningRelay } from '../../src/relay/relay.ts';
import {
  call,
  hookUrl,
  listOf,
  mustStart,
  newFolder,
  newTerminal,
  registryOf,
  settingsWith,
  signer,
  silent,
  sourceOf,
  Until,
  type StartWishes,
  type TestTerminal,
} from './kit.ts';

const [one, two] = [newTerminal('quay-1'), newTerminal('quay-2')];
const json = { 'content-type': 'application/json' };
let folder: ReturnType<typeof newFolder>;
let relay: RunningRelay;
const toStop: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = newFolder();
});

afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
  folder.remove();
});

async function start(wishes: Partial<StartWishes> = {}): Promise<void> {
  relay = await mustStart({ folder: folder.path, list: listOf([one, two]), ...wishes });
  toStop.push(() => relay.stop());
}

/** What a terminal has been handed, in order. */
function listen(terminal: TestTerminal, url = relay.origin): { readonly got: RawNotice[]; readonly until: Until } {
  const got: RawNotice[] = [];
  const until = new Until();
  const source = sourceOf(url, terminal);
  source.start((notice) => {
    got.push(notice);
    until.changed();
    return true;
  });
  toStop.push(() => source.stop());
  return { got, until };
}

const text = ({ body }: RawNotice): string => Buffer.from(body).toString();
const post = (terminal: TestTerminal, body: string | Buffer) =>
  call(hookUrl(relay.origin, terminal), { headers: json, body });

async function health(): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await call(`${relay.origin}${relayPaths.health}`, { method: 'GET' });
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}

const numbers = (got: readonly RawNotice[]): readonly number[] =>
  got.map((notice) => Number(text(notice).slice(7))).sort((a, b) => a - b);

describe('from provider to terminal', () => {
  it('byte for byte, with the headers that sign it, in order, also what came before it connected', async () => {
    await start();
    const odd = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x0a, 0x0a, 0x3a, 0x7d]);
    expect(await post(one, odd)).toMatchObject({ status: 200, body: '{"received":true}' });
    const { got, until } = listen(one);
    await until.holds(() => got.length === 1);
    const headers = { ...json, 'X-SePay-Signature': 'sha256=00', 'X-Forwarded-For': '192.0.2.1', cookie: 'a=b' };
    const url = `${hookUrl(relay.origin, one)}/api/sync?b=2&a=1`;
    await call(url, { headers, body: 'second' });
    await until.holds(() => got.length === 2);
    const [first, second] = got;
    expect(Buffer.from(first?.body ?? []).equals(odd)).toBe(true);
    expect(first).toMatchObject({ method: 'POST', path: '/' });
    expect(second).toMatchObject({
      method: 'POST',
      path: '/api/sync?b=2&a=1',
      headers: { 'content-type': 'application/json', 'x-sepay-signature': 'sha256=00' },
    });
    expect(Object.keys(second?.headers ?? {}).sort()).toEqual(['content-type', 'x-sepay-signature']);
    expect(first?.id).not.toBe(second?.id);
    expect(first?.receivedAt).toBeLessThanOrEqual(second?.receivedAt ?? 0);
  });

  it('each terminal gets its own, and nothing of another', async () => {
    await start();
    const [of1, of2] = [listen(one), listen(two)];
    const sent = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(sent.map((n) => post(n % 2 === 0 ? one : two, `notice ${n}`)));
    await of1.until.holds(() => of1.got.length >= 20);
    await of2.until.holds(() => of2.got.length >= 20);
    expect(numbers(of1.got)).toEqual(sent.filter((n) => n % 2 === 0));
    expect(numbers(of2.got)).toEqual(sent.filter((n) => n % 2 === 1));
  });

  it('a hook of several terminals: each gets every notice', async () => {
    const list = listOf([one, two]);
    const shop = { name: 'shop', tokenHash: createHash('sha256').update(two.token).digest('hex') };
    const hooks = [{ ...shop, terminals: ['quay-1', 'quay-2'], provider: 'payos' as const }];
    await start({ list: { ...list, hooks } });
    const [of1, of2] = [listen(one), listen(two)];
    expect(await post(two, 'for all')).toMatchObject({ status: 200, body: '{"success":true}' });
    await of1.until.holds(() => of1.got.length === 1);
    await of2.until.holds(() => of2.got.length === 1);
    expect([...of1.got, ...of2.got].map(text)).toEqual(['for all', 'for all']);
  });

  it('the same request sent again is stored once, and answered as taken each time', async () => {
    await start();
    const { got, until } = listen(one);
    for (let n = 0; n < 3; n += 1) expect((await post(one, 'again')).status).toBe(200);
    await post(one, 'another');
    await until.holds(() => got.some((notice) => text(notice) === 'another'));
    expect(got.map(text)).toEqual(['again', 'another']);
    expect(await health()).toMatchObject({ stored: 2, duplicate: 2 });
  });

  it('a terminal that was away for long gets everything in portions, none lost, none twice', async () => {
    await start({ settings: settingsWith({ limits: { window: 7 } }) });
    const numbers = Array.from({ length: 300 }, (_, n) => String(n));
    for (const n of numbers) expect((await post(one, n)).status).toBe(200);
    const { got, until } = listen(one);
    await until.holds(() => got.length >= numbers.length);
    expect(got.map(text)).toEqual(numbers);
  });

  it.each([
    ['sepay', 'POST', 200, '{"success":true}'],
    ['momo', 'POST', 204, ''],
    ['zalopay', 'POST', 200, '{"return_code":1,"return_message":"success"}'],
    ['vnpay', 'GET', 200, '{"RspCode":"00","Message":"Confirm Success"}'],
  ] as const)('%s hears what it wants to hear', async (provider: Provider, method, status, body) => {
    await start({ list: listOf([one], provider) });
    const { got, until } = listen(one);
    const answer = await call(`${hookUrl(relay.origin, one)}?vnp_Amount=1`, { method });
    expect(answer).toMatchObject({ status, body });
    await until.holds(() => got.length === 1);
    expect(got[0]).toMatchObject({ method, path: '/?vnp_Amount=1' });
  });

  it('with the secret of a provider it turns away what is not signed, and keeps the rest as it came', async () => {
    const secret = 'a notice secret of the provider';
    const list = listOf([one], 'training');
    const hooks = list.hooks.map((hook) => ({ ...hook, secretFile: 'secret' }));
    await start({ list: { ...list, hooks }, secrets: { secret } });
    const { got, until } = listen(one);
    const body = '{"amount":45000}';
    const signed = signatureHeaders(Buffer.from(secret), body, systemClock.now());
    const url = hookUrl(relay.origin, one);
    expect((await call(url, { headers: json, body })).status).toBe(401);
    expect((await call(url, { headers: { ...json, ...signed }, body: '{"amount":90000}' })).status).toBe(401);
    expect((await call(url, { headers: { ...json, ...signed }, body })).status).toBe(200);
    await until.holds(() => got.length === 1);
    expect(got[0]).toMatchObject({ headers: signed });
    expect(await health()).toMatchObject({ badSignature: 2, stored: 1 });
  });
});

describe('strangers', () => {
  it('unknown hooks, methods, bodies and paths are refused, and nothing of them is stored', async () => {
    await start({ settings: settingsWith({ limits: { maxBodyBytes: 1024 } }), list: listOf([one], 'sepay') });
    const url = hookUrl(relay.origin, one);
    expect((await call(`${relay.origin}/hook/${two.token}`)).status).toBe(404);
    expect((await call(`${relay.origin}/hook/`)).status).toBe(404);
    expect((await call(`${relay.origin}/`, { method: 'GET' })).status).toBe(404);
    expect(await call(url, { method: 'GET' })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect((await call(url, { body: 'x'.repeat(1025) })).status).toBe(413);
    expect((await call(url, { headers: { 'x-long': 'x'.repeat(9000) } })).status).toBe(431);
    expect((await call(url, { body: 'x'.repeat(1024) })).status).toBe(200);
    expect(await health()).toMatchObject({ stored: 1, unknownHook: 2, malformed: 2, waiting: 1 });
  });

  it('who sends a request without end is cut off', async () => {
    await start();
    const socket = connect(Number(new URL(relay.origin).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST /hook/${one.token} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    const fill = (): void => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on('drain', fill);
    fill();
    await new Promise((resolve) => {
      socket.on('close', resolve);
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it('a source that asks too much is told to come later; hooks and other sources go on', async () => {
    const limits = { perSource: { perSecond: 0.1, burst: 5 } };
    await start({ settings: settingsWith({ limits }), list: listOf([one]) });
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(`${relay.origin}/v1/challenge`)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toBe('10');
    expect((await call(`${relay.origin}/hook/${two.token}`)).status).toBe(429);
    expect((await post(one, 'goes on')).status).toBe(200);
  });

  it('behind a trusted proxy the source is the last address that it has seen; from anybody else the header is air', async () => {
    const settings = { limits: { perSource: { perSecond: 0.1, burst: 1 } } };
    const ask = async (forwarded: string): Promise<number> =>
      (await call(`${relay.origin}/v1/challenge`, { headers: { 'x-forwarded-for': forwarded } })).status;
    await start({ settings: settingsWith({ ...settings, trustedProxies: ['127.0.0.1'] }) });
    expect(await ask('198.51.100.9, 192.0.2.1')).toBe(200);
    expect(await ask('192.0.2.2')).toBe(200);
    expect(await ask('203.0.113.5, 192.0.2.2')).toBe(429);
    await relay.stop();
    await start({ settings: settingsWith(settings) });
    expect(await ask('192.0.2.1')).toBe(200);
    expect(await ask('192.0.2.2')).toBe(429);
  });

  it('a hook has its own limit', async () => {
    await start({ settings: settingsWith({ limits: { perHook: { perSecond: 0.5, burst: 2 } } }) });
    expect([(await post(one, 'a')).status, (await post(one, 'b')).status]).toEqual([200, 200]);
    expect(await post(one, 'c')).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect((await post(two, 'd')).status).toBe(200);
  });

  it('more connections of one source than allowed are closed', async () => {
    await start({ settings: settingsWith({ limits: { maxConnectionsPerSource: 4 } }) });
    const port = Number(new URL(relay.origin).port);
    const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(sockets.filter((socket) => socket.destroyed)).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
  });
});

describe('no room', () => {
  it('is answered 503 for the terminal that does not fetch; others go on, and what is there stays', async () => {
    const logged: string[] = [];
    const log = { write: (level: string, message: string) => void logged.push(`${level} ${message}`) };
    await start({ settings: settingsWith({ limits: { maxWaiting: 10 } }), log });
    const answers: number[] = [];
    for (let n = 0; n < 12; n += 1) answers.push((await post(one, `n${n}`)).status);
    expect(answers).toEqual([...Array<number>(10).fill(200), 503, 503]);
    expect((await post(two, 'other')).status).toBe(200);
    expect(logged.filter((line) => line.startsWith('error no room'))).toHaveLength(1);
    expect(await health()).toMatchObject({ waiting: 11, full: 2 });
    const { got, until } = listen(one);
    await until.holds(() => got.length === 10);
    expect(got.map(text)).toEqual(Array.from({ length: 10 }, (_, n) => `n${n}`));
    expect((await post(one, 'n10')).status).toBe(200);
    await until.holds(() => got.length === 11);
  });

  it('on the disk is seen before acknowledgements have none', async () => {
    await start({ settings: settingsWith({ limits: { leastFreeBytes: 100_000_000_000 } }) });
    const answer = await post(one, 'too much');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    const { status, body } = await call(`${relay.origin}/health`, { method: 'GET' });
    expect([status, JSON.parse(body)]).toMatchObject([503, { state: 'full', full: 1 }]);
  });
});

/** Only whether it is opened: the connection is closed again at once. */
async function openStatus(authorization: string): Promise<number> {
  const socket = connect(Number(new URL(relay.origin).port), '127.0.0.1');
  socket.write(`GET ${relayPaths.stream} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(head.toString().slice(9, 12));
}

async function stream(
  terminal: TestTerminal,
  changes: { readonly audience?: string; readonly id?: string; readonly challenge?: string } = {},
): Promise<{ readonly status: number; readonly authorization: string }> {
  const asked = await call(`${relay.origin}${relayPaths.challenge}`);
  const { challenge } = { ...(JSON.parse(asked.body) as { challenge: string }), ...changes };
  const { audience = relay.audience, id = terminal.id } = changes;
  const proof = streamProofText({ audience, terminal: id, challenge });
  const signature = Buffer.from(signer(terminal.privatePem)(Buffer.from(proof))).toString('base64url');
  const authorization = streamAuthorization(id, challenge, signature);
  return { status: await openStatus(authorization), authorization };
}

describe('terminals', () => {
  it('forged, unknown, used and expired proofs are refused alike', async () => {
    await start({ list: listOf([one, two]) });
    const good = await stream(one);
    expect(good.status).toBe(200);
    expect(await openStatus(good.authorization)).toBe(401);
    expect((await stream(two, { id: 'quay-1' })).status).toBe(401);
    expect((await stream(newTerminal('quay-9'))).status).toBe(401);
    expect((await stream(one, { audience: 'https://another.example' })).status).toBe(401);
    expect((await stream(one, { challenge: 'A'.repeat(54) })).status).toBe(401);
    expect(await openStatus('Bearer x')).toBe(400);
    expect(await health()).toMatchObject({ streams: 1, unauthorized: 5 });
  });

  it('acknowledge only with the session of an open stream, and only what it was sent', async () => {
    await start();
    const ack = (session: string, position: number) =>
      call(`${relay.origin}${relayPaths.ack}`, {
        headers: { authorization: `Bearer ${session}` },
        body: JSON.stringify({ positions: [position] }),
      });
    expect((await ack('A'.repeat(43), 1)).status).toBe(401);
    expect((await ack('short', 1)).status).toBe(401);
    await post(one, 'x');
    const asked = JSON.parse((await call(`${relay.origin}${relayPaths.challenge}`)).body) as { challenge: string };
    const proof = streamProofText({ ...asked, audience: relay.audience, terminal: one.id });
    const signature = Buffer.from(signer(one.privatePem)(Buffer.from(proof))).toString('base64url');
    const authorization = streamAuthorization(one.id, asked.challenge, signature);
    const socket = connect(Number(new URL(relay.origin).port), '127.0.0.1');
    socket.write(`GET ${relayPaths.stream} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
    let said = '';
    while (!said.includes('id: 1')) said += String(((await once(socket, 'data')) as [Buffer])[0]);
    const session = /"session":"([\w-]{43})"/.exec(said)?.[1] ?? '';
    expect((await ack(session, 2)).status).toBe(400);
    expect((await ack(session, 1)).status).toBe(204);
    expect(await health()).toMatchObject({ waiting: 0, connected: 1 });
    socket.destroy();
    await once(socket, 'close');
    const until = async (): Promise<void> => {
      while ((await health())['connected'] !== 0);
    };
    await until();
    expect((await ack(session, 1)).status).toBe(401);
  });

  it('a newer stream of the same terminal takes the place of the older', async () => {
    await start();
    const connectOnce = () => {
      const up = new Until();
      const state = { up: false, got: [] as string[] };
      const connection = new RelayConnection({
        address: { url: relay.origin, terminal: one.id, sign: signer(one.privatePem) },
        taken: { has: () => false, add: () => {} },
        deliver: (notice) => {
          state.got.push(text(notice));
          up.changed();
          return true;
        },
        clock: systemClock,
        log: silent,
        onUp: () => {
          state.up = true;
          up.changed();
        },
      });
      return { state, up, ended: connection.run(), close: () => connection.close('enough') };
    };
    const older = connectOnce();
    await older.up.holds(() => older.state.up);
    const newer = connectOnce();
    expect(await older.ended).toEqual({ detail: 'the relay ended the stream: replaced', replaced: true });
    await newer.up.holds(() => newer.state.up);
    await post(one, 'to the newer');
    await newer.up.holds(() => newer.state.got.length === 1);
    expect(older.state.got).toEqual([]);
    newer.close();
    await newer.ended;
  });

  it('one that is removed with its notices leaves none of them, and that is said', async () => {
    const logged: string[] = [];
    const log = {
      write: (level: string, ...rest: readonly unknown[]) => void logged.push(level + JSON.stringify(rest)),
    };
    await start({ log });
    for (let n = 0; n < 3; n += 1) await post(one, `n${n}`);
    await post(two, 'stays');
    const { terminals, hooks } = listOf([two]);
    relay.replaceRegistry(registryOf({ terminals, hooks, erase: [one.entry.log] }));
    expect(await health()).toMatchObject({ waiting: 1 });
    expect(logged).toEqual(['warning["log of a removed terminal erased",{"notFetched":3}]']);
    const { got, until } = listen(two);
    await until.holds(() => got.length === 1);
    // Even with its old name and log in the list again there is nothing.
    relay.replaceRegistry(registryOf(listOf([one, two])));
    const again = listen(one);
    await post(one, 'new');
    await again.until.holds(() => again.got.length === 1);
    expect(again.got.map(text)).toEqual(['new']);
  });

  it('one that is taken off the list is cut off, and an id that is used again shows nobody the old notices', async () => {
    await start();
    const first = listen(one);
    await post(one, 'for the first owner');
    await first.until.holds(() => first.got.length === 1);
    const heir = newTerminal('quay-1');
    relay.replaceRegistry(registryOf(listOf([heir, two])));
    expect((await stream(one)).status).toBe(401);
    expect((await post(one, 'late')).status).toBe(404);
    const second = listen(heir);
    await post(heir, 'for the second owner');
    await second.until.holds(() => second.got.length === 1);
    expect(second.got.map(text)).toEqual(['for the second owner']);
    expect(first.got.map(text)).toEqual(['for the first owner']);
  });
});

describe('what others can read', () => {
  it('health and log name no terminal data, no body, no token', async () => {
    const lines: string[] = [];
    const log = { write: (...line: readonly unknown[]) => void lines.push(JSON.stringify(line)) };
    await start({ log, settings: settingsWith({ limits: { maxWaiting: 10 } }) });
    const body = `{"payer":"NGUYEN VAN A","mac":"${createHmac('sha256', 'k').update('x').digest('hex')}"}`;
    const { got, until } = listen(one);
    for (let n = 0; n < 3; n += 1) await post(one, `${body}${n}`);
    for (let n = 0; n < 12; n += 1) await post(two, `${body}${n}`);
    await call(hookUrl(relay.origin, one), { method: 'DELETE' });
    await until.holds(() => got.length === 3);
    const shown = JSON.stringify(await health()) + lines.join('\n');
    for (const secret of ['NGUYEN', one.token, two.token, 'payer']) expect(shown).not.toContain(secret);
    expect(lines.length).toBeGreaterThan(0);
  });
});
