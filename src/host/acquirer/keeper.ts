/**
 * Keeps the connection to the acquirer up: connect (primary address first), sign on, get a working key, test with an
 * echo when idle, connect again with growing pauses, go home to the primary address, sign off at the end.
 */
import { assert } from '../../core/base/assert.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { ConnectionKeys, MacKeySource } from '../security/mac-keys.ts';
import { keyBlockElement, managementCodes, networkManagement } from './network.ts';
import type { HostProfile } from './profile.ts';
import type { ReplyMemory } from './reply-memory.ts';
import { HostSession, type Address, type SessionOptions } from './session.ts';
import type { TlsSettings } from './tls.ts';

/** All in milliseconds. */
export interface LinkTimings {
  /** For the TCP connection, and TLS on it. */
  readonly connectTimeoutMs: number;
  /** For the reply to a sign-on, a key request or an echo. */
  readonly managementTimeoutMs: number;
  /** Silence after which an echo is sent. */
  readonly echoIntervalMs: number;
  /** Pause before the first new attempt; doubles up to the maximum, less up to half by chance. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** How long a request waits for a link that is down, within its own time limit. */
  readonly waitForLinkMs: number;
  /** On a secondary address: how often the primary one is tried while nothing is under way. Default 5 minutes. */
  readonly returnToPrimaryMs?: number;
}

export interface KeeperOptions extends HostProfile {
  /** The primary address, then the secondary ones in order. */
  readonly addresses: readonly [Address, ...Address[]];
  /** TLS on every connection; without it none is made in TLS, and never one instead of the other. */
  readonly tls?: TlsSettings;
  /** MACs on all money messages and their replies. The keeper wipes it at the end. */
  readonly mac?: MacKeySource;
  readonly timings: LinkTimings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type LinkState = 'up' | 'down';

/** A connection that is signed on, with its keys; `keyCount` grows with every key that the host hands out on it. */
export interface LiveSession {
  readonly session: HostSession;
  readonly address: Address;
  readonly keys: ConnectionKeys | undefined;
  keyCount: number;
}

const defaultReturnToPrimaryMs = 300_000;
/** A host that does not answer must not hold up the end. */
const signOffTimeoutMs = 1000;

export class LinkKeeper {
  readonly #options: KeeperOptions;
  readonly #memory: ReplyMemory;
  readonly #onUnmatched: SessionOptions['onUnmatched'];
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(state: LinkState) => void>();
  /** Called when the link comes up, and when it is closed for good. */
  readonly #waiting = new Set<() => void>();
  #live: LiveSession | undefined;
  /** Signed on at the primary address, ready to take over. */
  #successor: LiveSession | undefined;
  #running: Promise<void> | undefined;
  #renewing: Promise<boolean> | undefined;
  #endPause: (() => void) | undefined;
  #echoing = false;
  #managementStan = 0;

  constructor(options: KeeperOptions, memory: ReplyMemory, onUnmatched: SessionOptions['onUnmatched']) {
    const { reconnectMinMs, reconnectMaxMs } = options.timings;
    assert(reconnectMinMs > 0 && reconnectMinMs <= reconnectMaxMs, 'acquirer: reconnect limits are out of order');
    this.#options = options;
    this.#memory = memory;
    this.#onUnmatched = onUnmatched;
  }

  /** Starts to connect; returns at once. */
  open(): void {
    assert(this.#running === undefined, 'acquirer: the link is opened once');
    this.#running = this.#keepUp();
  }

  /** Signs off if there is a connection, within a second; ends it and everything that waits for it. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#waiting) wake();
    const session = this.#live?.session;
    if (session !== undefined) {
      const limit = { signal: new AbortController().signal, timeoutMs: signOffTimeoutMs };
      await this.#manage(session, managementCodes.signOff, limit);
      session.close('the link is closed');
    }
    await this.#running;
    this.#options.mac?.wipe();
  }

  linkState(): LinkState {
    return this.#live === undefined ? 'down' : 'up';
  }

  onLinkState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where the link is connected to; undefined while it is down. */
  address(): Address | undefined {
    return this.#live?.address;
  }

  /** A waiting request also ends the pause before the next attempt. Undefined when there is no connection in time. */
  connected(limitMs: number, signal: AbortSignal): Promise<LiveSession | undefined> {
    const now = (): LiveSession | undefined => (signal.aborted || this.#stop.signal.aborted ? undefined : this.#live);
    if (this.#live !== undefined || signal.aborted || this.#stop.signal.aborted) return Promise.resolve(now());
    return new Promise((resolve) => {
      const finish = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', finish);
        this.#waiting.delete(finish);
        resolve(now());
      };
      const cancelTimer = this.#options.clock.after(limitMs, finish);
      signal.addEventListener('abort', finish);
      this.#waiting.add(finish);
      this.#endPause?.();
    });
  }

  /** The line may be dead without having said so: finds out now rather than at the next idle echo. */
  async echo({ session }: LiveSession): Promise<void> {
    if (this.#echoing || session !== this.#live?.session) return;
    this.#echoing = true;
    const reply = await this.#manage(session, managementCodes.echoTest);
    this.#echoing = false;
    if (typeof reply === 'string') session.close(`echo test failed: ${reply}`);
  }

  /**
   * A MAC did not hold that was made with key number `keyCount` of `live`: asks for a new key, once for all who ask
   * at the same time. False when there is none; the connection then ends. DUKPT has a new key for each message anyway.
   */
  async renewKey(live: LiveSession, keyCount: number): Promise<boolean> {
    if (live !== this.#live || live.keyCount > keyCount) return this.#live !== undefined;
    this.#renewing ??= this.#askForKey(live).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #keepUp(): Promise<void> {
    const { log, timings } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const live = this.#successor ?? (await this.#connectSomewhere());
      this.#successor = undefined;
      if (live === undefined) {
        failures += 1;
      } else {
        failures = 0;
        const reason = await this.#useUntilItEnds(live);
        live.keys?.wipe();
        log.write(this.#successor === undefined ? this.#troubleLevel() : 'info', 'acquirer: link lost', { reason });
      }
      if (this.#successor !== undefined) continue;
      const longest = Math.min(timings.reconnectMaxMs, timings.reconnectMinMs * 2 ** Math.min(failures, 30));
      await this.#pause(longest * (1 - this.#chance() / 2));
    }
  }

  /** Each address in turn, the primary one first. */
  async #connectSomewhere(): Promise<LiveSession | undefined> {
    for (const address of this.#options.addresses) {
      const live = this.#stop.signal.aborted ? undefined : await this.#connectAndSignOn(address);
      if (live !== undefined) return live;
    }
    return undefined;
  }

  #useUntilItEnds(live: LiveSession): Promise<string> {
    return new Promise((resolve) => {
      const cancelEcho = this.#watch(live);
      const cancelReturn = this.#watchPrimary(live);
      this.#changeSession(live);
      live.session.onEnd((reason) => {
        cancelEcho();
        cancelReturn();
        this.#changeSession(this.#successor);
        resolve(reason);
      });
    });
  }

  async #connectAndSignOn(address: Address): Promise<LiveSession | undefined> {
    const { timings, log, dialect, clock, tls, mac } = this.#options;
    const where = `${address.host}:${address.port}`;
    const opened = await HostSession.open(
      {
        address,
        ...(tls === undefined ? {} : { tls }),
        dialect,
        clock,
        log,
        memory: this.#memory,
        onUnmatched: this.#onUnmatched,
      },
      { signal: this.#stop.signal, timeoutMs: timings.connectTimeoutMs },
    );
    if (!opened.ok) {
      log.write('info', 'acquirer: no connection', { address: where, reason: opened.fault.detail });
      return undefined;
    }
    const live = { session: opened.value, address, keys: mac?.connection(), keyCount: 0 };
    const reply = await this.#manage(live.session, managementCodes.signOn);
    if (typeof reply === 'string') {
      log.write(this.#troubleLevel(), 'acquirer: sign-on failed', { address: where, reason: reply });
      live.session.close('sign-on failed');
    } else if (await this.#askForKey(live)) {
      log.write('info', 'acquirer: signed on', { address: where, primary: address === this.#options.addresses[0] });
      return live;
    }
    live.keys?.wipe();
    return undefined;
  }

  /** True at once when the host hands out no keys. */
  async #askForKey(live: LiveSession): Promise<boolean> {
    const accept = live.keys?.accept;
    if (accept === undefined) return true;
    const reply = await this.#manage(live.session, managementCodes.workingKey);
    const accepted = typeof reply === 'string' ? undefined : accept(reply.text(keyBlockElement) ?? '');
    if (accepted?.ok === true) {
      live.keyCount += 1;
      this.#options.log.write('info', 'acquirer: working key received', { checkValue: accepted.value });
      return true;
    }
    const reason = typeof reply === 'string' ? reply : (accepted?.fault.detail ?? '');
    this.#options.log.write(this.#troubleLevel(), 'acquirer: no working key', { reason });
    live.session.close('no working key');
    return false;
  }

  /** The reply when the host answered with DE 39 = 00, else why not. */
  async #manage(
    session: HostSession,
    code: Parameters<typeof networkManagement>[1],
    limit = { signal: this.#stop.signal, timeoutMs: this.#options.timings.managementTimeoutMs },
  ): Promise<Iso8583Message | string> {
    const { terminal, clock } = this.#options;
    this.#managementStan = (this.#managementStan % 999_999) + 1;
    const reply = await session.exchange(networkManagement(terminal, code, this.#managementStan, clock.now()), limit);
    if (!reply.ok) return reply.fault.detail;
    const responseCode = reply.value.text(39);
    return responseCode === '00' ? reply.value : `response code ${responseCode ?? 'missing'}`;
  }

  /** Sends an echo whenever the host has been silent for long; the returned function stops that. */
  #watch(live: LiveSession): () => void {
    const { echoIntervalMs } = this.#options.timings;
    return this.#repeatedly(echoIntervalMs, () => {
      const left = echoIntervalMs - live.session.silentMs();
      if (left <= 0) void this.echo(live);
      return left <= 0 ? echoIntervalMs : left;
    });
  }

  /** On a secondary address, tries the primary one now and then; the old connection stays until the new one stands. */
  #watchPrimary(live: LiveSession): () => void {
    const [primary] = this.#options.addresses;
    if (live.address === primary) return () => {};
    const intervalMs = this.#options.timings.returnToPrimaryMs ?? defaultReturnToPrimaryMs;
    let trying = false;
    const goHome = async (): Promise<void> => {
      trying = true;
      const home = await this.#connectAndSignOn(primary);
      trying = false;
      if (home === undefined) return;
      if (live !== this.#live || !live.session.idle() || this.#stop.signal.aborted) {
        home.session.close('not needed');
        home.keys?.wipe();
        return;
      }
      this.#successor = home;
      live.session.close('back to the primary address');
    };
    return this.#repeatedly(intervalMs, () => {
      if (!trying && live.session.idle()) void goHome();
      return intervalMs;
    });
  }

  /** Calls `act` after `delayMs`, then after as long as it says each time, until the returned function is called. */
  #repeatedly(delayMs: number, act: () => number): () => void {
    let cancel: (() => void) | undefined;
    const wait = (ms: number): void => {
      cancel = this.#options.clock.after(ms, () => wait(act()));
    };
    wait(delayMs);
    return () => cancel?.();
  }

  #changeSession(live: LiveSession | undefined): void {
    const before = this.linkState();
    this.#live = live;
    if (live !== undefined) for (const wake of this.#waiting) wake();
    if (this.linkState() === before) return;
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
