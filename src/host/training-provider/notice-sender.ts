/**
 * Tells the terminal about transfers, again and again until it acknowledges: pauses grow from half a second to
 * half a minute, so a terminal that was away for a while is found soon after it is back.
 */
import type { Clock, Log } from '../../core/base/ports.ts';
import { httpCall, type HttpCaller } from '../qr/http-call.ts';
import { signatureHeaders } from '../qr/notice-signature.ts';
import type { TransferMessage } from '../qr/provider-messages.ts';

export interface NoticeSenderOptions {
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  /** Where notices go at present. */
  readonly url: () => string | undefined;
  /** Left out: by TCP. */
  readonly call?: HttpCaller;
}

/** How notices misbehave, for tests. */
export interface NoticeManner {
  /** Pause before the first attempt. */
  readonly waitMs: number;
  readonly badSignature: boolean;
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

  /** `manner` is asked again before every attempt; `acknowledged` is called once, unless the sender stops first. */
  send(notice: TransferMessage, manner: () => NoticeManner, acknowledged: () => void): void {
    const running = this.#deliver(notice, manner, acknowledged).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Cancels what has not been acknowledged. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #deliver(notice: TransferMessage, manner: () => NoticeManner, acknowledged: () => void): Promise<void> {
    const { signal } = this.#stopped;
    const { waitMs } = manner();
    if (waitMs > 0) await this.#pause(waitMs);
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      if (await this.#attempt(notice, manner().badSignature)) return acknowledged();
      await this.#pause(pauseMs);
    }
  }

  async #attempt(notice: TransferMessage, badSignature: boolean): Promise<boolean> {
    const { secret, clock, log, url, call = httpCall } = this.#options;
    const target = url();
    if (target === undefined) return false;
    const body = JSON.stringify(notice);
    const signed = signatureHeaders(badSignature ? new Uint8Array(secret.length) : secret, body, clock.now());
    const reply = await call({
      method: 'POST',
      url: new URL(target),
      headers: { 'content-type': 'application/json', ...signed },
      body,
      signal: this.#stopped.signal,
      timeoutMs: answerTimeoutMs,
      clock,
    });
    const { providerTransactionId } = notice;
    if (reply.ok && reply.value.status === 200) return true;
    const problem = reply.ok ? `HTTP status ${reply.value.status}` : reply.fault.detail;
    // What is cut off because the bank is being closed is sent again at its next start.
    const level = this.#stopped.signal.aborted ? 'info' : 'warning';
    log.write(level, 'training bank: notice not acknowledged', { providerTransactionId, problem });
    return false;
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
