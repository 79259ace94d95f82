/**
 * The link to the acquirer, kept up: connect, sign on, test with an echo when idle, connect again with growing
 * pauses. Requests ride on it; what a fault says about money is exact: `notSent` means that no byte of the
 * request was handed to the socket, everything later is unknown.
 */
import { assert } from '../../core/base/assert.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { packMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { frameMessage } from '../../core/iso8583/frame.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type {
  AuthorizationReply,
  AuthorizationRequest,
  CardSecrets,
  HostFault,
  ReversalReply,
  ReversalRequest,
} from '../../core/transaction/model.ts';
import {
  echoTest,
  exchangeKey,
  financialRequest,
  networkManagement,
  readAuthorizationReply,
  readReversalReply,
  reversalRequest,
  signOn,
  type EncodingFault,
  type TerminalIdentity,
} from './messages.ts';
import { HostSession } from './session.ts';

/** All in milliseconds. */
interface LinkTimings {
  /** For the TCP connection. */
  readonly connectTimeoutMs: number;
  /** For the reply to a sign-on or an echo. */
  readonly managementTimeoutMs: number;
  /** Silence after which an echo is sent. */
  readonly echoIntervalMs: number;
  /** Pause before the first new attempt; doubles up to the maximum, less up to half by chance. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** How long a request waits for a link that is down, within its own time limit. */
  readonly waitForLinkMs: number;
}

export interface AcquirerLinkOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly dialect: Dialect;
  readonly terminal: TerminalIdentity;
  readonly timings: LinkTimings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

type LinkState = 'up' | 'down';

/** A request in bytes, ready for the socket. */
interface Prepared {
  readonly frame: Uint8Array;
  readonly key: string;
  readonly description: string;
}

export class AcquirerLink {
  readonly #options: AcquirerLinkOptions;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(state: LinkState) => void>();
  /** Called when the link comes up, and when it is closed for good. */
  readonly #waiting = new Set<() => void>();
  #session: HostSession | undefined;
  #running: Promise<void> | undefined;
  #endPause: (() => void) | undefined;
  #echoing = false;
  #managementStan = 0;
  #unmatchedReplies = 0;

  constructor(options: AcquirerLinkOptions) {
    const { reconnectMinMs, reconnectMaxMs } = options.timings;
    assert(reconnectMinMs > 0 && reconnectMinMs <= reconnectMaxMs, 'acquirer: reconnect limits are out of order');
    this.#options = options;
  }

  /** Starts to connect; returns at once. */
  open(): void {
    assert(this.#running === undefined, 'acquirer: the link is opened once');
    this.#running = this.#keepUp();
  }

  /** Ends the connection and everything that waits for it. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#waiting) wake();
    this.#session?.close('the link is closed');
    await this.#running;
  }

  linkState(): LinkState {
    return this.#session === undefined ? 'down' : 'up';
  }

  onLinkState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replies so far that came too late or that nobody had asked for. */
  unmatchedReplies(): number {
    return this.#unmatchedReplies;
  }

  /** Reads `secrets` before it first waits, so the caller may wipe them at any time after the call. */
  async authorize(
    request: AuthorizationRequest,
    secrets: CardSecrets,
    options: CallOptions,
  ): Promise<Result<AuthorizationReply, HostFault>> {
    const { terminal, dialect } = this.#options;
    const reply = await this.#request(financialRequest(terminal, request, secrets, dialect), options);
    return reply.ok ? readAuthorizationReply(request, terminal, reply.value) : reply;
  }

  async reverse(request: ReversalRequest, options: CallOptions): Promise<Result<ReversalReply, HostFault>> {
    const { terminal, clock } = this.#options;
    const reply = await this.#request(reversalRequest(terminal, request, clock.now()), options);
    return reply.ok ? readReversalReply(reply.value) : reply;
  }

  async #request(
    message: Result<Iso8583Message, EncodingFault>,
    options: CallOptions,
  ): Promise<Result<Iso8583Message, HostFault>> {
    if (!message.ok) return err(fault('notSent', message.fault.detail, true));
    const prepared = this.#prepare(message.value);
    if (!prepared.ok) return prepared;
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const session = await this.#sessionWithin(
      Math.min(this.#options.timings.waitForLinkMs, options.timeoutMs),
      options.signal,
    );
    if (session === undefined) {
      prepared.value.frame.fill(0);
      return err(fault('notSent', 'there is no connection to the acquirer', true));
    }
    const timeoutMs = options.timeoutMs - (clock.monotonicMs() - startedMs);
    const reply = await this.#send(session, prepared.value, { signal: options.signal, timeoutMs });
    // The line may be dead without having said so: find out now rather than at the next idle echo.
    if (!reply.ok && reply.fault.kind === 'noReply') void this.#echo(session);
    return reply;
  }

  /** Encodes, and wipes every copy of card data but the frame itself. */
  #prepare(message: Iso8583Message): Result<Prepared, HostFault> {
    const key = exchangeKey(message, 'request');
    assert(key !== undefined, 'acquirer: a request has a DE 11 and a DE 41');
    const description = message.describe();
    const packed = packMessage(this.#options.dialect, message);
    message.wipe();
    if (!packed.ok) return err(fault('notSent', `the request cannot be encoded: ${packed.fault.detail}`, true));
    const frame = frameMessage(this.#options.dialect.frame, packed.value);
    packed.value.fill(0);
    return ok({ frame, key, description });
  }

  #send(session: HostSession, prepared: Prepared, limit: CallOptions): Promise<Result<Iso8583Message, HostFault>> {
    this.#options.log.write('debug', 'acquirer: sending', { message: prepared.description });
    return session.exchange(prepared.frame, prepared.key, limit);
  }

  /** A waiting request also ends the pause before the next attempt. */
  #sessionWithin(limitMs: number, signal: AbortSignal): Promise<HostSession | undefined> {
    if (this.#session !== undefined || signal.aborted || this.#stop.signal.aborted) {
      return Promise.resolve(signal.aborted ? undefined : this.#session);
    }
    return new Promise((resolve) => {
      const finish = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', finish);
        this.#waiting.delete(finish);
        resolve(signal.aborted ? undefined : this.#session);
      };
      const cancelTimer = this.#options.clock.after(limitMs, finish);
      signal.addEventListener('abort', finish);
      this.#waiting.add(finish);
      this.#endPause?.();
    });
  }

  async #keepUp(): Promise<void> {
    const { log, timings } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const session = await this.#connectAndSignOn();
      if (session === undefined) {
        failures += 1;
      } else {
        failures = 0;
        const reason = await this.#useUntilItEnds(session);
        log.write(this.#troubleLevel(), 'acquirer: link lost', { reason });
      }
      const longest = Math.min(timings.reconnectMaxMs, timings.reconnectMinMs * 2 ** Math.min(failures, 30));
      await this.#pause(longest * (1 - this.#chance() / 2));
    }
  }

  #useUntilItEnds(session: HostSession): Promise<string> {
    return new Promise((resolve) => {
      const cancelEcho = this.#watch(session);
      this.#changeSession(session);
      session.onEnd((reason) => {
        cancelEcho();
        this.#changeSession(undefined);
        resolve(reason);
      });
    });
  }

  async #connectAndSignOn(): Promise<HostSession | undefined> {
    const { timings, log, address, dialect, clock } = this.#options;
    const opened = await HostSession.open(
      {
        address,
        dialect,
        clock,
        log,
        onUnmatched: (message) => {
          this.#unmatchedReplies += 1;
          log.write('warning', 'acquirer: late or unasked reply', { message: message.describe() });
        },
      },
      { signal: this.#stop.signal, timeoutMs: timings.connectTimeoutMs },
    );
    if (!opened.ok) {
      log.write('info', 'acquirer: no connection', { reason: opened.fault.detail });
      return undefined;
    }
    const refused = await this.#manage(opened.value, signOn);
    if (refused === undefined) return opened.value;
    log.write(this.#troubleLevel(), 'acquirer: sign-on failed', { reason: refused });
    opened.value.close('sign-on failed');
    return undefined;
  }

  /** Undefined when the host answered with DE 39 = 00, else why not. */
  async #manage(session: HostSession, code: typeof signOn | typeof echoTest): Promise<string | undefined> {
    const { terminal, clock, timings } = this.#options;
    this.#managementStan = (this.#managementStan % 999_999) + 1;
    const prepared = this.#prepare(networkManagement(terminal, code, this.#managementStan, clock.now()));
    if (!prepared.ok) return prepared.fault.detail;
    const limit = { signal: this.#stop.signal, timeoutMs: timings.managementTimeoutMs };
    const reply = await this.#send(session, prepared.value, limit);
    if (!reply.ok) return reply.fault.detail;
    const responseCode = reply.value.text(39);
    return responseCode === '00' ? undefined : `response code ${responseCode ?? 'missing'}`;
  }

  /** Sends an echo whenever the host has been silent for long; the returned function stops that. */
  #watch(session: HostSession): () => void {
    const { clock, timings } = this.#options;
    let cancel: (() => void) | undefined;
    const wait = (delayMs: number): void => {
      cancel = clock.after(delayMs, () => {
        const left = timings.echoIntervalMs - session.silentMs();
        if (left <= 0) void this.#echo(session);
        wait(left <= 0 ? timings.echoIntervalMs : left);
      });
    };
    wait(timings.echoIntervalMs);
    return () => cancel?.();
  }

  async #echo(session: HostSession): Promise<void> {
    if (this.#echoing || session !== this.#session) return;
    this.#echoing = true;
    const trouble = await this.#manage(session, echoTest);
    this.#echoing = false;
    if (trouble !== undefined) session.close(`echo test failed: ${trouble}`);
  }

  #changeSession(session: HostSession | undefined): void {
    this.#session = session;
    if (session !== undefined) for (const wake of this.#waiting) wake();
    for (const listener of this.#listeners) listener(this.linkState());
  }

  /** What ends because the link is being closed is no trouble. */
  #troubleLevel(): 'warning' | 'info' {
    return this.#stop.signal.aborted ? 'info' : 'warning';
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        cancelTimer();
        this.#stop.signal.removeEventListener('abort', finish);
        this.#endPause = undefined;
        resolve();
      };
      const cancelTimer = this.#options.clock.after(delayMs, finish);
      this.#stop.signal.addEventListener('abort', finish);
      this.#endPause = finish;
    });
  }

  /** Uniform in [0, 1). */
  #chance(): number {
    return this.#options.random.bytes(4).reduce((sum, octet) => sum * 256 + octet, 0) / 2 ** 32;
  }
}
