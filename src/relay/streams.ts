/** The open streams: at most one for each terminal, the newest; and the sessions under which they are acknowledged. */
import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock, Log } from '../core/base/ports.ts';
import type { Counters } from './counters.ts';
import type { NoticeStore } from './notice-store.ts';
import type { KnownTerminal, Registry } from './registry.ts';
import { TerminalStream, type StreamTimings } from './terminal-stream.ts';

export interface StreamsOptions {
  readonly store: NoticeStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly timings: StreamTimings;
  readonly window: number;
  readonly refusedOf: (log: string) => number;
}

interface Open {
  readonly stream: TerminalStream;
  readonly id: string;
  readonly known: KnownTerminal;
}

export type Acknowledged = 'taken' | 'unknownSession' | 'unknownPosition';

export class Streams {
  readonly #options: StreamsOptions;
  readonly #byLog = new Map<string, Open>();
  /** By the hash of the session, so that how long the search takes says nothing about sessions. */
  readonly #bySession = new Map<string, TerminalStream>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#byLog.size;
  }

  /** For a terminal that has proved itself. */
  open(id: string, known: KnownTerminal, response: ServerResponse): void {
    const { store, clock, log: journal, counters, timings, window, refusedOf } = this.#options;
    const { log } = known;
    const before = this.#byLog.get(log);
    if (before !== undefined) {
      journal.write('info', 'a stream was replaced by a newer one of the same terminal', { terminal: id });
      before.stream.end('replaced');
    }
    // Else what was acknowledged a moment ago would be sent again.
    store.flushAcknowledgements();
    const state = store.state(log);
    const session = randomBytes(32).toString('base64url');
    const key = hashOf(session);
    const stream = new TerminalStream(
      {
        log,
        response,
        store,
        clock,
        counters,
        timings,
        window,
        onClosed: () => {
          this.#bySession.delete(key);
          if (this.#byLog.get(log)?.stream === stream) this.#byLog.delete(log);
        },
      },
      { session, waiting: state.waiting, refused: refusedOf(log) },
    );
    this.#byLog.set(log, { stream, id, known });
    this.#bySession.set(key, stream);
    counters.add('streams');
  }

  acknowledge(session: string, positions: readonly number[]): Acknowledged {
    const stream = this.#bySession.get(hashOf(session));
    if (stream === undefined) return 'unknownSession';
    if (positions.some((position) => position > stream.sent)) return 'unknownPosition';
    for (const position of positions) this.#options.store.acknowledge(stream.log, position);
    stream.acknowledged(positions);
    return 'taken';
  }

  wake(logs: Iterable<string>): void {
    for (const log of logs) this.#byLog.get(log)?.stream.pump();
  }

  /** Ends the streams of terminals that are not in the list any more, or have another key there. */
  revoke(registry: Registry): void {
    for (const { stream, id, known } of this.#byLog.values()) {
      const now = registry.terminal(id);
      if (now?.log !== known.log || !now.key.equals(known.key)) stream.end('revoked');
    }
  }

  stop(): void {
    for (const { stream } of this.#byLog.values()) stream.end('stopping');
  }
}

function hashOf(session: string): string {
  return createHash('sha256').update(session).digest('base64');
}
