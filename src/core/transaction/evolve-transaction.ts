/** How one journaled event changes one transaction. Total: every event has its case. */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import { addMoney, sameMoney, subtractMoney, type Money } from '../base/money.ts';
import type { SettlementEvent } from '../settlement/events.ts';
import type { JournalEvent } from './events.ts';
import { during, followUpApproved, followUpOf, restingPhase, still } from './evolve-follow-up.ts';
import type { HostAnswerKept } from './model.ts';
import type { StartEvent } from './begin.ts';
import { lateReply } from './evolve-answers.ts';
import { evolveQr } from './evolve-qr.ts';
import { evolveProviderRefund } from './provider-refund.ts';
import { firstAttempt, type FollowUp, type Transaction } from './state.ts';

export type TransactionEvent = Exclude<
  Extract<JournalEvent, { transactionId: TransactionId }>,
  StartEvent | SettlementEvent
>;

/** Batch of requests in journals that knew no batches. */
const firstBatch = 1;

interface Approval {
  readonly responseCode: string;
  readonly approvalCode: string | null;
  readonly rrn: string | null;
}

function authorizationOf(transaction: Transaction, stan: number): NonNullable<Transaction['authorization']> {
  const { authorization } = transaction;
  assert(authorization?.stan === stan, 'journal: an answer to another STAN');
  return authorization;
}

function answered(
  authorization: NonNullable<Transaction['authorization']>,
  answer: HostAnswerKept | null,
): Transaction['authorization'] {
  if (answer === null) return authorization;
  const { responseCode, approvalCode, rrn } = answer;
  return { ...authorization, responseCode, approvalCode, rrn };
}

/** The host has approved the request: from now on it can be named to it. */
function approvedWith(transaction: Transaction, reply: Approval, amount: Money): Partial<Transaction> {
  const { authorization, kind, stored } = transaction;
  assert(authorization !== null, 'journal: an approval without a request');
  const { stan, requestedAt } = authorization;
  const { approvalCode, rrn } = reply;
  return {
    authorization: { ...authorization, ...reply },
    hostOriginal: {
      kind,
      stan,
      requestedAt,
      amount,
      approvalCode,
      rrn,
      ...(stored?.manner === 'chipApproved' ? { advised: true } : {}),
    },
  };
}

function isDelivery({ phase }: Transaction): boolean {
  return phase === 'stored' || phase === 'completing';
}

/** All that belongs to a card's request, its reversal and what goes on with it. */
export function evolveTransaction(transaction: Transaction, at: EpochMs, event: TransactionEvent): Transaction {
  const { receipt } = transaction;
  switch (event.type) {
    case 'CardTryAgain':
      return { ...transaction, tryAgain: event.reason };
    case 'CardInserted':
      return { ...transaction, waitSince: at, waitUntil: event.waitUntil, tryAgain: null };
    case 'CardRead':
      return { ...transaction, card: event.card, tryAgain: null };
    case 'CardDeclinedOffline':
      return { ...transaction, ...still, card: event.card, phase: 'declined', declinedByCard: true, endedAt: at };
    case 'AuthorizationRequested':
      return {
        ...transaction,
        phase: 'authorising',
        waitSince: at,
        waitUntil: event.waitUntil,
        batch: event.batch ?? firstBatch,
        authorization: { stan: event.stan, requestedAt: at, responseCode: null, approvalCode: null, rrn: null },
      };
    case 'CardCompletionRequested':
      return {
        ...transaction,
        phase: 'completingCard',
        waitSince: at,
        waitUntil: event.waitUntil,
        hostAnswer: event.answer,
        authorization: answered(authorizationOf(transaction, event.stan), event.answer),
      };
    case 'CardCompleted': {
      const { decision, issuerAuthentication, scriptResults } = event;
      const cardCompletion = { decision, issuerAuthentication, scriptResults };
      return { ...transaction, card: event.card ?? transaction.card, cardCompletion };
    }
    case 'AuthorizationApproved': {
      authorizationOf(transaction, event.stan);
      const { responseCode, approvalCode, rrn } = event;
      const reply = approvedWith(transaction, { responseCode, approvalCode, rrn }, transaction.amount);
      const hold = transaction.kind === 'preAuthorization';
      return {
        ...transaction,
        ...still,
        ...reply,
        phase: hold ? 'authorised' : 'approved',
        held: hold ? transaction.amount : null,
        endedAt: at,
      };
    }
    case 'PartiallyApproved': {
      authorizationOf(transaction, event.stan);
      const { approvalCode, rrn, approvedAmount } = event;
      const reply = approvedWith(transaction, { responseCode: '10', approvalCode, rrn }, approvedAmount);
      return { ...transaction, ...still, ...reply, phase: 'partlyApproved', approvedAmount };
    }
    case 'PartialAccepted':
      return { ...transaction, ...still, phase: 'approved', endedAt: at };
    case 'AuthorizationDeclined': {
      const authorization = authorizationOf(transaction, event.stan);
      const reply = { ...authorization, responseCode: event.responseCode, rrn: event.rrn };
      return { ...transaction, ...still, phase: 'declined', authorization: reply, endedAt: at };
    }
    case 'AuthorizationUnknown':
      return { ...transaction, ...still, phase: 'reversing', unknownCause: event.cause };
    case 'ReversalQueued':
      return {
        ...transaction,
        phase: 'reversing',
        waitSince: at,
        waitUntil: event.waitUntil,
        hostAnswer: null,
        attempts: firstAttempt,
        approvedAmount: null,
        hostOriginal: null,
        reversalBecause: event.because ?? transaction.reversalBecause,
        deadLetter: null,
        resolved: null,
        // A decline is over for the customer, whatever is made sure of behind it.
        endedAt: event.because === 'askedLater' ? transaction.endedAt : null,
      };
    case 'AttemptStarted':
      assert(event.attempt === transaction.attempts.made + 1, 'journal: an attempt is the next one');
      return {
        ...transaction,
        waitSince: at,
        waitUntil: event.waitUntil,
        batch: event.batch ?? transaction.batch,
        followUp:
          event.batch === undefined || transaction.followUp === null
            ? transaction.followUp
            : { ...transaction.followUp, batch: event.batch },
        attempts: { ...transaction.attempts, made: event.attempt, nextTryAt: null },
        // What was given up is tried again; an alarm about an outcome stays until there is an answer.
        deadLetter: isDelivery(transaction) ? null : transaction.deadLetter,
      };
    case 'ReversalFailed':
    case 'QueryFailed':
    case 'FollowUpUnanswered':
      assert(event.attempt === transaction.attempts.made, 'journal: what failed is the attempt that was made');
      return {
        ...transaction,
        waitSince: at,
        waitUntil: event.nextTryAt,
        attempts: {
          made: event.attempt,
          nextTryAt: event.nextTryAt,
          lastError: event.type === 'QueryFailed' ? event.fault : event.detail,
          waitFor: 'host',
        },
      };
    case 'ReversalConfirmed':
      assert(transaction.authorization !== null, 'journal: a reversal without its request');
      return { ...transaction, ...still, phase: 'reversed', deadLetter: null, resolved: null, endedAt: at };
    case 'LateReplyReceived':
      return lateReply(transaction, event.responseCode);
    case 'FollowUpRequested': {
      const { hostOriginal } = transaction;
      assert(hostOriginal !== null, 'journal: a follow-up without its original');
      const { operation, stan, batch, amount, approvedBy } = event;
      assert(amount.minorUnits > 0 && amount.currency === hostOriginal.amount.currency, 'journal: of the same money');
      if (operation === 'completion') {
        const held = transaction.held?.minorUnits ?? 0;
        assert(amount.minorUnits <= held, 'journal: no more is completed than is held');
      }
      return {
        ...transaction,
        phase: during[operation],
        waitSince: at,
        waitUntil: event.waitUntil,
        // A hold is cancelled in whatever batch; what a batch has booked is voided within it.
        batch: operation === 'completion' ? batch : transaction.batch,
        finalAmount: operation === 'completion' ? amount : transaction.finalAmount,
        followUp: {
          operation,
          stan,
          requestedAt: at,
          batch,
          amount,
          approvedBy,
          original: hostOriginal,
          result: null,
          responseCode: null,
        },
        attempts: firstAttempt,
        deadLetter: null,
        resolved: null,
        endedAt: at,
        closed: false,
      };
    }
    case 'FollowUpApproved':
      return followUpApproved(transaction, at, event);
    case 'FollowUpRefused': {
      const followUp: FollowUp = {
        ...followUpOf(transaction, event.stan),
        result: 'refused',
        responseCode: event.responseCode,
      };
      return { ...transaction, ...still, phase: restingPhase(transaction), followUp, deadLetter: null, resolved: null };
    }
    case 'FollowUpNotSent': {
      const followUp: FollowUp = { ...followUpOf(transaction, event.stan), result: 'notSent' };
      return { ...transaction, ...still, phase: restingPhase(transaction), followUp };
    }
    case 'StoreRequested':
      return {
        ...transaction,
        ...still,
        phase: 'storing',
        stored: { manner: event.manner, at },
        authorization: transaction.authorization ?? {
          stan: event.stan,
          requestedAt: at,
          responseCode: null,
          approvalCode: null,
          rrn: null,
        },
      };
    case 'PaymentStored':
      return {
        ...transaction,
        phase: 'stored',
        batch: null,
        attempts: { made: 0, nextTryAt: at, lastError: null, waitFor: 'link' },
        endedAt: at,
      };
    case 'StoredAccepted': {
      const { responseCode, approvalCode, rrn, approvedAmount = null } = event;
      const { amount } = transaction;
      const reply = approvedWith(transaction, { responseCode, approvalCode, rrn }, approvedAmount ?? amount);
      const missing = approvedAmount === null ? null : subtractMoney(amount, approvedAmount);
      // A person has settled it some other way meanwhile, and now the bank pays too: somebody has paid twice.
      const excess = transaction.resolved === null ? transaction.excess : (approvedAmount ?? amount);
      const settled = { approvedAmount, missing, excess, deadLetter: null, resolved: null };
      return { ...transaction, ...still, ...reply, ...settled, phase: 'approved' };
    }
    case 'StoredDeclined': {
      const { authorization } = transaction;
      assert(authorization !== null, 'journal: a late decline without a request');
      const reply = { ...authorization, responseCode: event.responseCode };
      return {
        ...transaction,
        ...still,
        phase: 'lateDeclined',
        authorization: reply,
        deadLetter: null,
        resolved: null,
        endedAt: at,
      };
    }
    case 'ForwardFailed': {
      const { attempt: made, nextTryAt, waitFor, detail: lastError } = event;
      assert(made === transaction.attempts.made, 'journal: what was not delivered is the attempt that was made');
      return { ...transaction, ...still, attempts: { made, nextTryAt, waitFor, lastError } };
    }
    case 'DeadLettered':
      return {
        ...transaction,
        deadLetter: { why: event.why, at },
        // The host has said that it will not have it, so no batch waits for it any more.
        batch: event.refused ? null : transaction.batch,
      };
    case 'ResolvedByHand': {
      const { approvedBy, note } = event;
      // A hold that may or may not have been raised is still a hold of at least what it was.
      const phase = transaction.phase === 'incrementing' ? 'authorised' : transaction.phase;
      return { ...transaction, ...still, phase, resolved: { approvedBy, note, at } };
    }
    case 'CashReceived': {
      const { tendered, change } = event;
      assert(sameMoney(addMoney(transaction.amount, change), tendered), 'journal: what was given is amount and change');
      return { ...transaction, ...still, phase: 'paid', cash: { tendered, change }, endedAt: at };
    }
    case 'CashPaidOut':
      assert(transaction.kind === 'refund', 'journal: only a refund is paid out');
      return { ...transaction, ...still, phase: 'paid', endedAt: at };
    case 'CashVoided':
      return { ...transaction, ...still, phase: 'voided', approvedBy: event.approvedBy, endedAt: at };
    case 'SaleCancelled':
      return {
        ...transaction,
        ...still,
        phase: 'cancelled',
        cancelReason: event.reason,
        deadLetter: null,
        endedAt: at,
      };
    case 'SaleFailed':
      return { ...transaction, ...still, phase: 'failed', failReason: event.reason, endedAt: at };
    case 'QrRequested':
    case 'QrIssued':
    case 'QrWithdrawn':
    case 'QrExpired':
    case 'QrPaymentConfirmed':
    case 'QrPaymentUnderPaid':
    case 'QrPaymentLate':
    case 'QrPartAccepted':
    case 'TransferAttached':
    case 'QrConfirmedByHand':
    case 'QrVerifiedLater':
    case 'QrSetAside':
    case 'QrBroughtBack':
      return evolveQr(transaction, at, event);
    case 'ProviderRefundPending':
    case 'ProviderRefunded':
    case 'ProviderRefundRefused':
      return evolveProviderRefund(transaction, at, event);
    case 'ReceiptRequested':
      return {
        ...transaction,
        receipt: { ...receipt, state: 'printing', jobId: event.jobId, jobs: receipt.jobs + 1, trouble: null },
      };
    case 'ReceiptPrinted':
      assert(receipt.jobId === event.jobId, 'journal: a receipt that was not asked for');
      return { ...transaction, receipt: { ...receipt, state: 'printed', copies: receipt.copies + 1, trouble: null } };
    case 'ReceiptFailed':
      return { ...transaction, receipt: { ...receipt, state: 'failed', trouble: event.trouble } };
    case 'SaleClosed':
      assert(!transaction.closed, 'journal: a sale leaves the screen once');
      return { ...transaction, closed: true };
    default:
      return unreachable(event, 'evolve');
  }
}
