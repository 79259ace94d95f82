/** What the machine has asked for and what may become of it, as numbers. */
import type { Effect } from '../../src/core/transaction/effects.ts';
import { PairMemo } from './intern.ts';
import type { Machine } from './machine.ts';
import { endsOf } from './replies.ts';
import type { Scenario } from './scenario.ts';

/** What is under way for the machine. */
export type Work =
  | { readonly kind: 'effect'; readonly effect: number; readonly left: boolean; readonly afterRestart: boolean }
  /** It has happened; the machine has not heard of it. `effect`: whose answer it is. */
  | { readonly kind: 'answer'; readonly effect: number; readonly input: number };

interface Timer {
  readonly starts: boolean;
  /** The input it ends as. */
  readonly fires: number;
}

interface End {
  readonly input: number;
  readonly isGood: boolean;
}

export class Works {
  readonly #machine: Machine;
  readonly #scenario: Scenario;
  readonly #works: Work[] = [];
  readonly #ids = new PairMemo();
  readonly #timers = new Map<number, Timer | null>();
  readonly #ends = new Map<number, readonly End[]>();

  constructor(machine: Machine, scenario: Scenario) {
    this.#machine = machine;
    this.#scenario = scenario;
  }

  of(id: number): Work {
    const work = this.#works[id];
    if (work === undefined) throw new Error(`there is no work ${id}`);
    return work;
  }

  effectOf(id: number): Effect {
    return this.#machine.effects.of(this.of(id).effect);
  }

  id(work: Work): number {
    const detail = work.kind === 'answer' ? work.input + 4 : Number(work.left) * 2 + Number(work.afterRestart);
    let id = this.#ids.get(work.effect, detail);
    if (id < 0) {
      id = this.#works.push(work) - 1;
      this.#ids.set(work.effect, detail, id);
    }
    return id;
  }

  /** Inputs that it may end as, whatever else is going on. */
  ends(effect: number): readonly End[] {
    let ends = this.#ends.get(effect);
    if (ends === undefined) {
      const { inputs, effects } = this.#machine;
      ends = endsOf(effects.of(effect), this.#scenario).map(([input, isGood]) => ({
        input: inputs.add(input),
        isGood,
      }));
      this.#ends.set(effect, ends);
    }
    return ends;
  }

  /** Null for what is no timer. */
  timer(effect: number): Timer | null {
    let timer = this.#timers.get(effect);
    if (timer === undefined) {
      timer = this.#timerOf(this.#machine.effects.of(effect));
      this.#timers.set(effect, timer);
    }
    return timer;
  }

  #timerOf(effect: Effect): Timer | null {
    const { inputs } = this.#machine;
    if (effect.type === 'StartTimer' || effect.type === 'StopTimer') {
      const { transactionId, timer } = effect;
      return { starts: effect.type === 'StartTimer', fires: inputs.add({ type: 'TimerFired', transactionId, timer }) };
    }
    if (effect.type !== 'StartBatchTimer') return null;
    return { starts: true, fires: inputs.add({ type: 'BatchTimerFired', batch: effect.batch }) };
  }
}
