/**
 * From a webhook to the disk. Webhooks that come while another write is being waited for go into one transaction, so that
 * a burst costs few syncs; each is answered only when that transaction is synced. What is not taken is said: no room for
 * this terminal (its limit, or the disk keeps less free than acknowledgements need), too many at once, or a store that
 * has failed.
 */
import type { Clock, Log } from '../core/base/ports.ts';
import type { Counters } from './counters.ts';
import type { NewNotice, NoticeStore } from './notice-store.ts';

export interface IntakeLimits {
  /** Notices that wait for one terminal. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** What other files, logs and acknowledgements must find free on the disk. */
  readonly leastFreeBytes: number;
}

export type Taken = 'stored' | 'duplicate' | 'full' | 'busy' | 'broken';

interface Waiting {
  readonly notices: readonly NewNotice[];
  readonly settle: (taken: Taken) => void;
}

/** Webhooks between reading and writing; more are told to come again. */
const maxQueue = 2000;
const alarmEveryMs = 60_000;

export interface IntakeOptions {
  readonly store: NoticeStore;
  readonly limits: IntakeLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** New notices of these logs are on the disk. */
  readonly onStored: (logs: ReadonlySet<string>) => void;
  /** The store cannot be used any more: the process has to end. */
  readonly onBroken: (detail: string) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  #queue: Waiting[] = [];
  readonly #refused = new Map<string, number>();
  /** When the alarm about a terminal was last given; monotonic milliseconds. */
  readonly #alarmed = new Map<string, number>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** One webhook: the same content for the log of each of its terminals. Kept in all of them, or in none. */
  take(logs: readonly string[], receivedAt: number, content: Uint8Array): Promise<Taken> {
    if (this.#queue.length >= maxQueue) return Promise.resolve('busy');
    return new Promise((settle) => {
      const notices = logs.map((log) => ({ log, receivedAt, content }));
      this.#queue.push({ notices, settle });
      if (this.#queue.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Since the start of the relay, for want of room. */
  refusedOf(log: string): number {
    return this.#refused.get(log) ?? 0;
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    const { store, limits, counters } = this.#options;
    const room = store.freeBytes() - limits.leastFreeBytes;
    const planned = new Map<string, { count: number; bytes: number }>();
    let bytes = 0;
    const fitting = queue.filter((waiting) => {
      const size = waiting.notices.reduce((sum, { content }) => sum + content.length, 0);
      const full =
        bytes + size > room ? 'the disk' : waiting.notices.find((notice) => this.#isFull(notice, planned))?.log;
      if (full !== undefined) {
        this.#refuse(waiting, full);
        return false;
      }
      bytes += size;
      for (const { log, content } of waiting.notices) {
        const before = planned.get(log) ?? { count: 0, bytes: 0 };
        planned.set(log, { count: before.count + 1, bytes: before.bytes + content.length });
      }
      return true;
    });
    if (fitting.length === 0) return;
    const appended = store.append(fitting.flatMap(({ notices }) => notices));
    if (!appended.ok) {
      const { kind, detail } = appended.fault;
      if (kind === 'full') for (const waiting of fitting) this.#refuse(waiting, 'the disk');
      else {
        for (const { settle } of fitting) settle('broken');
        this.#options.onBroken(detail);
      }
      return;
    }
    const stored = new Set<string>();
    let index = 0;
    for (const { notices, settle } of fitting) {
      const outcomes = appended.value.slice(index, index + notices.length);
      index += notices.length;
      for (const [at, outcome] of outcomes.entries()) {
        if (outcome === 'stored') stored.add(notices[at]?.log ?? '');
      }
      const taken = outcomes.includes('stored') ? 'stored' : 'duplicate';
      counters.add(taken);
      settle(taken);
    }
    this.#options.onStored(stored);
  }

  #isFull({ log, content }: NewNotice, planned: ReadonlyMap<string, { count: number; bytes: number }>): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#options.limits;
    const { waiting, waitingBytes } = this.#options.store.state(log);
    const { count, bytes } = planned.get(log) ?? { count: 0, bytes: 0 };
    return waiting + count + 1 > maxWaiting || waitingBytes + bytes + content.length > maxWaitingBytes;
  }

  #refuse({ notices, settle }: Waiting, full: string): void {
    const { clock, counters } = this.#options;
    for (const { log } of notices) this.#refused.set(log, this.refusedOf(log) + 1);
    counters.add('full');
    const now = clock.monotonicMs();
    if (now - (this.#alarmed.get(full) ?? -Infinity) >= alarmEveryMs) {
      this.#alarmed.set(full, now);
      const message = 'no room: webhooks are answered 503 until notices are fetched or room is made';
      this.#options.log.write('error', message, { full });
    }
    settle('full');
  }
}
