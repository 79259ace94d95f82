/** Makes connections that can be traded on: connected, signed on, and with a working key where the host gives one. */
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import type { ConnectionKeys, MacKeySource } from '../security/mac-keys.ts';
import { keyBlockElement, managementCodes, networkManagement } from './network.ts';
import type { HostProfile } from './profile.ts';
import { HostSession, type Address, type CallOptions, type Dial, type SessionOptions } from './session.ts';
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

export interface ConnectionOptions extends HostProfile {
  /** The primary address, then the secondary ones in order. */
  readonly addresses: readonly [Address, ...Address[]];
  /** TLS on every connection, never one without; when absent, none has it. */
  readonly tls?: TlsSettings;
  /** How connections are made; left out: by TCP. */
  readonly dial?: Dial;
  /** MACs on all money messages and their replies. The link wipes it at the end. */
  readonly mac?: MacKeySource;
  readonly timings: LinkTimings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A connection that is signed on, with its keys; `keyCount` grows with every key that the host hands out on it. */
export interface LiveSession {
  readonly session: HostSession;
  readonly address: Address;
  readonly keys: ConnectionKeys | undefined;
  keyCount: number;
}

/** What every session of the link shares. */
export type SessionHooks = Pick<SessionOptions, 'memory' | 'onUnmatched'>;

export class Connector {
  readonly #options: ConnectionOptions;
  readonly #hooks: SessionHooks;
  readonly #stop: AbortSignal;
  #stan = 0;

  /** `stop`: everything in progress ends with it. */
  constructor(options: ConnectionOptions, hooks: SessionHooks, stop: AbortSignal) {
    this.#options = options;
    this.#hooks = hooks;
    this.#stop = stop;
  }

  async connect(address: Address): Promise<LiveSession | undefined> {
    const { timings, log, dialect, clock, tls, dial, mac, addresses } = this.#options;
    const where = `${address.host}:${address.port}`;
    const line = { ...(tls === undefined ? {} : { tls }), ...(dial === undefined ? {} : { dial }) };
    const options = { address, ...line, dialect, clock, log, ...this.#hooks };
    const opened = await HostSession.open(options, { signal: this.#stop, timeoutMs: timings.connectTimeoutMs });
    if (!opened.ok) {
      log.write('info', 'acquirer: no connection', { address: where, reason: opened.fault.detail });
      return undefined;
    }
    const live = { session: opened.value, address, keys: mac?.connection(), keyCount: 0 };
    const reply = await this.manage(live.session, managementCodes.signOn);
    if (typeof reply === 'string') {
      log.write(this.#troubleLevel(), 'acquirer: sign-on failed', { address: where, reason: reply });
      live.session.close('sign-on failed');
    } else if (await this.getKey(live)) {
      log.write('info', 'acquirer: signed on', { address: where, primary: address === addresses[0] });
      return live;
    }
    live.keys?.wipe();
    return undefined;
  }

  /** True at once when the host hands out no keys; without the key that it should give, the session ends. */
  async getKey(live: LiveSession): Promise<boolean> {
    const accept = live.keys?.accept;
    if (accept === undefined) return true;
    const reply = await this.manage(live.session, managementCodes.workingKey);
    const accepted = typeof reply === 'string' ? undefined : accept(reply.keyBlock);
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

  /** When the host answered with DE 39 = 00, the key block in it, empty when there is none; else why not. */
  async manage(
    session: HostSession,
    code: Parameters<typeof networkManagement>[1],
    limit: CallOptions = { signal: this.#stop, timeoutMs: this.#options.timings.managementTimeoutMs },
  ): Promise<{ readonly keyBlock: string } | string> {
    const { terminal, clock } = this.#options;
    this.#stan = (this.#stan % 999_999) + 1;
    const reply = await session.exchange(networkManagement(terminal, code, this.#stan, clock.now()), limit);
    if (!reply.ok) return reply.fault.detail;
    const responseCode = reply.value.text(39);
    const keyBlock = reply.value.text(keyBlockElement) ?? '';
    reply.value.wipe();
    return responseCode === '00' ? { keyBlock } : `response code ${responseCode ?? 'missing'}`;
  }

  /** What ends because the link is being closed is no trouble. */
  #troubleLevel(): 'warning' | 'info' {
    return this.#stop.aborted ? 'info' : 'warning';
  }
}
