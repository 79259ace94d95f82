/**
 * How many requests may be on their way at once. The others wait in order, reversals before the rest: they free money
 * that a cardholder is missing.
 */
import { assert } from '../../core/base/assert.ts';
import type { Clock } from '../../core/base/ports.ts';

interface Waiting {
  admit(): void;
}

export class RequestWindow {
  readonly #clock: Clock;
  #free: number;
  readonly #first = new Set<Waiting>();
  readonly #then = new Set<Waiting>();

  constructor(size: number, clock: Clock) {
    assert(Number.isInteger(size) && size >= 1, 'acquirer: a window holds at least one request');
    this.#free = size;
    this.#clock = clock;
  }

  /** Resolves with the function that gives the place back, or undefined when the wait was over first. */
  enter(
    urgent: boolean,
    limit: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<(() => void) | undefined> {
    if (limit.signal.aborted) return Promise.resolve(undefined);
    if (this.#free > 0) return Promise.resolve(this.#place());
    const line = urgent ? this.#first : this.#then;
    return new Promise((resolve) => {
      const leave = (place: (() => void) | undefined): void => {
        cancelTimer();
        limit.signal.removeEventListener('abort', giveUp);
        line.delete(waiting);
        resolve(place);
      };
      const giveUp = (): void => leave(undefined);
      const waiting = { admit: () => leave(this.#place()) };
      const cancelTimer = this.#clock.after(limit.timeoutMs, giveUp);
      limit.signal.addEventListener('abort', giveUp);
      line.add(waiting);
    });
  }

  #place(): () => void {
    this.#free -= 1;
    let taken = true;
    return () => {
      assert(taken, 'acquirer: a place in the window is given back once');
      taken = false;
      this.#free += 1;
      const [next] = this.#first.size > 0 ? this.#first : this.#then;
      next?.admit();
    };
  }
}
