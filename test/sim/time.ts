/**
 * Simulated time: what waits for the clock stands in a queue, and time jumps from one to the next. Nothing depends on how
 * fast the machine is, so the same seed gives the same run.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import type { Clock } from '../../src/core/base/ports.ts';

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** 6 July 2026, 08:00 in Ho Chi Minh City: a shop opens. */
const beginning = Date.UTC(2026, 6, 6, 1);

export class SimulatedTime {
  #nowMs = 0;
  #order = 0;
  /** A heap: the earliest first, and of the same instant the one that was asked for first. */
  readonly #queue: Waiting[] = [];
  /** How far the wall clock is from where it should be. */
  wallErrorMs = 0;

  /** Since the beginning; never goes back. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get wallMs(): number {
    return beginning + Math.floor(this.#nowMs) + this.wallErrorMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    assert(delayMs >= 0, 'simulated time: it never goes back');
    this.#order += 1;
    const dueMs = this.#nowMs + delayMs;
    // A fraction that is lost in the sum would come again for ever; real timers wait a millisecond at least.
    const atMs = delayMs > 0 && dueMs === this.#nowMs ? dueMs + 1 : dueMs;
    const waiting: Waiting = { atMs, order: this.#order, callback };
    this.#push(waiting);
    return () => {
      waiting.callback = undefined;
    };
  }

  /** Undefined when nothing waits. */
  nextMs(): number | undefined {
    while (this.#queue[0] !== undefined && this.#queue[0].callback === undefined) this.#pop();
    return this.#queue[0]?.atMs;
  }

  /** Time goes on to the next that waits, and it happens, with all that follows from it at once. */
  async step(): Promise<void> {
    const atMs = this.nextMs();
    assert(atMs !== undefined, 'simulated time: something waits');
    const next = this.#pop();
    this.#nowMs = Math.max(this.#nowMs, atMs);
    next?.callback?.();
    await settle();
  }

  /** Time goes on to that instant, which nothing that waits may lie before. */
  passTo(ms: number): void {
    const next = this.nextMs();
    assert(next === undefined || next >= ms, 'simulated time: something would be passed over');
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  #push(waiting: Waiting): void {
    const queue = this.#queue;
    let at = queue.push(waiting) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = queue[parent];
      if (above === undefined || !isBefore(waiting, above)) break;
      queue[at] = above;
      at = parent;
    }
    queue[at] = waiting;
  }

  #pop(): Waiting | undefined {
    const queue = this.#queue;
    const first = queue[0];
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = queue[2 * at + 1];
      const right = queue[2 * at + 2];
      if (left === undefined) break;
      const [child, where] = right !== undefined && isBefore(right, left) ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (!isBefore(child, last)) break;
      queue[at] = child;
      at = where;
    }
    queue[at] = last;
    return first;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** All that is under way comes to where it waits for the clock: nothing here waits for anything else. */
export async function settle(): Promise<void> {
  await nextTurn();
}

/** A clock that stops for ever when its machine loses its power. */
export class PoweredClock implements Clock {
  readonly #time: SimulatedTime;
  #powered = true;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  cut(): void {
    this.#powered = false;
  }

  now(): ReturnType<typeof epochMs> {
    return epochMs(this.#time.wallMs);
  }

  monotonicMs(): number {
    return this.#time.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#time.after(delayMs, () => {
      if (this.#powered) callback();
    });
  }
}
