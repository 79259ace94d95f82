/**
 * A card sale: present, read, authorise; and when the answer does not come, reverse until the host confirms
 * that it holds no money. ISO 8583 reversal practice: the outcome of a request that may have left is unknown,
 * never a decline.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Effect } from './effects.ts';
import type { FailReason, JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { AuthorizationRequest, CardOutcome } from './model.ts';
import { retryDelayMs } from './policy.ts';
import { requestReceipt } from './receipt-steps.ts';
import type { Transaction } from './state.ts';
import { after, ended, nextAttempt, nothing, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

const endReasons: Readonly<Record<Extract<CardOutcome, { kind: 'endApplication' }>['reason'], FailReason>> = {
  noSupportedApplication: 'cardNotSupported',
  kernelNotSupported: 'cardNotSupported',
  applicationBlocked: 'cardBlocked',
  cardDataError: 'cardUnreadable',
};

function activateReader(transaction: Transaction): Effect {
  return { type: 'ActivateReader', transactionId: transaction.id, amount: transaction.amount };
}

export function cardOutcome(transaction: Transaction, { outcome }: Of<'CardOutcome'>, context: StepContext): Step {
  const transactionId = transaction.id;
  const stopWaiting: Effect = { type: 'StopTimer', transactionId, timer: 'presentCard' };
  const failed = (reason: FailReason): Step => {
    const step = ended(transaction, context, [{ type: 'SaleFailed', transactionId, reason }]);
    return { ...step, effects: [stopWaiting, ...step.effects] };
  };
  switch (outcome.kind) {
    case 'tryAgain':
      return {
        events: [{ type: 'CardTryAgain', transactionId, reason: outcome.reason }],
        effects: [activateReader(transaction)],
      };
    case 'tryAnotherInterface':
      return failed('useAnotherInterface');
    case 'endApplication':
      return failed(endReasons[outcome.reason]);
    case 'declined': {
      const event: JournalEvent = { type: 'CardDeclinedOffline', transactionId, card: outcome.card };
      const step = ended(transaction, context, [event]);
      return { ...step, effects: [stopWaiting, ...step.effects] };
    }
    case 'onlineRequest': {
      const { hostTimeoutMs } = context.policy;
      const request: AuthorizationRequest = {
        transactionId,
        stan: context.nextStan,
        amount: transaction.amount,
        requestedAt: context.at,
        card: outcome.card,
      };
      return {
        events: [
          { type: 'CardRead', transactionId, card: outcome.card },
          {
            type: 'AuthorizationRequested',
            transactionId,
            stan: request.stan,
            waitUntil: after(context, hostTimeoutMs),
          },
        ],
        effects: [stopWaiting, { type: 'SendAuthorization', request, timeoutMs: hostTimeoutMs }],
      };
    }
    default:
      return unreachable(outcome, 'cardOutcome');
  }
}

export function readerUnavailable(
  transaction: Transaction,
  { trouble }: Of<'ReaderUnavailable'>,
  context: StepContext,
): Step {
  const event: JournalEvent = {
    type: 'SaleFailed',
    transactionId: transaction.id,
    reason: 'readerUnavailable',
    trouble,
  };
  const step = ended(transaction, context, [event]);
  const stop: Effect = { type: 'StopTimer', transactionId: transaction.id, timer: 'presentCard' };
  return { ...step, effects: [stop, ...step.effects] };
}

/** No card yet, so no money can have moved: by the cashier, by the limit of the wait, or by a restart. */
export function cancelCard(reason: 'cashier' | 'cardTimeout' | 'restart') {
  return (transaction: Transaction, _input: unknown, context: StepContext): Step => {
    const transactionId = transaction.id;
    const step = ended(transaction, context, [{ type: 'SaleCancelled', transactionId, reason }]);
    const stops: Effect[] = [
      { type: 'DeactivateReader', transactionId },
      { type: 'StopTimer', transactionId, timer: 'presentCard' },
    ];
    return { ...step, effects: [...stops, ...step.effects] };
  };
}

export function presentCardTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  return input.timer === 'presentCard' ? cancelCard('cardTimeout')(transaction, input, context) : nothing;
}

/**
 * DE 39 codes that approve, but not in a way this terminal can carry out (ISO 8583:1987 §4.3 DE 39): 08 honour with
 * identification, 10 part of the amount, 11 VIP, 16 update track 3. The host holds money, so it is given back.
 */
const approvalsNotHonoured: ReadonlySet<string> = new Set(['08', '10', '11', '16']);

export function hostReply(transaction: Transaction, { stan, reply }: Of<'HostReply'>, context: StepContext): Step {
  if (transaction.authorization?.stan !== stan) return nothing;
  const transactionId = transaction.id;
  const { responseCode } = reply;
  const rrn = reply.rrn ?? null;
  if (approvalsNotHonoured.has(responseCode) || !/^[0-9A-Z]{2}$/.test(responseCode)) {
    return outcomeUnknown(transaction, 'badReply', context);
  }
  if (responseCode !== '00') {
    return ended(transaction, context, [{ type: 'AuthorizationDeclined', transactionId, stan, responseCode, rrn }]);
  }
  const approvalCode = reply.approvalCode ?? null;
  const receipt = requestReceipt(transaction, context);
  return {
    events: [
      { type: 'AuthorizationApproved', transactionId, stan, responseCode, approvalCode, rrn },
      ...receipt.events,
    ],
    effects: receipt.effects,
  };
}

export function hostUnreachable(
  transaction: Transaction,
  { stan, fault }: Of<'HostUnreachable'>,
  context: StepContext,
): Step {
  if (transaction.authorization?.stan !== stan) return nothing;
  if (fault === 'notSent') {
    return ended(transaction, context, [
      { type: 'SaleFailed', transactionId: transaction.id, reason: 'hostNotReached' },
    ]);
  }
  return outcomeUnknown(transaction, fault, context);
}

/** After a restart nobody knows whether the request left: that is an unknown outcome like any other. */
export function interruptedAuthorization(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return outcomeUnknown(transaction, 'restart', context);
}

function outcomeUnknown(
  transaction: Transaction,
  cause: Extract<JournalEvent, { type: 'AuthorizationUnknown' }>['cause'],
  context: StepContext,
): Step {
  const { authorization } = transaction;
  assert(authorization !== null, 'an unknown outcome needs a request');
  const transactionId = transaction.id;
  return {
    events: [
      { type: 'AuthorizationUnknown', transactionId, stan: authorization.stan, cause },
      {
        type: 'ReversalQueued',
        transactionId,
        originalStan: authorization.stan,
        waitUntil: after(context, context.policy.hostTimeoutMs),
      },
    ],
    effects: [sendReversal(transaction, 1, context)],
  };
}

function sendReversal(transaction: Transaction, attempt: number, context: StepContext): Effect {
  const { authorization, card } = transaction;
  assert(authorization !== null && card !== null, 'a reversal needs its original');
  return {
    type: 'SendReversal',
    request: {
      transactionId: transaction.id,
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
 * same about money: none is held. Anything else is asked again.
 */
export function reversalReply(transaction: Transaction, { reply }: Of<'ReversalReply'>, context: StepContext): Step {
  const { responseCode } = reply;
  if (responseCode === '00' || responseCode === '25') {
    const event: JournalEvent = { type: 'ReversalConfirmed', transactionId: transaction.id, responseCode };
    return transaction.closed ? { events: [event], effects: [] } : ended(transaction, context, [event]);
  }
  return reversalFailed(transaction, `the host answered ${responseCode}`, context);
}

export function reversalUnanswered(
  transaction: Transaction,
  { detail }: Of<'ReversalUnanswered'>,
  context: StepContext,
): Step {
  return reversalFailed(transaction, detail, context);
}

function reversalFailed(transaction: Transaction, detail: string, context: StepContext): Step {
  const attempt = transaction.attempts.made;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  const transactionId = transaction.id;
  return {
    events: [{ type: 'ReversalFailed', transactionId, attempt, detail, nextTryAt }],
    effects: [{ type: 'StartTimer', transactionId, timer: 'reversalRetry', dueAt: nextTryAt }],
  };
}

/** The timer is also fired early when the link comes back; an attempt under way is not doubled. */
export function reversalTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  if (input.timer !== 'reversalRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return repeatReversal(transaction, input, context);
}

/** After a restart too: whether the last attempt left is not known, and a repeat is marked as one (MTI 0401). */
export function repeatReversal(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return nextAttempt(transaction, context, context.policy.hostTimeoutMs, (attempt) =>
    sendReversal(transaction, attempt, context),
  );
}
