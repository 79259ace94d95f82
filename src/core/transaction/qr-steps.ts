/**
 * A QR sale: issue a code, show it, wait for the bank's word. A code that is no longer shown may still have
 * been paid, so the provider is asked before "not charged" is said; what arrives later is kept for a person.
 */
import { assert, unreachable } from '../base/assert.ts';
import { addMoney, money, type Money } from '../base/money.ts';
import { matchTransfer } from '../qr/matcher.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { Transfer } from './model.ts';
import { retryDelayMs } from './policy.ts';
import { requestReceipt } from './receipt-steps.ts';
import type { QrState, Transaction } from './state.ts';
import { after, ended, nothing, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

function qrOf(transaction: Transaction): QrState {
  assert(transaction.qr !== null, 'a QR step needs a code');
  return transaction.qr;
}

export function issueQr(transaction: Transaction, context: Pick<StepContext, 'policy'>): Effect {
  const { reference, expiresAt } = qrOf(transaction);
  return {
    type: 'IssueQr',
    request: { transactionId: transaction.id, amount: transaction.amount, reference, expiresAt },
    timeoutMs: context.policy.providerTimeoutMs,
  };
}

export function queryPayment(transaction: Transaction, context: Pick<StepContext, 'policy'>): Effect {
  return {
    type: 'QueryPayment',
    transactionId: transaction.id,
    reference: qrOf(transaction).reference,
    timeoutMs: context.policy.providerTimeoutMs,
  };
}

export function expiryTimer(transaction: Transaction): Effect {
  return {
    type: 'StartTimer',
    transactionId: transaction.id,
    timer: 'qrExpiry',
    dueAt: qrOf(transaction).expiresAt,
  };
}

export function qrIssued(transaction: Transaction, { issue }: Of<'QrIssued'>): Step {
  return {
    events: [{ type: 'QrIssued', transactionId: transaction.id, ...issue }],
    effects: [expiryTimer(transaction)],
  };
}

export function qrIssueFailed(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return ended(transaction, context, [{ type: 'SaleFailed', transactionId: transaction.id, reason: 'qrUnavailable' }]);
}

/** Before a code was shown nobody can have paid. */
export function cancelUnissued(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return ended(transaction, context, [{ type: 'SaleCancelled', transactionId: transaction.id, reason: 'cashier' }]);
}

export function withdraw(because: 'expired' | 'cashier') {
  return (transaction: Transaction, _input: unknown, context: StepContext): Step => {
    const transactionId = transaction.id;
    const waitUntil = after(context, context.policy.providerTimeoutMs);
    return {
      events: [{ type: 'QrWithdrawn', transactionId, because, waitUntil }],
      effects: [{ type: 'StopTimer', transactionId, timer: 'qrExpiry' }, queryPayment(transaction, context)],
    };
  };
}

export function qrExpiryTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  return input.timer === 'qrExpiry' ? withdraw('expired')(transaction, input, context) : nothing;
}

export function queryTimer(transaction: Transaction, input: Of<'TimerFired'>, context: StepContext): Step {
  return input.timer === 'queryRetry' ? { events: [], effects: [queryPayment(transaction, context)] } : nothing;
}

export function queryFailed(transaction: Transaction, { fault }: Of<'QueryFailed'>, context: StepContext): Step {
  const attempt = transaction.attempts.made + 1;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  const transactionId = transaction.id;
  return {
    events: [{ type: 'QueryFailed', transactionId, attempt, fault, nextTryAt }],
    effects: [{ type: 'StartTimer', transactionId, timer: 'queryRetry', dueAt: nextTryAt }],
  };
}

/** The definite answer. `decide` has applied the transfers that came with it, so nothing here means: not paid. */
export function notPaid(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const transactionId = transaction.id;
  const event: JournalEvent =
    qrOf(transaction).withdrawn === 'cashier'
      ? { type: 'SaleCancelled', transactionId, reason: 'cashier' }
      : { type: 'QrExpired', transactionId };
  return transaction.closed ? { events: [event], effects: [] } : ended(transaction, context, [event]);
}

/** Providers repeat themselves: a transfer already recorded for this sale changes nothing. */
function isKnown(transaction: Transaction, transfer: Transfer): boolean {
  const id = transfer.providerTransactionId;
  return (
    transaction.transfers.some((known) => known.providerTransactionId === id) ||
    transaction.lateTransfers.some((known) => known.transfer.providerTransactionId === id)
  );
}

function received(transaction: Transaction): Money {
  return transaction.transfers.reduce(
    (sum, transfer) => addMoney(sum, transfer.amount),
    money(0, transaction.amount.currency),
  );
}

export function transferArrived(
  transaction: Transaction,
  { transfer }: Of<'TransferArrived'>,
  context: StepContext,
): Step {
  if (isKnown(transaction, transfer)) return nothing;
  return transaction.closed ? late(transaction, transfer) : applyTransfer(transaction, transfer, context);
}

/** The sale is settled or gone: the money is real all the same, and waits for a person. */
export function lateTransfer(transaction: Transaction, { transfer }: Of<'TransferArrived'>): Step {
  return isKnown(transaction, transfer) ? nothing : late(transaction, transfer);
}

function late(transaction: Transaction, transfer: Transfer): Step {
  return { events: [{ type: 'QrPaymentLate', transactionId: transaction.id, transfer }], effects: [] };
}

function applyTransfer(transaction: Transaction, transfer: Transfer, context: StepContext): Step {
  const { issue, reference } = qrOf(transaction);
  assert(issue !== null, 'a transfer for a code that was never issued');
  const transactionId = transaction.id;
  const match = matchTransfer(transfer, {
    reference,
    amount: transaction.amount,
    bankBin: issue.bankBin,
    account: issue.account,
    alreadyReceived: received(transaction),
  });
  switch (match.kind) {
    case 'noReference':
    case 'wrongAccount':
    case 'wrongCurrency':
      return { events: [{ type: 'TransferUnmatched', transfer, reason: match.kind }], effects: [] };
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
      return unreachable(match, 'applyTransfer');
  }
}
