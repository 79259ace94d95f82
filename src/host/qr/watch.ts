/**
 * Asks about open codes with growing pauses, whatever notices do: the second way in which a payment is found. A code is
 * watched past its expiry, because what a payer has begun may arrive later.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import type { Clock } from '../../core/base/ports.ts';
import type { QrOrder } from '../../core/provider/model.ts';

export interface WatchOptions {
  readonly clock: Clock;
  /** Resolves once the provider has answered or failed; how many transfers were found. */
  readonly look: (order: QrOrder) => Promise<number>;
}

export const firstPauseMs = 3000;
/** Longest pauses while the code can be paid, and afterwards. */
export const openPauseMs = 15_000;
export const expiredPauseMs = 300_000;
/** How long after its expiry a code is watched; later payments are found by statement or by the machine's own question. */
export const graceMs = 3_600_000;
/** Once something has arrived the next question is only for what comes twice. */
const paidPauseMs = 60_000;
const growth = 1.5;
/** More open codes than one counter can have. */
const mostWatched = 200;

interface Watched {
  readonly order: QrOrder;
  pauseMs: number;
  cancel: () => void;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #watched = new Map<string, Watched>();
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Once for each reference; the result ends it. */
  add(order: QrOrder): () => void {
    const known = this.#watched.get(order.reference);
    if (this.#stopped) return () => {};
    if (known === undefined) {
      const [oldest] = this.#watched.keys();
      if (this.#watched.size >= mostWatched && oldest !== undefined) this.remove(oldest);
      const watched: Watched = { order, pauseMs: firstPauseMs, cancel: () => {} };
      this.#watched.set(order.reference, watched);
      this.#plan(watched);
    }
    return () => this.remove(order.reference);
  }

  remove(reference: string): void {
    this.#watched.get(reference)?.cancel();
    this.#watched.delete(reference);
  }

  references(): readonly string[] {
    return [...this.#watched.keys()];
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#watched.values()) cancel();
    this.#watched.clear();
  }

  #plan(watched: Watched): void {
    watched.cancel = this.#options.clock.after(watched.pauseMs, () => void this.#look(watched));
  }

  async #look(watched: Watched): Promise<void> {
    const { clock, look } = this.#options;
    const { order } = watched;
    const found = await look(order);
    if (this.#watched.get(order.reference) !== watched) return;
    const now = clock.now();
    if (now > order.expiresAt + graceMs) return this.remove(order.reference);
    watched.pauseMs = nextPauseMs(watched.pauseMs, found, now, order.expiresAt);
    this.#plan(watched);
  }
}

export function nextPauseMs(pauseMs: number, found: number, now: EpochMs, expiresAt: EpochMs): number {
  const grown = Math.min(pauseMs * growth, now <= expiresAt ? openPauseMs : expiredPauseMs);
  return found > 0 ? Math.max(grown, paidPauseMs) : grown;
}
