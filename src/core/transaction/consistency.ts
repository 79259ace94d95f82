/**
 * What always holds of the terminal's state. After each event only what the event touched is looked at, so a long
 * journal costs nothing; the whole is looked at once, at the start.
 */
import { assert } from '../base/assert.ts';
import type { TransactionId } from '../base/brand.ts';
import { sumMoney } from '../base/money.ts';
import { assertSettlement } from '../settlement/consistency.ts';
import type { Transfer } from './model.ts';
import { phaseChanges } from './phase-changes.ts';
import {
  chargedAmount,
  isAside,
  isWaiting,
  moneyMoved,
  shownTransaction,
  type Phase,
  type TerminalState,
  type Transaction,
} from './state.ts';

/** DE 11 is n6 and never 000000. */
export function assertStan(stan: number): void {
  assert(Number.isInteger(stan) && stan >= 1 && stan <= 999_999, 'a STAN is 1 to 999999');
}

/** A new request has a number that the one before it did not have. */
export function assertFreshStan(stan: number, lastStan: number): void {
  assertStan(stan);
  assert(stan !== lastStan, 'a new request has a new STAN');
}

export function assertPhaseChange(before: Transaction, after: Transaction): void {
  assert(before.id === after.id && before.kind === after.kind, 'a transaction stays what it is');
  assert(before.amount === after.amount, 'what was asked for does not change');
  const stays = before.phase === after.phase;
  assert(stays || phaseChanges[before.phase].includes(after.phase), `${before.phase} does not become ${after.phase}`);
}

/** Over, as far as the sale is concerned: each of them says when. */
const endedPhases: ReadonlySet<Phase> = new Set([
  'approved',
  'declined',
  'reversed',
  'stored',
  'lateDeclined',
  'authorised',
  'completed',
  'voided',
  'paid',
  'underPaid',
  'cancelled',
  'failed',
  'expired',
]);

/** The host has been asked for money, and its answer is not known. */
const asked: ReadonlySet<Phase> = new Set(['authorising', 'completingCard', 'reversing', 'partlyApproved']);
/** The host has approved, and the approval can be named to it. */
const named: ReadonlySet<Phase> = new Set([
  'approved',
  'partlyApproved',
  'authorised',
  'incrementing',
  'completing',
  'completed',
  'voiding',
]);

/** Whatever happened to it. Costs the same however many others there are. */
function assertTransaction(transaction: Transaction): void {
  const { phase, amount, authorization, card, receipt, attempts, held, method } = transaction;
  assert(Number.isSafeInteger(amount.minorUnits) && amount.minorUnits > 0, 'an amount is more than nothing');
  assert((transaction.waitSince === null) === (transaction.waitUntil === null), 'a wait has a beginning and an end');
  assert(!endedPhases.has(phase) || transaction.endedAt !== null, 'what is over says since when');
  if (asked.has(phase)) {
    assert(authorization !== null && card !== null && transaction.batch !== null, 'a request has a STAN, card, batch');
  }
  if (named.has(phase)) assert(transaction.hostOriginal !== null, 'what the host has approved can be named to it');
  if (phase === 'stored') assert(transaction.stored !== null && card !== null, 'a stored payment has its card');
  if (phase === 'authorised' || phase === 'incrementing') assert((held?.minorUnits ?? 0) > 0, 'a hold holds an amount');
  if (authorization !== null) assertStan(authorization.stan);
  assert(receipt.copies <= receipt.jobs, 'no more receipts than were asked for');
  assert(receipt.state === 'none' || receipt.jobId !== null, 'a receipt is of a job');
  assert(Number.isInteger(attempts.made) && attempts.made >= 0, 'attempts are counted');
  assertParts(transaction);
  assert(phase !== 'refunding' || transaction.providerRefund !== null, 'a refund by the provider says of what');
  const counts = transaction.kind === 'sale' && transaction.unverified?.verifiedAt !== null;
  if (phase === 'paid' && method === 'qr' && counts) {
    const received = sumMoney(
      transaction.transfers.map((transfer) => transfer.amount),
      amount.currency,
    );
    assert(received.minorUnits >= chargedAmount(transaction).minorUnits, 'paid means that all of it has come');
  }
}

/** What is approved, missing or too much is a part of something, in the same money. */
function assertParts({ amount, approvedAmount, missing, excess, finalAmount, held, cash }: Transaction): void {
  for (const part of [approvedAmount, missing, excess, finalAmount, held]) {
    assert(part === null || part.currency === amount.currency, 'one transaction, one currency');
    assert(part === null || part.minorUnits > 0, 'a part is more than nothing');
  }
  assert((approvedAmount?.minorUnits ?? 0) <= amount.minorUnits, 'no more is approved than was asked for');
  assert(missing === null || missing.minorUnits < amount.minorUnits, 'less is missing than was asked for');
  assert(cash === null || cash.change.minorUnits >= 0, 'change is not taken from the customer');
}

/** The lists that say what has to be sent, and the screen, against the transaction that an event has touched. */
export function assertTouched(state: TerminalState, id: TransactionId): void {
  const transaction = state.transactions.get(id);
  assert(transaction !== undefined, 'what an event has touched is known');
  assertTransaction(transaction);
  const { phase, resolved, attempts, closed } = transaction;
  const waits = resolved === null && (phase === 'stored' || phase === 'completing');
  const asks = resolved === null && (phase === 'reversing' || phase === 'voiding' || phase === 'incrementing');
  assert(state.outbox.has(id) === waits, 'the outbox has what waits for delivery, and nothing else');
  assert(state.inQuestion.has(id) === asks, 'what is in question is asked for, and nothing else');
  assert(!state.underWay.has(id) || (waits && attempts.made > 0), 'only what waits for delivery is under way');
  const behind = phase === 'checkingPayment' || isAside(transaction);
  assert(!closed || behind || !isWaiting(transaction), 'who is waited for is on the screen');
  assertScreen(state);
}

function assertScreen(state: TerminalState): void {
  const shown = shownTransaction(state);
  assert(state.foreground === null || shown !== undefined, 'what is on the screen is known');
  assert(shown === undefined || !shown.closed, 'what has left the screen is not on it');
}

/** One at a time on the screen: what is there must be over before another takes its place. */
export function assertScreenFree(state: TerminalState, id: TransactionId): void {
  const shown = shownTransaction(state);
  assert(shown === undefined || shown.id === id || !isWaiting(shown), 'another sale is on the screen and not over');
}

/** What is being given back of a sale, and has been, is not more than it took. */
export function assertRefunds(state: TerminalState, { refunds }: Transaction, charged: number): void {
  let back = 0;
  for (const id of refunds) {
    const refund = state.transactions.get(id);
    if (refund === undefined) continue;
    if (refund.endedAt === null || moneyMoved(refund) !== 'no') back += refund.amount.minorUnits;
  }
  assert(back <= charged, 'no more is given back than was taken');
}

/** Money that came counts for one sale, or waits for a person, once. */
function assertTransfersOnce({ transactions, unmatched }: TerminalState): void {
  const seen = new Set<string>();
  const once = ({ providerTransactionId: id }: Transfer): void => {
    assert(!seen.has(id), 'a transfer is in one place');
    seen.add(id);
  };
  for (const { transfers, lateTransfers } of transactions.values()) {
    transfers.forEach(once);
    for (const { transfer } of lateTransfers) once(transfer);
  }
  for (const { transfer } of unmatched) once(transfer);
}

/** The whole state, once, when it has been folded: what no single event could be seen to break. */
export function assertConsistent(state: TerminalState): void {
  const { transactions, settlement } = state;
  for (const id of transactions.keys()) assertTouched(state, id);
  for (const id of [...state.outbox, ...state.inQuestion]) assert(transactions.has(id), 'what has to be sent is known');
  for (const id of state.underWay) assert(state.outbox.has(id), 'what is under way is in the outbox');
  for (const id of state.references.values()) assert(transactions.has(id), 'a code on paper leads to its sale');
  assert(state.lastStan >= 0 && state.lastStan <= 999_999, 'the last STAN is one, or none');
  assertSettlement(settlement);
  assertTransfersOnce(state);
}
