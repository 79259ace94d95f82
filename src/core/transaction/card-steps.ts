/**
 * A card sale: present, read, authorise; and when the answer does not come, reverse until the host confirms
 * that it holds no money. ISO 8583 reversal practice: the outcome of a request that may have left is unknown,
 * never a decline.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Effect } from './effects.ts';
import type { FailReason, JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { AuthorizationRequest, CardOutcome, HostOriginal } from './model.ts';
import { offlineVerdict } from './offline.ts';
import { retryDelayMs } from './policy.ts';
import { requestReceipt } from './receipt-steps.ts';
import { approvalsNotHonoured } from './response-codes.ts';
import type { Transaction } from './state.ts';
import { after, alarm, ended, nextAttempt, nothing, settled, type Step, type StepContext } from './step.ts';
import { storePayment } from './stored-steps.ts';

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
    case 'approved': {
      // A refund or a hold is asked for online only, so the kernel never lets a card approve one by itself.
      assert(transaction.kind === 'sale', 'only a sale is approved by the card');
      const { card } = outcome;
      const store = storePayment(transaction, 'chipApproved', context);
      return {
        events: [{ type: 'CardRead', transactionId, card }, ...store.events],
        effects: [stopWaiting, ...store.effects],
      };
    }
    case 'onlineRequest': {
      const { hostTimeoutMs } = context.policy;
      const original = refundedOriginal(transaction, context);
      const linked = transaction.original !== null;
      if (linked && original?.maskedPan !== outcome.card.maskedPan) return failed('otherCard');
      const batch = context.terminal.settlement.open.number;
      const request: AuthorizationRequest = {
        transactionId,
        kind: transaction.kind,
        stan: context.nextStan,
        amount: transaction.amount,
        requestedAt: context.at,
        batch,
        card: outcome.card,
        ...(original === undefined ? {} : { original: original.host }),
      };
      return {
        events: [
          { type: 'CardRead', transactionId, card: outcome.card },
          {
            type: 'AuthorizationRequested',
            transactionId,
            stan: request.stan,
            waitUntil: after(context, hostTimeoutMs),
            batch,
          },
        ],
        effects: [stopWaiting, { type: 'SendAuthorization', request, timeoutMs: hostTimeoutMs }],
      };
    }
    default:
      return unreachable(outcome, 'cardOutcome');
  }
}

/** Of a linked card refund: what names the sale to the host, and its card. */
function refundedOriginal(
  { original }: Transaction,
  { terminal }: StepContext,
): { readonly host: HostOriginal; readonly maskedPan: string } | undefined {
  const sale = original === null ? undefined : terminal.transactions.get(original);
  const { hostOriginal: host, card } = sale ?? {};
  return host && card ? { host, maskedPan: card.maskedPan } : undefined;
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

export function hostReply(transaction: Transaction, { stan, reply }: Of<'HostReply'>, context: StepContext): Step {
  if (transaction.authorization?.stan !== stan) return nothing;
  const transactionId = transaction.id;
  const { responseCode, approvedAmount } = reply;
  const rrn = reply.rrn ?? null;
  const approvalCode = reply.approvalCode ?? null;
  const maySplit = context.policy.partialApprovals && transaction.kind === 'sale';
  if (responseCode === '10' && approvedAmount !== undefined && maySplit) {
    const event = { type: 'PartiallyApproved', transactionId, stan, approvedAmount, approvalCode, rrn } as const;
    return { events: [event], effects: [] };
  }
  if (approvalsNotHonoured.has(responseCode) || !/^[0-9A-Z]{2}$/.test(responseCode)) {
    return outcomeUnknown(transaction, 'badReply', context);
  }
  if (responseCode !== '00') {
    return ended(transaction, context, [{ type: 'AuthorizationDeclined', transactionId, stan, responseCode, rrn }]);
  }
  const receipt = requestReceipt(transaction, context);
  return {
    events: [
      { type: 'AuthorizationApproved', transactionId, stan, responseCode, approvalCode, rrn },
      ...receipt.events,
    ],
    effects: receipt.effects,
  };
}

/** The part is taken; the rest of the bill is another payment. */
export function acceptPartial(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'PartialAccepted', transactionId: transaction.id }, ...receipt.events],
    effects: receipt.effects,
  };
}

/** The customer would rather not: the host gives the part back. */
export function refusePartial(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return queueReversal(transaction, context, 'partialRefused');
}

export function hostUnreachable(
  transaction: Transaction,
  { stan, fault }: Of<'HostUnreachable'>,
  context: StepContext,
): Step {
  if (transaction.authorization?.stan !== stan) return nothing;
  if (fault === 'notSent') {
    const offline = offlineVerdict(transaction, context.terminal, context.policy.offline, context.at);
    if (offline.allowed) return storePayment(transaction, 'deferred', context);
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
  const reversal = queueReversal(transaction, context);
  const event = {
    type: 'AuthorizationUnknown',
    transactionId: transaction.id,
    stan: authorization.stan,
    cause,
  } as const;
  return { events: [event, ...reversal.events], effects: reversal.effects };
}

function queueReversal(
  transaction: Transaction,
  context: StepContext,
  because?: 'partialRefused' | 'lateApproval',
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

/** While the reversal is under way it says nothing new; it is kept for whoever has to explain the case. */
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
  if (responseCode !== '00' && !approvalsNotHonoured.has(responseCode)) return kept;
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
  if (input.timer !== 'reversalRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return repeatReversal(transaction, input, context);
}

/** After a restart too: whether the last attempt left is not known, and a repeat is marked as one (MTI 0401). */
export function repeatReversal(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return nextAttempt(transaction, context, context.policy.hostTimeoutMs, (attempt) =>
    sendReversal(transaction, attempt, context),
  );
}
