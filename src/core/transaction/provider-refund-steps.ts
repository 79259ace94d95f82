/**
 * A refund by the QR provider: which transfer it is of, asked for once, asked about until it ends. A question can never pay;
 * the request could, so nothing repeats it, not after a lost answer and not after a restart.
 */
import { assert } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { QrOrder, QrRefundRequest } from '../provider/model.ts';
import { findReference } from '../qr/matcher.ts';
import type { Effect } from './effects.ts';
import type { Input, MoneyBack, TransactionInput } from './inputs.ts';
import type { Transfer } from './model.ts';
import { openPayout } from './payout.ts';
import { retryDelayMs, type Policy } from './policy.ts';
import { givenBackOf, refundUnderWay, type ProviderRefund } from './provider-refund.ts';
import { requestReceipt } from './receipt-steps.ts';
import { leaveScreen, refundable, startProblem, type StartContext, type StartDecision } from './start.ts';
import type { TerminalState, Transaction } from './state.ts';
import { after, alarm, nextAttempt, nothing, settled, type Refusal, type Step, type StepContext } from './step.ts';
import { waitingTransfer } from './transfer-steps.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

/**
 * A request whose answer was lost may still reach the provider, but not after this time: its connection is long closed.
 * Until then "no such refund" may mean "not yet". So many questions with their growing gaps take longer, unless the terminal
 * was started again between them; the clock alone is not believed, because it may be set.
 */
const arrivesWithinMs = 120_000;
const enoughQuestions = 6;

interface Source {
  readonly sale: TransactionId | null;
  readonly transfer: Transfer;
  readonly amount: Money;
}

const refused = (reason: 'notFound' | 'notAllowed', why: string): StartDecision => ({ kind: 'refused', reason, why });
const goesBack = refused('notAllowed', 'it is being given back already');

/** Of the code by which the transfer was paid; null when its memo names none that is known. */
function orderOf({ references, transactions }: TerminalState, { memo }: Transfer): QrOrder | null {
  const reference = findReference(memo, references.keys());
  const sale = reference === undefined ? undefined : references.get(reference);
  const qr = sale === undefined ? null : (transactions.get(sale)?.qr ?? null);
  return qr === null ? null : { reference: qr.reference, expiresAt: qr.expiresAt };
}

function leftOf(state: TerminalState, { amount, providerTransactionId }: Transfer): number {
  return amount.minorUnits - givenBackOf(state, providerTransactionId);
}

/** The most that the provider gives back of a sale at once, minor units: of one transfer at a time. */
export function mostByProvider(state: TerminalState, sale: Transaction, policy: Pick<Policy, 'qrProvider'>): number {
  if (!policy.qrProvider.canRefund || sale.phase !== 'paid' || !isOfProvider(state, sale.startedAt)) return 0;
  if (sale.method !== 'qr' || sale.kind !== 'sale') return 0;
  const largest = Math.max(0, ...sale.transfers.map((transfer) => leftOf(state, transfer)));
  return Math.min(largest, refundable(state, sale).minorUnits);
}

/** What the provider would give back, or why it cannot. */
export function refundSource(
  state: TerminalState,
  about: MoneyBack,
  { qrProvider }: Pick<Policy, 'qrProvider'>,
): Source | StartDecision {
  if (!qrProvider.canRefund) return refused('notAllowed', 'the QR provider gives no money back; ask for a payout');
  return about.reason === 'transfer' ? waitingSource(state, about.transferId) : saleSource(state, about);
}

/** Since when the money is here: what came through an earlier provider is unknown to the present one. */
function isOfProvider({ qrProviderSince }: TerminalState, since: EpochMs): boolean {
  return since >= qrProviderSince;
}

const otherProvider = refused('notAllowed', 'it came through another QR provider; ask for a payout');

function waitingSource(state: TerminalState, transferId: string): Source | StartDecision {
  const waiting = waitingTransfer(state, transferId);
  if (waiting === undefined) return refused('notFound', 'no such transfer waits for a person');
  const { transfer, from: sale, at, odd } = waiting;
  if (odd) return refused('notAllowed', 'it came to another account; ask for a payout');
  if (!isOfProvider(state, at)) return otherProvider;
  if (openPayout(state.payouts, (each) => each.transferId === transferId)) return goesBack;
  if (refundUnderWay(state, (each) => each.transferId === transferId)) return goesBack;
  return { sale, transfer, amount: transfer.amount };
}

function saleSource(state: TerminalState, about: Exclude<MoneyBack, { reason: 'transfer' }>): Source | StartDecision {
  const { reason, sale: id } = about;
  const sale = state.transactions.get(id);
  if (sale === undefined) return refused('notFound', 'no such sale');
  if (sale.method !== 'qr' || sale.kind !== 'sale' || sale.transfers.length === 0) {
    return refused('notAllowed', 'it was not paid by bank transfer');
  }
  if (!isOfProvider(state, sale.startedAt)) return otherProvider;
  const amount = reason === 'excess' ? excessLeft(state, sale) : about.amount;
  if (amount === undefined) return refused('notAllowed', 'nothing came too much, or it is being given back already');
  const left = sale.phase === 'paid' ? refundable(state, sale).minorUnits : 0;
  if (reason === 'refund' && amount.minorUnits > left) {
    return refused('notAllowed', `at most ${left} minor units are left of it`);
  }
  const transfer = sale.transfers.findLast((each) => leftOf(state, each) >= amount.minorUnits);
  if (transfer === undefined)
    return refused('notAllowed', 'it came in parts, none of which is as large; ask for a payout');
  return { sale: id, transfer, amount };
}

function excessLeft(state: TerminalState, { id, excess, resolved }: Transaction): Money | undefined {
  if (excess === null || resolved !== null) return undefined;
  const asked = openPayout(state.payouts, (each) => each.sale === id && each.reason === 'excess');
  const underWay = refundUnderWay(state, (each) => each.sale === id && each.reason === 'excess');
  return asked === undefined && underWay === undefined ? excess : undefined;
}

export function startProviderRefund(
  state: TerminalState,
  input: Extract<Input, { type: 'StartProviderRefund' }>,
  { at, policy }: StartContext,
): StartDecision {
  const { transactionId, key, refundId, about, approvedBy } = input;
  const problem = startProblem(state, key);
  if (problem !== undefined) return problem;
  const source = refundSource(state, about, policy);
  if ('kind' in source) return source;
  if (about.reason === 'transfer' && approvedBy === null) {
    return refused('notAllowed', 'money that is of no paid sale is given back by a supervisor');
  }
  assert(/^[A-Z0-9]{1,20}$/.test(refundId), 'a refund has an id that every provider takes');
  const { sale, transfer, amount } = source;
  const { providerTransactionId: transferId, amount: paid } = transfer;
  const of = { refundId, reason: about.reason, sale, transferId, paid, order: orderOf(state, transfer) };
  const timeoutMs = policy.providerTimeoutMs;
  const left = leaveScreen(state);
  const request = requestOf(of, amount, at);
  const waitUntil = after({ at }, timeoutMs);
  return {
    kind: 'act',
    events: [
      { type: 'ProviderRefundStarted', transactionId, key, amount, approvedBy, waitUntil, ...of },
      ...left.events,
    ],
    effects: [{ type: 'RefundQr', transactionId, attempt: 1, request, timeoutMs }, ...left.effects],
  };
}

function requestOf(
  { refundId, transferId, paid, order }: Pick<ProviderRefund, 'refundId' | 'transferId' | 'paid' | 'order'>,
  amount: Money,
  requestedAt: EpochMs,
): QrRefundRequest {
  return { refundId, order, providerTransactionId: transferId, amount, paid, requestedAt };
}

function refundOf({ providerRefund }: Transaction): NonNullable<Transaction['providerRefund']> {
  assert(providerRefund !== null, 'a step of a refund by the provider');
  return providerRefund;
}

/** After a restart too: whether the request has left is not known, and a question does no harm. */
export function askAboutRefund(transaction: Transaction, _input: unknown, context: StepContext): Step {
  const { id: transactionId, amount, startedAt } = transaction;
  const request = requestOf(refundOf(transaction), amount, startedAt);
  const { providerTimeoutMs: timeoutMs } = context.policy;
  return nextAttempt(transaction, context, timeoutMs, (attempt) => ({
    type: 'QueryRefund',
    transactionId,
    attempt,
    request,
    timeoutMs,
  }));
}

export function refundTimer(transaction: Transaction, { timer }: Of<'TimerFired'>, context: StepContext): Step {
  if (timer !== 'refundRetry' || transaction.attempts.nextTryAt === null) return nothing;
  return askAboutRefund(transaction, undefined, context);
}

const stopTimer = (transactionId: TransactionId): Effect => ({
  type: 'StopTimer',
  transactionId,
  timer: 'refundRetry',
});

export function refundAnswered(
  transaction: Transaction,
  { attempt, reply }: Of<'RefundAnswered'>,
  context: StepContext,
): Step {
  const { id: transactionId } = transaction;
  const { state, providerRefundId, detail } = reply;
  // Given back is given back, whichever question it answers.
  if (state === 'refunded') return givenBack(transaction, context, { providerRefundId });
  if (attempt !== transaction.attempts.made) return nothing;
  if (state === 'processing') return pending(transaction, context, { attempt, known: true, detail });
  if (!isBelieved(transaction, attempt, context))
    return pending(transaction, context, { attempt, known: false, detail });
  return settled(transaction, context, [{ type: 'ProviderRefundRefused', transactionId, because: 'refused', detail }]);
}

/** Whether "refused", or "no such refund", is the last word. */
function isBelieved(transaction: Transaction, attempt: number, { at }: StepContext): boolean {
  const { known } = refundOf(transaction);
  const elapsedMs = at - transaction.startedAt;
  const isOver = attempt >= enoughQuestions && (elapsedMs >= arrivesWithinMs || elapsedMs < 0);
  return attempt === 1 || known || isOver;
}

export function refundUnanswered(
  transaction: Transaction,
  { attempt, fault, detail }: Of<'RefundUnanswered'>,
  context: StepContext,
): Step {
  if (attempt !== transaction.attempts.made) return nothing;
  const mayHaveArrived = fault === 'noReply' || fault === 'badReply';
  // Only of the request itself: that a question did not get there says nothing of the refund.
  if (attempt > 1 || mayHaveArrived) return pending(transaction, context, { attempt, known: false, detail });
  const because = fault === 'refused' ? 'refused' : 'notSent';
  return settled(transaction, context, [
    { type: 'ProviderRefundRefused', transactionId: transaction.id, because, detail },
  ]);
}

function pending(
  transaction: Transaction,
  context: StepContext,
  { attempt, known, detail }: { readonly attempt: number; readonly known: boolean; readonly detail: string },
): Step {
  const { id: transactionId } = transaction;
  const nextTryAt = after(context, retryDelayMs(context.policy, attempt));
  return {
    events: [
      { type: 'ProviderRefundPending', transactionId, attempt, known, detail, nextTryAt },
      ...alarm(transaction, context, attempt, detail),
    ],
    effects: [{ type: 'StartTimer', transactionId, timer: 'refundRetry', dueAt: nextTryAt }],
  };
}

function givenBack(
  transaction: Transaction,
  context: StepContext,
  told: Omit<Extract<Step['events'][number], { type: 'ProviderRefunded' }>, 'type' | 'transactionId'>,
): Step {
  const { id: transactionId } = transaction;
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'ProviderRefunded', transactionId, ...told }, ...receipt.events],
    effects: [stopTimer(transactionId), ...receipt.effects],
  };
}

/** A supervisor has looked it up at the provider, which has not answered for long. */
export function settleRefund(
  transaction: Transaction,
  { given, approvedBy, note }: Of<'SettleRefund'>,
  context: StepContext,
): Step | Refusal {
  const { id: transactionId, deadLetter, attempts } = transaction;
  if (deadLetter === null) return { refuse: 'the provider is still being asked what became of it' };
  if (attempts.nextTryAt === null) return { refuse: 'a question is under way; wait for its answer' };
  assert(approvedBy !== '', 'what a person has found out has a name');
  const byHand = { approvedBy, note };
  if (given) return givenBack(transaction, context, { providerRefundId: null, byHand });
  const step = settled(transaction, context, [
    { type: 'ProviderRefundRefused', transactionId, because: 'refused', detail: note, byHand },
  ]);
  return { events: step.events, effects: [stopTimer(transactionId), ...step.effects] };
}
