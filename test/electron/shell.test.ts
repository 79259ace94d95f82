/**
 * The Electron shell, built and run on the stand-in (its limits: stand-in-main.ts). Every guard is tried from the
 * page, and once more on a main without guards, where the same attempt must succeed.
 */
import { createServer, type Server } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { attachChannel } from '../../src/main/electron/names.ts';
import { contractVersion } from '../../src/contract/view.ts';
import { fixturePage, fixtureScript, makeApplication, removeApplication, Shell } from './harness.ts';

const nextView = "until((frame) => frame.type === 'view')";
/** 1 is PERMISSION_DENIED (W3C Geolocation). */
const geolocation = `new Promise((resolve) =>
  navigator.geolocation.getCurrentPosition(() => resolve('granted'), ({ code }) => resolve(code)))`;
/** As a script, since the policy lets nothing be fetched. */
const loadScript = (file: string): string => `new Promise((resolve) => {
  const script = document.createElement('script');
  script.onload = () => resolve('served');
  script.onerror = () => resolve('refused');
  script.src = ${JSON.stringify(file)};
  document.head.append(script);
})`;
const terminalId = `${nextView}.then((frame) => frame.view.terminal.id)`;

const screens = path.resolve(import.meta.dirname, '../../dist/ui');
let application = '';
/** Two servers without any policy of their own: a stranger, and a careless copy of the terminal's. */
let stranger: Server;
let careless: Server;
const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function serve(redirectTo: () => string, port = 0): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (type: string, text: string): void =>
      void response.writeHead(200, { 'Content-Type': type }).end(text);
    if (request.url === '/page.js') return answer('text/javascript', fixtureScript);
    if (request.url === '/away') return void response.writeHead(302, { Location: redirectTo() }).end();
    return answer('text/html', fixturePage);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

/** Runs `work` with a shell of its own. */
async function withShell(shell: Shell, work: (shell: Shell) => Promise<void>): Promise<void> {
  try {
    await work(shell);
  } finally {
    await shell.stop();
  }
}

beforeAll(async () => {
  application = await makeApplication();
  stranger = await serve(() => '/');
  careless = await serve(() => addressOf(stranger));
});

afterAll(() => {
  for (const server of [stranger, careless]) {
    server.closeAllConnections();
    server.close();
  }
  removeApplication(application);
});

describe('with the service in a utility process', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = new Shell(application);
    await shell.event('loaded');
  });
  afterAll(() => shell.stop());

  it('opens one locked full-screen window without a menu', async () => {
    expect(shell.events.map(({ event }) => event)).toContain('enableSandbox');
    expect((await shell.event('menu')).detail).toEqual({ menu: null });
    expect((await shell.event('window')).detail).toEqual({ kiosk: true, fullscreen: true, devTools: false });
  });

  it('carries views to the page and commands to the service', async () => {
    const view = await shell.evaluate(`${nextView}.then((frame) => frame.view.terminal.merchantName)`);
    expect(view).toBe('Tiệm Cà Phê Sớm Mai');
    const command = { type: 'startSale', key: 'k1', amountMinorUnits: 45_000, method: 'card' };
    const result = await shell.evaluate(
      `cham.send(${JSON.stringify(JSON.stringify({ version: contractVersion, id: 7, command }))}),
       until((frame) => frame.type === 'result' && frame.id === 7)`,
    );
    expect(result).toEqual({
      version: contractVersion,
      type: 'result',
      id: 7,
      result: { ok: true, transactionId: 'k1' },
    });
  });

  it('gives the page two functions and nothing of Node', async () => {
    const found = await shell.evaluate(`({
      bridge: Object.keys(cham).sort(),
      frozen: Object.isFrozen(cham),
      types: [typeof require, typeof process, typeof Buffer, typeof module],
    })`);
    expect(found).toEqual({
      bridge: ['onMessage', 'send'],
      frozen: true,
      types: ['undefined', 'undefined', 'undefined', 'undefined'],
    });
  });

  it('runs the own script and blocks inline script and every connection', async () => {
    expect(await shell.evaluate('[window.scriptRan, window.inlineRan]')).toEqual([true, null]);
    const tried = await shell.evaluate(`fetch('${addressOf(stranger)}').then(() => 'sent', () => 'blocked')`);
    expect(tried).toBe('blocked');
    const policy = /connect-src 'none'/;
    await shell.event('console', 1, ({ text }) => policy.test(String(text)));
  });

  it('serves only screens', async () => {
    expect(await shell.evaluate(loadScript('/page.js'))).toBe('served');
    expect(await shell.evaluate(loadScript('/../electron/main.js'))).toBe('refused');
    expect(await shell.evaluate(loadScript('/%2e%2e%2felectron/main.js'))).toBe('refused');
  });

  it('opens no window', async () => {
    await shell.evaluate(`void window.open('${addressOf(stranger)}')`);
    const { detail } = await shell.event('windowOpen', 1, ({ url }) => String(url).startsWith('http:'));
    expect(detail['denied']).toBe(true);
    await shell.printed('the kiosk refused a new window');
  });

  it('stays where it is', async () => {
    const before = await shell.evaluate('location.href');
    await shell.evaluate(`void (location.href = '${addressOf(stranger)}/elsewhere')`);
    expect((await shell.event('will-frame-navigate')).detail['denied']).toBe(true);
    expect(await shell.evaluate('[location.href, window.scriptRan]')).toEqual([before, true]);
  });

  it('attaches no webview and downloads nothing', async () => {
    expect(await shell.ask({ do: 'emit', target: 'contents', event: 'will-attach-webview' })).toBe(true);
    await shell.evaluate("document.getElementById('file').click()");
    expect((await shell.event('download')).detail['denied']).toBe(true);
  });

  it('grants no permission and no device', async () => {
    expect(await shell.evaluate(geolocation)).toBe(1);
    expect(await shell.evaluate('Notification.permission')).toBe('denied');
    const asked = shell.events.filter(({ event }) => event === 'permission').map(({ detail }) => detail);
    expect(asked.length).toBeGreaterThan(0);
    for (const detail of asked) expect(detail).toMatchObject({ requested: false, checked: false });
    expect((await shell.event('devicePermission')).detail['allowed']).toBe(false);
    await shell.printed('the kiosk refused a permission');
  });

  it.each([
    { from: 'another origin', url: 'https://example.test/', subframe: false },
    { from: 'a frame inside the screen', url: 'cham://app/demo.html', subframe: true },
    { from: 'a look-alike host', url: 'cham://app.example.test/demo.html', subframe: false },
  ])('takes no port from $from', async ({ url, subframe }) => {
    expect(await shell.ask({ do: 'ipc', channel: attachChannel, url, subframe })).toBe(true);
    await shell.printed('refused a message that is not from its screens');
  });

  it('opens the page again when its process dies or hangs', async () => {
    const before = await shell.evaluate(terminalId);
    const loads = (): number => shell.events.filter(({ event }) => event === 'loaded').length;
    const first = loads();
    await shell.ask({ do: 'crash' });
    await shell.event('loaded', first + 1);
    expect(await shell.evaluate(terminalId)).toBe(before);
    await shell.ask({ do: 'emit', target: 'window', event: 'unresponsive' });
    await shell.event('loaded', first + 2);
    expect(await shell.evaluate(terminalId)).toBe(before);
    expect(shell.events.filter(({ event }) => event === 'fork')).toHaveLength(1);
  });

  it('starts a service that died again and shows its new state', async () => {
    const before = await shell.evaluate(terminalId);
    const loads = shell.events.filter(({ event }) => event === 'loaded').length;
    const crash = { version: contractVersion, id: 9, command: { type: 'closeSale', transactionId: 'crash' } };
    await shell.evaluate(`cham.send(${JSON.stringify(JSON.stringify(crash))})`);
    expect((await shell.event('utilityExit')).detail['code']).toBe(7);
    await shell.event('loaded', loads + 1);
    const after = await shell.evaluate(terminalId);
    expect(after).not.toBe(before);
  });

  it('opens a screen again whose frames the service refuses', async () => {
    const loads = shell.events.filter(({ event }) => event === 'loaded').length;
    await shell.evaluate("cham.send('not a frame')");
    await shell.event('loaded', loads + 1);
    await shell.printed('the terminal service closed a screen');
    expect(await shell.evaluate(`${nextView}.then(() => true)`)).toBe(true);
  });

  it('gives way to the first instance, which comes to the front', async () => {
    const second = new Shell(application);
    expect(await second.ended()).toBe(0);
    expect(second.events.map(({ event }) => event)).not.toContain('window');
    await shell.event('focus');
  });

  it('stops the service before it ends', async () => {
    await shell.stop();
    expect(await shell.ended()).toBe(0);
    expect(shell.output).toContain('fixture service stopped');
  });
});

describe('with the page of a running service', () => {
  it('tries again until the service is there, then holds its page to the policy', async () => {
    const token = '0123456789abcdef';
    const free = await serve(() => addressOf(stranger));
    const url = addressOf(free);
    await new Promise((resolve) => free.close(resolve));
    await withShell(new Shell(application, { CHAM_URL: `${url}/demo.html#token=${token}` }), async (shell) => {
      await shell.printed('the screens could not be loaded');
      const server = await serve(() => addressOf(stranger), Number(new URL(url).port));
      const sockets = new WebSocketServer({ server });
      try {
        await shell.event('loaded');
        expect(await shell.evaluate('[location.hash, typeof window.cham, window.scriptRan, window.inlineRan]')).toEqual(
          [`#token=${token}`, 'undefined', true, null],
        );
        const connect = (to: string): Promise<unknown> =>
          shell.evaluate(`new Promise((resolve) => {
            const socket = new WebSocket(${JSON.stringify(to)});
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('blocked');
          })`);
        expect(await connect(url.replace('http', 'ws'))).toBe('open');
        expect(await connect(addressOf(stranger).replace('http', 'ws'))).toBe('blocked');
        await shell.evaluate("void (location.href = '/away')");
        expect((await shell.event('will-redirect')).detail).toEqual({ url: `${addressOf(stranger)}/`, denied: true });
        expect(await shell.evaluate('location.pathname')).toBe('/demo.html');
        await shell.stop();
        expect(shell.output).not.toContain(token);
        expect(shell.events.map(({ event }) => event)).not.toContain('fork');
      } finally {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
        server.close();
      }
    });
  });

  it.each(['https://example.test/demo.html#token=00ff', 'http://127.0.0.1.example.test:80/#token=00ff', 'file:///tmp'])(
    'opens no other address: %s',
    async (url) => {
      const shell = new Shell(application, { CHAM_URL: url });
      expect(await shell.ended()).toBe(2);
      expect(shell.output).toBe('CHAM_URL: expected http://127.0.0.1:PORT/PAGE.html#token=TOKEN\n');
      expect(shell.events.map(({ event }) => event)).not.toContain('window');
    },
  );
});

describe('a service that does not start', () => {
  it.each([
    { refusal: 'row 7 of the journal was edited', says: 'row 7 of the journal was edited' },
    { refusal: 'crash', says: 'The terminal service ended before it was ready (code 7).' },
  ])('is explained to the person and not tried again: $refusal', async ({ refusal, says }) => {
    const shell = new Shell(application, { FIXTURE_REFUSAL: refusal });
    expect(await shell.ended()).toBe(3);
    expect((await shell.event('errorBox')).detail['content']).toBe(says);
    expect(shell.events.filter(({ event }) => event === 'fork')).toHaveLength(1);
  });
});

describe('the terminal itself', () => {
  it.skipIf(!existsSync(screens))('runs in the utility process and shows its view within the policy', async () => {
    const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as { terminal: { merchantName: string } };
    const real = await makeApplication(screens);
    try {
      await withShell(new Shell(real, { CHAM_DATA: path.join(real, 'data') }), async (shell) => {
        await shell.event('loaded');
        await shell.evaluate(`new Promise((resolve) => {
          const text = ${JSON.stringify(embedded.terminal.merchantName)};
          const look = () => (document.body.innerText.includes(text) ? resolve() : requestAnimationFrame(look));
          look();
        })`);
        const errors = shell.events.filter(({ event, detail }) => event === 'console' && detail['type'] === 'error');
        expect(errors).toEqual([]);
        await shell.stop();
        expect(await shell.ended()).toBe(0);
      });
    } finally {
      removeApplication(real);
    }
  });
});

describe('the stand-in', () => {
  it.each([
    'sandbox: false, contextIsolation: true, webSecurity: true',
    'sandbox: true, contextIsolation: false, webSecurity: true',
    'sandbox: true, contextIsolation: true, webSecurity: false',
    'sandbox: true, contextIsolation: true, webSecurity: true, nodeIntegration: true',
    'sandbox: true, contextIsolation: true, webSecurity: true, webviewTag: true',
  ])('refuses a window with %s', async (preferences) => {
    const file = path.join(application, 'bad-main.js');
    writeFileSync(
      file,
      `import { BrowserWindow } from 'electron'; new BrowserWindow({ webPreferences: { ${preferences} } });`,
    );
    const shell = new Shell(application, {}, file);
    expect(await shell.ended()).toBe(1);
    expect(shell.output).toContain('stand-in: ');
  });

  it('refuses nothing by itself: without guards every attempt succeeds', async () => {
    const naive = path.join(import.meta.dirname, 'naive-main.ts');
    await withShell(new Shell(application, { CHAM_URL: `${addressOf(careless)}/` }, naive), async (shell) => {
      await shell.event('loaded');
      expect(await shell.evaluate('window.inlineRan')).toBe(true);
      expect(await shell.evaluate(geolocation)).toBe('granted');
      await shell.evaluate("document.getElementById('file').click()");
      expect((await shell.event('download')).detail['denied']).toBe(false);
      await shell.evaluate(`void window.open('${addressOf(stranger)}/opened')`);
      await shell.event('windowOpened');
      await shell.evaluate("void (location.href = '/away')");
      await shell.event('console', 1, ({ text }) => text === `here is ${addressOf(stranger)}/`);
    });
  });
});
