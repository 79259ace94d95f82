/**
 * The shape of one cell of the transitions table: what a transaction in one phase does with one input. Pure;
 * everything a handler may look at is in its arguments.
 */
import { epochMs, type EpochMs } from '../base/brand.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { Policy } from './policy.ts';
import type { TerminalState, Transaction } from './state.ts';

export interface StepContext {
  readonly at: EpochMs;
  readonly policy: Policy;
  /** The STAN the next request would take. */
  readonly nextStan: number;
  /** For what one transaction cannot know by itself: the batch, other stored payments, the sale it refunds. */
  readonly terminal: TerminalState;
}

export interface Step {
  readonly events: readonly JournalEvent[];
  readonly effects: readonly Effect[];
}

/** A person's command that this transaction cannot carry out as it is: nothing happened, and why. */
export interface Refusal {
  readonly refuse: string;
}

type InputType = TransactionInput['type'];
type Of<T extends InputType> = Extract<TransactionInput, { type: T }>;

/**
 * `run` does something; `ignore` is an input that comes late, twice or from a step already left, with the
 * reason why doing nothing is right; `refuse` answers a person's command with why it cannot be done now.
 */
export type Cell<T extends InputType> =
  | { readonly run: (transaction: Transaction, input: Of<T>, context: StepContext) => Step | Refusal }
  | { readonly ignore: string }
  | { readonly refuse: string };

export type Row = { readonly [T in InputType]: Cell<T> };

export const nothing: Step = { events: [], effects: [] };

export function after(context: Pick<StepContext, 'at'>, delayMs: number): EpochMs {
  return epochMs(context.at + delayMs);
}

/**
 * Whether the time for the next try has come. One that is further away than any ever was set is of before the clock was
 * set back: nothing waits longer than the longest gap.
 */
export function isTime(nextTryAt: EpochMs, { at, policy }: Pick<StepContext, 'at' | 'policy'>, earlyMs = 0): boolean {
  return nextTryAt <= at + earlyMs || nextTryAt > at + policy.retryMaxMs;
}

/** Takes a finished sale off the screen by itself when nobody does. */
export function autoClose(transaction: Transaction, context: StepContext): Effect {
  const dueAt = after(context, context.policy.autoCloseMs);
  return { type: 'StartTimer', transactionId: transaction.id, timer: 'autoClose', dueAt };
}

/** A further attempt, journaled before it is made, so that its limit can be shown and a repeat is known as one. */
export function nextAttempt(
  transaction: Transaction,
  context: StepContext,
  timeoutMs: number,
  effect: (attempt: number) => Effect,
): Step {
  const attempt = transaction.attempts.made + 1;
  const waitUntil = after(context, timeoutMs);
  return {
    events: [{ type: 'AttemptStarted', transactionId: transaction.id, attempt, waitUntil }],
    effects: [effect(attempt)],
  };
}

/** The sale is over without money; it says so and leaves the screen after a while. */
export function ended(transaction: Transaction, context: StepContext, events: readonly JournalEvent[]): Step {
  return { events, effects: [autoClose(transaction, context)] };
}

/** Something that goes on behind the screens is over: only what is still shown has to leave the screen. */
export function settled(transaction: Transaction, context: StepContext, events: readonly JournalEvent[]): Step {
  return transaction.closed ? { events, effects: [] } : ended(transaction, context, events);
}

/**
 * A person is called once when attempts have failed for long. What is asked again for ever goes on; the alarm stays until
 * an answer comes or a person has settled it.
 */
export function alarm(transaction: Transaction, context: StepContext, attempt: number, why: string): JournalEvent[] {
  const due = attempt >= context.policy.alarmAfterAttempts && transaction.deadLetter === null;
  return due ? [{ type: 'DeadLettered', transactionId: transaction.id, why, refused: false }] : [];
}
