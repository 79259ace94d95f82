/** What the machine's effects can end as: an answer of the acquirer or none, what a card says, what a printer does. */
import { unreachable } from '../../src/core/base/assert.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { finalCard } from '../scenarios/given.ts';
import type { HostEffect, HostReply } from './host.ts';
import type { Scenario } from './scenario.ts';

const forHost: ReadonlySet<Effect['type']> = new Set([
  'SendAuthorization',
  'SendReversal',
  'SendFollowUp',
  'Forward',
  'SendReconciliation',
  'UploadEntry',
]);

export function isForHost(effect: Effect): effect is HostEffect {
  return forHost.has(effect.type);
}

export function answerOf(effect: HostEffect, { totals, ...reply }: HostReply): Input {
  switch (effect.type) {
    case 'SendAuthorization': {
      const { transactionId, stan } = effect.request;
      return { type: 'HostReply', transactionId, stan, reply };
    }
    case 'SendReversal':
      return { type: 'ReversalReply', transactionId: effect.request.transactionId, reply };
    case 'SendFollowUp': {
      const { transactionId, stan } = effect.request;
      return { type: 'FollowUpReply', transactionId, stan, reply };
    }
    case 'Forward':
      return { type: 'ForwardReply', transactionId: effect.request.transactionId, reply };
    case 'SendReconciliation': {
      const { batch, stan, attempt } = effect.request;
      const { responseCode } = reply;
      const compared = totals === undefined ? { responseCode } : { responseCode, hostTotals: totals };
      return { type: 'ReconciliationReply', batch, stan, attempt, reply: compared };
    }
    case 'UploadEntry': {
      const { batch, stan, attempt } = effect.request;
      return { type: 'UploadReply', batch, stan, attempt, responseCode: reply.responseCode };
    }
    default:
      return unreachable(effect, 'answer');
  }
}

export function lostAnswerOf(effect: HostEffect, fault: 'notSent' | 'noReply'): Input;
export function lostAnswerOf(effect: Effect, fault: 'notSent' | 'noReply'): Input | undefined;
export function lostAnswerOf(effect: Effect, fault: 'notSent' | 'noReply'): Input | undefined {
  const { type } = effect;
  if (type === 'SendAuthorization') {
    const { transactionId, stan } = effect.request;
    return { type: 'HostUnreachable', transactionId, stan, fault };
  }
  if (type === 'SendReversal') {
    return { type: 'ReversalUnanswered', transactionId: effect.request.transactionId, detail: '' };
  }
  if (type === 'SendFollowUp') {
    const { transactionId, stan } = effect.request;
    return { type: 'FollowUpUnanswered', transactionId, stan, fault };
  }
  if (type === 'Forward') return { type: 'ForwardUnanswered', transactionId: effect.request.transactionId, fault };
  if (type === 'SendReconciliation' || type === 'UploadEntry') {
    const { batch, stan, attempt } = effect.request;
    const lost = type === 'UploadEntry' ? 'UploadUnanswered' : 'ReconciliationUnanswered';
    return { type: lost, batch, stan, attempt, detail: '' };
  }
  if (type === 'QueryPayment') {
    const { transactionId, attempt } = effect;
    return { type: 'QueryFailed', transactionId, attempt, fault: 'noReply' };
  }
  if (type === 'IssueQr') {
    return { type: 'QrIssueFailed', transactionId: effect.request.transactionId, fault: 'noReply' };
  }
  return undefined;
}

/** Ends of what is done at hand that depend on nothing but the scenario; whether all is well with them. */
export function endsOf(
  effect: Effect,
  { card, completion, printer, faults }: Scenario,
): readonly (readonly [input: Input, isGood: boolean])[] {
  if (effect.type === 'ActivateReader' || effect.type === 'AwaitCode') {
    const { transactionId } = effect;
    return card.map((outcome) => [{ type: 'CardOutcome', transactionId, outcome }, outcome.kind !== 'tryAgain']);
  }
  if (effect.type === 'CompleteCard') {
    const { transactionId } = effect;
    return completion.map((decision) => {
      const said = decision === 'notCompleted' ? {} : { card: finalCard };
      const outcome = { decision, ...said, issuerAuthentication: 'performed' } as const;
      return [{ type: 'CardCompleted', transactionId, completion: outcome }, true];
    });
  }
  if (effect.type === 'PrintReceipt') {
    const { transactionId, jobId } = effect;
    return printer.map((how) =>
      how === 'printed'
        ? [{ type: 'ReceiptPrinted', transactionId, jobId }, true]
        : [{ type: 'ReceiptFailed', transactionId, jobId, trouble: how }, true],
    );
  }
  const lost = faults.lost && !isForHost(effect) ? lostAnswerOf(effect, 'noReply') : undefined;
  return lost === undefined ? [] : [[lost, false]];
}
