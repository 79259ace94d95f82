/**
 * The session with an inserted card: from the reset to the answer of the host, and from there to the card's last word. In
 * between it waits, with the card under power; whoever holds it completes or closes it, and closing is always safe.
 */
import type { CardConnection } from '../../devices/card-reader.ts';
import type { PinPad } from '../../devices/pin-pad.ts';
import { assert, unreachable } from '../core/base/assert.ts';
import type { Money } from '../core/base/money.ts';
import type { Clock } from '../core/base/ports.ts';
import type {
  CardCompletion,
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  ContactSale,
  HostAnswer,
  PinRequest,
  PinResult,
} from '../core/emv/contact/requests.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { CardData, CardSecrets } from '../core/transaction/model.ts';
import type { CardPrompts } from './card-prompts.ts';

/** Longest single exchange: a contact card may ask for more time (waiting time extension), and signs slowly. */
const exchangeTimeoutMs = 10_000;
/** The kernel bounds its conversation; this bounds a kernel that does not. */
const maxExchanges = 512;
/** How long the cardholder has at the PIN pad. */
const pinLimitMs = 60_000;

export interface ContactParts {
  readonly prompts: CardPrompts;
  readonly pinPad: PinPad | undefined;
  /** Whether the host link carries an enciphered PIN (DE 52). */
  readonly onlinePin: boolean;
  readonly clock: Clock;
  readonly amount: Money;
}

/** What the card came to before anybody was asked, or that it waits for the host. */
export type ContactStop =
  | { readonly kind: 'online'; readonly card: CardData; readonly secrets: CardSecrets }
  | { readonly kind: 'outcome'; readonly result: KernelResult }
  /** Asked to stop. */
  | { readonly kind: 'aborted' };

type Turn = IteratorResult<ContactRequest, ContactEnd>;

const notCompleted = (detail: string): CardCompletion => ({
  decision: 'notCompleted',
  issuerAuthentication: 'none',
  detail,
});

export class ContactSession {
  readonly #connection: CardConnection;
  readonly #kernel: ContactSale;
  readonly #parts: ContactParts;
  readonly #abort = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  #exchanges = 0;
  #state: 'fresh' | 'running' | 'waiting' | 'over' = 'fresh';
  #closing: Promise<void> | undefined;
  #takeBackPrompt: () => void;

  constructor(connection: CardConnection, kernel: ContactSale, parts: ContactParts) {
    this.#connection = connection;
    this.#kernel = kernel;
    this.#parts = parts;
    this.#takeBackPrompt = parts.prompts.show({ kind: 'leaveCard' });
  }

  /** Resolves when the card has no power any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Runs the card until it has decided or wants its issuer to. Anything but `online` has closed the session. */
  async begin(signal: AbortSignal): Promise<ContactStop> {
    assert(this.#state === 'fresh', 'contact session: begun twice');
    signal.addEventListener('abort', () => void this.close());
    if (signal.aborted) await this.close();
    const end = await this.#run(() => this.#kernel.next(), this.#abort.signal);
    if (end === 'aborted') return { kind: 'aborted' };
    if (end.done !== true) {
      this.#state = 'waiting';
      return { kind: 'online', card: end.value.card, secrets: end.value.secrets };
    }
    await this.close();
    if (end.value.kind === 'outcome') return { kind: 'outcome', result: end.value.result };
    // A completion without a host is no outcome: the kernel has broken its word, and no money was asked for.
    const outcome = { kind: 'tryAgain', reason: 'communicationError' } as const;
    return { kind: 'outcome', result: { outcome, detail: 'the kernel completed a card that never went online' } };
  }

  /** The card hears the host's answer, within the limit. Closes the session, however it ends. */
  async complete(answer: HostAnswer, timeoutMs: number): Promise<CardCompletion> {
    if (this.#state !== 'waiting') return notCompleted('the card is not in the reader any more');
    const limit = new AbortController();
    const stopClock = this.#parts.clock.after(timeoutMs, () => limit.abort());
    const signal = AbortSignal.any([this.#abort.signal, limit.signal]);
    const end = await this.#run(() => this.#kernel.next({ kind: 'host', answer }), signal);
    stopClock();
    await this.close();
    if (end === 'aborted')
      return notCompleted(limit.signal.aborted ? 'the card took too long' : 'the session was ended');
    if (end.done === true && end.value.kind === 'completed') return end.value.completion;
    if (end.done !== true) end.value.secrets.pan.wipe();
    return notCompleted('the kernel did not complete the card');
  }

  /** Takes the power off and wipes what was read. Never fails; safe at any time and more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Waits until the customer has taken the card out. */
  async removed(signal: AbortSignal, timeoutMs: number): Promise<void> {
    await this.#connection.removed({ signal, timeoutMs });
  }

  async #end(): Promise<void> {
    this.#abort.abort();
    // A kernel that is in the middle of a turn ends with that turn; `#run` sees the signal and returns.
    if (this.#state !== 'running') this.#return();
    this.#takeBackPrompt();
    await this.#connection.disconnect();
    this.#closed.resolve();
  }

  /** A kernel that was not run to its end wipes what it has read of the card. */
  #return(): void {
    this.#state = 'over';
    const result: KernelResult = { outcome: { kind: 'tryAgain', reason: 'communicationError' } };
    this.#kernel.return({ kind: 'outcome', result });
  }

  /** Answers the kernel's requests until it ends, goes online, or `signal` does. */
  async #run(
    first: () => Turn,
    signal: AbortSignal,
  ): Promise<IteratorReturnResult<ContactEnd> | IteratorYieldResult<Online> | 'aborted'> {
    if (signal.aborted || this.#state === 'over') return 'aborted';
    this.#state = 'running';
    let turn = first();
    while (turn.done !== true) {
      const request = turn.value;
      if (request.kind === 'goOnline') {
        this.#state = 'waiting';
        return { done: false, value: request };
      }
      const answer = await this.#answer(request, signal);
      if (answer === undefined || signal.aborted) {
        this.#return();
        return 'aborted';
      }
      turn = this.#kernel.next(answer);
    }
    this.#state = 'over';
    return turn;
  }

  /** Undefined when the session was ended meanwhile. */
  async #answer(
    request: Exclude<ContactRequest, { kind: 'goOnline' }>,
    signal: AbortSignal,
  ): Promise<ContactAnswer | undefined> {
    switch (request.kind) {
      case 'exchange':
        return this.#exchange(request.command, signal);
      case 'chooseApplication': {
        const index = await this.#parts.prompts.choose(request.labels, signal);
        this.#leaveCard();
        return { kind: 'application', index };
      }
      case 'enterPin': {
        const result = await this.#enterPin(request.pin, signal);
        this.#leaveCard();
        return { kind: 'pin', result };
      }
      default:
        return unreachable(request, 'contact session');
    }
  }

  async #exchange(command: Uint8Array, signal: AbortSignal): Promise<ContactAnswer | undefined> {
    this.#exchanges += 1;
    if (this.#exchanges > maxExchanges) return { kind: 'response', answer: 'noAnswer' };
    const reply = await this.#connection.exchange(command, { signal, timeoutMs: exchangeTimeoutMs });
    if (reply.ok) return { kind: 'response', answer: reply.value };
    if (reply.fault.kind === 'aborted') return undefined;
    return { kind: 'response', answer: reply.fault.kind === 'notConnected' ? 'removed' : 'noAnswer' };
  }

  async #enterPin(pin: PinRequest, signal: AbortSignal): Promise<PinResult> {
    const { pinPad, onlinePin, prompts, amount } = this.#parts;
    if (pinPad === undefined || (pin.manner === 'online' && !onlinePin)) return { kind: 'unavailable' };
    const triesLeft = pin.manner === 'online' ? null : (pin.triesLeft ?? null);
    this.#takeBackPrompt = prompts.showFor(pinLimitMs, { kind: 'enterPin', triesLeft });
    const typed = pinPad.enterPin(
      { pin, amount, toCard: (command, options) => this.#connection.exchange(command, options) },
      { signal, timeoutMs: pinLimitMs },
    );
    return untilAborted(typed, signal);
  }

  #leaveCard(): void {
    if (this.#closing === undefined) this.#takeBackPrompt = this.#parts.prompts.show({ kind: 'leaveCard' });
  }
}

/** A pad that does not hear the signal must not keep the card, nor the next sale waiting; what it says later is wiped. */
async function untilAborted(typed: Promise<PinResult>, signal: AbortSignal): Promise<PinResult> {
  const { promise: aborted, resolve } = Promise.withResolvers<PinResult>();
  const end = (): void => resolve({ kind: 'cancelled' });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const wiped = typed.then((result) => {
    if (signal.aborted && result.kind === 'pinBlock') result.pinBlock.fill(0);
    return result;
  });
  try {
    return await Promise.race([wiped, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

type Online = Extract<ContactRequest, { kind: 'goOnline' }>;
