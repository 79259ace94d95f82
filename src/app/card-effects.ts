/**
 * The effects that need a card: waiting for one, letting it go, and telling an inserted one what the host has answered.
 * At most one card is under power; an inserted one that waits for the host is held by its transaction until it is
 * completed, or until nobody will complete it any more. What is asked of people on the way is in `CardPrompts`.
 */
import type { CardReader } from '../../devices/card-reader.ts';
import type { PinPad } from '../../devices/pin-pad.ts';
import { assert, unreachable } from '../core/base/assert.ts';
import type { TransactionId } from '../core/base/brand.ts';
import type { Money } from '../core/base/money.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { CardCompletion } from '../core/emv/contact/requests.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import type { TornRecord } from '../core/emv/torn-record.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { CardSecrets } from '../core/transaction/model.ts';
import type { Phase } from '../core/transaction/state.ts';
import type { CardPrompts } from './card-prompts.ts';
import { emvKernels, runCardSession, type Kernels, type SessionEnd, type TapTiming } from './card-session.ts';
import type { ContactSession } from './contact-session.ts';

/** Longest single exchange with a tapped card; one that is in the field answers in tens of milliseconds. */
const exchangeTimeoutMs = 2000;
/** How long a card that was left in the slot is asked for on the screens. */
const removalLimitMs = 600_000;
/** After that no card is asked for a lost answer any more, unless configuration says otherwise (Book C-2 Annex A.1, DF811C). */
const tornLifetimeSeconds = 300;
/** A tap that began within that time still has it. */
const longestTapMs = 60_000;

export interface CardEffectsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly reader: CardReader | undefined;
  readonly pinPad: PinPad | undefined;
  readonly prompts: CardPrompts;
  readonly onlinePin: boolean;
  /** How long the reader waits for a card at most; the sale ends it earlier. */
  readonly cardWaitMs: number;
  /** Without the torn log, which is kept here. */
  readonly saleInput: (transactionId: TransactionId, amount: Money) => SaleInput;
  /** Those of EMV, unless a test brings its own. */
  readonly kernels?: Kernels;
  readonly onTap?: (tap: TapTiming) => void;
}

/** What the card's owner does about a transaction. */
export interface CardOwner {
  handle(input: Input): void;
  phaseOf(id: TransactionId): Phase | undefined;
  /** Keeps them as long as the transaction's phase needs them. */
  keepSecrets(id: TransactionId, secrets: CardSecrets): void;
  dropUnneededSecrets(id: TransactionId): void;
}

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;

export class CardEffects {
  readonly #options: CardEffectsOptions;
  readonly #owner: CardOwner;
  readonly #stop = new AbortController();
  #session: { readonly id: TransactionId; readonly abort: AbortController } | undefined;
  /** The inserted card that waits for the host's answer. */
  #waiting: { readonly id: TransactionId; readonly session: ContactSession } | undefined;
  /** The inserted card under power, waiting or not. */
  #live: ContactSession | undefined;
  #last: Promise<void> = Promise.resolve();
  #tornLog: readonly TornRecord[] = [];
  #tornLifetimeMs = 0;
  #forgetTorn: (() => void) | undefined;
  /** Monotonic: until then the field stays off, so that a card in it starts anew (Book A §6.2, field off request). */
  #fieldOffUntilMs = 0;

  constructor(options: CardEffectsOptions, owner: CardOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** Ends every wait and lets every card go, without inputs. */
  stop(): void {
    this.#stop.abort();
    this.abandon();
    this.#keepTorn([]);
  }

  /** The same while the terminal has halted: what the card would say could not be journaled. */
  abandon(): void {
    this.#session?.abort.abort();
    void this.#live?.close();
    this.#waiting = undefined;
  }

  /** Lets a card go that waits for an answer which will not come any more. Call it after every change. */
  look(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#owner.phaseOf(waiting.id) === 'authorising') return;
    this.#waiting = undefined;
    void waiting.session.close();
  }

  deactivate(id: TransactionId): void {
    if (this.#session?.id === id) this.#session.abort.abort();
  }

  async activate({ transactionId, amount }: Of<'ActivateReader'>): Promise<void> {
    assert(amount.minorUnits > 0, 'card: a card is asked for an amount');
    const previous = this.#last;
    const abort = new AbortController();
    this.#session = { id: transactionId, abort };
    this.#last = this.#wait(transactionId, amount, abort.signal, previous);
    await this.#last;
  }

  /** Takes the waiting card at once, so that nobody lets it go; the work it answers comes later. */
  completion({ transactionId, answer, timeoutMs }: Of<'CompleteCard'>): () => Promise<void> {
    const waiting = this.#waiting?.id === transactionId ? this.#waiting : undefined;
    if (waiting !== undefined) this.#waiting = undefined;
    return async () => {
      const completion: CardCompletion = (await waiting?.session.complete(answer, timeoutMs)) ?? {
        decision: 'notCompleted',
        issuerAuthentication: 'none',
        detail: 'no card waits for an answer',
      };
      const { detail, decision } = completion;
      if (detail !== undefined) this.#log('card completed', { decision, detail });
      this.#owner.handle({ type: 'CardCompleted', transactionId, completion });
      this.#owner.dropUnneededSecrets(transactionId);
    };
  }

  async #wait(
    transactionId: TransactionId,
    amount: Money,
    signal: AbortSignal,
    previous: Promise<void>,
  ): Promise<void> {
    const { reader, clock, cardWaitMs, saleInput, pinPad, prompts, onlinePin, kernels } = this.#options;
    await previous;
    if (reader === undefined) {
      return this.#owner.handle({ type: 'ReaderUnavailable', transactionId, trouble: 'notConnected' });
    }
    await this.#fieldIsOff(signal);
    const end = await runCardSession(reader, {
      signal,
      waitMs: cardWaitMs,
      exchangeTimeoutMs,
      clock,
      saleInput: () => {
        const input = saleInput(transactionId, amount);
        this.#tornLifetimeMs = longestTornLifetimeMs(input);
        return { ...input, tornLog: this.#tornLog };
      },
      contact: { prompts, pinPad, onlinePin, clock, amount },
      onInserted: () => this.#owner.handle({ type: 'CardInserted', transactionId }),
      kernels: kernels ?? emvKernels,
    });
    if (this.#session?.abort.signal === signal) this.#session = undefined;
    return this.#ended(transactionId, reader, end);
  }

  async #ended(transactionId: TransactionId, { hasSlot }: CardReader, end: SessionEnd): Promise<void> {
    switch (end.kind) {
      case 'noCard':
        return undefined;
      case 'unavailable':
        this.#options.log.write('warning', 'card reader unavailable', { detail: end.detail });
        return this.#owner.handle({ type: 'ReaderUnavailable', transactionId, trouble: end.trouble });
      case 'tapped':
        this.#options.onTap?.(end.tap);
        return this.#tell(transactionId, hasSlot ? askForChip(end.result) : end.result);
      case 'inserted':
        return this.#inserted(transactionId, end);
      default:
        return unreachable(end, 'card session');
    }
  }

  async #inserted(transactionId: TransactionId, end: Extract<SessionEnd, { kind: 'inserted' }>): Promise<void> {
    const { session, stop } = end;
    assert(this.#live === undefined, 'card: one card is in the slot');
    this.#live = session;
    void session.closed.then(() => {
      if (this.#live === session) this.#live = undefined;
      return this.#askForRemoval(session);
    });
    switch (stop.kind) {
      case 'aborted':
        break;
      case 'outcome':
        this.#tell(transactionId, stop.result);
        break;
      case 'online': {
        this.#waiting = { id: transactionId, session };
        const { card, secrets } = stop;
        this.#tell(transactionId, { outcome: { kind: 'onlineRequest', card }, secrets });
        // Ignored, because the sale has ended meanwhile: then nobody completes the card either.
        this.look();
        break;
      }
      default:
        unreachable(stop, 'contact session');
    }
    // The next card has to wait until this one has no power any more.
    await session.closed;
  }

  #tell(transactionId: TransactionId, { outcome, secrets, detail, parameters, tornLog }: KernelResult): void {
    if (detail !== undefined) this.#log('card session', { outcome: outcome.kind, detail });
    if (tornLog !== undefined) this.#keepTorn(tornLog);
    const { fieldOffMs = 0 } = parameters ?? {};
    this.#fieldOffUntilMs = this.#options.clock.monotonicMs() + fieldOffMs;
    const paid = outcome.kind === 'onlineRequest' || outcome.kind === 'approved';
    assert(!paid || secrets !== undefined, 'card: what is asked for, or stored, has its card data');
    if (secrets !== undefined) this.#owner.keepSecrets(transactionId, secrets);
    this.#owner.handle({ type: 'CardOutcome', transactionId, outcome });
    // The sale neither asks the host nor is stored, so nobody needs them.
    this.#owner.dropUnneededSecrets(transactionId);
  }

  /** On the screens for as long as the card is there; the next sale does not wait for it. */
  async #askForRemoval(session: ContactSession): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const takeBack = this.#options.prompts.show({ kind: 'removeCard' });
    await session.removed(this.#stop.signal, removalLimitMs);
    takeBack();
  }

  async #fieldIsOff(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const leftMs = this.#fieldOffUntilMs - clock.monotonicMs();
    if (leftMs <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const stopClock = clock.after(leftMs, resolve);
      signal.addEventListener('abort', () => {
        stopClock();
        resolve();
      });
    });
  }

  /** Records that are in the log no longer are wiped; all of them when their time is over and no card came. */
  #keepTorn(log: readonly TornRecord[]): void {
    this.#forgetTorn?.();
    const { clock } = this.#options;
    this.#forgetTorn = log.length === 0 ? undefined : clock.after(this.#tornLifetimeMs, () => this.#keepTorn([]));
    for (const record of this.#tornLog) {
      if (log.includes(record)) continue;
      for (const value of record.objects.values()) value.fill(0);
    }
    this.#tornLog = log;
  }

  #log(message: string, fields: Readonly<Record<string, string>>): void {
    this.#options.log.write('info', message, fields);
  }
}

/** The kernel itself goes by the lifetime of each application; this bounds how long what it keeps stays in memory. */
function longestTornLifetimeMs({ terminal: { applications } }: SaleInput): number {
  const seconds = applications.map(
    ({ contactless }) => contactless?.kernel2?.tornLifetimeSeconds ?? tornLifetimeSeconds,
  );
  const lifetimeMs = Math.max(tornLifetimeSeconds, ...seconds) * 1000 + longestTapMs;
  assert(Number.isFinite(lifetimeMs) && lifetimeMs > 0, 'card: a torn record is kept for a time');
  return lifetimeMs;
}

/** A card that cannot be tapped is asked for in the slot, in the same sale. */
function askForChip(result: KernelResult): KernelResult {
  if (result.outcome.kind !== 'tryAnotherInterface') return result;
  return { ...result, outcome: { kind: 'tryAgain', reason: 'useAnotherInterface' } };
}
