/** The worklist: what only a person can settle, and what it takes to do so. */
import type { PayoutView, WorklistItem } from '../contract/view.ts';
import { assert } from '../core/base/assert.ts';
import { money } from '../core/base/money.ts';
import { netOfTotals } from '../core/settlement/totals.ts';
import type { Policy } from '../core/transaction/policy.ts';
import { isDeclinedForNow } from '../core/transaction/evolve-answers.ts';
import { isAside, isUnsettled, type TerminalState, type Transaction } from '../core/transaction/state.ts';
import { excessFor, fitsByItself, isGoingBack } from '../core/transaction/transfer-steps.ts';
import { isRefundable } from './project-sale.ts';

/** Of a very bad day; the newest first, and more come when these are settled. */
const shownWork = 100;
/** Sales that a transfer would pay for. */
const shownFits = 6;

/** What a person has to settle, newest first. */
export function worklist(state: TerminalState, policy: WorkPolicy): WorklistItem[] {
  const waits: Waits = (waiting) => transferOf(state, waiting, policy);
  const items: WorklistItem[] = state.unmatched.slice(-shownWork).map(({ transfer, at, reason }) => ({
    kind: 'unmatchedTransfer',
    transactionId: null,
    reference: transfer.memo,
    amount: transfer.amount,
    at,
    transfer: waits({ transfer, from: null, odd: reason !== 'noReference' }),
  }));
  for (const transaction of state.transactions.values()) items.push(...workOn(transaction, waits));
  for (const { balance, totals, hostTotals, settledAt } of state.settlement.settled) {
    if (balance !== 'differs' || totals === null) continue;
    const theirs = hostTotals === null ? 0 : netOfTotals(hostTotals).minorUnits;
    const ours = netOfTotals(totals);
    const amount = money(theirs - ours.minorUnits, ours.currency);
    const item = { kind: 'batchDiffers', transactionId: null, reference: null } as const;
    items.push({ ...item, amount, at: settledAt, transfer: null });
  }
  assert(
    items.every(({ at }) => Number.isFinite(at)),
    'view: work to do has its time',
  );
  return items.sort((a, b) => b.at - a.at).slice(0, shownWork);
}

type Waiting = Parameters<typeof excessFor>[1];
type WorkPolicy = Pick<Policy, 'otherMarks' | 'qrProvider'>;
type Waits = (waiting: Waiting) => WorklistItem['transfer'];

function transferOf(state: TerminalState, waiting: Waiting, policy: WorkPolicy): WorklistItem['transfer'] {
  const { transfer } = waiting;
  const { providerTransactionId: id, memo } = transfer;
  const excess = excessFor(state, waiting);
  const fits = [...state.transactions.values()]
    .filter((sale) => excess(sale) !== undefined)
    .slice(-shownFits)
    .toReversed()
    .map((sale) => ({
      transactionId: sale.id,
      reference: sale.qr?.reference ?? '',
      amount: sale.amount,
      startedAt: sale.startedAt,
      byItself: fitsByItself(state, sale, waiting, policy),
    }));
  const goesBack = isGoingBack(state, id);
  const mayRefund = !goesBack && isRefundable(state, { reason: 'transfer', transferId: id }, policy.qrProvider);
  return { id, memo, goesBack, mayRefund, fits };
}

const shownPayouts = 20;

/** Open ones first, then the newest that are at their end. */
export function payoutsView({ payouts }: TerminalState): PayoutView[] {
  return [...payouts.values()]
    .toReversed()
    .sort((a, b) => Number(a.end !== null) - Number(b.end !== null))
    .slice(0, shownPayouts)
    .map(({ id, reason, sale, amount, payee, reference, askedBy, askedAt, confirmedBy, end }) => ({
      id,
      reason,
      transactionId: sale,
      amount,
      payee,
      reference,
      askedBy,
      askedAt,
      confirmedBy,
      stage: end?.kind ?? (confirmedBy === null ? 'asked' : 'confirmed'),
      end: end && { by: end.by, note: end.note, at: end.at },
    }));
}

const workOnSecond = { billPaid: 'secondPayment', paidTwice: 'paidTwice' } as const;

/**
 * Off the screen with its money in question; a code that was set aside is in no question until its limit, and a decline is
 * one to everybody but the host.
 */
export function isBehind(transaction: Transaction): boolean {
  const known = isAside(transaction) || isDeclinedForNow(transaction);
  return transaction.closed && isUnsettled(transaction) && !known;
}

function workOn(transaction: Transaction, waits: Waits): WorklistItem[] {
  const items: WorklistItem[] = [];
  if (transaction.resolved !== null) return items;
  const { id: transactionId, amount, startedAt, receipt, closed, phase, deadLetter } = transaction;
  const reference = transaction.qr?.reference ?? null;
  const at = transaction.endedAt ?? startedAt;
  const item = { transactionId, reference, amount, at, transfer: null };
  assert(closed || deadLetter === null || phase !== 'awaitingCard', 'view: nobody is called before a card was read');
  for (const late of transaction.lateTransfers) {
    const kind = late.because === undefined ? 'lateTransfer' : workOnSecond[late.because];
    const transfer = waits({ transfer: late.transfer, from: transactionId, odd: false });
    items.push({ ...item, kind, amount: late.transfer.amount, at: late.at, transfer });
  }
  if (transaction.missing !== null) items.push({ ...item, kind: 'underPaid', amount: transaction.missing });
  if (transaction.excess !== null) items.push({ ...item, kind: 'overPaid', amount: transaction.excess });
  if (phase === 'refunding') {
    if (closed || deadLetter !== null) items.push({ ...item, kind: 'refundUnknown', at: startedAt });
  } else if (deadLetter !== null) {
    items.push({ ...item, kind: 'deadLetter', at: deadLetter.at });
  } else if (phase === 'lateDeclined') {
    items.push({ ...item, kind: 'lateDeclined' });
  } else if (isBehind(transaction) && phase !== 'stored' && phase !== 'completing') {
    items.push({ ...item, kind: 'outcomeUnknown' });
  }
  if (closed && receipt.state === 'failed') items.push({ ...item, kind: 'receiptNotPrinted' });
  return items;
}
