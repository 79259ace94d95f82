/**
 * One open stream to one terminal: sends what is in its log and was not acknowledged, in order, never more than a window
 * ahead of acknowledgements, and only as fast as the line takes it. So a terminal that was away for a week
 * gets its notices in portions, and a slow line costs the relay one portion of memory.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/base/ports.ts';
import { formatStreamEvent, streamEvents, type EndReason, type Hello, type NoticeMessage } from '../core/relay/wire.ts';
import type { Counters } from './counters.ts';
import { decodeWebhook } from './notice-content.ts';
import type { NoticeStore, StoredNotice } from './notice-store.ts';

export interface StreamTimings {
  /** Something is sent at least this often. */
  readonly beatMs: number;
  /** A line that takes nothing for so long is given up. */
  readonly stallMs: number;
  /** Then the terminal has to prove itself anew. */
  readonly maxAgeMs: number;
}

export interface TerminalStreamOptions {
  /** Name of the terminal's log in the store. */
  readonly log: string;
  readonly response: ServerResponse;
  readonly store: NoticeStore;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly timings: StreamTimings;
  /** Notices sent and not acknowledged. */
  readonly window: number;
  /** Called once, however it ends. */
  readonly onClosed: () => void;
}

/** Rows read at a time. */
const pageSize = 16;

export class TerminalStream {
  readonly #options: TerminalStreamOptions;
  #sent = 0;
  /** Positions on their way. */
  readonly #inFlight = new Set<number>();
  /** The line has not taken yet what it was given. */
  #blocked = false;
  #closed = false;
  #cancelBeat: () => void = () => {};
  #cancelStall: () => void = () => {};
  readonly #cancelAge: () => void;

  constructor(options: TerminalStreamOptions, hello: Omit<Hello, 'beatMs'>) {
    this.#options = options;
    const { response, clock, timings } = options;
    response.on('close', () => this.#close());
    response.on('error', () => this.#close());
    response.on('drain', () => {
      this.#blocked = false;
      this.#cancelStall();
      this.pump();
    });
    this.#cancelAge = clock.after(timings.maxAgeMs, () => this.end('age'));
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would keep events back until a buffer is full.
      'x-accel-buffering': 'no',
    });
    this.#write(formatStreamEvent(streamEvents.hello, { ...hello, beatMs: timings.beatMs } satisfies Hello));
    this.pump();
  }

  get log(): string {
    return this.#options.log;
  }

  /** The last position sent: an acknowledgement of more is none. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends what there is, as far as window and line allow. */
  pump(): void {
    const { store, log, window } = this.#options;
    while (!this.#closed && !this.#blocked && this.#inFlight.size < window) {
      const rows = store.read(log, this.#sent, Math.min(pageSize, window - this.#inFlight.size));
      if (rows.length === 0) return;
      // A page goes out whole: it is small, and the line says afterwards that it is behind.
      for (const row of rows) this.#send(row);
    }
  }

  acknowledged(positions: readonly number[]): void {
    for (const position of positions) this.#inFlight.delete(position);
    this.pump();
  }

  end(reason: EndReason): void {
    if (this.#closed) return;
    this.#options.response.end(formatStreamEvent(streamEvents.end, { reason }));
    this.#close();
  }

  #send({ position, id, receivedAt, content }: StoredNotice): void {
    const { counters } = this.#options;
    this.#sent = position;
    this.#inFlight.add(position);
    if (content === undefined) {
      counters.add('damaged');
      this.#write(formatStreamEvent(streamEvents.damaged, { receivedAt }, position));
      return;
    }
    const { method, path, headers, body } = decodeWebhook(content);
    const message: NoticeMessage = { id, receivedAt, method, path, headers, body: body.toString('base64') };
    counters.add('sent');
    this.#write(formatStreamEvent(streamEvents.notice, message, position));
  }

  #write(text: string): void {
    const { response, clock, timings } = this.#options;
    this.#cancelBeat();
    this.#cancelBeat = clock.after(timings.beatMs, () => this.#write(this.#blocked ? '' : ':\n\n'));
    if (response.write(text) || this.#blocked) return;
    this.#blocked = true;
    this.#cancelStall = clock.after(timings.stallMs, () => response.destroy());
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelBeat();
    this.#cancelStall();
    this.#cancelAge();
    this.#options.onClosed();
  }
}
