/** One transaction as a screen shows it. */
import type { SaleStage, SaleView } from '../contract/view.ts';
import { assert, unreachable } from '../core/base/assert.ts';
import { money, sumMoney, type Money } from '../core/base/money.ts';
import { inOpenBatch } from '../core/settlement/model.ts';
import type { MoneyBack } from '../core/transaction/inputs.ts';
import type { QrProviderPolicy } from '../core/transaction/policy.ts';
import { mostByProvider, refundSource } from '../core/transaction/provider-refund-steps.ts';
import { orderBalance, refundable } from '../core/transaction/start.ts';
import { isDeclinedForNow } from '../core/transaction/evolve-answers.ts';
import {
  chargedAmount,
  isUnsettled,
  moneyMoved,
  needsPerson,
  type Phase,
  type TerminalState,
  type Transaction,
} from '../core/transaction/state.ts';
import { transitions } from '../core/transaction/transitions.ts';

const stages: Readonly<Record<Phase, SaleStage>> = {
  awaitingCard: 'presentCard',
  authorising: 'authorising',
  completingCard: 'completingCard',
  approved: 'approved',
  declined: 'declined',
  reversing: 'unknown',
  reversed: 'reversed',
  partlyApproved: 'partlyApproved',
  storing: 'storing',
  stored: 'stored',
  lateDeclined: 'lateDeclined',
  authorised: 'held',
  incrementing: 'raisingHold',
  completing: 'completing',
  completed: 'completed',
  voiding: 'voiding',
  voided: 'voided',
  awaitingCash: 'takeCash',
  issuingQr: 'preparingQr',
  awaitingPayment: 'showQr',
  checkingPayment: 'checkingPayment',
  paid: 'approved',
  underPaid: 'underPaid',
  refunding: 'refunding',
  cancelled: 'cancelled',
  failed: 'failed',
  expired: 'expired',
};

/** Why, as a code for the message catalogue. */
function reason(transaction: Transaction): string | null {
  const { phase, authorization, followUp, stored } = transaction;
  if (isDeclinedForNow(transaction)) return `declined.${authorization?.responseCode ?? ''}`;
  switch (phase) {
    case 'awaitingCard':
      return transaction.tryAgain === null ? null : `tryAgain.${transaction.tryAgain}`;
    case 'declined':
      return transaction.declinedByCard ? 'declined.card' : `declined.${authorization?.responseCode ?? ''}`;
    case 'lateDeclined':
      return `declined.${authorization?.responseCode ?? ''}`;
    case 'reversing':
    case 'reversed':
      if (transaction.reversalBecause) return `reversal.${transaction.reversalBecause}`;
      return transaction.unknownCause === null ? null : `unknown.${transaction.unknownCause}`;
    case 'stored':
      return transaction.deadLetter === null ? `stored.${stored?.manner ?? ''}` : 'stored.deadLetter';
    case 'checkingPayment':
      return transaction.qr?.withdrawn ?? null;
    case 'cancelled':
      return transaction.cancelReason;
    case 'failed':
      return transaction.failReason;
    case 'approved':
    case 'authorised':
    case 'completed':
      return followUp?.result === 'refused' || followUp?.result === 'notSent'
        ? `${followUp.operation}.${followUp.result}`
        : null;
    case 'authorising':
    case 'completingCard':
    case 'partlyApproved':
    case 'storing':
    case 'incrementing':
    case 'completing':
    case 'voiding':
    case 'voided':
    case 'awaitingCash':
    case 'issuingQr':
    case 'awaitingPayment':
    case 'paid':
    case 'underPaid':
    case 'refunding':
    case 'expired':
      return null;
    default:
      return unreachable(phase, 'reason');
  }
}

function actions(
  transaction: Transaction,
  state: TerminalState,
  { left, byProvider, qrProvider }: Refundable,
): SaleView['actions'] {
  const row = transitions[transaction.phase];
  const { phase, method, deadLetter, resolved, attempts, hostOriginal } = transaction;
  const may: SaleView['actions'] = [];
  if ('run' in row.CancelSale) may.push('cancel');
  if ('run' in row.ReprintReceipt && transaction.receipt.state !== 'printing') may.push('reprint');
  if ('run' in row.CloseSale && !transaction.closed) may.push('close');
  if (phase === 'awaitingCash') may.push('tenderCash');
  if (phase === 'partlyApproved' || (phase === 'underPaid' && resolved === null)) may.push('acceptPartial');
  if ('run' in row.VoidTransaction && (phase !== 'paid' || method === 'cash')) {
    // Looked for last: the open batch may be long.
    const hold = hostOriginal?.kind === 'preAuthorization';
    if (hold || inOpenBatch(state.settlement, transaction.id)) may.push('void');
  }
  if ('run' in row.ConfirmByHand && resolved === null) may.push('confirmByHand');
  if ('run' in row.SetAside) may.push(transaction.closed ? 'bringBack' : 'setAside');
  if (left !== null && left.minorUnits > 0) may.push('refund');
  if (method === 'qr' && transaction.transfers.length > 0) {
    if (left !== null && left.minorUnits > 0) may.push('payout');
    if (transaction.excess !== null && resolved === null) may.push('payoutExcess');
  }
  if (byProvider !== null) may.push('refundByProvider');
  if (transaction.excess !== null && isRefundable(state, { reason: 'excess', sale: transaction.id }, qrProvider)) {
    may.push('refundExcessByProvider');
  }
  if (phase === 'failed' && transaction.providerRefund !== null) may.push('payoutInstead');
  if ('run' in row.SettleRefund && deadLetter !== null && attempts.nextTryAt !== null) may.push('settleRefund');
  if ('run' in row.IncrementHold) may.push('increment', 'complete');
  assert(!may.includes('cancel') || !may.includes('refund'), 'view: what is not over is not given back');
  if (resolved !== null) return may;
  if (phase === 'refunding') return may;
  const isCase = deadLetter !== null || phase === 'lateDeclined';
  if (isCase) may.push('printFollowUp');
  const over = phase === 'lateDeclined' || (!isUnsettled(transaction) && needsPerson(transaction));
  if (over || (deadLetter !== null && attempts.nextTryAt !== null)) may.push('resolve');
  return may;
}

const takesMoney: ReadonlySet<Phase> = new Set(['approved', 'paid', 'completed']);
const attempting: ReadonlySet<Phase> = new Set([
  'reversing',
  'voiding',
  'incrementing',
  'stored',
  'completing',
  'refunding',
]);

function received(transaction: Transaction): Money | null {
  if (transaction.qr === null || transaction.transfers.length === 0) return null;
  assert(transaction.method === 'qr', 'view: transfers are of a QR sale');
  return sumMoney(
    transaction.transfers.map(({ amount }) => amount),
    transaction.amount.currency,
  );
}

/** What of a sale may be given back, and what of that by the QR provider. */
interface Refundable {
  readonly left: Money | null;
  readonly byProvider: Money | null;
  readonly qrProvider: QrProviderPolicy;
}

export function isRefundable(state: TerminalState, about: MoneyBack, qrProvider: QrProviderPolicy): boolean {
  return 'transfer' in refundSource(state, about, { qrProvider });
}

function refundableOf(transaction: Transaction, state: TerminalState, qrProvider: QrProviderPolicy): Refundable {
  const { kind, phase } = transaction;
  const left = kind !== 'refund' && takesMoney.has(phase) ? refundable(state, transaction) : null;
  const most = mostByProvider(state, transaction, { qrProvider });
  return { left, byProvider: most > 0 ? money(most, transaction.amount.currency) : null, qrProvider };
}

function moneyBack({ providerRefund }: Transaction): SaleView['moneyBack'] {
  if (providerRefund === null) return null;
  const { reason, transferId, sale } = providerRefund;
  if (reason === 'transfer') return { reason, transferId };
  assert(sale !== null, 'view: it is of a sale');
  return { reason, transactionId: sale };
}

/** `qrProvider`: left out of what is certainly not paid by QR. */
export function saleView(
  transaction: Transaction,
  state: TerminalState,
  qrProvider: QrProviderPolicy = { canCancel: false, canRefund: false },
): SaleView {
  const { authorization, card, qr, receipt, attempts, kind, phase, order, followUp, unverified } = transaction;
  const charged = chargedAmount(transaction);
  assert(charged.minorUnits > 0, 'view: a sale is for an amount');
  const back = refundableOf(transaction, state, qrProvider);
  const { left } = back;
  assert(left === null || left.minorUnits <= charged.minorUnits, 'view: no more is given back than was taken');
  return {
    id: transaction.id,
    kind,
    method: transaction.method,
    presentment: transaction.presentment,
    amount: transaction.amount,
    charged,
    held: transaction.held,
    cash: transaction.cash,
    order: order === null ? null : { id: order.id, ...orderBalance(state, order) },
    originalId: transaction.original,
    refundable: left,
    refundableByProvider: back.byProvider,
    moneyBack: moneyBack(transaction),
    startedAt: transaction.startedAt,
    stage: isDeclinedForNow(transaction) ? 'declined' : stages[phase],
    moneyMoved: moneyMoved(transaction),
    reason: reason(transaction),
    waitSince: transaction.waitSince,
    waitUntil: transaction.waitUntil,
    card: card === null ? null : { maskedPan: card.maskedPan, label: card.label, interface: card.interface },
    stan: authorization?.stan ?? null,
    approvalCode: authorization?.approvalCode ?? null,
    rrn: authorization?.rrn ?? null,
    responseCode: authorization?.responseCode ?? null,
    qr: qr?.issue ? { payload: qr.issue.payload, reference: qr.reference } : null,
    unverified: unverified && {
      approvedBy: unverified.approvedBy,
      at: unverified.at,
      verifiedAt: unverified.verifiedAt,
    },
    received: received(transaction),
    missing: transaction.missing,
    excess: transaction.excess,
    receipt: { state: receipt.state, trouble: receipt.trouble, copies: receipt.copies },
    attempts:
      attempting.has(phase) && !isDeclinedForNow(transaction)
        ? { made: attempts.made, nextTryAt: attempts.nextTryAt, lastError: attempts.lastError }
        : null,
    stored: transaction.stored,
    followUp:
      followUp === null
        ? null
        : {
            operation: followUp.operation,
            amount: followUp.amount,
            result: followUp.result,
            responseCode: followUp.responseCode,
          },
    deadLetter: transaction.deadLetter,
    resolved: transaction.resolved,
    actions: actions(transaction, state, back),
  };
}
