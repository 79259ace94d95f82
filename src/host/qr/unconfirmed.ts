/**
 * Notices that the provider could not be asked about yet: kept, and asked for again with growing pauses. They are not
 * acknowledged meanwhile, so that whoever sent them sends again if the terminal is gone by then.
 */
import type { Clock, Log } from '../../core/base/ports.ts';

export interface UnconfirmedOptions<T> {
  readonly clock: Clock;
  readonly log: Log;
  /** True once it is durable. */
  readonly again: (kept: T) => Promise<boolean>;
}

const firstPauseMs = 2000;
const longestPauseMs = 300_000;
/** After so many attempts (about a day) only a person, or the sender, can know better. */
const mostAttempts = 290;
/** More wait at their sender. */
const mostKept = 1000;

interface Kept<T> {
  readonly value: T;
  attempts: number;
  pauseMs: number;
  cancel: () => void;
}

export class Unconfirmed<T> {
  readonly #options: UnconfirmedOptions<T>;
  readonly #kept = new Map<string, Kept<T>>();
  #stopped = false;

  constructor(options: UnconfirmedOptions<T>) {
    this.#options = options;
  }

  /** One for each id: a repeat changes nothing. */
  keep(id: string, value: T): void {
    if (this.#stopped || this.#kept.has(id) || this.#kept.size >= mostKept) return;
    const kept: Kept<T> = { value, attempts: 0, pauseMs: firstPauseMs, cancel: () => {} };
    this.#kept.set(id, kept);
    this.#plan(id, kept);
  }

  settle(id: string): void {
    this.#kept.get(id)?.cancel();
    this.#kept.delete(id);
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#kept.values()) cancel();
    this.#kept.clear();
  }

  #plan(id: string, kept: Kept<T>): void {
    kept.cancel = this.#options.clock.after(kept.pauseMs, () => void this.#again(id, kept));
  }

  async #again(id: string, kept: Kept<T>): Promise<void> {
    kept.attempts += 1;
    const done = await this.#options.again(kept.value);
    if (this.#kept.get(id) !== kept) return;
    if (done) return this.settle(id);
    if (kept.attempts >= mostAttempts) {
      this.#options.log.write('error', 'qr notice given up: the provider never confirmed it', {});
      return this.settle(id);
    }
    kept.pauseMs = Math.min(kept.pauseMs * 2, longestPauseMs);
    this.#plan(id, kept);
  }
}
