/**
 * `npm run mutate [-- PART…]`: puts one mistake at a time into the files of `targets.ts` (those whose path has a PART in
 * it) and runs their tests. Prints the mistakes that no test noticed, and the share that was noticed.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mutantsOf, type Mutant } from './mutants.ts';
import type { MutantTask, MutantVerdict } from './runner-main.ts';
import { mutationTargets, type MutationTarget } from './targets.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Many times what the tests of one file take; a mutant that needs longer does not end. */
const limitMs = 120_000;

let child: ChildProcess | undefined;

async function runner(): Promise<ChildProcess> {
  if (child?.connected === true) return child;
  child = fork(path.join(import.meta.dirname, 'runner-main.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  return child;
}

async function judge(task: MutantTask): Promise<MutantVerdict> {
  const { signal, abort } = limit();
  const running = await runner();
  running.send(task);
  try {
    const [verdict] = (await once(running, 'message', { signal })) as [MutantVerdict];
    return verdict;
  } catch {
    running.kill('SIGKILL');
    await once(running, 'exit');
    return 'killed';
  } finally {
    abort();
  }
}

function limit(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  return { signal: controller.signal, abort: () => clearTimeout(timer) };
}

function describe(source: string, { start, end, replacement }: Mutant): string {
  const line = source.slice(0, start).split('\n').length;
  const from = source.lastIndexOf('\n', start) + 1;
  const to = source.indexOf('\n', end);
  const changed = source.slice(from, start) + `«${source.slice(start, end)} → ${replacement}»` + source.slice(end, to);
  return `${line}: ${changed.trim().replaceAll(/\s+/g, ' ')}`;
}

async function mutate({ file, tests }: MutationTarget): Promise<{ readonly mutants: number; readonly killed: number }> {
  const source = readFileSync(path.join(root, file), 'utf8');
  const mutants = mutantsOf(source, file);
  if ((await judge({ file, tests })) !== 'survived') throw new Error(`${file}: its tests fail without any mutant`);
  let killed = 0;
  for (const mutant of mutants) {
    if ((await judge({ file, tests, mutant })) === 'killed') killed += 1;
    else process.stdout.write(`  ${file}:${describe(source, mutant)}\n`);
  }
  process.stdout.write(`${file}: ${killed} of ${mutants.length} noticed\n`);
  return { mutants: mutants.length, killed };
}

const parts = process.argv.slice(2);
const chosen = mutationTargets.filter(({ file }) => parts.length === 0 || parts.some((part) => file.includes(part)));
let [mutants, killed] = [0, 0];
for (const target of chosen) {
  const result = await mutate(target);
  mutants += result.mutants;
  killed += result.killed;
}
child?.disconnect();
const percent = mutants === 0 ? 0 : Math.floor((killed / mutants) * 1000) / 10;
process.stdout.write(`\n${killed} of ${mutants} mistakes noticed: ${percent} %\n`);
