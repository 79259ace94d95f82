/** How a transaction begins: a sale, a refund, a pre-authorisation; one on the screen at a time, one per key. */
import { assert, unreachable } from '../base/assert.ts';
import { epochMs, type EpochMs, type TransactionId } from '../base/brand.ts';
import { addMoney, money, sameMoney, sumMoney, type Money } from '../base/money.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { Input } from './inputs.ts';
import type { Order, Presentment } from './model.ts';
import { paidBack } from './payout.ts';
import { qrExpiryMsOf, type Policy } from './policy.ts';
import {
  chargedAmount,
  isAside,
  isWaiting,
  moneyMoved,
  shownTransaction,
  type TerminalState,
  type Transaction,
} from './state.ts';
import type { Step } from './step.ts';

type Start = Extract<Input, { type: 'StartSale' | 'StartRefund' | 'StartPreAuthorization' }>;

export interface StartContext {
  readonly at: EpochMs;
  readonly policy: Policy;
}

export type StartDecision =
  | ({ readonly kind: 'act' } & Step)
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'refused'; readonly reason: 'busy' | 'notFound' | 'notAllowed'; readonly why: string };

const notAllowed = (why: string): StartDecision => ({ kind: 'refused', reason: 'notAllowed', why });

export function startTransaction(state: TerminalState, input: Start, context: StartContext): StartDecision {
  const { transactionId, key, amount } = input;
  const { at, policy } = context;
  assert(amount.minorUnits > 0, 'a transaction needs an amount');
  const problem = startProblem(state, key);
  if (problem !== undefined) return problem;
  const refused =
    input.type === 'StartRefund'
      ? refundProblem(state, input)
      : input.type === 'StartSale' && input.order !== null
        ? orderProblem(state, input.order, amount)
        : undefined;
  if (refused !== undefined) return refused;
  const events: JournalEvent[] = [];
  const effects: Effect[] = [];
  const method = input.type === 'StartPreAuthorization' ? 'card' : input.method;
  const limits = { card: policy.presentCardMs, qr: policy.providerTimeoutMs, cash: null };
  const presentment = presentmentOf(state, input);
  assert(presentment === 'card' || method === 'card', 'a code stands for a card');
  const limitMs = limits[method];
  const waitUntil = limitMs === null ? null : epochMs(at + limitMs);
  events.push(started(input, waitUntil, presentment));
  if (method === 'card' && waitUntil !== null) {
    effects.push(waitForCard(transactionId, amount, presentment), {
      type: 'StartTimer',
      transactionId,
      timer: 'presentCard',
      dueAt: waitUntil,
    });
  }
  if (input.type === 'StartSale' && input.method === 'qr') {
    const { reference } = input;
    const expiresAt = epochMs(at + qrExpiryMsOf(policy, amount));
    events.push({ type: 'QrRequested', transactionId, reference, expiresAt });
    effects.push({
      type: 'IssueQr',
      request: { transactionId, amount, reference, expiresAt },
      timeoutMs: policy.providerTimeoutMs,
    });
  }
  assert(effects.length > 0 || method === 'cash', 'a card or a code is read, a code is issued, cash is waited for');
  // Last: what has begun may name a sale that must not be forgotten for the sake of the one that leaves the screen.
  const left = leaveScreen(state);
  return { kind: 'act', events: [...events, ...left.events], effects: [...effects, ...left.effects] };
}

/** Why nothing may begin now, or not with this key. */
export function startProblem(state: TerminalState, key: string): StartDecision | undefined {
  if (state.keys.has(key)) {
    return { kind: 'ignored', why: 'this key has already started its sale' };
  }
  const shown = shownTransaction(state);
  if (shown === undefined || !isWaiting(shown)) return undefined;
  return { kind: 'refused', reason: 'busy', why: 'another sale is on the screen and not over yet' };
}

/** What was on the screen, and is over, makes room for what begins. */
export function leaveScreen(state: TerminalState): Step {
  const shown = shownTransaction(state);
  if (shown === undefined || shown.closed) return { events: [], effects: [] };
  return {
    events: [{ type: 'SaleClosed', transactionId: shown.id }],
    effects: [{ type: 'StopTimer', transactionId: shown.id, timer: 'autoClose' }],
  };
}

/** A refund is presented as its sale was: the card that was tapped may not be the one that the phone's code stands for. */
function presentmentOf(state: TerminalState, input: Start): Presentment {
  if (input.type === 'StartSale') return input.presentment ?? 'card';
  if (input.type !== 'StartRefund' || input.original === null) return 'card';
  return state.transactions.get(input.original)?.presentment ?? 'card';
}

export function waitForCard(transactionId: TransactionId, amount: Money, presentment: Presentment): Effect {
  return presentment === 'code'
    ? { type: 'AwaitCode', transactionId }
    : { type: 'ActivateReader', transactionId, amount };
}

function started(input: Start, waitUntil: EpochMs | null, presentment: Presentment): JournalEvent {
  const { transactionId, key, amount } = input;
  const common = { transactionId, key, amount };
  const byCode = presentment === 'code' ? { presentment } : {};
  switch (input.type) {
    case 'StartSale': {
      const order = input.order === null ? {} : { order: input.order };
      return { type: 'SaleStarted', ...common, method: input.method, waitUntil, ...order, ...byCode };
    }
    case 'StartRefund': {
      const { method, original, approvedBy } = input;
      return { type: 'RefundStarted', ...common, method, original, approvedBy, waitUntil, ...byCode };
    }
    case 'StartPreAuthorization':
      assert(waitUntil !== null, 'a card is waited for');
      return { type: 'PreAuthorizationStarted', ...common, waitUntil };
    default:
      return unreachable(input, 'start');
  }
}

function refundProblem(
  state: TerminalState,
  input: Extract<Input, { type: 'StartRefund' }>,
): StartDecision | undefined {
  if (input.original === null) {
    return input.approvedBy === null ? notAllowed('a refund without its sale needs a supervisor') : undefined;
  }
  const sale = state.transactions.get(input.original);
  if (sale === undefined) return { kind: 'refused', reason: 'notFound', why: 'no such sale; ask a supervisor' };
  const takesMoney = sale.phase === 'approved' || sale.phase === 'paid' || sale.phase === 'completed';
  if (sale.kind === 'refund' || !takesMoney) return notAllowed('that sale has taken no money that could be given back');
  // Schemes want a card sale to go back to its card; a bank transfer cannot be sent by a terminal.
  if ((sale.method === 'card') !== (input.method === 'card')) {
    return notAllowed(sale.method === 'card' ? 'a card sale is refunded to its card' : 'it was not paid by card');
  }
  const left = refundable(state, sale);
  if (input.amount.minorUnits > left.minorUnits)
    return notAllowed(`at most ${left.minorUnits} minor units are left of it`);
  return undefined;
}

/** What of a sale has not been given back, and is not about to be. */
export function refundable(state: TerminalState, sale: Transaction): Money {
  const paid = chargedAmount(sale);
  const back = sale.refunds.reduce((sum, id) => {
    const refund = state.transactions.get(id);
    // One that has been forgotten is over; when its outcome is not known any more, it counts.
    if (refund !== undefined && isOver(refund) && moneyMoved(refund) === 'no') return sum;
    return sum + (refund === undefined ? paid.minorUnits : refund.amount.minorUnits);
  }, 0);
  const transferred = paidBack(state.payouts, sale.id, paid.currency).minorUnits;
  return money(Math.max(0, paid.minorUnits - back - transferred), paid.currency);
}

export const refundFirst = 'part of it has been refunded; void the refund first';

/** Whether anything of it has been given back, or may have been. */
export function isRefunded({ refunds }: Transaction, state: TerminalState): boolean {
  return refunds.some((id) => {
    const refund = state.transactions.get(id);
    return refund === undefined || moneyMoved(refund) !== 'no';
  });
}

function isOver({ endedAt }: Transaction): boolean {
  return endedAt !== null;
}

export interface OrderBalance {
  readonly total: Money;
  /** Certainly received. */
  readonly paid: Money;
  /** Under way or in question. */
  readonly pending: Money;
  readonly remaining: Money;
}

/** A code that was set aside is not waited for: the bill may be paid another way, and its money is judged when it comes. */
export function orderBalance(state: TerminalState, { id, total }: Order): OrderBalance {
  let paid = money(0, total.currency);
  let pending = money(0, total.currency);
  for (const transactionId of state.orders.get(id) ?? []) {
    const transaction = state.transactions.get(transactionId);
    if (transaction === undefined || isAside(transaction)) continue;
    const moved = moneyMoved(transaction);
    const { resolved, method } = transaction;
    if (method === 'qr' && moved === 'yes') paid = addMoney(paid, transferred(transaction));
    else if (moved === 'yes') paid = addMoney(paid, chargedAmount(transaction));
    // What a person has settled some other way is no part of this bill any more.
    else if (resolved === null && (moved === 'unknown' || !isOver(transaction)))
      pending = addMoney(pending, chargedAmount(transaction));
  }
  const remaining = money(Math.max(0, total.minorUnits - paid.minorUnits - pending.minorUnits), total.currency);
  return { total, paid, pending, remaining };
}

/** What has arrived for it, in whatever parts and however late. */
function transferred(transaction: Transaction): Money {
  const { transfers, lateTransfers, amount, unverified } = transaction;
  // By the word of a supervisor, until the bank has told.
  if (unverified?.verifiedAt === null) return amount;
  const all = [...transfers, ...lateTransfers.map(({ transfer }) => transfer)];
  return sumMoney(
    all.map((transfer) => transfer.amount),
    amount.currency,
  );
}

/**
 * Whether other payments of its bill have taken, or may have taken, so much that this one's amount has no room in it any
 * more: then its money is the customer's second payment of the same thing.
 */
export function isPaidOtherwise(
  state: {
    readonly orders: TerminalState['orders'];
    readonly transactions: Pick<TerminalState['transactions'], 'get'>;
  },
  { id, order, amount }: Transaction,
): boolean {
  if (order === null) return false;
  let taken = 0;
  for (const other of state.orders.get(order.id) ?? []) {
    const transaction = state.transactions.get(other);
    if (transaction === undefined || other === id || transaction.resolved !== null) continue;
    const moved = moneyMoved(transaction);
    if (moved === 'no') continue;
    taken += (transaction.method === 'qr' && moved === 'yes' ? transferred(transaction) : chargedAmount(transaction))
      .minorUnits;
  }
  return taken + amount.minorUnits > order.total.minorUnits;
}

function orderProblem(state: TerminalState, order: Order, amount: Money): StartDecision | undefined {
  const earlier = (state.orders.get(order.id) ?? []).map((id) => state.transactions.get(id)?.order?.total);
  if (earlier.some((total) => total !== undefined && !sameMoney(total, order.total))) {
    return notAllowed(`the bill ${order.id} was begun with another total`);
  }
  const { remaining } = orderBalance(state, order);
  if (amount.minorUnits > remaining.minorUnits) {
    return notAllowed(`only ${remaining.minorUnits} minor units of the bill ${order.id} are open`);
  }
  return undefined;
}
