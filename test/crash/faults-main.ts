/**
 * Every call that changes a file fails once, and fails from then on. To be run under the recorder with CRASH_ROOT:
 *
 *   node test/crash/faults-main.ts ROOT RUNS SEED
 *
 * For each scenario each of its calls is made to fail in each way; of more than RUNS such runs a random choice is made.
 * After it the calls succeed again, the journal is opened as a restart does, and has to have kept its word (judge.ts):
 * what was acknowledged is there, and an append that the store has refused is there whole or not at all, never in doubt
 * after the restart. Prints one JSON document.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Disk, layOut, type Image } from './disk.ts';
import { randomFrom } from './images.ts';
import { judge, Promises } from './judge.ts';
import { scenarios, type Acknowledged, type Scenario, type Teller } from './scenarios.ts';

export interface FaultSummary {
  readonly runs: number;
  /** Calls that were made to fail. */
  readonly calls: number;
  /** How the runs ended. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly violations: readonly string[];
}

type Outcome =
  /** The store did all of its work in spite of it, and all of it is there. */
  | 'doneAndPresent'
  /** It refused, and what it refused is not there. */
  | 'refusedAndAbsent'
  /** It refused, which it calls unknown until a restart, and after the restart it was there. */
  | 'refusedAndPresent';

type Ended = { readonly outcome: Outcome } | { readonly broken: string };

/** 0: only half of the bytes are written. */
const errors = { EIO: constants.errno.EIO, ENOSPC: constants.errno.ENOSPC, EINTR: constants.errno.EINTR, short: 0 };
const fromThenOn = 1_000_000_000;
/** A call that is interrupted for ever is repeated for ever; nothing interrupts so often. */
const interruptions = 20;
/** One run in so many is also sold on, started again and checked in full. */
const thoroughEvery = 16;

interface Fault {
  readonly call: number;
  readonly error: keyof typeof errors;
  readonly times: number;
}

interface Prepared {
  readonly scenario: Scenario;
  readonly image: Image;
  readonly before: readonly Acknowledged[];
  readonly calls: number;
}

const [root = '', runs = '', seed = ''] = process.argv.slice(2);
const place = join(root, 'run');
const random = randomFrom(Number(seed));

function command(text: string): void {
  writeFileSync(join(root, 'faults'), text);
}

function prepare(scenario: Scenario): Prepared {
  const folder = join(root, 'base');
  mkdirSync(folder);
  const before = scenario.prepare(folder);
  const image = Disk.of(folder).image({ names: 0, files: new Map() });
  rmSync(folder, { recursive: true });
  layOut(image, place);
  command(`fail ${fromThenOn} ${errors.EIO} 1`);
  scenario.work(place, { trying: () => {}, acknowledged: () => {}, failed: (detail) => fail(detail) });
  command('count');
  const calls = Number(readFileSync(join(root, 'faults'), 'utf8'));
  command('off');
  return { scenario, image, before, calls };
}

function fail(detail: string): never {
  throw new Error(detail);
}

function faultsOf(calls: number): readonly Fault[] {
  const all = Array.from({ length: calls }, (_, call) => call);
  const kinds = Object.keys(errors) as (keyof typeof errors)[];
  return all.flatMap((call) =>
    kinds.flatMap((error): readonly Fault[] => [
      { call, error, times: 1 },
      { call, error, times: error === 'EINTR' ? interruptions : fromThenOn },
    ]),
  );
}

function run({ scenario, image, before }: Prepared, fault: Fault, thorough: boolean): Ended {
  layOut(image, place);
  const promises = new Promises(before);
  let refused = false;
  let tried = 0;
  const tell: Teller = {
    trying: (after, rows) => {
      tried = after + rows;
      promises.trying(after, rows);
    },
    acknowledged: (sequence, hash, durable) => promises.acknowledged(sequence, hash, durable),
    failed: () => {
      refused = true;
    },
  };
  command(`fail ${fault.call} ${errors[fault.error]} ${fault.times}`);
  try {
    scenario.work(place, tell);
  } catch (error) {
    return { broken: `THREW: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    command('off');
  }
  const judged = judge(place, promises, thorough);
  if (judged.broken !== undefined) return { broken: judged.broken };
  if (!refused) return { outcome: 'doneAndPresent' };
  return { outcome: judged.head < tried ? 'refusedAndAbsent' : 'refusedAndPresent' };
}

const prepared = scenarios.map(prepare);
const all = prepared.flatMap((one) => faultsOf(one.calls).map((fault) => ({ one, fault })));
const wanted = Math.min(all.length, Number(runs));
const outcomes = { doneAndPresent: 0, refusedAndAbsent: 0, refusedAndPresent: 0 };
const violations: string[] = [];
for (let number = 0; number < wanted; number += 1) {
  // Without putting back: each at most once.
  const [chosen] = wanted === all.length ? [all[number]] : all.splice(Math.floor(random() * all.length), 1);
  if (chosen === undefined) break;
  const { one, fault } = chosen;
  const ended = run(one, fault, number % thoroughEvery === 0);
  if ('outcome' in ended) outcomes[ended.outcome] += 1;
  else
    violations.push(`${one.scenario.name}: call ${fault.call}, ${fault.error} ${fault.times} times: ${ended.broken}`);
}
const calls = prepared.reduce((sum, one) => sum + one.calls, 0);
const summary: FaultSummary = { runs: wanted, calls, outcomes, violations };
process.stdout.write(JSON.stringify(summary));
