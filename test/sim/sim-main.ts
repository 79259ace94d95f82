/**
 * `npm run sim -- --seed N --steps M [--seeds K] [--json]`: a whole terminal in simulated time, with faults drawn from the
 * seed. `--replay FILE` tells a trace again that a violation has left; `--bugs` plants known mistakes and counts the seeds
 * until each is found. Ends with 1 when anything was violated, or a bug was not found.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plantedBugs } from './bugs.ts';
import type { Move } from './moves.ts';
import { run, type RunResult } from './run.ts';
import { shrink } from './shrink.ts';
import { seedsUntilFound, stepsOfABug } from './find-bugs.ts';

const help = `usage: npm run sim -- [--seed N] [--seeds K] [--steps M] [--json]
       npm run sim -- --replay FILE
       npm run sim -- --bugs

  --seed N       the first seed (1)
  --seeds K      so many runs, each with the next seed (1)
  --steps M      so many things happen in each run, or a few more: it ends at rest (20000)
  --json         the result as JSON on standard output
  --replay FILE  a trace that a violation has left
  --bugs         plants each known mistake and says after how many seeds it was found`;

/** Of a shop with 300 sales a day. */
const salesAYear = 300 * 365;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  say(`--${name} ${value}: expected a whole number above 0.\n\n${help}`);
  return process.exit(2);
}

function progress(seed: number, of: number) {
  let shownMs = 0;
  return (steps: number): void => {
    if (!process.stderr.isTTY || performance.now() - shownMs < 200) return;
    shownMs = performance.now();
    const share = Math.min(1, steps / of);
    const bar = '#'.repeat(Math.round(30 * share)).padEnd(30, '.');
    process.stderr.write(
      `\r  seed ${seed} [${bar}] ${Math.round(100 * share)} %  ${share >= 1 ? 'comes to rest' : ''}\r`,
    );
  };
}

interface Trace {
  readonly seed: number;
  readonly steps: number;
  readonly bug: string | null;
  readonly violations: readonly string[];
  readonly moves: readonly Move[];
}

async function leaveTrace({ seed, moves, violations }: RunResult, steps: number): Promise<string> {
  const [first = ''] = violations;
  say(`  seed ${seed}: ${first}\n  looking for the shortest way to it …`);
  const shortest = await shrink({ seed, steps }, moves, first);
  const trace: Trace = { seed, steps, bug: null, violations, moves: shortest };
  const file = `violation-${seed}.json`;
  writeFileSync(file, `${JSON.stringify(trace, undefined, 1)}\n`);
  say(`  ${shortest.length} of ${moves.length} moves are enough. To tell them again: npm run sim -- --replay ${file}`);
  return file;
}

function shown({ moves: _moves, digest: _digest, simulatedMs: _ms, ...result }: RunResult): object {
  return result;
}

async function simulate(first: number, count: number, steps: number, json: boolean): Promise<boolean> {
  const results: RunResult[] = [];
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await run({ seed, steps, onProgress: progress(seed, steps) });
    results.push(result);
    const { transactions, crashes, violations } = result;
    say(
      `  seed ${seed}: ${result.steps} steps, ${transactions} payments, ${crashes} crashes, ${violations.length} violations`,
    );
    if (violations.length > 0) await leaveTrace(result, steps);
  }
  const minutes = (performance.now() - startedMs) / 60_000;
  const sales = results.reduce((sum, { transactions }) => sum + transactions, 0);
  const years = sales / salesAYear;
  say(
    `  ${sales} payments: ${years.toFixed(4)} years of 300 sales a day, ${(years / minutes).toFixed(4)} years a minute`,
  );
  if (json) {
    const [only] = results;
    const output = count === 1 && only !== undefined ? shown(only) : results.map(shown);
    process.stdout.write(`${JSON.stringify(output, undefined, 2)}\n`);
  }
  return results.every(({ violations }) => violations.length === 0);
}

async function replay(file: string): Promise<boolean> {
  const { seed, steps, moves, bug } = JSON.parse(readFileSync(file, 'utf8')) as Trace;
  const planted = bug === null ? {} : (plantedBugs[bug] ?? {});
  const { violations } = await run({ seed, steps, moves, bug: planted });
  for (const [index, { act, thenMs }] of moves.entries())
    say(`  ${index + 1}. ${JSON.stringify(act)}, then ${thenMs} ms`);
  say(violations.length === 0 ? '  no violation any more' : `  ${violations.join('\n  ')}`);
  return violations.length === 0;
}

async function findBugs(steps: number): Promise<boolean> {
  let all = true;
  for (const name of Object.keys(plantedBugs)) {
    const found = await seedsUntilFound(name, steps);
    all &&= found !== undefined;
    say(`  ${name}: ${found === undefined ? 'NOT FOUND' : `seed ${found.seed}: ${found.violation}`}`);
  }
  return all;
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string' },
    json: { type: 'boolean', default: false },
    replay: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  say(help);
  process.exit(0);
}
const steps = wholeNumber('steps', values.steps ?? (values.bugs ? String(stepsOfABug) : '20000'));
const well =
  values.replay === undefined
    ? values.bugs
      ? await findBugs(steps)
      : await simulate(wholeNumber('seed', values.seed), wholeNumber('seeds', values.seeds), steps, values.json)
    : await replay(values.replay);
process.exit(well ? 0 : 1);
