/** The relay over TLS with its own certificate, which is renewed; and terminals that do not read what they are sent. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayPaths, streamAuthorization, streamProofText } from '../../src/core/relay/wire.ts';
import { systemClock } from '../../src/main/platform.ts';
import { relayPlace, writeRegistry } from '../../src/main/relay/files.ts';
import { serveRelay, type ServedRelay } from '../../src/main/relay/serve.ts';
import {
  call,
  hookUrl,
  listOf,
  mustStart,
  newFolder,
  newTerminal,
  settingsWith,
  signer,
  silent,
  sourceOf,
  Until,
} from './kit.ts';

const terminal = newTerminal('quay-1');
let folder: ReturnType<typeof newFolder>;
const toStop: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = newFolder();
});

afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
  folder.remove();
});

/** A certificate of its own for 127.0.0.1, as `cert.pem` and `key.pem`. */
function makeCertificate(name: string): string {
  const [cert, key] = [path.join(folder.path, 'cert.pem'), path.join(folder.path, 'key.pem')];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat([
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ]),
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
  return readFileSync(cert, 'utf8');
}

function onBroken(detail: string): never {
  throw new Error(detail);
}

describe('TLS', () => {
  let relay: ServedRelay;
  /** Ends the pause between two looks at the files. */
  let look: (() => void) | undefined;

  async function serve(): Promise<void> {
    const config = path.join(folder.path, 'relay.json');
    const tls = { certFile: 'cert.pem', keyFile: 'key.pem' };
    writeFileSync(config, JSON.stringify({ listen: { host: '127.0.0.1', port: 0, tls }, dataFolder: 'data' }));
    const place = relayPlace(config, undefined);
    if (!place.ok) throw new Error(place.fault);
    mkdirSync(path.join(folder.path, 'data'));
    writeRegistry(place.value, listOf([terminal]));
    const clock = {
      ...systemClock,
      after(delayMs: number, callback: () => void) {
        if (delayMs !== 2000) return systemClock.after(delayMs, callback);
        look = callback;
        return () => {};
      },
    };
    const served = await serveRelay({ place: place.value, clock, log: silent, onBroken });
    if (!served.ok) throw new Error(served.fault);
    relay = served.value;
    toStop.push(() => relay.stop());
  }

  const nameNow = async (): Promise<string> => {
    const socket = connectTls({
      port: Number(new URL(relay.origin).port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return String(name);
  };

  it('a terminal takes the relay of its certificates and no other', async () => {
    const ca = makeCertificate('relay of ours');
    await serve();
    expect(relay.origin).toMatch(/^https:/);
    const { privatePem } = terminal;
    const address = { url: relay.origin, terminal: terminal.id, sign: signer(privatePem) };
    const until = new Until();
    const trusting = sourceOf(relay.origin, terminal, { address: { ...address, ca } });
    const doubting = sourceOf(relay.origin, terminal, { address });
    for (const source of [trusting, doubting]) {
      source.onState(() => until.changed());
      source.start(() => true);
      toStop.push(() => source.stop());
    }
    await until.holds(() => trusting.state() === 'up' && /certificate/.test(doubting.problem()));
    expect(doubting.state()).toBe('down');
  });

  it('a renewed certificate is taken while it runs; one that cannot be used is not', async () => {
    makeCertificate('the first');
    await serve();
    expect(await nameNow()).toBe('the first');
    makeCertificate('the second');
    look?.();
    expect(await nameNow()).toBe('the second');
    writeFileSync(path.join(folder.path, 'cert.pem'), 'half a certif');
    look?.();
    expect(await nameNow()).toBe('the second');
  });
});

describe('a terminal that does not read', () => {
  it(
    'is cut off, costs the relay a bounded part of what waits for it, and loses nothing',
    { timeout: 60_000 },
    async () => {
      const settings = settingsWith({ timings: { stallMs: 200 }, limits: { window: 1000, maxBodyBytes: 1_000_000 } });
      const relay = await mustStart({ folder: folder.path, list: listOf([terminal]), settings });
      toStop.push(() => relay.stop());
      const bodies = Array.from({ length: 60 }, (_, n) => String(n).padStart(500_000, '0'));
      for (const body of bodies) expect((await call(hookUrl(relay.origin, terminal), { body })).status).toBe(200);
      const asked = JSON.parse((await call(`${relay.origin}${relayPaths.challenge}`)).body) as {
        readonly challenge: string;
      };
      const proof = streamProofText({ ...asked, audience: relay.audience, terminal: terminal.id });
      const signature = Buffer.from(signer(terminal.privatePem)(Buffer.from(proof))).toString('base64url');
      const socket = connect(Number(new URL(relay.origin).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.pause();
      const authorization = streamAuthorization(terminal.id, asked.challenge, signature);
      socket.write(`GET ${relayPaths.stream} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
      type Health = { readonly connected: number; readonly streams: number; readonly sent: number };
      const health = async (): Promise<Health> =>
        JSON.parse((await call(`${relay.origin}/health`, { method: 'GET' })).body) as Health;
      while ((await health()).streams === 0);
      while ((await health()).connected > 0);
      expect((await health()).sent).toBeLessThan(bodies.length);
      socket.destroy();
      const got: number[] = [];
      const until = new Until();
      const source = sourceOf(relay.origin, terminal);
      source.start(({ body }) => {
        got.push(Number(Buffer.from(body).toString()));
        until.changed();
        return true;
      });
      toStop.push(() => source.stop());
      await until.holds(() => got.length === bodies.length);
      expect(got).toEqual(bodies.map(Number));
    },
  );
});
