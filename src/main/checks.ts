/**
 * `npm run check` and `npm test`: every checker, all at the same time, each with what it says and its duration, and the
 * tests if none complains. `npm test -- PATH…` runs only the named tests.
 */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

interface Check {
  readonly what: string;
  readonly line: readonly string[];
}

const checks: readonly Check[] = [
  { what: 'types and layer references', line: ['tsc', '-b'] },
  { what: 'lint: boundaries, purity, cycles, promises', line: ['oxlint', '--quiet'] },
  { what: 'format', line: ['oxfmt', '--check'] },
  { what: 'dead code and dependencies', line: ['knip', '--no-progress'] },
];

/** Says how it went; answers the exit code. */
function ended(what: string, startedMs: number, status: number | null): number {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stderr.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${what} (${seconds} s)\n`);
  return status ?? 1;
}

/** What it has to say comes in one piece, when it is done. */
function check({ what, line: [file = '', ...parameters] }: Check): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(file, parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(ended(what, startedMs, null));
    });
    child.once('close', (status) => {
      process.stderr.write(Buffer.concat(said));
      resolve(ended(what, startedMs, status));
    });
  });
}

const [mode, ...rest] = process.argv.slice(2);
if (rest.length === 0) {
  const failed = (await Promise.all(checks.map(check))).find((status) => status !== 0);
  if (failed !== undefined) process.exit(failed);
}
if (mode === 'test') {
  const startedMs = performance.now();
  const { status } = spawnSync('vitest', ['run', ...rest], { cwd: root, stdio: 'inherit' });
  process.exit(ended('tests', startedMs, status));
}
