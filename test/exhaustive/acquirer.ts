/** The acquirer's books as numbers, and what was computed of them once: what it answers, and what it says again. */
import type { Effect } from '../../src/core/transaction/effects.ts';
import {
  emptyBook,
  holdings,
  isSpent,
  lateReplies,
  process,
  verdictsFor,
  type Holding,
  type HostBook,
  type HostEffect,
  type Verdict,
} from './host.ts';
import { JsonInterner, PairMemo } from './intern.ts';
import type { Machine } from './machine.ts';
import { answerOf } from './replies.ts';
import type { Scenario } from './scenario.ts';

export interface Answered {
  /** The book afterwards. */
  readonly book: number;
  /** The input that its reply is. */
  readonly input: number;
  readonly problem: string | null;
}

const verdicts: readonly Verdict[] = ['approve', 'decline', 'part', 'approve08', 'later', 'refuse'];

export class Acquirer {
  readonly #machine: Machine;
  readonly #rules: Scenario['host'];
  readonly #books = new JsonInterner<HostBook>();
  readonly #processed = new PairMemo();
  readonly #results: Answered[] = [];
  readonly #spent = new PairMemo();
  readonly #holdings = new Map<number, ReadonlyMap<string, Holding>>();
  readonly #late = new Map<number, readonly number[]>();
  readonly #unrepeated = new Map<number, number>();
  readonly empty: number;

  constructor(machine: Machine, { host }: Scenario) {
    this.#machine = machine;
    this.#rules = host;
    this.empty = this.#books.add(emptyBook);
  }

  book(host: number): HostBook {
    return this.#books.of(host);
  }

  verdicts(host: number, effect: number): readonly Verdict[] {
    return verdictsFor(this.book(host), this.#request(effect), this.#rules);
  }

  answer(host: number, effect: number, verdict: Verdict): Answered {
    const step = effect * verdicts.length + verdicts.indexOf(verdict);
    let at = this.#processed.get(host, step);
    if (at < 0) {
      const request = this.#request(effect);
      const { book, reply, problem } = process(this.book(host), request, verdict, this.#rules);
      const input = this.#machine.inputs.add(answerOf(request, reply));
      at = this.#results.push({ book: this.#books.add(book), input, problem }) - 1;
      this.#processed.set(host, step, at);
    }
    const result = this.#results[at];
    if (result === undefined) throw new Error('a result that was never kept');
    return result;
  }

  /** Copies of the request on the wire can be forgotten. */
  isSpent(host: number, effect: number): boolean {
    const known = this.#spent.get(host, effect);
    if (known >= 0) return known === 1;
    const spent = isSpent(this.book(host), this.#request(effect));
    this.#spent.set(host, effect, spent ? 1 : 0);
    return spent;
  }

  /** A repeat is the same message to the host. */
  firstAttempt(id: number): number {
    const known = this.#unrepeated.get(id);
    if (known !== undefined) return known;
    const effect = this.#request(id);
    const first = { ...effect, request: { ...effect.request, attempt: 1 } } as Effect;
    const result = effect.type === 'SendAuthorization' ? id : this.#machine.effects.add(first);
    this.#unrepeated.set(id, result);
    return result;
  }

  /** Inputs: whatever it has ever said of a payment. */
  lateReplies(host: number): readonly number[] {
    let replies = this.#late.get(host);
    if (replies === undefined) {
      const { inputs } = this.#machine;
      replies = lateReplies(this.book(host)).map((late) => inputs.add({ type: 'LateReply', ...late }));
      this.#late.set(host, replies);
    }
    return replies;
  }

  held(host: number): ReadonlyMap<string, Holding> {
    let held = this.#holdings.get(host);
    if (held === undefined) {
      held = holdings(this.book(host));
      this.#holdings.set(host, held);
    }
    return held;
  }

  #request(effect: number): HostEffect {
    return this.#machine.effects.of(effect) as HostEffect;
  }
}
