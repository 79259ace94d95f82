/**
 * An inserted card has the last word: it is told what the host has answered, checks that it was its issuer, runs the
 * issuer's scripts, and says TC or AAC to a second GENERATE AC (EMV 4.4 Book 3 §10.9 to §10.11). The host's answer is
 * journaled before the card hears it; an approval counts only once the card has said TC, and is reversed otherwise.
 *
 * | host | TC | AAC | not completed |
 * |---|---|---|---|
 * | approved (a part, too) | approved | reversed | reversed |
 * | declined | declined | declined | declined |
 * | "ask later" | declined, and reversed to be sure | the same | the same |
 * | certainly not reached | stored, as approved by the chip | failed | failed |
 * | may have the request | reversed whatever the card says | | |
 *
 * Without the host an inserted card is asked itself, so what nobody has approved is never deferred with it, whatever the
 * offline policy allows for cards that are tapped: a card that said AAC has declined, and one that was pulled out may
 * have been about to.
 */
import { assert } from '../base/assert.ts';
import type { HostAnswer } from '../emv/contact/requests.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { HostAnswerKept } from './model.ts';
import { requestReceipt } from './receipt-steps.ts';
import { askLater, isAnyApproval } from './response-codes.ts';
import { queueReversal } from './reversal-steps.ts';
import { isApproval, type Transaction } from './state.ts';
import { after, ended, nothing, type Step, type StepContext } from './step.ts';
import { storePayment } from './stored-steps.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

/** Whether there is a card in the slot that waits for the host's answer; a tapped one has left. */
export function askCard({ card }: Transaction): boolean {
  return card?.interface === 'contact';
}

/** `kept` null: the request certainly never left. */
export function completeCard(
  transaction: Transaction,
  kept: HostAnswerKept | null,
  answer: HostAnswer,
  context: StepContext,
): Step {
  const { id: transactionId, authorization } = transaction;
  assert(authorization !== null, 'a card is completed after its request');
  const { completeCardMs: timeoutMs } = context.policy;
  return {
    events: [
      {
        type: 'CardCompletionRequested',
        transactionId,
        stan: authorization.stan,
        answer: kept,
        waitUntil: after(context, timeoutMs),
      },
    ],
    effects: [{ type: 'CompleteCard', transactionId, answer, timeoutMs }],
  };
}

/** `step`, and an inserted card is asked to decline as well: nobody waits for what it says. */
export function declineCard(transaction: Transaction, step: Step, context: StepContext): Step {
  if (!askCard(transaction)) return step;
  const { completeCardMs: timeoutMs } = context.policy;
  const answer: HostAnswer = { kind: 'outcomeUnknown' };
  return {
    events: step.events,
    effects: [{ type: 'CompleteCard', transactionId: transaction.id, answer, timeoutMs }, ...step.effects],
  };
}

/** What the host has said is what counts: of a card that has left, or that has nothing against it. */
export function hostAnswered(transaction: Transaction, answer: HostAnswerKept, context: StepContext): Step {
  const { id: transactionId, authorization } = transaction;
  assert(authorization !== null, 'an answer needs its request');
  const { stan } = authorization;
  const { responseCode, approvalCode, rrn, approvedAmount } = answer;
  if (approvedAmount !== null) {
    const event = { type: 'PartiallyApproved', transactionId, stan, approvedAmount, approvalCode, rrn } as const;
    return { events: [event], effects: [] };
  }
  if (responseCode !== '00') {
    const step = ended(transaction, context, [
      { type: 'AuthorizationDeclined', transactionId, stan, responseCode, rrn },
    ]);
    return askLater.has(responseCode) ? withReversal(transaction, step, context) : step;
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

/**
 * The host has not decided: a copy of the request that comes to it later may be decided after all, and nobody would hear of
 * it. The customer is told of the decline, and the host that it is to hold nothing.
 */
function withReversal(transaction: Transaction, declined: Step, context: StepContext): Step {
  const reversal = queueReversal(transaction, context, 'askedLater');
  return { events: [...declined.events, ...reversal.events], effects: [...declined.effects, ...reversal.effects] };
}

/** A copy of a request that the host has declined already was approved: it holds money, so it is undone at once. */
export function approvedAfterDecline(
  transaction: Transaction,
  { stan, reply: { responseCode } }: Of<'LateReplyArrived'>,
  context: StepContext,
): Step {
  const { authorization, hostAnswer, phase, id: transactionId } = transaction;
  const declined = phase === 'declined' || (hostAnswer !== null && !isApproval(hostAnswer));
  if (!declined || authorization?.stan !== stan || !isAnyApproval(responseCode)) return nothing;
  const reversal = queueReversal(transaction, context, 'lateApproval');
  const received = { type: 'LateReplyReceived', transactionId, stan, responseCode } as const;
  return { events: [received, ...reversal.events], effects: reversal.effects };
}

/** The card has said its last word, or can say none any more. */
export function cardCompleted(
  transaction: Transaction,
  { completion }: Of<'CardCompleted'>,
  context: StepContext,
): Step {
  const { decision, card = null, issuerAuthentication, scriptResults = null } = completion;
  const event: JournalEvent = {
    type: 'CardCompleted',
    transactionId: transaction.id,
    decision,
    card,
    issuerAuthentication,
    scriptResults,
  };
  const outcome = outcomeOf({ ...transaction, card: card ?? transaction.card }, decision, context);
  return { events: [event, ...outcome.events], effects: outcome.effects };
}

function outcomeOf(
  transaction: Transaction,
  decision: Of<'CardCompleted'>['completion']['decision'],
  context: StepContext,
): Step {
  const { hostAnswer: answer } = transaction;
  if (answer === null) {
    return decision === 'approved'
      ? storePayment(transaction, 'chipApproved', context)
      : notReached(transaction, context);
  }
  if (!isApproval(answer) || decision === 'approved') return hostAnswered(transaction, answer, context);
  return queueReversal(transaction, context, decision === 'declined' ? 'cardDeclined' : 'cardRemoved');
}

/** After a restart: the power was off the card too, so it has not said TC as far as anybody can know. */
export function interruptedCompletion(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const { hostAnswer: answer } = transaction;
  if (answer === null) return notReached(transaction, context);
  return isApproval(answer)
    ? queueReversal(transaction, context, 'restart')
    : hostAnswered(transaction, answer, context);
}

function notReached(transaction: Transaction, context: StepContext): Step {
  return ended(transaction, context, [{ type: 'SaleFailed', transactionId: transaction.id, reason: 'hostNotReached' }]);
}
