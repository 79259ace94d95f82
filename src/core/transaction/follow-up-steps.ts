/**
 * What goes on with an approved request: void before settlement, raise a hold, complete it. Voids and increments are asked
 * while the customer waits; a completion is decided by the merchant and delivered from the outbox. All three keep their
 * STAN in every repeat, so that a host which has done it says so again: the outcome is never guessed.
 */
import { assert } from '../base/assert.ts';
import type { Money } from '../base/money.ts';
import { inOpenBatch } from '../settlement/model.ts';
import type { JournalEvent } from './events.ts';
import { followUpEffect } from './follow-up-request.ts';
import type { TransactionInput } from './inputs.ts';
import type { AuthorizationReply, FollowUpRequest } from './model.ts';
import { retryDelayMs } from './policy.ts';
import { close, requestReceipt } from './receipt-steps.ts';
import { isWaiting, type FollowUp, type Transaction } from './state.ts';
import { isRefunded, refundFirst } from './start.ts';
import { after, alarm, nextAttempt, nothing, settled, type Refusal, type Step, type StepContext } from './step.ts';
import { approvalsNotHonoured, verdictOf } from './response-codes.ts';
import { forwardFailed, givenUp } from './stored-steps.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

interface Wanted {
  readonly operation: FollowUpRequest['operation'];
  readonly amount: Money;
  readonly approvedBy: string | null;
}

/** Asked for, journaled and sent in one step; the transaction is on the screen again. */
function request(transaction: Transaction, wanted: Wanted, context: StepContext): Step | Refusal {
  const { id: transactionId, hostOriginal, card, batch } = transaction;
  assert(hostOriginal !== null && card !== null, 'only what the host approved can be gone on with');
  const { foreground, transactions, settlement } = context.terminal;
  const shown = foreground === null || foreground === transactionId ? undefined : transactions.get(foreground);
  if (shown !== undefined && isWaiting(shown)) return { refuse: 'another sale is on the screen and not over yet' };
  const timeoutMs = context.policy.hostTimeoutMs;
  const event: Extract<JournalEvent, { type: 'FollowUpRequested' }> = {
    type: 'FollowUpRequested',
    transactionId,
    ...wanted,
    stan: context.nextStan,
    // What is booked is voided in its own batch; a hold belongs to none, so the open one counts the request.
    batch:
      wanted.operation === 'void' && hostOriginal.kind !== 'preAuthorization' ? (batch ?? 0) : settlement.open.number,
    waitUntil: after(context, timeoutMs),
  };
  const followUp: FollowUp = {
    ...wanted,
    stan: event.stan,
    requestedAt: context.at,
    batch: event.batch,
    original: hostOriginal,
    result: null,
    responseCode: null,
  };
  const close = shown !== undefined && !shown.closed;
  return {
    // In this order: what is gone on with must not be forgotten for the sake of what leaves the screen.
    events: [event, ...(close ? [{ type: 'SaleClosed', transactionId: shown.id } as const] : [])],
    effects: [
      ...(close ? [{ type: 'StopTimer', transactionId: shown.id, timer: 'autoClose' } as const] : []),
      { type: 'StopTimer', transactionId, timer: 'autoClose' },
      followUpEffect({ ...transaction, followUp }, 1, timeoutMs),
    ],
  };
}

export function voidApproved(
  transaction: Transaction,
  { approvedBy }: Of<'VoidTransaction'>,
  context: StepContext,
): Step | Refusal {
  const { hostOriginal } = transaction;
  assert(hostOriginal !== null, 'an approved request can be named');
  if (hostOriginal.kind !== 'preAuthorization' && !inOpenBatch(context.terminal.settlement, transaction.id)) {
    return { refuse: 'its batch is settled, so it cannot be voided; refund it' };
  }
  if (isRefunded(transaction, context.terminal)) return { refuse: refundFirst };
  return request(transaction, { operation: 'void', amount: hostOriginal.amount, approvedBy }, context);
}

export function increment(
  transaction: Transaction,
  { amount }: Of<'IncrementHold'>,
  context: StepContext,
): Step | Refusal {
  assert(amount.minorUnits > 0, 'an increment needs an amount');
  return request(transaction, { operation: 'increment', amount, approvedBy: null }, context);
}

/** The money is taken from here on: the advice is journaled and delivered whatever happens. */
export function complete(
  transaction: Transaction,
  { amount }: Of<'CompleteHold'>,
  context: StepContext,
): Step | Refusal {
  const { held } = transaction;
  assert(held !== null && amount.minorUnits > 0, 'a completion needs a hold and an amount');
  if (amount.minorUnits > held.minorUnits) return { refuse: 'it is more than the hold; raise the hold first' };
  const step = request(transaction, { operation: 'completion', amount, approvedBy: null }, context);
  if ('refuse' in step) return step;
  const receipt = requestReceipt(transaction, context);
  return { events: [...step.events, ...receipt.events], effects: [...step.effects, ...receipt.effects] };
}

function answered(transaction: Transaction, reply: AuthorizationReply, context: StepContext): Step {
  const { followUp, id: transactionId } = transaction;
  assert(followUp !== null, 'an answer needs its question');
  const { operation, stan } = followUp;
  const { responseCode, approvalCode = null, rrn = null } = reply;
  const approved = { type: 'FollowUpApproved', transactionId, stan, responseCode, approvalCode, rrn } as const;
  const refused = { type: 'FollowUpRefused', transactionId, stan, responseCode } as const;
  const verdict = verdictOf(responseCode);
  const why = `the host answered ${responseCode}`;
  if (operation === 'completion') {
    if (verdict === 'accepted') return { events: [approved], effects: [] };
    if (verdict === 'later') return forwardFailed(transaction, why, 'host', context);
    return givenUp(transaction, why, context);
  }
  if (verdict === 'later') return unanswered(transaction, why, context);
  // To a repeat such an answer does not say what became of the first; and an approval of another kind may have moved
  // money. A person is called, and it is asked again.
  const unclear = transaction.attempts.made > 1 || approvalsNotHonoured.has(responseCode);
  if (verdict === 'notUnderstood' && unclear) {
    const again = unanswered(transaction, why, context);
    const called = again.events.some(({ type }) => type === 'DeadLettered') || transaction.deadLetter !== null;
    const call = { type: 'DeadLettered', transactionId, why, refused: false } as const;
    return called ? again : { events: [...again.events, call], effects: again.effects };
  }
  if (verdict !== 'accepted') return settled(transaction, context, [refused]);
  if (operation === 'increment') return settled(transaction, context, [approved]);
  const receipt = requestReceipt(transaction, context);
  return { events: [approved, ...receipt.events], effects: receipt.effects };
}

export function followUpReply(
  transaction: Transaction,
  { stan, reply }: Of<'FollowUpReply'> | Of<'LateReplyArrived'>,
  context: StepContext,
): Step {
  return transaction.followUp?.stan === stan ? answered(transaction, reply, context) : nothing;
}

export function followUpUnanswered(
  transaction: Transaction,
  { stan, fault }: Of<'FollowUpUnanswered'>,
  context: StepContext,
): Step {
  const { followUp, attempts } = transaction;
  if (followUp?.stan !== stan || attempts.nextTryAt !== null) return nothing;
  if (followUp.operation === 'completion') {
    return forwardFailed(transaction, fault, fault === 'notSent' ? 'link' : 'host', context);
  }
  // Nothing of it was ever sent: the cashier hears at once that all is as before, and may try again.
  if (fault === 'notSent' && attempts.made === 1) {
    return settled(transaction, context, [{ type: 'FollowUpNotSent', transactionId: transaction.id, stan }]);
  }
  return unanswered(transaction, fault, context);
}

function unanswered(transaction: Transaction, detail: string, context: StepContext): Step {
  const { id: transactionId, attempts } = transaction;
  const attempt = attempts.made;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  return {
    events: [
      { type: 'FollowUpUnanswered', transactionId, attempt, detail, nextTryAt },
      ...alarm(transaction, context, attempt, detail),
    ],
    effects: [{ type: 'StartTimer', transactionId, timer: 'followUpRetry', dueAt: nextTryAt }],
  };
}

export function followUpTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  if (input.timer === 'autoClose') return close(transaction);
  if (input.timer !== 'followUpRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return repeatFollowUp(transaction, input, context);
}

/** After a restart too: whether the last attempt left is not known, and a repeat is marked as one. */
export function repeatFollowUp(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const { hostTimeoutMs } = context.policy;
  return nextAttempt(transaction, context, hostTimeoutMs, (attempt) =>
    followUpEffect(transaction, attempt, hostTimeoutMs),
  );
}
