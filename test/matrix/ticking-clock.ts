/**
 * A clock for terminal and host in one process: it runs faster than the wall, and goes on only as fast as the event loop
 * does. On a machine with too much to do the clock waits too, so nothing is late that would not be on an idle one.
 */
import { epochMs } from '../../src/core/base/brand.ts';
import type { Clock } from '../../src/core/base/ports.ts';

const tickMs = 2;
/** How far the clock moves in each tick: eight times as fast as the wall at best. */
const stepMs = 16;

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

export class TickingClock implements Clock {
  readonly #startedAt = Date.now();
  readonly #timers = new Set<Timer>();
  #nowMs = 0;

  constructor() {
    setInterval(() => this.#tick(), tickMs).unref();
  }

  now(): ReturnType<typeof epochMs> {
    return epochMs(this.#startedAt + this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #tick(): void {
    this.#nowMs += stepMs;
    for (const timer of this.#timers) {
      if (timer.dueMs > this.#nowMs || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }
}
