/**
 * `npm run check` and `npm test`: every checker in turn, each with its duration, stopping at the first that
 * complains. `npm test -- PATH…` runs only the named tests.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

const checks: readonly { readonly what: string; readonly line: readonly string[] }[] = [
  { what: 'types and layer references', line: ['tsc', '-b'] },
  { what: 'lint: boundaries, purity, cycles, promises', line: ['oxlint', '--quiet'] },
  { what: 'format', line: ['oxfmt', '--check'] },
  { what: 'dead code and dependencies', line: ['knip', '--no-progress'] },
];

function run(what: string, [file = '', ...parameters]: readonly string[]): void {
  const startedMs = performance.now();
  const done = spawnSync(file, parameters, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const failed = done.error !== undefined || done.status !== 0;
  process.stderr.write(`${failed ? 'FAILED' : 'ok    '} ${what} (${seconds} s)\n`);
  if (failed) process.exit(done.status ?? 1);
}

const [mode, ...rest] = process.argv.slice(2);
if (rest.length === 0) for (const { what, line } of checks) run(what, line);
if (mode === 'test') run('tests', ['vitest', 'run', ...rest]);
