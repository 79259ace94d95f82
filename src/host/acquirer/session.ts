/**
 * One connection to the acquirer: messages out, messages in, replies matched to requests and their MACs checked. It
 * ends once, at the first sign of trouble, and every exchange still open ends with it; making the next connection is
 * the keeper's work (keeper.ts).
 */
import { isIP, connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { assert } from '../../core/base/assert.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { frameMessage, FrameReader } from '../../core/iso8583/frame.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { HostFault } from '../../core/transaction/model.ts';
import type { ExchangeKeys } from '../security/mac-keys.ts';
import { hasGenuineMac, packWithMac } from '../security/message-mac.ts';
import { exchangeKey } from './replies.ts';
import type { ReplyMemory } from './reply-memory.ts';
import { connectionTrouble, type TlsSettings } from './tls.ts';

/** Longest message taken, in bytes; ISO 8583 traffic of a terminal stays far below. */
const maxMessageBytes = 8192;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Begins a connection: it emits `connect`, or with TLS `secureConnect`, once bytes can be sent. */
export type Dial = (address: Address, tls: TlsSettings | undefined) => Duplex;

export interface SessionOptions {
  readonly address: Address;
  readonly tls?: TlsSettings;
  /** How connections are made; left out: by TCP. */
  readonly dial?: Dial;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly log: Log;
  readonly memory: ReplyMemory;
  /**
   * Called for every message that no exchange waits for; `bytes` are those it was parsed from. Both are overwritten
   * when it returns.
   */
  readonly onUnmatched: (message: Iso8583Message, bytes: Uint8Array, session: HostSession) => void;
}

/** `badMac`: a reply came whose MAC is missing or wrong. */
export type ExchangeFault = HostFault | Fault<'badMac'>;

interface Exchange {
  readonly keys: ExchangeKeys | undefined;
  settle(result: Result<Iso8583Message, ExchangeFault>): void;
}

type ConnectFault = Fault<'notConnected'>;

export class HostSession {
  readonly #socket: Duplex;
  readonly #options: SessionOptions;
  readonly #frames: FrameReader;
  readonly #exchanges = new Map<string, Exchange>();
  #lastHeardMs: number;
  #ended: string | undefined;
  #onEnd: ((reason: string) => void) | undefined;

  private constructor(socket: Duplex, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#frames = new FrameReader(options.dialect.frame, maxMessageBytes);
    this.#lastHeardMs = options.clock.monotonicMs();
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (error: Error) => this.#end('linkLost', connectionTrouble(error)));
    socket.on('end', () => this.#end('linkLost', 'the host closed the connection'));
    socket.on('close', () => this.#end('linkLost', 'the connection was closed'));
  }

  /** Connects within `timeoutMs`; a connection that is no longer wanted is never left behind. */
  static open(options: SessionOptions, limit: CallOptions): Promise<Result<HostSession, ConnectFault>> {
    return new Promise((resolve) => {
      const { tls, dial = dialTcp } = options;
      const socket = dial(options.address, tls);
      const connected = tls === undefined ? 'connect' : 'secureConnect';
      const settle = (result: Result<HostSession, ConnectFault>): void => {
        cancelTimer();
        limit.signal.removeEventListener('abort', onAbort);
        socket.off(connected, onConnect);
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
        socket.off('close', onClose);
        settle(ok(new HostSession(socket, options)));
      };
      const onError = (error: Error): void => giveUp(connectionTrouble(error));
      const onClose = (): void => giveUp('the connection was closed');
      const cancelTimer = options.clock.after(limit.timeoutMs, () => giveUp(`no connection in ${limit.timeoutMs} ms`));
      limit.signal.addEventListener('abort', onAbort);
      socket.on('error', onError);
      socket.on('close', onClose);
      socket.on(connected, onConnect);
    });
  }

  /** Milliseconds since anything whole was heard from the host. */
  silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastHeardMs;
  }

  /** True when no reply is awaited. */
  idle(): boolean {
    return this.#exchanges.size === 0;
  }

  /**
   * Sends one request and waits for its reply; with `keys`, both carry a MAC. Takes `keys` over, but not `message`,
   * which the caller may wipe at once; the reply is the caller's to wipe once it is read. `notSent` only if the socket
   * was never given a byte; from then on the outcome is unknown whatever happens.
   */
  exchange(
    message: Iso8583Message,
    limit: CallOptions,
    keys?: ExchangeKeys,
  ): Promise<Result<Iso8583Message, ExchangeFault>> {
    const key = exchangeKey(message, 'request');
    assert(key !== undefined, 'acquirer: a request has a DE 11 and a DE 41');
    assert(!this.#exchanges.has(key), `acquirer: ${key} is already waiting for its reply`);
    const frame = this.#frameOf(message, limit, keys);
    if (!frame.ok) {
      keys?.wipe();
      return Promise.resolve(frame);
    }
    this.#options.memory.asked(key);
    this.#options.log.write('debug', 'acquirer: sending', { message: message.describe() });
    return new Promise((resolve) => {
      const giveUp = (reason: string): void => settle(err(fault('noReply', reason, false)));
      const onAbort = (): void => giveUp('the wait was called off');
      const cancelTimer = this.#options.clock.after(limit.timeoutMs, () => giveUp(`no reply in ${limit.timeoutMs} ms`));
      const settle = (result: Result<Iso8583Message, ExchangeFault>): void => {
        cancelTimer();
        limit.signal.removeEventListener('abort', onAbort);
        this.#exchanges.delete(key);
        if (result.ok) this.#options.memory.answered(key, result.value.text(39) ?? '', keys);
        else this.#options.memory.abandoned(key, keys);
        resolve(result);
      };
      limit.signal.addEventListener('abort', onAbort);
      this.#exchanges.set(key, { keys, settle });
      this.#write(frame.value);
    });
  }

  /** Sends an answer to the host's own request. */
  tell(message: Iso8583Message): void {
    const packed = packMessage(this.#options.dialect, message);
    if (!packed.ok || !this.#socket.writable) return;
    this.#options.log.write('debug', 'acquirer: sending', { message: message.describe() });
    this.#write(frameMessage(this.#options.dialect.frame, packed.value));
  }

  close(reason: string): void {
    this.#end('linkLost', reason);
  }

  /** Calls `listener` once with the reason, before any exchange hears of it; at once if it is over already. */
  onEnd(listener: (reason: string) => void): void {
    if (this.#ended === undefined) this.#onEnd = listener;
    else listener(this.#ended);
  }

  /** In bytes for the socket, unless nothing can be sent any more. */
  #frameOf(message: Iso8583Message, limit: CallOptions, keys: ExchangeKeys | undefined): Result<Uint8Array, HostFault> {
    if (limit.signal.aborted || limit.timeoutMs <= 0 || !this.#socket.writable) {
      const reason = this.#socket.writable ? 'the wait was over before it was sent' : 'the connection was lost before';
      return err(fault('notSent', reason, true));
    }
    const { dialect } = this.#options;
    const packed = keys === undefined ? packMessage(dialect, message) : packWithMac(dialect, message, keys.request);
    if (!packed.ok) return err(fault('notSent', `the request cannot be encoded: ${packed.fault.detail}`, true));
    const frame = frameMessage(dialect.frame, packed.value);
    packed.value.fill(0);
    return ok(frame);
  }

  /** The frame is overwritten once the operating system has it, or will not get it. */
  #write(frame: Uint8Array): void {
    this.#socket.write(frame, () => frame.fill(0));
  }

  #receive(chunk: Uint8Array): void {
    const { messages, trouble } = this.#frames.push(chunk);
    chunk.fill(0);
    for (const bytes of messages) {
      if (this.#ended === undefined) this.#take(bytes);
      bytes.fill(0);
    }
    if (trouble !== undefined) this.#end('badReply', trouble.detail);
  }

  #take(bytes: Uint8Array): void {
    const message = parseMessage(this.#options.dialect, bytes);
    if (!message.ok) {
      // Which request it answers cannot be told, and what follows on this connection cannot be trusted.
      this.#end('badReply', message.fault.detail);
      return;
    }
    this.#lastHeardMs = this.#options.clock.monotonicMs();
    this.#deliver(message.value, bytes);
  }

  #deliver(message: Iso8583Message, bytes: Uint8Array): void {
    this.#options.log.write('debug', 'acquirer: received', { message: message.describe() });
    const key = exchangeKey(message, 'reply');
    const exchange = key === undefined ? undefined : this.#exchanges.get(key);
    if (key === undefined || exchange === undefined) {
      this.#options.onUnmatched(message, bytes, this);
      message.wipe();
      return;
    }
    // The reply may be the one to an earlier attempt, which had keys of its own.
    const candidates = [exchange.keys, this.#options.memory.keysOf(key)].filter((keys) => keys !== undefined);
    const genuine =
      exchange.keys === undefined ||
      candidates.some(({ response }) => hasGenuineMac(this.#options.dialect, message, bytes, response));
    if (!genuine) message.wipe();
    exchange.settle(genuine ? ok(message) : err(fault('badMac', 'its MAC is missing or wrong', false)));
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

const dialTcp: Dial = ({ host, port }, tls) => {
  if (tls === undefined) return connectPlain({ host, port, noDelay: true, keepAlive: true });
  const { serverName, ...material } = tls;
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls({
    ...material,
    host,
    port,
    rejectUnauthorized: true,
    ...(name === undefined ? {} : { servername: name }),
  });
  return socket.setNoDelay(true).setKeepAlive(true);
};
