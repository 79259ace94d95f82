/**
 * `npm run prove [-- --only images,calls,states,sim,bugs,kills,appends] [--seed N] [--images N] [--runs N] [--seeds N] [--steps N]
 * [--kills N]`: everything of docs/proof.md in its long form, one part after the other, each with its progress, and a
 * summary at the end. Ends with 1 when anything was found, or a control or a planted bug was not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Summary as Images } from './crash/explore-main.ts';
import { recorderLibrary } from './crash/recording.ts';
import { exploreImages, failCalls } from './crash/run.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    images: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '200' },
    steps: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '1000' },
  },
});
const seed = Number(values.seed);
/** A part of the scenarios that has no more images to give gives less than its half: the other makes up for it. */
const reserve = 1.1;

interface Part {
  readonly name: string;
  readonly what: string;
  /** What it came to, and whether that is well. */
  run(): Promise<Outcome>;
}

interface Outcome {
  readonly well: boolean;
  readonly text: string;
}

/** The documents of the programs that are started. */
interface States {
  readonly states: number;
  readonly transitions: number;
  readonly scenarios: readonly { readonly exhausted: boolean; readonly violations: readonly unknown[] }[];
  readonly mistakes: readonly { readonly found: string | null }[];
}

interface Simulated {
  readonly transactions: number;
  readonly crashes: number;
  readonly violations: readonly string[];
}

interface Kills {
  readonly kills: number;
  readonly comparisons: number;
  readonly violations: readonly unknown[];
  readonly control: { readonly foundAfter: number | null };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a program of the tests, which shows its progress by itself, and answers its document. */
async function documentOf(program: string, ...options: readonly string[]): Promise<unknown> {
  const script = path.join(import.meta.dirname, program);
  const child = spawn(process.execPath, [script, ...options, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  await ended;
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

function imagesText(summaries: readonly Images[]): Outcome {
  const total = summaries.reduce((sum, { images }) => sum + images, 0);
  const broken = summaries.flatMap(({ scenarios }) => scenarios.flatMap(({ violations }) => violations));
  const controls = summaries.flatMap((summary) => summary.controls);
  const foundOut = controls.filter(({ violations }) => violations.length > 0).length;
  const seconds = Math.max(...summaries.map((summary) => summary.seconds));
  for (const violation of broken.slice(0, 5)) say(`  ${violation}`);
  return {
    well: broken.length === 0 && foundOut === controls.length,
    text: `${total} different images, ${Math.round(total / seconds)} a second; ${broken.length} violations; ${foundOut} of ${controls.length} controls found out`,
  };
}

const parts: readonly Part[] = [
  {
    name: 'images',
    what: 'every crash image',
    run: async () => imagesText(await exploreImages(Math.ceil(Number(values.images) * reserve), seed, true)),
  },
  {
    name: 'calls',
    what: 'every call failing',
    run: async () => {
      const faults = await failCalls(Number(values.runs), seed);
      if (faults === undefined) return { well: false, text: 'there is no C compiler' };
      for (const violation of faults.violations.slice(0, 5)) say(`  ${violation}`);
      const text = `${faults.runs} runs over ${faults.calls} calls; ${faults.violations.length} violations`;
      return { well: faults.violations.length === 0, text };
    },
  },
  {
    name: 'states',
    what: 'every reachable state',
    run: async () => {
      const { states, transitions, scenarios, mistakes } = (await documentOf(
        'exhaustive/exhaustive-main.ts',
      )) as States;
      const violations = scenarios.reduce((sum, scenario) => sum + scenario.violations.length, 0);
      const exhausted = scenarios.filter((scenario) => scenario.exhausted).length;
      const found = mistakes.filter((mistake) => mistake.found !== null).length;
      return {
        well: violations === 0 && exhausted === scenarios.length && found === mistakes.length,
        text: `${states} states, ${transitions} transitions; ${exhausted} of ${scenarios.length} scenarios exhausted; ${violations} violations; ${found} of ${mistakes.length} planted mistakes found`,
      };
    },
  },
  {
    name: 'sim',
    what: 'the simulated terminal',
    run: async () => {
      const options = ['--seed', values.seed, '--seeds', values.seeds, '--steps', values.steps];
      const told = await documentOf('sim/sim-main.ts', ...options);
      const runs = (Array.isArray(told) ? told : [told]) as readonly Simulated[];
      const sum = (of: (run: Simulated) => number): number => runs.reduce((total, run) => total + of(run), 0);
      const violations = sum((run) => run.violations.length);
      return {
        well: violations === 0,
        text: `${runs.length} seeds, ${sum((run) => run.transactions)} payments, ${sum((run) => run.crashes)} crashes; ${violations} violations`,
      };
    },
  },
  {
    name: 'bugs',
    what: 'bugs planted in the simulated terminal',
    run: async () => {
      const { found, planted } = (await documentOf('sim/sim-main.ts', '--bugs')) as { found: number; planted: number };
      return { well: found === planted, text: `${found} of ${planted} found` };
    },
  },
  {
    name: 'kills',
    what: 'SIGKILL at random moments',
    run: async () => {
      const { kills, comparisons, violations, control } = (await documentOf(
        'kill/random-kills-main.ts',
        '--kills',
        values.kills,
        '--seed',
        values.seed,
      )) as Kills;
      const { foundAfter } = control;
      return {
        well: violations.length === 0 && foundAfter !== null,
        text: `${kills} kills, both books compared ${comparisons} times; ${violations.length} violations; the control was ${foundAfter === null ? 'NOT found out' : `found out after ${foundAfter}`}`,
      };
    },
  },
  {
    name: 'appends',
    what: 'SIGKILL before and after every append',
    run: async () => {
      const vitest = path.join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
      const child = spawn(process.execPath, [vitest, 'run', 'test/kill/boundaries.test.ts'], {
        stdio: 'inherit',
        env: { ...process.env, CHAM_EVERY_MOMENT: '1' },
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { well: code === 0, text: code === 0 ? 'every story, at both moments of each append' : 'see above' };
    },
  },
];

const wanted = values.only?.split(',') ?? parts.map(({ name }) => name);
const unknown = wanted.filter((name) => parts.every((part) => part.name !== name));
if (unknown.length > 0) {
  say(`--only ${unknown.join(',')}: there is no such part. Known: ${parts.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
if (wanted.some((name) => name === 'images' || name === 'calls') && recorderLibrary() === undefined) {
  say('There is no C compiler: the recorder needs gcc (apt-get install gcc libc6-dev).');
  process.exit(2);
}
const chosen = parts.filter(({ name }) => wanted.includes(name));
const results: string[] = [];
let well = true;
for (const [index, part] of chosen.entries()) {
  const bar = '#'.repeat(Math.round((30 * index) / chosen.length)).padEnd(30, '.');
  say(`[${bar}] part ${index + 1} of ${chosen.length}: ${part.what} …`);
  const startedMs = performance.now();
  const outcome = await part.run();
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  results.push(`${outcome.well ? 'ok    ' : 'FAILED'} ${part.what}: ${outcome.text} (${minutes} min)`);
  well &&= outcome.well;
}
say(`[${'#'.repeat(30)}] seed ${seed}\n${results.join('\n')}`);
process.exit(well ? 0 : 1);
