/**
 * The loopback border, attacked: of every combination of Host, Origin, path, subprotocol and token only the
 * right one opens, frames that are not ours end the session, and files outside the screens are not served.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeClientFrame, parseServerFrame } from '../../src/contract/border.ts';
import type { Command } from '../../src/contract/commands.ts';
import { contractVersion } from '../../src/contract/view.ts';
import { systemRandom } from '../../src/main/platform.ts';
import { startServer, type RunningServer } from '../../src/main/server.ts';
import { fixtureView } from '../fixture-view.ts';

let server: RunningServer;
let folder = '';
const executed: Command[] = [];
const refusals: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-screens-'));
  mkdirSync(path.join(folder, 'ui/assets'), { recursive: true });
  writeFileSync(path.join(folder, 'ui/cashier.html'), '<!doctype html><title>Chạm</title>');
  writeFileSync(path.join(folder, 'secret.html'), 'secret');
  server = await startServer({
    port: 0,
    screens: path.join(folder, 'ui'),
    random: systemRandom,
    log: { write: (_level, _message, fields) => refusals.push(String(fields?.['why'])) },
    service: {
      view: () => fixtureView(),
      execute: async (command) => {
        executed.push(command);
        return { ok: true, transactionId: null };
      },
      onView: () => () => {},
      onPaper: () => () => {},
    },
  });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Attempt {
  readonly host?: string;
  readonly origin?: string | undefined;
  readonly protocols?: readonly string[];
  readonly path?: string;
  /** Called for every frame, from the first on. */
  readonly onFrame?: (text: string) => void;
}

/** Opens a WebSocket as `attempt` says; resolves to it, or to undefined when it was refused. */
function open(attempt: Attempt): Promise<WebSocket | undefined> {
  const good = `127.0.0.1:${server.port}`;
  const { host = good, protocols = ['cham.v1', `token.${server.token}`] } = attempt;
  const origin = 'origin' in attempt ? attempt.origin : `http://${good}`;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${attempt.path ?? '/ws'}`, [...protocols], {
    headers: { Host: host, ...(origin === undefined ? {} : { Origin: origin }) },
  });
  socket.on('message', (data: Buffer) => attempt.onFrame?.(data.toString('utf8')));
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', (code) => resolve(code)));
}

function get(target: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const call = httpRequest({ host: '127.0.0.1', port: server.port, path: target, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

describe('WebSocket', () => {
  it('opens with the right Host, Origin and token, sends a view and takes a command', async () => {
    const frames: string[] = [];
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const socket = await open({
      onFrame(text) {
        frames.push(text);
        if (frames.length === 2) resolve();
      },
    });
    if (socket === undefined) throw new Error('refused');
    expect(socket.protocol).toBe('cham.v1');
    const command: Command = { type: 'startSale', key: 'k1', amountMinorUnits: 45_000, method: 'card' };
    socket.send(encodeClientFrame({ version: contractVersion, id: 7, command }));
    await answered;
    const parsed = frames.map((frame) => parseServerFrame(frame));
    expect(parsed.map((frame) => frame.ok && frame.frame.type)).toEqual(['view', 'result']);
    expect(executed.at(-1)).toEqual(command);
    socket.close();
  });

  it('is refused in every other combination', async () => {
    const port = server.port;
    const hosts = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      'evil.example',
      `127.0.0.1.nip.io:${port}`,
      '127.0.0.1',
      `[::1]:${port}`,
    ];
    const origins = [
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      undefined,
      'null',
      `https://127.0.0.1:${port}`,
      'http://127.0.0.1',
      `http://evil.example:${port}`,
    ];
    const tokens = [
      server.token,
      undefined,
      '',
      server.token.toUpperCase().replace(/\d/g, '0'),
      `${server.token}0`,
      server.token.slice(1),
    ];
    let opened = 0;
    let tried = 0;
    for (const host of hosts) {
      for (const origin of origins) {
        for (const token of tokens) {
          const protocols =
            token === undefined ? ['cham.v1'] : token === '' ? ['cham.v1', 'token.'] : ['cham.v1', `token.${token}`];
          const socket = await open({ host, origin, protocols });
          tried += 1;
          const right = hosts.indexOf(host) < 2 && origins.indexOf(origin) < 2 && token === server.token;
          expect(
            socket !== undefined,
            `Host ${host}, Origin ${origin}, token ${token === server.token ? 'right' : token}`,
          ).toBe(right);
          if (socket !== undefined) {
            opened += 1;
            const end = closed(socket);
            socket.close();
            await end;
          }
        }
      }
    }
    expect({ tried, opened }).toEqual({ tried: 252, opened: 4 });
  });

  it('is refused on another path and without the subprotocol', async () => {
    expect(await open({ path: '/' })).toBeUndefined();
    expect(await open({ path: '/ws?x=1' })).toBeUndefined();
    expect(await open({ protocols: [`token.${server.token}`] })).toBeUndefined();
    expect(refusals.join()).not.toContain(server.token);
  });

  it.each([
    ['not JSON', '{'],
    ['an unknown command', JSON.stringify({ version: 1, id: 1, command: { type: 'refundAll' } })],
    [
      'a command with one key too many',
      JSON.stringify({ version: 1, id: 1, command: { type: 'cancelSale', transactionId: 'x', force: true } }),
    ],
    [
      'a fraction of money',
      JSON.stringify({
        version: 1,
        id: 1,
        command: { type: 'startSale', key: 'k', amountMinorUnits: 0.5, method: 'card' },
      }),
    ],
    [
      'a negative amount',
      JSON.stringify({
        version: 1,
        id: 1,
        command: { type: 'startSale', key: 'k', amountMinorUnits: -5, method: 'card' },
      }),
    ],
    [
      'another contract version',
      JSON.stringify({ version: contractVersion + 1, id: 1, command: { type: 'cancelSale', transactionId: 'x' } }),
    ],
    [
      'a frame that is too long',
      JSON.stringify({
        version: contractVersion,
        id: 1,
        command: { type: 'cancelSale', transactionId: 'x'.repeat(5000) },
      }),
    ],
  ])('%s ends the session and does nothing', async (_, text) => {
    const before = executed.length;
    const socket = await open({});
    if (socket === undefined) throw new Error('refused');
    const end = closed(socket);
    socket.send(text);
    expect(await end).toBe(1008);
    expect(executed).toHaveLength(before);
  });

  it('a frame whose fault is long and not ASCII ends the session, not the terminal', async () => {
    const socket = await open({});
    if (socket === undefined) throw new Error('refused');
    const end = closed(socket);
    const command = { type: 'cancelSale', transactionId: 'x', ['ữ'.repeat(200)]: 1 };
    socket.send(JSON.stringify({ version: 1, id: 1, command }));
    expect(await end).toBe(1008);
    expect((await get('/cashier.html')).status).toBe(200);
  });

  it('binary frames and huge frames end the session', async () => {
    const binary = await open({});
    const huge = await open({});
    if (binary === undefined || huge === undefined) throw new Error('refused');
    const ends = [closed(binary), closed(huge)];
    binary.send(Buffer.from('{}'));
    huge.send('x'.repeat(100_000));
    expect(await Promise.all(ends)).toEqual([1003, 1009]);
  });
});

describe('static files', () => {
  it('are served with a strict CSP and no CORS', async () => {
    const page = await get('/cashier.html');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'/);
    expect(page.headers['content-security-policy']).not.toMatch(/unsafe|\*/);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect(page.body).not.toContain(server.token);
  });

  it.each([
    '/../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/assets/../../secret.html',
    '/.cham-built',
    '/etc/passwd',
    '/cashier',
  ])('%s is not found', async (target) => {
    const page = await get(target);
    expect(page.status).toBe(404);
    expect(page.body).not.toContain('secret');
  });

  it.each(['//', '/\\', 'http://', '*', '/%', '/%zz'])('a target that is no path (%j) is answered', async (target) => {
    expect((await get(target)).status).toBe(404);
    expect((await get('/cashier.html')).status).toBe(200);
  });

  it('refuse a foreign Host and any method but GET and HEAD', async () => {
    expect((await get('/cashier.html', { Host: 'evil.example' })).status).toBe(421);
    expect((await get('/cashier.html', {}, 'POST')).status).toBe(405);
  });
});
