/**
 * Bench: cold start from process start to "ready", and resident memory of the service once it is ready. Limit in
 * the same run: the bare runtime, started the same way.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { print, ratio, summarize, table } from './measure.ts';

const rounds = 9;
const cham = path.resolve(import.meta.dirname, '../src/main/cli/cham.ts');

function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** Starts the service, waits for its ready line, stops it. */
async function startOnce(folder: string): Promise<{ readonly ms: number; readonly rssMiB: number }> {
  const startedMs = performance.now();
  const parameters = ['run', '--data', folder, '--port', '0', '--shell', 'none', '--json'];
  const child = spawn(process.execPath, [cham, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const ms = performance.now() - startedMs;
  const rssMiB = residentMiB(child.pid);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { ms, rssMiB };
}

async function bareRuntime(): Promise<{ readonly ms: number; readonly rssMiB: number }> {
  const startedMs = performance.now();
  const script = "process.stdout.write('ready\\n'); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const ms = performance.now() - startedMs;
  const rssMiB = residentMiB(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return { ms, rssMiB };
}

const folder = mkdtempSync(path.join(tmpdir(), 'cham-bench-'));
const service = [];
const bare = [];
await startOnce(folder);
for (let round = 0; round < rounds; round += 1) {
  bare.push(await bareRuntime());
  service.push(await startOnce(folder));
}
rmSync(folder, { recursive: true, force: true });

const ms = summarize(service.map((one) => one.ms));
const bareMs = summarize(bare.map((one) => one.ms));
const rss = summarize(service.map((one) => one.rssMiB));
const bareRss = summarize(bare.map((one) => one.rssMiB));
const rows = [
  { what: 'start to ready, ms', ...ms, limit: bareMs.p50, ratio: ratio(ms.p50, bareMs.p50) },
  { what: 'service RSS, MiB', ...rss, limit: bareRss.p50, ratio: ratio(rss.p50, bareRss.p50) },
];
const cells = rows.map((row) => [row.what, row.p50.toFixed(0), row.p99.toFixed(0), row.limit.toFixed(0), row.ratio]);
print(
  { bench: 'start', rounds, rows },
  `Start, ${rounds} starts (limit: bare Node)\n${table(['', 'p50', 'p99', 'limit p50', 'ratio'], cells)}`,
);
