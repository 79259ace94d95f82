/**
 * One TCP connection to the acquirer: frames out, frames in, replies matched to requests. It ends once, at the
 * first sign of trouble, and every exchange still open ends with it; making the next connection is the link's
 * work (link.ts).
 */
import { connect, type Socket } from 'node:net';
import { assert } from '../../core/base/assert.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { parseMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { FrameReader } from '../../core/iso8583/frame.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { HostFault } from '../../core/transaction/model.ts';
import { exchangeKey } from './messages.ts';

/** Longest reply taken, in bytes; ISO 8583 traffic of a terminal stays far below. */
const maxMessageBytes = 8192;

export interface SessionOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for every reply that no exchange waits for. */
  readonly onUnmatched: (message: Iso8583Message) => void;
}

interface Exchange {
  settle(result: Result<Iso8583Message, HostFault>): void;
}

type ConnectFault = Fault<'notConnected'>;

export class HostSession {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #frames: FrameReader;
  readonly #exchanges = new Map<string, Exchange>();
  #lastHeardMs: number;
  #ended: string | undefined;
  #onEnd: ((reason: string) => void) | undefined;

  private constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#frames = new FrameReader(options.dialect.frame, maxMessageBytes);
    this.#lastHeardMs = options.clock.monotonicMs();
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#end('linkLost', error.message));
    socket.on('end', () => this.#end('linkLost', 'the host closed the connection'));
    socket.on('close', () => this.#end('linkLost', 'the connection was closed'));
  }

  /** Connects within `timeoutMs`; a connection that is no longer wanted is never left behind. */
  static open(
    options: SessionOptions,
    limit: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<Result<HostSession, ConnectFault>> {
    return new Promise((resolve) => {
      const socket = connect({ ...options.address, noDelay: true, keepAlive: true });
      const settle = (result: Result<HostSession, ConnectFault>): void => {
        cancelTimer();
        limit.signal.removeEventListener('abort', onAbort);
        socket.off('connect', onConnect);
        resolve(result);
      };
      const giveUp = (reason: string): void => {
        // The error listener stays: an abandoned socket may still report one, which must not stop the process.
        socket.destroy();
        settle(err(fault('notConnected', reason, true)));
      };
      const onAbort = (): void => giveUp('no longer wanted');
      const onConnect = (): void => {
        socket.off('error', onError);
        settle(ok(new HostSession(socket, options)));
      };
      const onError = (error: Error): void => giveUp(error.message);
      const cancelTimer = options.clock.after(limit.timeoutMs, () => giveUp(`no connection in ${limit.timeoutMs} ms`));
      limit.signal.addEventListener('abort', onAbort);
      socket.on('error', onError);
      socket.on('connect', onConnect);
    });
  }

  /** Milliseconds since anything whole was heard from the host. */
  silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastHeardMs;
  }

  /**
   * Sends one framed request and waits for its reply. Takes `frame` over: it is overwritten once the operating
   * system has it, or will not get it. `notSent` only if the socket was never given a byte; from then on the
   * outcome is unknown whatever happens.
   */
  exchange(
    frame: Uint8Array,
    key: string,
    limit: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<Result<Iso8583Message, HostFault>> {
    assert(!this.#exchanges.has(key), `acquirer: ${key} is already waiting for its reply`);
    if (limit.signal.aborted || limit.timeoutMs <= 0 || !this.#socket.writable) {
      frame.fill(0);
      const reason = this.#socket.writable ? 'the wait was over before it was sent' : 'the connection was lost before';
      return Promise.resolve(err(fault('notSent', reason, true)));
    }
    return new Promise((resolve) => {
      const giveUp = (reason: string): void => settle(err(fault('noReply', reason, false)));
      const onAbort = (): void => giveUp('the wait was called off');
      const cancelTimer = this.#options.clock.after(limit.timeoutMs, () => giveUp(`no reply in ${limit.timeoutMs} ms`));
      const settle = (result: Result<Iso8583Message, HostFault>): void => {
        cancelTimer();
        limit.signal.removeEventListener('abort', onAbort);
        this.#exchanges.delete(key);
        resolve(result);
      };
      limit.signal.addEventListener('abort', onAbort);
      this.#exchanges.set(key, { settle });
      this.#socket.write(frame, () => frame.fill(0));
    });
  }

  close(reason: string): void {
    this.#end('linkLost', reason);
  }

  /** Calls `listener` once with the reason, before any exchange hears of it; at once if it is over already. */
  onEnd(listener: (reason: string) => void): void {
    if (this.#ended === undefined) this.#onEnd = listener;
    else listener(this.#ended);
  }

  #receive(chunk: Uint8Array): void {
    const { messages, trouble } = this.#frames.push(chunk);
    for (const frame of messages) {
      const message = parseMessage(this.#options.dialect, frame);
      if (!message.ok) {
        // Which request it answers cannot be told, and what follows on this connection cannot be trusted.
        this.#end('badReply', message.fault.detail);
        return;
      }
      this.#lastHeardMs = this.#options.clock.monotonicMs();
      this.#deliver(message.value);
    }
    if (trouble !== undefined) this.#end('badReply', trouble.detail);
  }

  #deliver(message: Iso8583Message): void {
    this.#options.log.write('debug', 'acquirer: received', { message: message.describe() });
    const key = exchangeKey(message, 'reply');
    const exchange = key === undefined ? undefined : this.#exchanges.get(key);
    if (exchange === undefined) this.#options.onUnmatched(message);
    else exchange.settle(ok(message));
  }

  #end(kind: 'linkLost' | 'badReply', reason: string): void {
    // A destroyed socket still reports its close: the first reason stands.
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#socket.destroy();
    this.#onEnd?.(reason);
    for (const exchange of this.#exchanges.values()) exchange.settle(err(fault(kind, reason, false)));
  }
}
