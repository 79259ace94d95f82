/**
 * A QR sale: issue a code, show it, wait for the bank's word. A code that is no longer shown may still have
 * been paid, so the provider is asked before "not charged" is said; what arrives later is kept for a person.
 */
import { assert, unreachable } from '../base/assert.ts';
import { epochMs } from '../base/brand.ts';
import { money, sumMoney, type Money } from '../base/money.ts';
import { matchTransfer, type TransferMatch } from '../qr/matcher.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { Transfer } from './model.ts';
import { retryDelayMs, type Policy } from './policy.ts';
import { requestReceipt } from './receipt-steps.ts';
import { isPaidOtherwise } from './start.ts';
import { isAside, isWaiting, shownTransaction, type QrState, type Transaction } from './state.ts';
import { after, alarm, ended, nextAttempt, nothing, type Refusal, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

function qrOf(transaction: Transaction): QrState {
  assert(transaction.qr !== null, 'a QR step needs a code');
  return transaction.qr;
}

function issueQr(transaction: Transaction, context: StepContext): Effect {
  const { reference, expiresAt } = qrOf(transaction);
  return {
    type: 'IssueQr',
    request: { transactionId: transaction.id, amount: transaction.amount, reference, expiresAt },
    timeoutMs: context.policy.providerTimeoutMs,
  };
}

function queryPayment(transaction: Transaction, attempt: number, context: StepContext): Effect {
  return {
    type: 'QueryPayment',
    transactionId: transaction.id,
    attempt,
    reference: qrOf(transaction).reference,
    timeoutMs: context.policy.providerTimeoutMs,
  };
}

/**
 * The provider need not keep a code that nobody waits for. Asked besides the question what was paid, which alone counts: a
 * provider that cannot, will not or does not answer changes nothing.
 */
export function cancelCode(
  { id: transactionId, qr }: Transaction,
  { qrProvider, providerTimeoutMs }: Pick<Policy, 'qrProvider' | 'providerTimeoutMs'>,
): readonly Effect[] {
  if (!qrProvider.canCancel || qr?.issue === null || qr === null) return [];
  const { reference, expiresAt } = qr;
  return [{ type: 'CancelQr', transactionId, order: { reference, expiresAt }, timeoutMs: providerTimeoutMs }];
}

/** However far the clock was set back, the code is not shown for longer than any is. */
function expiryTimer(transaction: Transaction, context: StepContext): Effect {
  const { qrExpiryMs, qrLongExpiryMs } = context.policy;
  const latest = after(context, Math.max(qrExpiryMs, qrLongExpiryMs));
  const dueAt = epochMs(Math.min(qrOf(transaction).expiresAt, latest));
  return { type: 'StartTimer', transactionId: transaction.id, timer: 'qrExpiry', dueAt };
}

export function qrIssued(transaction: Transaction, { issue }: Of<'QrIssued'>, context: StepContext): Step {
  return {
    events: [{ type: 'QrIssued', transactionId: transaction.id, ...issue }],
    effects: [expiryTimer(transaction, context)],
  };
}

export function qrIssueFailed(transaction: Transaction, { fault }: Of<'QrIssueFailed'>, context: StepContext): Step {
  const reason = fault === 'unreachable' ? 'qrNoNetwork' : 'qrUnavailable';
  return ended(transaction, context, [{ type: 'SaleFailed', transactionId: transaction.id, reason }]);
}

/** Before a code was shown nobody can have paid. */
export function cancelUnissued(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return ended(transaction, context, [{ type: 'SaleCancelled', transactionId: transaction.id, reason: 'cashier' }]);
}

export function withdraw(because: NonNullable<QrState['withdrawn']>) {
  return (transaction: Transaction, _input: unknown, context: StepContext): Step => {
    const transactionId = transaction.id;
    const waitUntil = after(context, context.policy.providerTimeoutMs);
    return {
      events: [{ type: 'QrWithdrawn', transactionId, because, waitUntil }],
      effects: [
        { type: 'StopTimer', transactionId, timer: 'qrExpiry' },
        queryPayment(transaction, transaction.attempts.made + 1, context),
        ...cancelCode(transaction, context.policy),
      ],
    };
  };
}

export function qrExpiryTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  return input.timer === 'qrExpiry' ? withdraw('expired')(transaction, input, context) : nothing;
}

export function queryTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  if (input.timer !== 'queryRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return repeatQuery(transaction, input, context);
}

/** The answer to the last question may have been lost. */
function repeatQuery(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return nextAttempt(transaction, context, context.policy.providerTimeoutMs, (attempt) =>
    queryPayment(transaction, attempt, context),
  );
}

/** After a restart: whether the provider has heard that nobody waits for the code is not known. */
export function resumeCheck(transaction: Transaction, input: unknown, context: StepContext): Step {
  const asked = repeatQuery(transaction, input, context);
  return { events: asked.events, effects: [...asked.effects, ...cancelCode(transaction, context.policy)] };
}

/** After a restart: asking for the same code again is safe, and the limit starts anew. */
export function repeatIssue(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return nextAttempt(transaction, context, context.policy.providerTimeoutMs, () => issueQr(transaction, context));
}

/** After a restart: the code stays payable, and notices sent while the terminal was down are found by a query. */
export function showAgain(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return {
    events: [],
    effects: [expiryTimer(transaction, context), queryPayment(transaction, transaction.attempts.made, context)],
  };
}

export function queryFailed(transaction: Transaction, input: Of<'QueryFailed'>, context: StepContext): Step {
  const { attempt, fault } = input;
  if (attempt !== transaction.attempts.made) return nothing;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  const transactionId = transaction.id;
  return {
    events: [
      { type: 'QueryFailed', transactionId, attempt, fault, nextTryAt },
      ...alarm(transaction, context, attempt, fault),
    ],
    effects: [{ type: 'StartTimer', transactionId, timer: 'queryRetry', dueAt: nextTryAt }],
  };
}

/**
 * The definite answer. `decide` has applied the transfers that came with it, so nothing here means: not paid. An
 * answer from before the code was withdrawn says nothing about what was paid until then.
 */
export function notPaid(transaction: Transaction, { attempt }: Of<'QueryAnswered'>, context: StepContext): Step {
  if (attempt !== transaction.attempts.made) return nothing;
  const transactionId = transaction.id;
  const { withdrawn } = qrOf(transaction);
  const event: JournalEvent =
    withdrawn === 'cashier' || withdrawn === 'billPaid'
      ? { type: 'SaleCancelled', transactionId, reason: withdrawn }
      : { type: 'QrExpired', transactionId };
  return transaction.closed ? { events: [event], effects: [] } : ended(transaction, context, [event]);
}

function received(transaction: Transaction): Money {
  return sumMoney(
    transaction.transfers.map(({ amount }) => amount),
    transaction.amount.currency,
  );
}

export function transferArrived(transaction: Transaction, input: Of<'TransferArrived'>, context: StepContext): Step {
  if (transaction.closed && !transaction.aside) return lateTransfer(transaction, input);
  if (isPaidOtherwise(context.terminal, transaction)) return secondPayment(transaction, input, context);
  const { transfer } = input;
  const transactionId = transaction.id;
  const match = judge(transaction, transfer);
  switch (match.kind) {
    case 'noReference':
    case 'wrongAccount':
    case 'wrongCurrency':
      return stray(transfer, match.kind);
    case 'under':
      return {
        events: [{ type: 'QrPaymentUnderPaid', transactionId, transfer, missing: match.missing }],
        effects: [{ type: 'StopTimer', transactionId, timer: 'qrExpiry' }],
      };
    case 'exact':
    case 'over': {
      const excess = match.kind === 'over' ? match.excess : money(0, transaction.amount.currency);
      const receipt = requestReceipt(transaction, context);
      return {
        events: [{ type: 'QrPaymentConfirmed', transactionId, transfer, excess }, ...receipt.events],
        effects: [{ type: 'StopTimer', transactionId, timer: 'qrExpiry' }, ...receipt.effects],
      };
    }
    default:
      return unreachable(match, 'transferArrived');
  }
}

/** The bill has been paid another way, so this is the customer's money, and a person is told to give it back or to attach it. */
function secondPayment(transaction: Transaction, input: Of<'TransferArrived'>, context: StepContext): Step {
  const late = lateTransfer(transaction, input);
  const events = late.events.map((event) =>
    event.type === 'QrPaymentLate' ? ({ ...event, because: 'billPaid' } as const) : event,
  );
  // Whoever pays this code now has paid twice: it is no longer asked for.
  const withdrawn =
    transaction.phase === 'awaitingPayment' ? withdraw('billPaid')(transaction, input, context) : nothing;
  return { events: [...events, ...withdrawn.events], effects: withdrawn.effects };
}

/** The bank says what a supervisor had said: the first mark stays. */
function verifiedLater(
  { id: transactionId, unverified, amount }: Transaction,
  transfer: Transfer,
  match: { readonly kind: string; readonly excess?: Money },
): Step | undefined {
  if (unverified?.verifiedAt !== null || match.kind === 'under') return undefined;
  const excess = match.excess ?? money(0, amount.currency);
  return { events: [{ type: 'QrVerifiedLater', transactionId, transfer, excess }], effects: [] };
}

/** By the word of a supervisor: the bank's notice is still waited for, and the mark stays when it has come. */
export function confirmByHand(
  transaction: Transaction,
  { approvedBy, note }: Of<'ConfirmByHand'>,
  context: StepContext,
): Step | Refusal {
  const { id: transactionId } = transaction;
  if (isPaidOtherwise(context.terminal, transaction)) return { refuse: 'its bill has been paid another way' };
  assert(approvedBy !== '', 'a confirmation has a name');
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'QrConfirmedByHand', transactionId, approvedBy, note }, ...receipt.events],
    effects: [
      { type: 'StopTimer', transactionId, timer: 'qrExpiry' },
      { type: 'StopTimer', transactionId, timer: 'queryRetry' },
      ...receipt.effects,
    ],
  };
}

/** What has come stays, as one payment of a bill of the whole amount; the rest is asked for by other payments of it. */
export function acceptTransferredPart(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const { id: transactionId, amount, order } = transaction;
  const bill = order === null ? { order: { id: qrOf(transaction).reference, total: amount } } : {};
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'QrPartAccepted', transactionId, ...bill }, ...receipt.events],
    effects: receipt.effects,
  };
}

/** The cashier serves the next customer, or takes the money another way; the code stays payable until its limit. */
export function setAside(transaction: Transaction, { payOtherWay }: Of<'SetAside'>): Step {
  const { id: transactionId, amount } = transaction;
  const { reference: id } = qrOf(transaction);
  if (transaction.closed) return nothing;
  const order = payOtherWay && transaction.order === null ? { order: { id, total: amount } } : {};
  return { events: [{ type: 'QrSetAside', transactionId, ...order }], effects: [] };
}

export function bringBack(transaction: Transaction, _input: unknown, context: StepContext): Step | Refusal {
  if (!isAside(transaction)) return nothing;
  const { id: transactionId } = transaction;
  const shown = shownTransaction(context.terminal);
  if (shown !== undefined && isWaiting(shown)) return { refuse: 'another sale is on the screen and not over yet' };
  const finished = shown !== undefined && !shown.closed ? shown.id : null;
  return {
    events: [
      ...(finished === null ? [] : [{ type: 'SaleClosed', transactionId: finished } as const]),
      { type: 'QrBroughtBack', transactionId },
    ],
    effects: finished === null ? [] : [{ type: 'StopTimer', transactionId: finished, timer: 'autoClose' }],
  };
}

/** The sale is settled, gone, or not shown yet: the money is real all the same, and waits for a person. */
export function lateTransfer(transaction: Transaction, { transfer }: Of<'TransferArrived'>): Step {
  const sameCurrency = transfer.amount.currency === transaction.amount.currency;
  const unissued = { kind: sameCurrency ? 'exact' : 'wrongCurrency' } as const;
  const match = transaction.qr?.issue ? judge(transaction, transfer) : unissued;
  if (match.kind === 'wrongAccount' || match.kind === 'wrongCurrency' || match.kind === 'noReference') {
    return stray(transfer, match.kind);
  }
  const verified = verifiedLater(transaction, transfer, match);
  if (verified !== undefined) return verified;
  const twice =
    transaction.phase === 'paid' && transaction.transfers.length > 0 ? ({ because: 'paidTwice' } as const) : {};
  return { events: [{ type: 'QrPaymentLate', transactionId: transaction.id, transfer, ...twice }], effects: [] };
}

/** It carries our reference, but is not this sale's money. */
function stray(transfer: Transfer, reason: Extract<JournalEvent, { type: 'TransferUnmatched' }>['reason']): Step {
  return { events: [{ type: 'TransferUnmatched', transfer, reason }], effects: [] };
}

function judge(transaction: Transaction, transfer: Transfer): TransferMatch {
  const { issue, reference } = qrOf(transaction);
  assert(issue !== null, 'a transfer for a code that was never issued');
  return matchTransfer(transfer, {
    reference,
    amount: transaction.amount,
    bankBin: issue.bankBin,
    account: issue.account,
    alreadyReceived: received(transaction),
  });
}
