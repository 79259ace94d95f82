/**
 * Keeps the connection to the acquirer up: connect (primary address first), test with an echo when idle, connect again
 * with growing pauses, go home to the primary address, sign off at the end.
 */
import { assert } from '../../core/base/assert.ts';
import { Connector, type ConnectionOptions, type LiveSession, type SessionHooks } from './connector.ts';
import { managementCodes } from './network.ts';
import type { Address, HostSession } from './session.ts';

export type LinkState = 'up' | 'down';

const defaultReturnToPrimaryMs = 300_000;
/** A host that does not answer must not hold up the end. */
const signOffTimeoutMs = 1000;

export class LinkKeeper {
  readonly #options: ConnectionOptions;
  readonly #connector: Connector;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(state: LinkState) => void>();
  /** Called when the link comes up, and when it is closed for good. */
  readonly #waiting = new Set<() => void>();
  #live: LiveSession | undefined;
  /** Signed on at the primary address, ready to take over. */
  #successor: LiveSession | undefined;
  #running: Promise<void> | undefined;
  #renewing: Promise<boolean> | undefined;
  /** Sign-offs under way on sessions that are given up. */
  readonly #goodbyes = new Set<Promise<void>>();
  #endPause: (() => void) | undefined;
  #echoing = false;

  constructor(options: ConnectionOptions, hooks: SessionHooks) {
    const { reconnectMinMs, reconnectMaxMs } = options.timings;
    assert(reconnectMinMs > 0 && reconnectMinMs <= reconnectMaxMs, 'acquirer: reconnect limits are out of order');
    this.#options = options;
    this.#connector = new Connector(options, hooks, this.#stop.signal);
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
    if (this.#live !== undefined) this.#sayGoodbye(this.#live, 'the link is closed');
    await Promise.all(this.#goodbyes);
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
    const reply = await this.#connector.manage(session, managementCodes.echoTest);
    this.#echoing = false;
    if (typeof reply === 'string') session.close(`echo test failed: ${reply}`);
  }

  /**
   * A MAC did not hold that was made with key number `keyCount` of `live`: asks for a new key, once for all who ask
   * at the same time. False when there is none; the connection then ends. DUKPT has a new key for each message anyway.
   */
  async renewKey(live: LiveSession, keyCount: number): Promise<boolean> {
    if (live !== this.#live || live.keyCount > keyCount) return this.#live !== undefined;
    this.#renewing ??= this.#connector.getKey(live).finally(() => {
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
        // Closed between the last word of the host and now.
        if (this.#stop.signal.aborted) live.session.close('the link is closed');
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
      const live = this.#stop.signal.aborted ? undefined : await this.#connector.connect(address);
      if (live !== undefined) return live;
    }
    return undefined;
  }

  /** Until its connection ends, or a successor takes over. */
  #useUntilItEnds(live: LiveSession): Promise<string> {
    return new Promise((resolve) => {
      let over = false;
      const end = (reason: string): void => {
        if (over) return;
        over = true;
        cancelEcho();
        cancelReturn();
        this.#changeSession(this.#successor);
        resolve(reason);
      };
      const cancelEcho = this.#watch(live);
      const cancelReturn = this.#watchPrimary(live, end);
      this.#changeSession(live);
      live.session.onEnd(end);
    });
  }

  #sayGoodbye({ session }: LiveSession, reason: string): void {
    const goodbye = this.#signOff(session, reason).finally(() => this.#goodbyes.delete(goodbye));
    this.#goodbyes.add(goodbye);
  }

  /** For at most a second, then ends the connection. */
  async #signOff(session: HostSession, reason: string): Promise<void> {
    const limit = { signal: new AbortController().signal, timeoutMs: signOffTimeoutMs };
    await this.#connector.manage(session, managementCodes.signOff, limit);
    session.close(reason);
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

  /**
   * On a secondary address, tries the primary one now and then; the old connection stays until the new one stands.
   * Whichever is given up hears a sign-off. `end`: `live` is no longer used.
   */
  #watchPrimary(live: LiveSession, end: (reason: string) => void): () => void {
    const [primary] = this.#options.addresses;
    if (live.address === primary) return () => {};
    const intervalMs = this.#options.timings.returnToPrimaryMs ?? defaultReturnToPrimaryMs;
    let trying = false;
    const goHome = async (): Promise<void> => {
      trying = true;
      const home = await this.#connector.connect(primary);
      trying = false;
      if (home === undefined) return;
      if (live !== this.#live || !live.session.idle() || this.#stop.signal.aborted) {
        this.#sayGoodbye(home, 'not needed');
        home.keys?.wipe();
        return;
      }
      this.#successor = home;
      end('back to the primary address');
      this.#sayGoodbye(live, 'back to the primary address');
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
