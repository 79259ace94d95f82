/**
 * Store and forward: a payment taken without the host, kept until the host has answered it for good. It is repeated with
 * its own STAN and time, so that the host tells a repeat from a second payment; it is never reversed, because the
 * customer has left with the goods, and never dropped.
 */
import { assert } from '../base/assert.ts';
import { epochMs, type TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { AuthorizationReply, StoredRequest } from './model.ts';
import { followUpEffect } from './follow-up-request.ts';
import { retryDelayMs } from './policy.ts';
import { close, requestReceipt, resumeReceipt } from './receipt-steps.ts';
import { verdictOf } from './response-codes.ts';
import { isParked, isUnsettled, needsPerson, type Transaction } from './state.ts';
import { after, alarm, ended, nothing, type Refusal, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

export function storePayment(transaction: Transaction, manner: StoredRequest['manner'], context: StepContext): Step {
  const transactionId = transaction.id;
  const stan = transaction.authorization?.stan ?? context.nextStan;
  return {
    events: [{ type: 'StoreRequested', transactionId, manner, stan }],
    effects: [{ type: 'StoreCard', transactionId }],
  };
}

/** After a restart too: if the card data are there, they are found; if not, nothing was taken. */
export function storeAgain(transaction: Transaction): Step {
  return { events: [], effects: [{ type: 'StoreCard', transactionId: transaction.id }] };
}

export function cardStored(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'PaymentStored', transactionId: transaction.id }, ...receipt.events],
    // The connection may be up again already, and then nothing else would start the delivery.
    effects: [...receipt.effects, retryTimer(transaction, after(context, context.policy.retryMs))],
  };
}

export function cardNotStored(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return ended(transaction, context, [{ type: 'SaleFailed', transactionId: transaction.id, reason: 'notStored' }]);
}

function retryTimer(transaction: Transaction, dueAt: ReturnType<typeof after>): Effect {
  return { type: 'StartTimer', transactionId: transaction.id, timer: 'forwardRetry', dueAt };
}

/** Whether a reversal, a void or an increment is under way or due: they go first. `except` has just been answered. */
export function isBlocked({ terminal, at, policy }: StepContext, except?: TransactionId): boolean {
  for (const id of terminal.inQuestion) {
    const nextTryAt = terminal.transactions.get(id)?.attempts.nextTryAt ?? null;
    if (id !== except && (nextTryAt === null || nextTryAt <= at + policy.retryMs)) return true;
  }
  return false;
}

/** One attempt at a stored payment or a completion. The first pins it to the batch that is open. */
export function sendAttempt(transaction: Transaction, context: StepContext): Step {
  const { id: transactionId, phase, attempts, batch: pinned } = transaction;
  const attempt = attempts.made + 1;
  const timeoutMs = context.policy.hostTimeoutMs;
  const batch = pinned ?? context.terminal.settlement.open.number;
  const event: JournalEvent = {
    type: 'AttemptStarted',
    transactionId,
    attempt,
    waitUntil: after(context, timeoutMs),
    ...(pinned === null ? { batch } : {}),
  };
  const followUp = transaction.followUp && { ...transaction.followUp, batch };
  const effect: Effect =
    phase === 'completing'
      ? followUpEffect({ ...transaction, followUp }, attempt, timeoutMs)
      : { type: 'Forward', request: storedRequest(transaction, batch, attempt), timeoutMs };
  return { events: [event], effects: [effect] };
}

function storedRequest(transaction: Transaction, batch: number, attempt: number): StoredRequest {
  const { stored, authorization, card, cardCompletion } = transaction;
  assert(stored !== null && authorization !== null && card !== null, 'a stored payment has a card and a STAN');
  return {
    transactionId: transaction.id,
    manner: stored.manner,
    stan: authorization.stan,
    requestedAt: authorization.requestedAt,
    batch,
    amount: transaction.amount,
    card,
    attempt,
    ...(cardCompletion === null ? {} : { unableToGoOnline: true }),
  };
}

export function forwardReply(transaction: Transaction, { reply }: Of<'ForwardReply'>, context: StepContext): Step {
  if (transaction.attempts.made === 0) return nothing;
  const transactionId = transaction.id;
  const { responseCode } = reply;
  const forget: Effect = { type: 'ForgetCard', transactionId };
  const verdict = verdictOf(responseCode);
  const chip = transaction.stored?.manner === 'chipApproved';
  const part = partOf(transaction, reply);
  if (verdict === 'accepted' || part !== undefined) {
    const { approvalCode = null, rrn = null } = reply;
    const event = { type: 'StoredAccepted', transactionId, responseCode, approvalCode, rrn } as const;
    return { events: [part === undefined ? event : { ...event, approvedAmount: part }], effects: [forget] };
  }
  if (verdict === 'later') return forwardFailed(transaction, `the host answered ${responseCode}`, 'host', context);
  // The issuer's own chip has approved: a host that will not have it is a case for a person, not a decline.
  if (verdict === 'declined' && !chip) {
    return { events: [{ type: 'StoredDeclined', transactionId, responseCode }], effects: [forget] };
  }
  return givenUp(transaction, `the host answered ${responseCode}`, context);
}

/** Nobody can be asked whether to take a part any more: some of the money is better than none. */
function partOf(
  { amount, stored }: Transaction,
  { responseCode, approvedAmount }: AuthorizationReply,
): Money | undefined {
  if (responseCode !== '10' || approvedAmount === undefined || stored?.manner !== 'deferred') return undefined;
  const { minorUnits, currency } = approvedAmount;
  const isPart = currency === amount.currency && minorUnits > 0 && minorUnits < amount.minorUnits;
  return isPart ? approvedAmount : undefined;
}

/** It came after its attempt had been given up, and is its answer all the same. */
export function lateForward(transaction: Transaction, input: Of<'LateReplyArrived'>, context: StepContext): Step {
  if (transaction.authorization?.stan !== input.stan) return nothing;
  return forwardReply(
    transaction,
    { type: 'ForwardReply', transactionId: transaction.id, reply: input.reply },
    context,
  );
}

/** A decline was believed, and now the host says that it has approved: it holds the money, so it is booked. */
export function approvedAfterAll(
  transaction: Transaction,
  input: Of<'ForwardReply'> | Of<'LateReplyArrived'>,
  context: StepContext,
): Step {
  const { authorization, id: transactionId } = transaction;
  if (input.type === 'LateReplyArrived' && authorization?.stan !== input.stan) return nothing;
  if (verdictOf(input.reply.responseCode) !== 'accepted') return nothing;
  return forwardReply(transaction, { type: 'ForwardReply', transactionId, reply: input.reply }, context);
}

export function forwardUnanswered(
  transaction: Transaction,
  { fault }: Of<'ForwardUnanswered'>,
  context: StepContext,
): Step {
  if (transaction.attempts.nextTryAt !== null) return nothing;
  if (fault === 'cardMissing') return givenUp(transaction, 'the card data on disk cannot be read', context);
  return forwardFailed(transaction, fault, fault === 'notSent' ? 'link' : 'host', context);
}

/** After a restart: whether the attempt left is not known, and its repeat is marked as one. */
export function forwardInterrupted(transaction: Transaction, input: unknown, context: StepContext): Step {
  const receipt = resumeReceipt(transaction, input, context);
  const { nextTryAt } = transaction.attempts;
  if (nextTryAt !== null) {
    if (isParked(transaction)) return receipt;
    // However far the clock was set back, it is not forgotten for longer than the longest gap.
    const dueAt = epochMs(Math.min(nextTryAt, context.at + context.policy.retryMaxMs));
    return { events: receipt.events, effects: [...receipt.effects, retryTimer(transaction, dueAt)] };
  }
  const failed = forwardFailed(transaction, 'restart', 'link', context);
  return { events: failed.events, effects: [...failed.effects, ...receipt.effects] };
}

/** What a person has to look at. Attempts end until a person asks for one. */
export function givenUp(transaction: Transaction, why: string, context: StepContext): Step {
  const transactionId = transaction.id;
  const attempt = transaction.attempts.made;
  return {
    events: [
      { type: 'ForwardFailed', transactionId, attempt, detail: why, waitFor: 'host', nextTryAt: context.at },
      { type: 'DeadLettered', transactionId, why, refused: true },
    ],
    effects: [],
  };
}

/** A line that is down is shown as such: it takes so many times longer until a person is called for what waits for it. */
const linePatience = 20;

/** Not there yet. What only waits for the connection is not tried by the clock for ever: the connection wakes it. */
export function forwardFailed(
  transaction: Transaction,
  detail: string,
  waitFor: 'link' | 'host',
  context: StepContext,
): Step {
  const transactionId = transaction.id;
  const attempt = transaction.attempts.made;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  // The oldest one goes on looking, so that a connection that is up but of no use is noticed, and a person called.
  const [oldest] = context.terminal.outbox;
  const byTheClock = waitFor === 'host' || attempt < 5 || oldest === transactionId;
  return {
    events: [
      { type: 'ForwardFailed', transactionId, attempt, detail, waitFor, nextTryAt },
      ...alarm(transaction, context, waitFor === 'host' ? attempt : attempt / linePatience, detail),
    ],
    effects: byTheClock ? [retryTimer(transaction, nextTryAt)] : [],
  };
}

/** Its own time has come. */
export function forwardTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  if (input.timer === 'autoClose') return close(transaction);
  if (input.timer !== 'forwardRetry') return nothing;
  if (transaction.attempts.nextTryAt === null || isParked(transaction)) return nothing;
  if (isBlocked(context) || context.terminal.underWay.size >= context.policy.forwardWindow) {
    return { events: [], effects: [retryTimer(transaction, after(context, context.policy.retryMs))] };
  }
  return sendAttempt(transaction, context);
}

/** A person has settled it with the bank or the customer; nothing is sent any more. */
export function resolveByHand(transaction: Transaction, { approvedBy, note }: Of<'ResolveByHand'>): Step | Refusal {
  const { phase, deadLetter, attempts, resolved } = transaction;
  if (resolved !== null) return nothing;
  // Nothing is under way any more that could still be answered.
  const over = phase === 'lateDeclined' || (!isUnsettled(transaction) && needsPerson(transaction));
  if (!over && deadLetter === null) {
    return { refuse: 'it is not settled by hand: the terminal goes on by itself, or there is nothing to settle' };
  }
  if (!over && attempts.nextTryAt === null) return { refuse: 'an attempt is under way; wait for its answer' };
  const transactionId = transaction.id;
  return {
    events: [{ type: 'ResolvedByHand', transactionId, approvedBy, note }],
    effects: [{ type: 'ForgetCard', transactionId }],
  };
}
