/** The terminal's side of the relay: what it takes, what it does not, and how it comes back; real HTTP on loopback. */
import { cpSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/base/ports.ts';
import { formatStreamEvent } from '../../src/core/relay/wire.ts';
import type { RawNotice } from '../../src/host/qr/notice-source.ts';
import type { RelaySource } from '../../src/host/qr/relay-source.ts';
import { systemClock } from '../../src/main/platform.ts';
import type { RunningRelay } from '../../src/relay/relay.ts';
import { call, hookUrl, listOf, mustStart, newFolder, newTerminal, settingsWith, sourceOf, Until } from './kit.ts';

const terminal = newTerminal('quay-1');
const list = listOf([terminal]);
const toStop: (() => Promise<void>)[] = [];
let until: Until;

beforeEach(() => {
  until = new Until();
});

afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

const text = ({ body }: RawNotice): string => Buffer.from(body).toString();

function watch(source: RelaySource): RelaySource {
  source.onState(() => until.changed());
  toStop.push(() => source.stop());
  return source;
}

/** Waits of these lengths are over at once; all that were asked for are noted. */
function hasty(isShort: (delayMs: number) => boolean, asked: number[] = []): Clock {
  return {
    ...systemClock,
    after(delayMs, callback) {
      asked.push(delayMs);
      until.changed();
      return systemClock.after(isShort(delayMs) ? 0 : delayMs, callback);
    },
  };
}

/** Pauses before a notice is handed over again: half a second, doubled up to half a minute. */
const isRetry = (ms: number): boolean => [500, 1000, 2000, 4000, 8000, 16_000, 30_000].includes(ms);

describe('with a relay', () => {
  let folder: ReturnType<typeof newFolder>;
  let relay: RunningRelay;

  beforeEach(async () => {
    folder = newFolder();
    relay = await mustStart({ folder: folder.path, list });
    toStop.push(
      () => Promise.resolve(folder.remove()),
      () => relay.stop(),
    );
  });

  const post = (body: string) => call(hookUrl(relay.origin, terminal), { body });

  it('while nothing can be kept everything is handed over again, and nothing is lost', async () => {
    for (const body of ['one', 'two', 'three']) await post(body);
    const asked: string[] = [];
    const source = watch(sourceOf(relay.origin, terminal, { clock: hasty(isRetry) }));
    let room = false;
    source.start((notice) => {
      asked.push(text(notice));
      until.changed();
      return Promise.resolve(room);
    });
    await until.holds(() => asked.length >= 9);
    expect(asked.slice(0, 3)).toEqual(['one', 'two', 'three']);
    const before = asked.length;
    room = true;
    await until.holds(() => new Set(asked.slice(before)).size === 3);
    expect(asked.slice(before).sort()).toEqual(['one', 'three', 'two']);
  });

  it('one that cannot be taken does not hold up those behind it, and comes again until it is taken', async () => {
    const bodies = Array.from({ length: 100 }, (_, n) => `n${n}`);
    await Promise.all([post('stuck'), ...bodies.map(post)]);
    let refusals = 0;
    const taken: string[] = [];
    const source = watch(sourceOf(relay.origin, terminal, { clock: hasty(isRetry) }));
    source.start((notice) => {
      until.changed();
      if (text(notice) === 'stuck' && taken.length < bodies.length) {
        refusals += 1;
        return false;
      }
      taken.push(text(notice));
      return true;
    });
    await until.holds(() => taken.length === bodies.length + 1);
    expect(taken.at(-1)).toBe('stuck');
    expect(refusals).toBeGreaterThan(0);
    expect(taken.slice(0, -1).sort()).toEqual(bodies.toSorted());
  });

  it('after a restart of the terminal only what was not taken comes again; what was taken does not', async () => {
    const got: string[] = [];
    const connect = (take: (body: string) => boolean): RelaySource => {
      const source = watch(sourceOf(relay.origin, terminal));
      source.start((notice) => {
        got.push(text(notice));
        until.changed();
        return take(text(notice));
      });
      return source;
    };
    const first = connect((body) => body !== 'two');
    await post('one');
    await post('two');
    await until.holds(() => got.includes('two'));
    // Stopped while it refuses: resolves once nothing is under way.
    await first.stop();
    const before = got.length;
    connect(() => true);
    await until.holds(() => got.length > before);
    expect(got.slice(before)).toEqual(['two']);
  });

  it('says whether it is connected; goes down with the relay and comes back with it', async () => {
    const source = watch(sourceOf(relay.origin, terminal));
    const got: string[] = [];
    expect(source.state()).toBe('down');
    source.start((notice) => {
      got.push(text(notice));
      until.changed();
      return true;
    });
    await until.holds(() => source.state() === 'up');
    expect(source.problem()).toBe('');
    const connected = source.status();
    expect(connected).toMatchObject({ state: 'up', problem: '', position: null });
    // Both clocks are this machine's; the relay tells its own in whole seconds.
    expect(connected.clockAheadMs).toBeGreaterThanOrEqual(0);
    const { origin } = relay;
    await relay.stop();
    await until.holds(() => source.state() === 'down');
    expect(source.problem()).toMatch(/stopping/);
    const settings = settingsWith({ listen: { port: Number(new URL(origin).port) } });
    relay = await mustStart({ folder: folder.path, list, settings });
    await until.holds(() => source.state() === 'up');
    await post('after it came back');
    await until.holds(() => got.length === 1);
    expect(got).toEqual(['after it came back']);
    await until.holds(() => source.status().position === 1);
    expect(source.status().since).toBeGreaterThanOrEqual(connected.since);
  });

  it('a relay that was restored from an older copy uses positions again, and its new notices still arrive', async () => {
    const got: string[] = [];
    const source = watch(sourceOf(relay.origin, terminal));
    source.start((notice) => {
      got.push(text(notice));
      until.changed();
      return true;
    });
    const settings = settingsWith({ listen: { port: Number(new URL(relay.origin).port) } });
    const copy = newFolder();
    toStop.unshift(() => Promise.resolve(copy.remove()));
    const restart = async (between: () => void, from = folder.path): Promise<void> => {
      await relay.stop();
      between();
      relay = await mustStart({ folder: from, list, settings });
    };
    await post('one');
    await until.holds(() => got.length === 1);
    await restart(() => cpSync(folder.path, copy.path, { recursive: true }));
    await post('two');
    await until.holds(() => got.length === 2);
    await restart(() => {}, copy.path);
    await post('three');
    await until.holds(() => got.length === 3);
    expect(got).toEqual(['one', 'two', 'three']);
  });

  it('a relay that was set up anew hands over its own notices from its own beginning', async () => {
    const got: string[] = [];
    const source = watch(sourceOf(relay.origin, terminal));
    source.start((notice) => {
      got.push(text(notice));
      until.changed();
      return true;
    });
    for (const body of ['a', 'b', 'c']) await post(body);
    await until.holds(() => got.length === 3);
    const settings = settingsWith({ listen: { port: Number(new URL(relay.origin).port) } });
    await relay.stop();
    const empty = newFolder();
    toStop.unshift(() => Promise.resolve(empty.remove()));
    relay = await mustStart({ folder: empty.path, list, settings });
    await post('first of the new one');
    await until.holds(() => got.length === 4);
    expect(got[3]).toBe('first of the new one');
  });

  it.each([
    ['another key', newTerminal('quay-1')],
    ['an unknown id', { ...terminal, id: 'quay-7' }],
  ])('%s: says what to look at, and goes on trying with growing pauses', async (_, impostor) => {
    const asked: number[] = [];
    const limits = { reconnectMinMs: 8, reconnectMaxMs: 64 };
    const source = watch(sourceOf(relay.origin, impostor, { clock: hasty((ms) => ms <= 64, asked), ...limits }));
    source.start(() => true);
    const pauses = (): readonly number[] => asked.filter((ms) => ms <= 64);
    await until.holds(() => pauses().length >= 6);
    expect(source.state()).toBe('down');
    expect(source.problem()).toMatch(/does not accept this terminal.*terminalId.*key/);
    for (const [index, most] of [8, 16, 32, 64, 64, 64].entries()) {
      expect(pauses()[index]).toBeGreaterThanOrEqual(most / 2);
      expect(pauses()[index]).toBeLessThanOrEqual(most);
    }
  });

  it('another address than the one it knows itself by is told', async () => {
    const source = watch(sourceOf(relay.origin.replace('127.0.0.1', 'localhost'), terminal));
    source.start(() => true);
    await until.holds(() => source.problem() !== 'not started');
    expect(source.problem()).toBe(`the relay calls itself ${relay.origin}; set qr.relay.url to that, or its publicUrl`);
  });
});

const notice = (position: number, body: string): string =>
  formatStreamEvent(
    'notice',
    { id: `x-${position}`, receivedAt: 5, method: 'POST', path: '/', headers: {}, body: btoa(body) },
    position,
  );

describe('with something that is no good relay', () => {
  type Play = (stream: http.ServerResponse) => void;
  let origin: string;
  let play: Play;
  let streams: number;
  let acknowledged: number[][];
  const hello = {
    session: 'A'.repeat(43),
    beatMs: 1000,
    waiting: 0,
    refused: 0,
  };
  beforeEach(async () => {
    streams = 0;
    acknowledged = [];
    const server = http.createServer((request, response) => {
      request.resume();
      if (request.url === '/v1/challenge') {
        response.end(JSON.stringify({ challenge: 'abc', audience: origin }));
        return;
      }
      if (request.url === '/v1/ack') {
        request.on('data', (chunk: Buffer) => {
          acknowledged.push((JSON.parse(chunk.toString()) as { readonly positions: number[] }).positions);
          until.changed();
        });
        response.writeHead(204).end();
        return;
      }
      streams += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      play(response);
      until.changed();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    toStop.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
  });

  it('a line on which nothing comes any more is given up and made anew', async () => {
    play = (stream) => stream.write(formatStreamEvent('hello', hello));
    const source = watch(sourceOf(origin, terminal, { clock: hasty((ms) => ms === hello.beatMs * 2 + 5000) }));
    source.start(() => true);
    await until.holds(() => streams >= 2 && source.problem().startsWith('nothing came'));
    expect(source.problem()).toBe('nothing came for 7000 ms');
  });

  it('one that beats stays, however long there is no notice', async () => {
    const asked: number[] = [];
    let beats = 0;
    play = (stream) => {
      stream.write(formatStreamEvent('hello', hello));
      const beat = (): void => {
        beats += 1;
        if (beats <= 20) stream.write(':\n\n', () => setImmediate(beat));
        else stream.write(notice(1, 'at last'));
      };
      beat();
    };
    const got: string[] = [];
    const source = watch(sourceOf(origin, terminal, { clock: hasty(() => false, asked) }));
    source.start((found) => {
      got.push(text(found));
      until.changed();
      return true;
    });
    await until.holds(() => got.length === 1);
    expect([streams, got]).toEqual([1, ['at last']]);
    expect(asked.filter((ms) => ms === 7000).length).toBeGreaterThan(2);
  });

  it.each<[string, Play, RegExp]>([
    ['a notice before hello', (stream) => stream.write(notice(1, 'x')), /not of its protocol/],
    ['hello without a session', (stream) => stream.write(formatStreamEvent('hello', {})), /say hello/],
    ['nonsense', (stream) => stream.write('data: {{{\n\n'), /not of its protocol/],
    ['an end', (stream) => stream.end(formatStreamEvent('end', { reason: 'age' })), /ended the stream: age/],
    ['a closed line', (stream) => stream.destroy(), /closed the connection|aborted|hang up|reset/],
    [
      'an event without end',
      (stream) => {
        const fill = (): void => {
          while (stream.writable && stream.write(`data: ${'x'.repeat(60_000)}\n`));
        };
        stream.on('drain', fill);
        fill();
      },
      /more than 2097152 characters/,
    ],
    [
      'a notice that is none',
      (stream) => stream.write(formatStreamEvent('hello', hello) + formatStreamEvent('notice', { id: 1 }, 1)),
      /notice that is none/,
    ],
  ])('%s: hands over nothing, and tries again', async (_, scene, says) => {
    play = scene;
    const got: RawNotice[] = [];
    const source = watch(sourceOf(origin, terminal));
    source.start((found) => got.push(found) > 0);
    await until.holds(() => source.problem() !== 'not started' && source.problem() !== '' && streams >= 2);
    expect(source.problem()).toMatch(says);
    expect(got).toEqual([]);
  });

  it('what it has taken is acknowledged, and not handed over when it comes again', async () => {
    const open: http.ServerResponse[] = [];
    play = (stream) => {
      open.push(stream);
      stream.write(formatStreamEvent('hello', hello) + notice(1, 'one') + notice(2, 'two'));
    };
    const got: string[] = [];
    const source = watch(sourceOf(origin, terminal));
    source.start((found) => got.push(text(found)) > 0);
    await until.holds(() => acknowledged.flat().length === 2);
    // As if the acknowledgement had been lost: the relay sends both again.
    open[0]?.destroy();
    await until.holds(() => acknowledged.flat().length === 4);
    expect(acknowledged.flat().toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2]);
    expect(got).toEqual(['one', 'two']);
  });

  it('a damaged notice is told and passed, so that the ones behind it arrive', async () => {
    const logged: string[] = [];
    const log = { write: (level: string, message: string) => void logged.push(`${level}: ${message}`) };
    play = (stream) =>
      stream.write(
        formatStreamEvent('hello', hello) + formatStreamEvent('damaged', { receivedAt: 5 }, 1) + notice(2, 'behind'),
      );
    const got: string[] = [];
    const source = watch(sourceOf(origin, terminal, { log }));
    source.start((found) => {
      got.push(text(found));
      until.changed();
      return true;
    });
    await until.holds(() => got.length === 1);
    expect(got).toEqual(['behind']);
    expect(logged).toContain('error: a notice was damaged in the relay; the provider has to be asked');
  });
});
