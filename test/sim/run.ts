/**
 * One run: moves drawn from a seed, or told again, in a shop in simulated time. Every so often all is healed and has to
 * come to rest with both books equal. Ends at the first violation.
 */
import { createHash } from 'node:crypto';
import type { Machine } from '../../src/app/terminal.ts';
import { decide, resume } from '../../src/core/transaction/decide.ts';
import { apply } from '../../src/core/transaction/evolve.ts';
import { Chance } from './chance.ts';
import { heal, perform, whatTheScreenAsks, type Move } from './moves.ts';
import { People } from './people.ts';
import { patienceMs, World, type PlantedBug } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  /** So many things happen, or a few more: a run ends at rest. */
  readonly steps: number;
  readonly bug?: PlantedBug;
  /** Told again instead of drawn. */
  readonly moves?: readonly Move[];
  readonly onProgress?: (steps: number) => void;
}

export interface RunResult {
  readonly seed: number;
  readonly steps: number;
  readonly transactions: number;
  readonly crashes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
  readonly moves: readonly Move[];
  /** SHA-256 of every event with its time: the same for the same seed. */
  readonly digest: string;
  readonly simulatedMs: number;
}

/** Moves between two times of rest. */
const restEvery = 120;
/** Late messages have arrived by then: those of the network, of the host, and of the bank. */
const latestMs = 200_000;
const glanceMs = 3000;

const real: Machine = { decide, resume, apply };

export async function run({ seed, steps, bug = {}, moves, onProgress }: RunOptions): Promise<RunResult> {
  const world = new World(seed, bug, real);
  const people = new People(new Chance(seed + 5));
  const told: Move[] = [];
  const violations: string[] = [];
  try {
    await world.begin();
    const more = (): boolean => (moves === undefined ? world.steps < steps : told.length < moves.length);
    while (violations.length === 0 && more()) {
      const move = moves?.[told.length] ?? people.next(world.running?.service.view());
      told.push(move);
      await perform(world, move);
      if (world.refusal !== undefined) violations.push(`the terminal does not start: ${world.refusal}`);
      violations.push(...world.model.violations());
      if (violations.length === 0 && told.length % restEvery === 0) violations.push(...(await rest(world)));
      onProgress?.(world.steps);
    }
    if (violations.length === 0) violations.push(...(await rest(world)));
    if (violations.length === 0) violations.push(...(await dayEnds(world)));
    if (violations.length === 0) violations.push(...verified(world));
  } catch (error) {
    violations.push(
      `the terminal has stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    world.end();
  }
  return {
    seed,
    steps: world.steps,
    transactions: world.model.payments.length,
    crashes: world.crashes,
    faults: Object.fromEntries([...world.faults, ...world.network.faults].toSorted(([a], [b]) => a.localeCompare(b))),
    violations,
    moves: told,
    digest: createHash('sha256').update(world.model.text).digest('hex'),
    simulatedMs: world.time.nowMs,
  };
}

/** Everything works again, and people do what the screens ask: then nothing may be left open, and the books agree. */
async function rest(world: World): Promise<readonly string[]> {
  heal(world);
  await world.bank.stop();
  await world.bank.start();
  if (world.running?.terminal.halted !== undefined) world.kill();
  if (world.running === undefined && !(await world.start())) return [`the terminal does not start: ${world.refusal}`];
  // An accident that was prepared may still come, and what is late arrives.
  if (!(await comesToRest(world))) return stuck(world);
  await world.pass(latestMs);
  if (world.running === undefined && !(await world.start())) return [`the terminal does not start: ${world.refusal}`];
  if (!(await comesToRest(world))) return stuck(world);
  world.look();
  // As it does by itself in a longer run: starts then check and fold what follows, not all.
  world.running?.terminal.snapshot({ force: true });
  world.compareBooks();
  world.compareWork();
  return world.model.violations();
}

function isAtRest(world: World): boolean {
  const view = world.running?.service.view();
  if (view === undefined || world.running?.terminal.halted !== undefined) return false;
  const { sale, aside, background, outbox, batches } = view;
  return (
    sale === null && aside.length === 0 && background.length === 0 && outbox.count === 0 && batches.closing.length === 0
  );
}

async function comesToRest(world: World): Promise<boolean> {
  const endMs = world.time.nowMs + patienceMs;
  let asked = false;
  while (world.time.nowMs < endMs) {
    if (world.running === undefined && !(await world.start())) return false;
    if (world.running?.terminal.halted !== undefined) {
      world.kill();
      continue;
    }
    if (isAtRest(world)) return true;
    const view = world.running?.service.view();
    if (view === undefined) continue;
    const act = whatTheScreenAsks(view);
    if (act !== undefined) await perform(world, { act, thenMs: glanceMs });
    else if (!asked && view.outbox.count > 0) {
      asked = true;
      await perform(world, { act: { touch: { type: 'sendNow' } }, thenMs: glanceMs });
    } else await world.reaches(() => isAtRest(world), glanceMs);
  }
  return isAtRest(world);
}

function stuck(world: World): readonly string[] {
  const found = world.model.violations();
  if (found.length > 0) return found;
  if (world.running === undefined) return [`the terminal does not start: ${world.refusal}`];
  const { sale, background, outbox, batches } = world.running.service.view();
  const open = [...(sale === null ? [] : [sale]), ...background, ...outbox.items];
  const told = open.map(({ id, stage, attempts, deadLetter }) => JSON.stringify({ id, stage, attempts, deadLetter }));
  return [
    `not at rest after ${patienceMs} ms with everything working: ${told.join(', ')} ${JSON.stringify(batches.closing)}`,
  ];
}

/** The last batch is closed, so that the host has compared the totals of every payment. */
async function dayEnds(world: World): Promise<readonly string[]> {
  const linesLeft = async (): Promise<number> => {
    await perform(world, { act: { touch: { type: 'closeBatch' } }, thenMs: glanceMs });
    return (await comesToRest(world)) ? (world.running?.service.view().batches.open.lines.length ?? 0) : 0;
  };
  const { crashes } = world;
  let open = await linesLeft();
  // An accident that was prepared long ago may have come before it was acknowledged: the cashier presses once more.
  if (open > 0 && world.crashes > crashes) open = await linesLeft();
  if (!isAtRest(world)) return stuck(world);
  world.compareBooks();
  return open === 0 ? world.model.violations() : [`a batch was closed, and the next has ${open} lines`];
}

/** The files as a stop leaves them. */
function verified(world: World): readonly string[] {
  if (world.running !== undefined) world.kill();
  const problem = world.verify();
  return problem === undefined ? [] : [`the journal does not verify: ${problem}`];
}
