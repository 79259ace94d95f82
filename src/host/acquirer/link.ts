/**
 * The acquirer as the application asks it. Requests ride on the kept connection, at most a window of them at once;
 * what a fault says about money is exact: `notSent` means that no byte of the request was handed to the socket,
 * everything later is unknown.
 */
import type { Money } from '../../core/base/money.ts';
import { err, fault, type Result } from '../../core/base/result.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type {
  AuthorizationReply,
  AuthorizationRequest,
  CardSecrets,
  FollowUpRequest,
  HostFault,
  LateReply,
  ReconciliationReply,
  ReconciliationRequest,
  ReversalReply,
  ReversalRequest,
  StoredRequest,
  UploadRequest,
} from '../../core/transaction/model.ts';
import { hasGenuineMac } from '../security/message-mac.ts';
import type { ConnectionOptions, LiveSession } from './connector.ts';
import { authorizationRequest, storedRequest } from './financial.ts';
import { followUpRequest, reversalRequest } from './follow-up.ts';
import { LinkKeeper, type LinkState } from './keeper.ts';
import { cutOverReply } from './network.ts';
import { repeatOf, rewritten, type EncodingFault } from './profile.ts';
import { readReconciliationReply, reconciliationRequest, uploadRequest } from './reconciliation.ts';
import { exchangeKey, readAuthorizationReply, readLateReply, readPlainReply, type ReplyFault } from './replies.ts';
import { ReplyMemory } from './reply-memory.ts';
import type { Address, CallOptions, ExchangeFault, HostSession } from './session.ts';
import { RequestWindow } from './window.ts';

export interface AcquirerLinkOptions extends ConnectionOptions {
  /** Most money requests under way at once; further ones wait. Default 8. */
  readonly window?: number;
}

type Exchanged = Result<Iso8583Message, ExchangeFault>;

const defaultWindow = 8;
/** DE 39: the host did not accept our MAC, and did nothing. */
const macRefused = '88';
/** DE 63: the key serial number of DUKPT. */
const ksnElement = 63;

export class AcquirerLink {
  readonly #options: AcquirerLinkOptions;
  readonly #memory = new ReplyMemory();
  readonly #keeper: LinkKeeper;
  readonly #window: RequestWindow;
  readonly #lateListeners = new Set<(late: LateReply) => void>();
  readonly #cutOverListeners = new Set<() => void>();
  #unmatchedReplies = 0;

  constructor(options: AcquirerLinkOptions) {
    this.#options = options;
    this.#window = new RequestWindow(options.window ?? defaultWindow, options.clock);
    this.#keeper = new LinkKeeper(options, {
      memory: this.#memory,
      onUnmatched: (...unmatched) => this.#receiveUnmatched(...unmatched),
    });
  }

  get takesOnlinePin(): boolean {
    return this.#options.takesOnlinePin === true;
  }

  /** Starts to connect; returns at once. */
  open(): void {
    this.#keeper.open();
  }

  /** Signs off, then ends the connection and everything that waits for it. */
  async close(): Promise<void> {
    await this.#keeper.close();
    this.#memory.wipe();
  }

  linkState(): LinkState {
    return this.#keeper.linkState();
  }

  onLinkState(listener: (state: LinkState) => void): () => void {
    return this.#keeper.onLinkState(listener);
  }

  /** The address in use; undefined while the link is down. */
  address(): Address | undefined {
    return this.#keeper.address();
  }

  /** Messages so far that came too late or that nobody had asked for. */
  unmatchedReplies(): number {
    return this.#unmatchedReplies;
  }

  /**
   * Replies to 01xx and 02xx requests that came after their time, once each, and approvals of what was declined already;
   * the result unsubscribes.
   */
  onLateReply(listener: (late: LateReply) => void): () => void {
    this.#lateListeners.add(listener);
    return () => this.#lateListeners.delete(listener);
  }

  /** The host has closed its day (0800 with DE 70 = 201, answered already); the result unsubscribes. */
  onCutOver(listener: () => void): () => void {
    this.#cutOverListeners.add(listener);
    return () => this.#cutOverListeners.delete(listener);
  }

  /** Reads `secrets` before it first waits, so the caller may wipe them at any time after the call. */
  authorize(
    request: AuthorizationRequest,
    secrets: CardSecrets,
    options: CallOptions,
  ): Promise<Result<AuthorizationReply, HostFault>> {
    const message = authorizationRequest(this.#options, request, secrets);
    return this.#request(message, options, this.#authorized(request.amount));
  }

  /** Before all other requests that wait for a place in the window. */
  reverse(request: ReversalRequest, options: CallOptions): Promise<Result<ReversalReply, HostFault>> {
    const message = reversalRequest(this.#options, request, this.#options.clock.now());
    return this.#request(message, options, readPlainReply, true);
  }

  followUp(request: FollowUpRequest, options: CallOptions): Promise<Result<AuthorizationReply, HostFault>> {
    return this.#request(followUpRequest(this.#options, request), options, this.#authorized(request.amount));
  }

  /** `secrets` as with `authorize`. */
  forward(
    request: StoredRequest,
    secrets: CardSecrets,
    options: CallOptions,
  ): Promise<Result<AuthorizationReply, HostFault>> {
    return this.#request(storedRequest(this.#options, request, secrets), options, this.#authorized(request.amount));
  }

  reconcile(request: ReconciliationRequest, options: CallOptions): Promise<Result<ReconciliationReply, HostFault>> {
    return this.#request(reconciliationRequest(this.#options, request), options, (reply) =>
      readReconciliationReply(this.#options, request, reply),
    );
  }

  upload(request: UploadRequest, options: CallOptions): Promise<Result<{ readonly responseCode: string }, HostFault>> {
    return this.#request(uploadRequest(this.#options, request), options, readPlainReply);
  }

  #authorized(asked: Money): (reply: Iso8583Message) => Result<AuthorizationReply, ReplyFault> {
    return (reply) => readAuthorizationReply(this.#options.terminal, asked, reply);
  }

  async #request<T>(
    encoded: Result<Iso8583Message, EncodingFault>,
    options: CallOptions,
    read: (reply: Iso8583Message) => Result<T, ReplyFault>,
    urgent = false,
  ): Promise<Result<T, HostFault>> {
    if (!encoded.ok) return err(fault('notSent', encoded.fault.detail, true));
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + options.timeoutMs;
    const message = encoded.value;
    const leave = await this.#window.enter(urgent, options);
    if (leave === undefined) {
      message.wipe();
      return err(fault('notSent', 'the wait was over before it was its turn', true));
    }
    try {
      const reply = await this.#exchange(message, options.signal, endMs);
      if (!reply.ok) return reply;
      const answer = read(reply.value);
      // Some hosts repeat the card's data.
      reply.value.wipe();
      return answer;
    } finally {
      message.wipe();
      leave();
    }
  }

  /**
   * Where a MAC does not hold, the key may be out of step: asks for a new one and repeats the request, once. A repeat
   * (MTI xxx1) moves money once at most, whatever became of the first.
   */
  async #exchange(
    message: Iso8583Message,
    signal: AbortSignal,
    endMs: number,
  ): Promise<Result<Iso8583Message, HostFault>> {
    const first = await this.#once(message, signal, endMs);
    const { live } = first;
    if (this.#options.mac === undefined || live === undefined || !isMacTrouble(first.reply)) return plain(first.reply);
    this.#options.log.write('warning', 'acquirer: MAC trouble', { message: message.describe() });
    const renewed = await this.#within(this.#keeper.renewKey(live, first.keyCount), signal, endMs);
    if (!renewed) return plain(first.reply);
    const second = await this.#once(rewritten(message, repeatOf(message.mti)), signal, endMs);
    // What became of the first is as unknown as before when the second says nothing about it.
    const nothingNew = second.reply.ok
      ? !first.reply.ok && isMacTrouble(second.reply)
      : second.reply.fault.kind === 'notSent';
    const [taken, other] = nothingNew ? [first.reply, second.reply] : [second.reply, first.reply];
    if (other.ok) other.value.wipe();
    return plain(taken);
  }

  async #once(
    message: Iso8583Message,
    signal: AbortSignal,
    endMs: number,
  ): Promise<{ readonly reply: Exchanged; readonly live?: LiveSession; readonly keyCount: number }> {
    const { clock, timings, mac } = this.#options;
    const left = (): number => Math.max(0, endMs - clock.monotonicMs());
    const live = await this.#keeper.connected(Math.min(timings.waitForLinkMs, left()), signal);
    if (live === undefined) {
      return { reply: err(fault('notSent', 'there is no connection to the acquirer', true)), keyCount: 0 };
    }
    const { keyCount } = live;
    const keys = live.keys?.next();
    if (keys?.ok === false) return { reply: err(fault('notSent', keys.fault.detail, true)), keyCount };
    const ksn = keys?.value.ksn;
    const written = ksn === undefined ? message : rewritten(message, message.mti, [[ksnElement, ksn]]);
    const waiting = live.session.exchange(written, { signal, timeoutMs: left() }, keys?.value);
    // Only a request with a MAC may have to be written once more.
    if (mac === undefined) message.wipe();
    const reply = await waiting;
    if (!reply.ok && reply.fault.kind === 'noReply') void this.#keeper.echo(live);
    return { reply, live, keyCount };
  }

  /** False when the request's own time is over first; the answer then serves others. */
  #within(answer: Promise<boolean>, signal: AbortSignal, endMs: number): Promise<boolean> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const finish = (result: boolean): void => {
        cancelTimer();
        signal.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const giveUp = (): void => finish(false);
      const cancelTimer = clock.after(Math.max(0, endMs - clock.monotonicMs()), giveUp);
      signal.addEventListener('abort', giveUp);
      void answer.then(finish);
    });
  }

  #receiveUnmatched(message: Iso8583Message, bytes: Uint8Array, session: HostSession): void {
    const { log, terminal } = this.#options;
    const answer = cutOverReply(terminal, message);
    if (answer !== undefined) {
      session.tell(answer);
      log.write('info', 'acquirer: cut-over');
      for (const listener of this.#cutOverListeners) listener();
      return;
    }
    this.#unmatchedReplies += 1;
    log.write('warning', 'acquirer: late or unasked reply', { message: message.describe() });
    const key = exchangeKey(message, 'reply');
    const code = message.text(39) ?? '';
    if (key === undefined || !this.#memory.isNews(key, code) || !this.#isGenuine(key, message, bytes)) return;
    const late = readLateReply(terminal, message);
    if (late === undefined) return;
    this.#memory.answered(key, code);
    // A reply that came before it in the same segment is still on its way through its promises. That of a reversal has
    // to be heard first: an approval behind it is one that is not reversed yet.
    setImmediate(() => {
      for (const listener of this.#lateListeners) listener(late);
    });
  }

  /** Where replies carry a MAC, one is believed only with the keys of its request, which a restart forgets. */
  #isGenuine(key: string, message: Iso8583Message, bytes: Uint8Array): boolean {
    if (this.#options.mac === undefined) return true;
    const keys = this.#memory.keysOf(key);
    return keys !== undefined && hasGenuineMac(this.#options.dialect, message, bytes, keys.response);
  }
}

function isMacTrouble(reply: Exchanged): boolean {
  return reply.ok ? reply.value.text(39) === macRefused : reply.fault.kind === 'badMac';
}

/** To the application, a reply with a bad MAC is a bad reply. */
function plain(reply: Exchanged): Result<Iso8583Message, HostFault> {
  if (reply.ok || reply.fault.kind !== 'badMac') return reply as Result<Iso8583Message, HostFault>;
  return err(fault('badReply', `the reply cannot be trusted: ${reply.fault.detail}`, false));
}
