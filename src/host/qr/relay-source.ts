/**
 * Notices by way of a relay: for a terminal behind a shop's router, to which no provider can connect. Keeps a connection to
 * the relay up, with growing pauses that differ from terminal to terminal, so that a relay that comes back is not overrun.
 *
 * What was taken is remembered by the relay, on its disk, and nowhere else for long: a position kept on this side too could
 * contradict it after a restore on either. A notice that comes once more is known by the provider's transaction id. While the relay cannot be reached, payments are found by asking the provider.
 */
import { assert } from '../../core/base/assert.ts';
import type { EpochMs } from '../../core/base/brand.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import type { NoticeDelivery, NoticeSource } from './notice-source.ts';
import { RelayConnection, type RelayAddress, type TakenNotices } from './relay-connection.ts';

export type RelayState = 'up' | 'down';

/** For a technician's screen. */
export interface RelayStatus {
  readonly state: RelayState;
  readonly since: EpochMs;
  /** Why it is down, in one English sentence; empty while it is up. */
  readonly problem: string;
  /** The highest at which a notice was taken since the start; null: none. */
  readonly position: number | null;
  /** By how much the terminal's clock is ahead of the relay's, to a second, at the last connection; null: not told. */
  readonly clockAheadMs: number | null;
}

export interface RelaySourceOptions {
  readonly address: RelayAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Longest pauses before the first and before late attempts. */
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
}

export class RelaySource implements NoticeSource {
  readonly #options: RelaySourceOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  #running: Promise<void> | undefined;
  #connection: RelayConnection | undefined;
  #state: RelayState = 'down';
  #problem = 'not started';
  #since: EpochMs;
  #position: number | null = null;
  #clockAheadMs: number | null = null;
  readonly #taken = recentIds();

  constructor(options: RelaySourceOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  start(deliver: NoticeDelivery): void {
    assert(this.#running === undefined, 'relay: a source is started once');
    this.#running = this.#keepUp(deliver);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#connection?.leave();
    await this.#running;
  }

  /** `up`: connected and accepted, so that a notice arrives at once. */
  state(): RelayState {
    return this.#state;
  }

  /** Why it is down, in one English sentence; empty while it is up. */
  problem(): string {
    return this.#problem;
  }

  status(): RelayStatus {
    const [state, since, problem] = [this.#state, this.#since, this.#problem];
    return { state, since, problem, position: this.#position, clockAheadMs: this.#clockAheadMs };
  }

  /** Called when something of the status has changed. */
  onState(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #keepUp(deliver: NoticeDelivery): Promise<void> {
    const { address, clock, log, random, reconnectMinMs = 500, reconnectMaxMs = 60_000 } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#connection = new RelayConnection({
        address,
        taken: this.#taken,
        deliver,
        clock,
        log,
        onUp: (clockAheadMs) => {
          failures = 0;
          this.#clockAheadMs = clockAheadMs;
          this.#become('up', '');
        },
        onTaken: (position) => {
          this.#position = Math.max(position, this.#position ?? 0);
          this.#tell();
        },
      });
      const { detail, replaced } = await this.#connection.run();
      if (this.#stop.signal.aborted) break;
      // A line in the log for each outage, not for each attempt.
      if (this.#problem !== detail) log.write('warning', 'no connection to the relay', { detail });
      this.#become('down', detail);
      const longestMs = replaced
        ? reconnectMaxMs
        : Math.min(reconnectMaxMs, reconnectMinMs * 2 ** Math.min(failures, 20));
      failures += 1;
      await this.#pause(longestMs * (0.5 + fraction(random) / 2));
    }
    this.#become('down', 'stopped');
  }

  #become(state: RelayState, problem: string): void {
    if (this.#state === state && this.#problem === problem) return;
    if (this.#state !== state) this.#since = this.#options.clock.now();
    this.#problem = problem;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = this.#options.clock.after(delayMs, finish);
      signal.addEventListener('abort', finish);
    });
  }
}

/** The newest so many. */
const mostRemembered = 1000;

function recentIds(): TakenNotices {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > mostRemembered && oldest !== undefined) ids.delete(oldest);
    },
  };
}

/** From 0 to below 1. */
function fraction(random: Random): number {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) / 65_536;
}
