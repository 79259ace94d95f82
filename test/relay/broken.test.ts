/** A store that fails while the relay runs: nothing more is answered as taken, the relay ends and says so, and a new start has all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, hookUrl, listOf, mustStart, newFolder, newTerminal, sourceOf, Until } from './kit.ts';

const program = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
const terminal = newTerminal('quay-1');
let folder: ReturnType<typeof newFolder>;

beforeEach(() => {
  folder = newFolder();
});

afterEach(() => folder.remove());

it('writes that fail', { timeout: 60_000 }, async () => {
  const list = listOf([terminal]);
  const config = path.join(folder.path, 'relay.json');
  writeFileSync(config, JSON.stringify({ listen: { port: 0 }, dataFolder: folder.path }));
  writeFileSync(path.join(folder.path, 'registry.json'), JSON.stringify(list), { mode: 0o600 });
  // No file may grow beyond 1500 KiB: what is not "no room" for SQLite, but an error of the disk.
  const line = `trap '' XFSZ; ulimit -f 1500; exec '${process.execPath}' '${program}' relay --config '${config}' --json --log-level error`;
  const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { origin } = JSON.parse(String((await lines.next()).value)) as { readonly origin: string };
  const taken: number[] = [];
  let status = 200;
  for (let n = 0; status === 200; n += 1) {
    const body = JSON.stringify({ n, filling: 'x'.repeat(3000) });
    status = await call(hookUrl(origin, terminal), { body }).then(
      (reply) => reply.status,
      () => 0,
    );
    if (status === 200) taken.push(n);
  }
  expect([0, 503]).toContain(status);
  expect(taken.length).toBeGreaterThan(10);
  expect(await ended).toEqual([3, null]);
  expect(said).toMatch(/The relay has stopped, because it is not known whether the last write reached the disk/);

  const relay = await mustStart({ folder: folder.path, list });
  const got: number[] = [];
  const until = new Until();
  const source = sourceOf(relay.origin, terminal);
  source.start(({ body }) => {
    got.push((JSON.parse(Buffer.from(body).toString()) as { readonly n: number }).n);
    until.changed();
    return true;
  });
  await until.holds(() => got.length >= taken.length);
  // The one that was not answered may be there or not.
  expect(got.slice(0, taken.length)).toEqual(taken);
  await source.stop();
  await relay.stop();
});
