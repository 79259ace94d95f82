/**
 * Bench: cold start from process start to "ready", and resident memory of the service once it is ready. Limit in
 * the same run: the bare runtime, started the same way. Then the same with a long history in the journal against an
 * empty one: the journal by itself (opened, newest snapshot read, later events read), and the whole service.
 *
 *   node bench/start.ts [--transactions N] [--json]      (default 100000; 0 leaves the long history out)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeManySales } from '../src/store/bulk-kit.ts';
import { openJournal, type Journal } from '../src/store/journal.ts';
import { print, ratio, summarize, table } from './measure.ts';

const rounds = 9;
/** Each may take long. */
const historyRounds = 3;
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

interface Row {
  readonly what: string;
  readonly p50: number;
  readonly p99: number;
  readonly limit: number;
  readonly ratio: number;
}

function compare(what: string, own: readonly number[], limit: readonly number[]): Row {
  const [{ p50, p99 }, { p50: limitP50 }] = [summarize(own), summarize(limit)];
  return { what, p50, p99, limit: limitP50, ratio: ratio(p50, limitP50) };
}

function open(directory: string): Journal {
  const opened = openJournal(directory);
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

/** A version that no terminal folds with, so that the service is not given a state that it did not write. */
const foldVersion = 0;

function openAndRead(directory: string): number {
  const startedMs = performance.now();
  const journal = open(directory);
  const events = [...journal.read(journal.latestSnapshot(foldVersion)?.sequence)].length;
  const ms = performance.now() - startedMs;
  journal.close();
  if (events > 0) throw new Error('the snapshot was not used');
  return ms;
}

async function withHistory(folder: string, transactions: number): Promise<readonly Row[]> {
  const [long, empty] = [path.join(folder, 'long'), path.join(folder, 'empty')];
  const journals = [long, empty].map((data) => path.join(data, 'journal'));
  const [longJournal = ''] = journals;
  writeManySales(longJournal, transactions);
  for (const directory of journals) {
    const journal = open(directory);
    journal.writeSnapshot(foldVersion, '{}');
    journal.close();
  }
  const megabytes = Math.round(statSync(path.join(longJournal, 'journal.db')).size / 1e6);
  const name = `${transactions} sales (${megabytes} MB)`;
  const opened: number[][] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, directory] of journals.entries()) opened[index]?.push(openAndRead(directory));
  }
  // Not counted: what the service does once only, such as writing its first snapshot.
  for (const data of [long, empty]) await startOnce(data);
  const service: number[][] = [[], []];
  for (let round = 0; round < historyRounds; round += 1) {
    for (const [index, data] of [long, empty].entries()) service[index]?.push((await startOnce(data)).ms);
  }
  return [
    compare(`journal with ${name} opened, ms (limit: empty)`, opened[0] ?? [], opened[1] ?? []),
    compare(`service with ${name} ready, ms (limit: empty)`, service[0] ?? [], service[1] ?? []),
  ];
}

const { values } = parseArgs({
  options: { transactions: { type: 'string', default: '100000' }, json: { type: 'boolean' } },
});
const transactions = Number(values.transactions);
const folder = mkdtempSync(path.join(tmpdir(), 'cham-bench-'));
try {
  const service = [];
  const bare = [];
  const first = path.join(folder, 'data');
  await startOnce(first);
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareRuntime());
    service.push(await startOnce(first));
  }
  const rows = [
    compare(
      'start to ready, ms (limit: bare Node)',
      service.map(({ ms }) => ms),
      bare.map(({ ms }) => ms),
    ),
    compare(
      'service RSS, MiB (limit: bare Node)',
      service.map(({ rssMiB }) => rssMiB),
      bare.map(({ rssMiB }) => rssMiB),
    ),
    ...(transactions > 0 ? await withHistory(folder, transactions) : []),
  ];
  const cells = rows.map((row) => [row.what, row.p50.toFixed(0), row.p99.toFixed(0), row.limit.toFixed(0), row.ratio]);
  print(
    { bench: 'start', rounds, rows },
    `Start, ${rounds} starts\n${table(['', 'p50', 'p99', 'limit p50', 'ratio'], cells)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
