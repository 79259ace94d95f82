/**
 * A relay on a disk that is really full: a tmpfs of two megabytes in a mount namespace of the test's own. What was
 * answered as taken arrives, what did not fit was answered 503, and with room again everything goes on.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newFolder } from './kit.ts';

let place: ReturnType<typeof newFolder>;

beforeEach(() => {
  place = newFolder();
});

afterEach(() => {
  place.remove();
});

const probe = spawnSync('bash', ['-c', 'unshare --map-root-user --mount mount -t tmpfs none /mnt']);
const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

const prelude = `
  import { execFileSync } from 'node:child_process';
  import { call, hookUrl, listOf, mustStart, newTerminal, settingsWith, sourceOf, Until } from ${url('kit.ts')};
  const small = process.argv[2];
  const terminal = newTerminal('quay-1');
  const list = listOf([terminal]);
  const logged = new Set();
  const log = { write: (level, message) => level === 'error' && logged.add(message) };
  const start = (limits, port = 0) =>
    mustStart({ folder: small, list, log, settings: settingsWith({ limits, listen: { port } }) });
  const body = (n) => JSON.stringify({ n, filling: 'x'.repeat(3000) });
  const post = async (relay, n) => (await call(hookUrl(relay.origin, terminal), { body: body(n) })).status;
  const health = async (relay) => {
    const { status, body } = await call(relay.origin + '/health', { method: 'GET' });
    return [status, JSON.parse(body).state];
  };
  /** Posts until it is refused; the numbers that were taken, and the answer that was not 200. */
  async function fill(relay) {
    const taken = [];
    for (let n = 0; n < 2000; n += 1) {
      const status = await post(relay, n);
      if (status !== 200) return { taken, status };
      taken.push(n);
    }
    throw new Error('never full');
  }
  /** What a terminal gets, until it has the last one. */
  async function fetchAll(relay, last) {
    const got = [];
    const until = new Until();
    const source = sourceOf(relay.origin, terminal);
    source.start(({ body }) => {
      got.push(JSON.parse(Buffer.from(body).toString()).n);
      until.changed();
      return true;
    });
    await until.holds(() => got.at(-1) === last, 10_000);
    await source.stop();
    return got;
  }
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const say = (value) => console.log(JSON.stringify(value));
`;

function onSmallDisk(script: string): readonly unknown[] {
  const [small, program] = [path.join(place.path, 'small'), path.join(place.path, 'program.mjs')];
  mkdirSync(small);
  writeFileSync(program, prelude + script);
  const run = `mount -t tmpfs -o size=2m none '${small}' && exec '${process.execPath}' '${program}' '${small}'`;
  const { stdout, stderr, status } = spawnSync('unshare', ['--map-root-user', '--mount', 'bash', '-c', run], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe.skipIf(probe.status !== 0)('on a full disk', () => {
  it('exactly what was answered 200 arrives, while it is full and after a restart with room', () => {
    const said = onSmallDisk(`
      let relay = await start({ keepHours: 0, keepCount: 0 });
      const { taken, status } = await fill(relay);
      say([status, taken.length > 50, [...logged]]);
      say(same(await fetchAll(relay, taken.at(-1)), taken));
      say([await post(relay, 'still full')]);
      await relay.stop();
      execFileSync('mount', ['-o', 'remount,size=16m', small]);
      relay = await start({});
      say([await post(relay, 'room'), await post(relay, 'more'), await health(relay)]);
      // Acknowledgements that had no room are lost: what they were about comes once more, and nothing is missing.
      const got = await fetchAll(relay, 'more');
      say(same(got, [...taken, 'room', 'more'].slice(-got.length)));
      await relay.stop();`);
    expect(said).toEqual([
      [503, true, [expect.stringMatching(/^no room: webhooks are answered 503/)]],
      true,
      [503],
      [200, 200, [200, 'ok']],
      true,
    ]);
  });

  it('what the disk has to keep free is left to acknowledgements, so that fetching makes room', () => {
    const said = onSmallDisk(`
      const limits = { leastFreeBytes: 600_000, keepHours: 0, keepCount: 0 };
      let relay = await start(limits);
      const { taken, status } = await fill(relay);
      say([status, taken.length > 20, await health(relay)]);
      say(same(await fetchAll(relay, taken.at(-1)), taken));
      await relay.stop();
      relay = await start(limits);
      say([await post(relay, 'room'), await fetchAll(relay, 'room')]);
      await relay.stop();`);
    expect(said).toEqual([[503, true, [503, 'full']], true, [200, ['room']]]);
  });
});
