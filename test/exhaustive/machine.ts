/**
 * The real machine (`decide`, `apply`, `resume`) as a graph: its states are numbers, and what it does with an input in a
 * state is computed once and remembered. Each step that is computed is also judged (`judgeStep`), and its events are folded
 * a second time by the pure `evolve` from the state as text, as a snapshot would be read.
 */
import { decide, resume, type DecideContext, type Decision } from '../../src/core/transaction/decide.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { apply, draftOf, evolve } from '../../src/core/transaction/evolve.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { Policy } from '../../src/core/transaction/policy.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { emptyTerminal, type TerminalState, type Transaction } from '../../src/core/transaction/state.ts';
import { started } from '../scenarios/given.ts';
import { Interner, JsonInterner, PairMemo } from './intern.ts';
import { now, reduce, reducedEffect, renumber, timePasses, type Caps } from './normalise.ts';

/** The three functions under test; a planted mistake replaces one of them. */
export interface Core {
  readonly decide: (state: TerminalState, input: Input, context: DecideContext) => Decision;
  readonly apply: typeof apply;
  readonly resume: (state: TerminalState) => readonly Input[];
}

export const realCore: Core = { decide, apply, resume };

export interface Outcome {
  /** The state afterwards. */
  readonly machine: number;
  /** Numbers of what is asked of the world, in order. */
  readonly effects: readonly number[];
  /** Of a restart that was cut off: what it had asked for until then, which may or may not have left. */
  readonly lost: readonly number[];
  readonly kind: Decision['kind'];
  readonly problem: string | null;
}

export interface StepTaken {
  readonly before: TerminalState;
  readonly input: Input;
  readonly events: readonly JournalEvent[];
  readonly effects: readonly Effect[];
  readonly after: TerminalState;
}

/** Pseudo-inputs: time passes, and a restart in which the power fails again after so many of `resume`'s inputs. */
const timeStep = 0;
const restartStep = 1;
const restarts = 8;

export class Machine {
  readonly inputs = new JsonInterner<Input>();
  readonly effects = new JsonInterner<Effect>();
  readonly #states = new Interner<TerminalState>();
  readonly #transactions = new Interner<Transaction>();
  readonly #memo = new PairMemo();
  readonly #outcomes = new Interner<Outcome>();
  readonly #resumed = new Map<number, number>();
  readonly #core: Core;
  readonly #caps: Caps;
  readonly #context: DecideContext;
  readonly #judge: (step: StepTaken) => string | null;
  readonly #merged: (readonly [state: number, other: TerminalState])[] = [];
  #merges = 0;
  /** Steps of the machine that were computed; all others were remembered. */
  computed = 0;
  readonly initial: number;

  constructor(core: Core, policy: Policy, caps: Caps, firstStan: number, judge: (step: StepTaken) => string | null) {
    if (caps.attempts < policy.alarmAfterAttempts) throw new Error('attempts are counted up to the alarm, or further');
    this.#core = core;
    this.#caps = caps;
    this.#context = { at: now, policy };
    this.#judge = judge;
    const fresh = this.#turn({ ...emptyTerminal, lastStan: firstStan - 1 }, started);
    this.initial = this.#number(fresh.state);
  }

  get size(): number {
    return this.#states.values.length;
  }

  state(machine: number): TerminalState {
    return this.#states.of(machine);
  }

  step(machine: number, input: number): Outcome {
    return this.#remembered(machine, input + restarts + 1, () => {
      const before = this.state(machine);
      return this.#outcome(this.#turn(before, this.inputs.of(input)));
    });
  }

  timePasses(machine: number): Outcome {
    return this.#remembered(machine, timeStep, () => ({
      machine: this.#number(timePasses(this.state(machine))),
      effects: [],
      lost: [],
      kind: 'act',
      problem: null,
    }));
  }

  /** How many inputs a restart in this state brings: after each of them the power may fail again. */
  resumed(machine: number): number {
    let inputs = this.#resumed.get(machine);
    if (inputs === undefined) {
      inputs = Math.min(this.#core.resume(this.state(machine)).length, restarts - 1);
      this.#resumed.set(machine, inputs);
    }
    return inputs;
  }

  /** `cutAfter` 0: a restart. Above: one that is cut off by another after so many inputs. */
  restart(machine: number, cutAfter: number): Outcome {
    return this.#remembered(machine, restartStep + cutAfter, () => {
      let turn: Turn = { state: this.state(machine), effects: [], kind: 'act', problem: null };
      const feed = (input: Input): void => {
        const next = this.#turn(turn.state, input);
        turn = { ...next, effects: [...turn.effects, ...next.effects], problem: turn.problem ?? next.problem };
      };
      const first = cutAfter === 0 ? [] : [started, ...this.#core.resume(turn.state).slice(0, cutAfter)];
      for (const input of first) feed(input);
      const lost = turn.effects;
      turn = { ...turn, effects: [] };
      for (const input of [started, ...this.#core.resume(turn.state)]) feed(input);
      return this.#outcome(turn, lost);
    });
  }

  /**
   * Where two states were taken for the same: every input that was tried on the one is tried on the other. Answers what
   * differs; none of `limit` merges may.
   */
  audit(limit: number): {
    readonly compared: number;
    readonly merges: number;
    readonly differences: readonly string[];
  } {
    const differences: string[] = [];
    let compared = 0;
    for (const [machine, other] of this.#merged.slice(0, limit)) {
      for (const [input, what] of this.inputs.values.entries()) {
        const tried = this.#memo.get(machine, input + restarts + 1);
        if (tried < 0) continue;
        const again = this.#outcome(this.#turn(other, what));
        compared += 1;
        if (keyOf(this.#outcomes.of(tried)) !== keyOf(again)) differences.push(`${what.type} in state ${machine}`);
      }
    }
    return { compared, merges: this.#merges, differences };
  }

  #remembered(machine: number, step: number, compute: () => Outcome): Outcome {
    const known = this.#memo.get(machine, step);
    if (known >= 0) return this.#outcomes.of(known);
    this.computed += 1;
    const outcome = compute();
    this.#memo.set(
      machine,
      step,
      this.#outcomes.id(keyOf(outcome), () => outcome),
    );
    return outcome;
  }

  #outcome({ state, effects, kind, problem }: Turn, lost: readonly Effect[] = []): Outcome {
    const number = (effect: Effect): number => this.effects.add(reducedEffect(effect, this.#caps));
    return {
      machine: this.#number(state),
      effects: effects.map(number),
      lost: lost.map(number),
      kind,
      problem,
    };
  }

  #number(concrete: TerminalState): number {
    const reduced = reduce(concrete, this.#caps);
    const key = encodeState(reduced);
    const before = this.#states.values.length;
    const id = this.#states.id(key, () => this.#shared(reduced));
    if (id < before && this.#merged.length < mergesKept) {
      const other = renumber(concrete, this.#caps);
      if (encodeState(other) === key) return id;
      this.#merges += 1;
      // One in some, spread over the search.
      if (this.#merges % 7 === 0) this.#merged.push([id, other]);
    }
    return id;
  }

  /** Transactions that are equal are one object: most states differ in one of them. */
  #shared(state: TerminalState): TerminalState {
    const transactions = [...state.transactions].map(
      ([id, each]) => [id, this.#transactions.of(this.#transactions.id(JSON.stringify(each), () => each))] as const,
    );
    return { ...state, transactions: new Map(transactions) };
  }

  #turn(before: TerminalState, input: Input): Turn {
    try {
      const decision = this.#core.decide(before, input, this.#context);
      if (decision.kind !== 'act') return { state: before, effects: [], kind: decision.kind, problem: null };
      const { events, effects } = decision;
      const draft = draftOf(before);
      for (const event of events) this.#core.apply(draft, { at: now, event });
      const problem =
        this.#judge({ before, input, events, effects, after: draft }) ?? (this.#refold(before, events, draft) || null);
      return { state: draft, effects, kind: 'act', problem };
    } catch (error) {
      // An assertion of the core, or a fold that cannot be: both are findings, not crashes of the search.
      const why = error instanceof Error ? error.message : String(error);
      return { state: before, effects: [], kind: 'act', problem: `${input.type}: ${why}` };
    }
  }

  /** The events as the journal gives them back, folded onto the state as a snapshot gives it back. */
  #refold(before: TerminalState, events: readonly JournalEvent[], kept: TerminalState): string {
    if (this.#core.apply !== apply || (this.computed > refoldedAlways && this.computed % 16 !== 0)) return '';
    let state = decodeState(encodeState(before));
    for (const event of JSON.parse(JSON.stringify(events)) as JournalEvent[]) state = evolve(state, { at: now, event });
    return textOf(state) === textOf(kept) ? '' : 'the journal folds to another state than the one kept';
  }
}

/** With its fields in the order in which a snapshot is read. */
export function textOf(state: TerminalState): string {
  return encodeState(decodeState(encodeState(state)));
}

const mergesKept = 2000;
/** Steps whose events are folded twice; of those after them one in sixteen. */
const refoldedAlways = 2000;

function keyOf({ machine, effects, lost, kind, problem }: Outcome): string {
  return `${machine} ${kind} ${effects.join(',')} ${lost.join(',')} ${problem ?? ''}`;
}

interface Turn {
  readonly state: TerminalState;
  readonly effects: readonly Effect[];
  readonly kind: Decision['kind'];
  readonly problem: string | null;
}
