/**
 * view = project(state): the only way from what the terminal knows to what a screen shows. Masked data in,
 * plain JSON out.
 */
import {
  contractVersion,
  type SaleStage,
  type SaleView,
  type TerminalView,
  type WorklistItem,
} from '../contract/view.ts';
import { unreachable } from '../core/base/assert.ts';
import { addMoney, exponent, money, type Money } from '../core/base/money.ts';
import {
  isUnsettled,
  moneyMoved,
  type Phase,
  type TerminalState,
  type Transaction,
} from '../core/transaction/state.ts';
import { transitions } from '../core/transaction/transitions.ts';

const stages: Readonly<Record<Phase, SaleStage>> = {
  awaitingCard: 'presentCard',
  authorising: 'authorising',
  approved: 'approved',
  declined: 'declined',
  reversing: 'unknown',
  reversed: 'reversed',
  issuingQr: 'preparingQr',
  awaitingPayment: 'showQr',
  checkingPayment: 'checkingPayment',
  paid: 'approved',
  underPaid: 'underPaid',
  cancelled: 'cancelled',
  failed: 'failed',
  expired: 'expired',
};

const shownRecent = 12;

/** Why, as a code for the message catalogue. */
function reason(transaction: Transaction): string | null {
  const { phase, authorization } = transaction;
  switch (phase) {
    case 'awaitingCard':
      return transaction.tryAgain === null ? null : `tryAgain.${transaction.tryAgain}`;
    case 'declined':
      return transaction.declinedByCard ? 'declined.card' : `declined.${authorization?.responseCode ?? ''}`;
    case 'reversing':
    case 'reversed':
      return transaction.unknownCause === null ? null : `unknown.${transaction.unknownCause}`;
    case 'checkingPayment':
      return transaction.qr?.withdrawn ?? null;
    case 'cancelled':
      return transaction.cancelReason;
    case 'failed':
      return transaction.failReason;
    case 'authorising':
    case 'approved':
    case 'issuingQr':
    case 'awaitingPayment':
    case 'paid':
    case 'underPaid':
    case 'expired':
      return null;
    default:
      return unreachable(phase, 'reason');
  }
}

function actions(transaction: Transaction): SaleView['actions'] {
  const row = transitions[transaction.phase];
  const may: SaleView['actions'] = [];
  if ('run' in row.CancelSale) may.push('cancel');
  if ('run' in row.ReprintReceipt && transaction.receipt.state !== 'printing') may.push('reprint');
  if ('run' in row.CloseSale && !transaction.closed) may.push('close');
  return may;
}

function received(transaction: Transaction): Money | null {
  if (transaction.qr === null || transaction.transfers.length === 0) return null;
  return transaction.transfers.reduce(
    (sum, transfer) => addMoney(sum, transfer.amount),
    money(0, transaction.amount.currency),
  );
}

function saleView(transaction: Transaction): SaleView {
  const { authorization, card, qr, receipt, attempts } = transaction;
  return {
    id: transaction.id,
    method: transaction.method,
    amount: transaction.amount,
    startedAt: transaction.startedAt,
    stage: stages[transaction.phase],
    moneyMoved: moneyMoved(transaction),
    reason: reason(transaction),
    waitSince: transaction.waitSince,
    waitUntil: transaction.waitUntil,
    card: card === null ? null : { maskedPan: card.maskedPan, label: card.label },
    stan: authorization?.stan ?? null,
    approvalCode: authorization?.approvalCode ?? null,
    rrn: authorization?.rrn ?? null,
    responseCode: authorization?.responseCode ?? null,
    qr: qr?.issue ? { payload: qr.issue.payload, reference: qr.reference } : null,
    received: received(transaction),
    missing: transaction.missing,
    excess: transaction.excess,
    receipt: { state: receipt.state, trouble: receipt.trouble, copies: receipt.copies },
    reversal: transaction.phase === 'reversing' ? { attempts: attempts.made, nextTryAt: attempts.nextTryAt } : null,
    actions: actions(transaction),
  };
}

/** What a person has to settle, newest first. */
function worklist(state: TerminalState): WorklistItem[] {
  const items: WorklistItem[] = state.unmatched.map(({ transfer, at }) => ({
    kind: 'unmatchedTransfer',
    transactionId: null,
    reference: transfer.memo,
    amount: transfer.amount,
    at,
  }));
  for (const transaction of state.transactions.values()) {
    const { id: transactionId, amount, startedAt, receipt, closed } = transaction;
    const reference = transaction.qr?.reference ?? null;
    const at = transaction.endedAt ?? startedAt;
    for (const late of transaction.lateTransfers) {
      items.push({ kind: 'lateTransfer', transactionId, reference, amount: late.transfer.amount, at: late.at });
    }
    if (transaction.missing !== null) {
      items.push({ kind: 'underPaid', transactionId, reference, amount: transaction.missing, at });
    }
    if (transaction.excess !== null) {
      items.push({ kind: 'overPaid', transactionId, reference, amount: transaction.excess, at });
    }
    if (closed && isUnsettled(transaction)) {
      items.push({ kind: 'outcomeUnknown', transactionId, reference, amount, at });
    }
    if (closed && receipt.state === 'failed') {
      items.push({ kind: 'receiptNotPrinted', transactionId, reference, amount, at });
    }
  }
  return items.sort((a, b) => b.at - a.at);
}

/** What does not come from the journal. */
export interface Surroundings {
  readonly now: number;
  readonly terminal: Omit<TerminalView['terminal'], 'currencyExponent'>;
  readonly halted: string | undefined;
  readonly devices: TerminalView['devices'];
  readonly acquirerLink: TerminalView['acquirerLink'];
  readonly journal: TerminalView['journal'];
  readonly simulator: TerminalView['simulator'];
}

export function project(state: TerminalState, around: Surroundings, currency: Money['currency']): TerminalView {
  const shown = state.foreground === null ? undefined : state.transactions.get(state.foreground);
  const all = [...state.transactions.values()];
  const { halted, ...rest } = around;
  return {
    version: contractVersion,
    ...rest,
    terminal: { ...around.terminal, currencyExponent: exponent(currency) },
    state: halted === undefined ? 'ready' : 'halted',
    haltReason: halted ?? null,
    sale:
      shown === undefined || shown.closed
        ? null
        : { ...saleView(shown), ...(halted === undefined ? {} : { actions: [] }) },
    background: all.filter((transaction) => transaction.closed && isUnsettled(transaction)).map(saleView),
    worklist: worklist(state),
    recent: all
      .filter((transaction) => transaction.closed)
      .slice(-shownRecent)
      .toReversed()
      .map(saleView),
  };
}
