/**
 * A card sale: present, read, authorise. An inserted card has the last word after the host (completion-steps.ts); and when
 * the host's answer does not come, it is undone (reversal-steps.ts).
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Money } from '../base/money.ts';
import { askCard, completeCard, declineCard, hostAnswered } from './completion-steps.ts';
import type { Effect } from './effects.ts';
import type { CancelReason, FailReason, JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { AuthorizationRequest, CardData, CardOutcome, HostAnswerKept, HostOriginal } from './model.ts';
import { offlineVerdict } from './offline.ts';
import { requestReceipt } from './receipt-steps.ts';
import { outcomeUnknown, queueReversal } from './reversal-steps.ts';
import { approvalsNotHonoured } from './response-codes.ts';
import { waitForCard } from './start.ts';
import type { Transaction } from './state.ts';
import { after, ended, nothing, type Step, type StepContext } from './step.ts';
import { storePayment } from './stored-steps.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

type EndReason = Exclude<Extract<CardOutcome, { kind: 'endApplication' }>['reason'], 'cancelledByCardholder'>;

const endReasons: Readonly<Record<EndReason, FailReason>> = {
  noSupportedApplication: 'cardNotSupported',
  kernelNotSupported: 'cardNotSupported',
  applicationBlocked: 'cardBlocked',
  cardDataError: 'cardUnreadable',
};

export function cardOutcome(transaction: Transaction, { outcome }: Of<'CardOutcome'>, context: StepContext): Step {
  const transactionId = transaction.id;
  const stopWaiting: Effect = { type: 'StopTimer', transactionId, timer: 'presentCard' };
  const failed = (reason: FailReason): Step => {
    const step = ended(transaction, context, [{ type: 'SaleFailed', transactionId, reason }]);
    return { ...step, effects: [stopWaiting, ...step.effects] };
  };
  switch (outcome.kind) {
    case 'tryAgain':
      return presentAgain(transaction, outcome.reason);
    case 'tryAnotherInterface':
      return failed('useAnotherInterface');
    case 'endApplication':
      if (outcome.reason === 'cancelledByCardholder') return cancelCard('cardholder')(transaction, outcome, context);
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
      assert(
        (outcome.card.interface === 'code') === (transaction.presentment === 'code'),
        'what was asked for is read',
      );
      if (isUsed(outcome.card, context)) return presentAgain(transaction, 'codeUsed');
      const original = refundedOriginal(transaction, context);
      const linked = transaction.original !== null;
      if (linked && original?.maskedPan !== outcome.card.maskedPan) {
        return declineCard({ ...transaction, card: outcome.card }, failed('otherCard'), context);
      }
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

/** Nothing was asked of anybody: the same card, or another code, may be presented. */
function presentAgain(
  { id, amount, presentment }: Transaction,
  reason: Extract<CardOutcome, { kind: 'tryAgain' }>['reason'],
): Step {
  return {
    events: [{ type: 'CardTryAgain', transactionId: id, reason }],
    effects: [waitForCard(id, amount, presentment)],
  };
}

/** A code whose request may have left, for whatever payment: its issuer would take a second one for a copy. */
function isUsed({ interface: presented, maskedPan, cryptogram }: CardData, { terminal }: StepContext): boolean {
  if (presented !== 'code') return false;
  for (const { card, authorization, phase } of terminal.transactions.values()) {
    // What failed was certainly not sent.
    if (card?.interface !== 'code' || authorization === null || phase === 'failed') continue;
    if (card.cryptogram === cryptogram && card.maskedPan === maskedPan) return true;
  }
  return false;
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

/** From here on the card may take as long as the cardholder needs to choose, or to find her PIN. */
export function cardInserted(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const transactionId = transaction.id;
  const waitUntil = after(context, context.policy.insertedCardMs);
  return {
    events: [{ type: 'CardInserted', transactionId, waitUntil }],
    effects: [{ type: 'StartTimer', transactionId, timer: 'presentCard', dueAt: waitUntil }],
  };
}

/** No request yet, so no money can have moved: by a person, by the limit of the wait, or by a restart. */
export function cancelCard(reason: CancelReason) {
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
  if (input.timer !== 'presentCard') return nothing;
  const reason = transaction.presentment === 'code' ? 'codeTimeout' : 'cardTimeout';
  return cancelCard(reason)(transaction, input, context);
}

export function hostReply(transaction: Transaction, { stan, reply }: Of<'HostReply'>, context: StepContext): Step {
  if (transaction.authorization?.stan !== stan) return nothing;
  const { responseCode, approvedAmount } = reply;
  const maySplit = context.policy.partialApprovals && transaction.kind === 'sale';
  const part = responseCode === '10' && maySplit ? partOf(transaction, approvedAmount) : null;
  if (part === null && (approvalsNotHonoured.has(responseCode) || !/^[0-9A-Z]{2}$/.test(responseCode))) {
    return declineCard(transaction, outcomeUnknown(transaction, 'badReply', context), context);
  }
  const answer: HostAnswerKept = {
    responseCode,
    approvalCode: reply.approvalCode ?? null,
    rrn: reply.rrn ?? null,
    approvedAmount: part,
  };
  if (askCard(transaction)) {
    return completeCard(transaction, answer, { kind: 'answered', responseCode, iccData: reply.iccData }, context);
  }
  return hostAnswered(transaction, answer, context);
}

/** A part is less than was asked for and more than nothing, in the same money; otherwise nobody knows what it means. */
function partOf({ amount }: Transaction, approved: Money | undefined): Money | null {
  if (approved === undefined || approved.currency !== amount.currency) return null;
  return approved.minorUnits > 0 && approved.minorUnits < amount.minorUnits ? approved : null;
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
  if (fault !== 'notSent') return declineCard(transaction, outcomeUnknown(transaction, fault, context), context);
  const failed = ended(transaction, context, [
    {
      type: 'SaleFailed',
      transactionId: transaction.id,
      reason: transaction.presentment === 'code' ? 'codeNoNetwork' : 'hostNotReached',
    },
  ]);
  if (askCard(transaction)) {
    // A refund or a hold is nothing that a card could approve by itself.
    if (transaction.kind !== 'sale') return declineCard(transaction, failed, context);
    return completeCard(transaction, null, { kind: 'unableToGoOnline' }, context);
  }
  const offline = offlineVerdict(transaction, context.terminal, context.policy.offline, context.at);
  return offline.allowed ? storePayment(transaction, 'deferred', context) : failed;
}

/** After a restart nobody knows whether the request left: that is an unknown outcome like any other. */
export function interruptedAuthorization(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return outcomeUnknown(transaction, 'restart', context);
}
