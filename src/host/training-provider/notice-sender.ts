/**
 * Tells the terminal about transfers, again and again until it acknowledges: pauses grow from half a second to
 * half a minute, so a terminal that was away for a while is found soon after it is back.
 */
import type { Clock, Log } from '../../core/base/ports.ts';
import { httpCall, type HttpCaller } from '../qr/http-call.ts';

export interface NoticeSenderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Left out: by TCP. */
  readonly call?: HttpCaller;
}

/** A request on its way to the terminal. */
export interface OutgoingNotice {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What was answered; undefined when nothing was. */
export type Post = (notice: OutgoingNotice) => Promise<{ readonly status: number; readonly body: string } | undefined>;

export interface NoticeJob {
  /** For the log. */
  readonly id: string;
  /** Pause before the first attempt. */
  readonly waitMs: number;
  /** True when it was acknowledged. Asked again for each attempt. */
  readonly attempt: (post: Post) => Promise<boolean>;
  /** Called once, unless the sender stops first. */
  readonly acknowledged: () => void;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
const answerTimeoutMs = 5000;

export class NoticeSender {
  readonly #options: NoticeSenderOptions;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: NoticeSenderOptions) {
    this.#options = options;
  }

  send(job: NoticeJob): void {
    const running = this.#deliver(job).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Cancels what has not been acknowledged. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #deliver({ id, waitMs, attempt, acknowledged }: NoticeJob): Promise<void> {
    const { signal } = this.#stopped;
    if (waitMs > 0) await this.#pause(waitMs);
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      if (await attempt((notice) => this.#post(id, notice))) return acknowledged();
      await this.#pause(pauseMs);
    }
  }

  async #post(id: string, { method, url, headers, body }: OutgoingNotice): ReturnType<Post> {
    const { clock, log, call = httpCall } = this.#options;
    const { signal } = this.#stopped;
    const reply = await call({ method, url: new URL(url), headers, body, signal, timeoutMs: answerTimeoutMs, clock });
    if (reply.ok && reply.value.status < 300) return reply.value;
    const problem = reply.ok ? `HTTP status ${reply.value.status}` : reply.fault.detail;
    // What is cut off because the bank is being closed is sent again at its next start.
    const level = signal.aborted ? 'info' : 'warning';
    log.write(level, 'training bank: notice not acknowledged', { providerTransactionId: id, problem });
    return reply.ok ? reply.value : undefined;
  }

  /** Ends early when the sender stops. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }
}
