/** Explores scenarios, tells the trace of what is wrong, and replays traces with the machine as it really is. */
import { policy as usualPolicy } from '../scenarios/given.ts';
import { Explorer, type Exploration } from './explore.ts';
import { judgeStep } from './invariants.ts';
import { Machine, realCore, type Core } from './machine.ts';
import { mistakes } from './mistakes.ts';
import { replay } from './replay.ts';
import type { Scenario } from './scenario.ts';
import { longScenarios, shortScenarios, wideScenarios } from './scenarios.ts';
import { World, type Told } from './world.ts';

interface Found {
  readonly what: string;
  readonly depth: number;
  /** What happens, from the beginning; the shortest way there is. */
  readonly trace: readonly string[];
}

export interface Report extends Omit<Exploration, 'violations'> {
  readonly scenario: string;
  readonly machineStates: number;
  /** Steps of the real machine that were computed. */
  readonly machineSteps: number;
  readonly seconds: number;
  readonly merges: number;
  /** Pairs of inputs to two states that were taken for the same. */
  readonly audited: number;
  /** Ways that were gone again with the machine alone, in real time, from an empty journal. */
  readonly replayed: number;
  readonly violations: readonly Found[];
}

interface RunOptions {
  readonly core?: Core;
  readonly maxStates?: number;
  readonly maxViolations?: number;
  readonly replays?: number;
  readonly audits?: number;
  readonly onProgress?: (states: number, depth: number, waiting: number) => void;
}

function runScenario(scenario: Scenario, options: RunOptions = {}): Report {
  const { core = realCore, maxStates = 30_000_000, maxViolations = 1, replays = 100, audits = 1000 } = options;
  const startedMs = performance.now();
  const policy = { ...usualPolicy, ...scenario.policy };
  const machine = new Machine(core, policy, scenario.caps, scenario.firstStan, judgeStep);
  const world = new World(machine, scenario);
  const explorer = new Explorer(world);
  const { onProgress } = options;
  const limits = { maxStates, maxViolations, ...(onProgress === undefined ? {} : { onProgress }) };
  const { violations, ...explored } = explorer.run(limits);
  const seconds = (performance.now() - startedMs) / 1000;
  const found = violations.map(({ what, depth, way }): Found => {
    return { what, depth, trace: tell(world, way).map(toText) };
  });
  let replayed = 0;
  let audited = { compared: 0, merges: 0, differences: [] as readonly string[] };
  if (core === realCore && violations.length === 0) {
    audited = machine.audit(audits);
    for (const difference of audited.differences.slice(0, 3)) {
      found.push({ what: `not the same after all: ${difference}`, depth: 0, trace: [] });
    }
    const gap = Math.max(1, Math.floor(explored.states / Math.max(1, replays)));
    for (let index = gap; index < explored.states; index += gap) {
      const told = tell(world, explorer.way(index));
      const happenings = told.flatMap(({ happening }) => (happening === null ? [] : [happening]));
      const end = machine.state(world.machineOf(explorer.state(index)));
      const wrong = replay(happenings, policy, scenario.firstStan, end);
      replayed += 1;
      if (wrong !== null) found.push({ what: wrong, depth: told.length, trace: told.map(toText) });
      if (found.length > 0) break;
    }
  }
  return {
    scenario: scenario.name,
    ...explored,
    machineStates: machine.size,
    machineSteps: machine.computed,
    seconds,
    merges: audited.merges,
    audited: audited.compared,
    replayed,
    violations: found,
  };
}

/** Goes a way again, and says what happened in each step. */
function tell(world: World, way: readonly number[]): readonly Told[] {
  const all: Told[] = [];
  let state: Uint32Array = world.initial;
  for (const ordinal of way) {
    const told: Told[] = [];
    let next: Uint32Array | undefined;
    let at = 0;
    world.told = told;
    world.successors(state, (following) => {
      if (at === ordinal) next = following.slice();
      at += 1;
    });
    world.told = null;
    const step = told[ordinal];
    if (step === undefined || next === undefined) throw new Error('a step that is not there any more');
    all.push(step);
    state = next;
  }
  return all;
}

function toText({ label, happening }: Told): string {
  if (happening?.kind !== 'input') return label;
  return `${label} → ${JSON.stringify(happening.input)}`;
}

export interface MistakeFound {
  readonly what: string;
  /** What the search says of it; null when it has seen nothing. */
  readonly found: string | null;
  readonly depth: number | null;
}

export interface Summary {
  /** Every scenario exhausted without a violation, and every mistake found. */
  readonly ok: boolean;
  readonly reports: readonly Report[];
  readonly mistakes: readonly MistakeFound[];
  /** Of the searches, without those of the mistakes. */
  readonly seconds: number;
}

interface EverythingOptions {
  /** The scenarios of `npm test` only; the long run has those too. */
  readonly short: boolean;
  /** And those that have not been seen to end. */
  readonly wide?: boolean;
  /** Scenarios whose name has this in it; with any, no mistakes are planted. */
  readonly only?: string;
  readonly maxStates?: number;
  readonly onReport?: (report: Report) => void;
  readonly onMistake?: (mistake: MistakeFound) => void;
  readonly onProgress?: (scenario: string, states: number, depth: number) => void;
}

/** The whole check. One scenario after the other: the largest takes some gigabytes. */
export function everything(options: EverythingOptions): Summary {
  const { short, wide = false, only = '', maxStates = 30_000_000, onReport, onMistake, onProgress } = options;
  const all = [...shortScenarios, ...(short ? [] : longScenarios), ...(wide ? wideScenarios : [])];
  const wanted = all.filter(({ name }) => name.includes(only));
  const reports = wanted.map((scenario) => {
    const report = runScenario(scenario, {
      maxStates,
      onProgress: (states, depth) => onProgress?.(scenario.name, states, depth),
    });
    onReport?.(report);
    return report;
  });
  const planted = only === '' ? mistakes : [];
  const found = planted.map(({ what, scenario: name, core }): MistakeFound => {
    const scenario = shortScenarios.find((each) => each.name === name);
    const [first] = scenario === undefined ? [] : runScenario(scenario, { core }).violations;
    const mistake = { what, found: first?.what ?? null, depth: first?.depth ?? null };
    onMistake?.(mistake);
    return mistake;
  });
  const right = reports.every(({ exhausted, violations }) => exhausted && violations.length === 0);
  return {
    ok: reports.length > 0 && right && found.every(({ found: what }) => what !== null),
    reports,
    mistakes: found,
    seconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
