/**
 * Undoing a request whose outcome is unknown, or that cannot be honoured: reversed until the host confirms that it holds
 * no money. ISO 8583 reversal practice: the outcome of a request that may have left is unknown, never a decline.
 */
import { assert } from '../base/assert.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import { retryDelayMs } from './policy.ts';
import { isAnyApproval } from './response-codes.ts';
import { close } from './receipt-steps.ts';
import { isDeclinedForNow } from './evolve-answers.ts';
import { type Transaction } from './state.ts';
import { after, alarm, nextAttempt, nothing, settled, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

/** Nobody knows what became of the request: it is undone. */
export function outcomeUnknown(
  transaction: Transaction,
  cause: Extract<JournalEvent, { type: 'AuthorizationUnknown' }>['cause'],
  context: StepContext,
): Step {
  const { authorization } = transaction;
  assert(authorization !== null, 'an unknown outcome needs a request');
  const reversal = queueReversal(transaction, context);
  const event = {
    type: 'AuthorizationUnknown',
    transactionId: transaction.id,
    stan: authorization.stan,
    cause,
  } as const;
  return { events: [event, ...reversal.events], effects: reversal.effects };
}

export function queueReversal(
  transaction: Transaction,
  context: StepContext,
  because?: Extract<JournalEvent, { type: 'ReversalQueued' }>['because'],
): Step {
  const { authorization, id: transactionId } = transaction;
  assert(authorization !== null, 'a reversal needs its original');
  const event: JournalEvent = {
    type: 'ReversalQueued',
    transactionId,
    originalStan: authorization.stan,
    waitUntil: after(context, context.policy.hostTimeoutMs),
    ...(because === undefined ? {} : { because }),
  };
  return { events: [event], effects: [sendReversal(transaction, 1, context)] };
}

/** It is being undone already; but an approval makes the reversal under way count as a first one (evolve-transaction.ts). */
export function lateWhileReversing(transaction: Transaction, { stan, reply }: Of<'LateReplyArrived'>): Step {
  const { responseCode } = reply;
  return { events: [{ type: 'LateReplyReceived', transactionId: transaction.id, stan, responseCode }], effects: [] };
}

/**
 * The host said that it holds nothing, and then approved after all: a request that was overtaken by its reversal. It is
 * reversed again.
 */
export function lateAfterReversal(transaction: Transaction, input: Of<'LateReplyArrived'>, context: StepContext): Step {
  const kept = lateWhileReversing(transaction, input);
  const { responseCode } = input.reply;
  if (!isAnyApproval(responseCode)) return kept;
  const reversal = queueReversal(transaction, context, 'lateApproval');
  return { events: [...kept.events, ...reversal.events], effects: reversal.effects };
}

function sendReversal(transaction: Transaction, attempt: number, context: StepContext): Effect {
  const { authorization, card, batch, kind } = transaction;
  assert(authorization !== null && card !== null && batch !== null, 'a reversal needs its original');
  return {
    type: 'SendReversal',
    request: {
      transactionId: transaction.id,
      kind,
      batch,
      amount: transaction.amount,
      originalStan: authorization.stan,
      originalRequestedAt: authorization.requestedAt,
      card,
      attempt,
    },
    timeoutMs: context.policy.hostTimeoutMs,
  };
}

/**
 * DE 39 of a 0410: `00` reversed; `25` original not found (ISO 8583:1987 A1 response codes), which says the
 * same about money: none is held. But a request still on its way over a connection that was lost may be booked after
 * it, so 25 is believed only from a repeat. Anything else is asked again.
 */
export function reversalReply(transaction: Transaction, { reply }: Of<'ReversalReply'>, context: StepContext): Step {
  const { responseCode } = reply;
  if (responseCode === '00' || (responseCode === '25' && transaction.attempts.made > 1)) {
    const event: JournalEvent = { type: 'ReversalConfirmed', transactionId: transaction.id, responseCode };
    return settled(transaction, context, [event]);
  }
  return reversalFailed(transaction, `the host answered ${responseCode}`, context);
}

export function reversalUnanswered(
  transaction: Transaction,
  { detail }: Of<'ReversalUnanswered'>,
  context: StepContext,
): Step {
  if (transaction.attempts.nextTryAt !== null) return nothing;
  return reversalFailed(transaction, detail, context);
}

function reversalFailed(transaction: Transaction, detail: string, context: StepContext): Step {
  const attempt = transaction.attempts.made;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  const transactionId = transaction.id;
  return {
    events: [
      { type: 'ReversalFailed', transactionId, attempt, detail, nextTryAt },
      ...alarm(transaction, context, attempt, detail),
    ],
    effects: [{ type: 'StartTimer', transactionId, timer: 'reversalRetry', dueAt: nextTryAt }],
  };
}

/** The timer is also fired early when the link comes back; an attempt under way is not doubled. */
export function reversalTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  // What is in question stays on the screen until a person takes it off.
  if (input.timer === 'autoClose') return isDeclinedForNow(transaction) ? close(transaction) : nothing;
  if (input.timer !== 'reversalRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return repeatReversal(transaction, input, context);
}

/** After a restart too: whether the last attempt left is not known, and a repeat is marked as one (MTI 0401). */
export function repeatReversal(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return nextAttempt(transaction, context, context.policy.hostTimeoutMs, (attempt) =>
    sendReversal(transaction, attempt, context),
  );
}
