/**
 * evolve: one journaled event changes what the terminal knows. Total and deterministic: the same journal gives
 * the same state on every machine and at every start.
 */
import { assert } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import { applySettlement, book, markVoided, settlementDraftOf, type SettlementDraft } from '../settlement/evolve.ts';
import type { SettlementEvent } from '../settlement/events.ts';
import type { BookedMoney } from '../settlement/model.ts';
import { begin, type StartEvent } from './begin.ts';
import { evolveTransaction, type TransactionEvent } from './evolve-transaction.ts';
import type { JournalEvent, Recorded } from './events.ts';
import type { BatchEntry, TerminalIdentity } from './model.ts';
import { assertFreshStan, assertPhaseChange, assertRefunds, assertScreenFree, assertTouched } from './consistency.ts';
import { applyPayout, takeGivenBack } from './evolve-payout.ts';
import type { Payout } from './payout.ts';
import { orderBalance } from './start.ts';
import {
  chargedAmount,
  isUnsettled,
  needsPerson,
  shownTransaction,
  type TerminalState,
  type Transaction,
  type UnmatchedTransfer,
} from './state.ts';

/** Closed and settled sales kept in memory, for reprints, refunds and late transfers; the journal keeps all. */
const keptTransactions = 1000;
const keptOfOpenBatch = 10_000;
/** Idempotency keys and provider transaction ids kept in memory: months of a busy till. */
const keptIds = 50_000;
const keptOrders = 200;

/** A terminal state that may be changed in place, by whoever folds many events and shares it with nobody else. */
export interface TerminalDraft extends TerminalState {
  lastStan: number;
  identity: TerminalState['identity'];
  qrProviderSince: EpochMs;
  readonly transactions: Map<TransactionId, Transaction>;
  readonly references: Map<string, TransactionId>;
  readonly keys: Map<string, TransactionId>;
  readonly transferIds: Set<string>;
  readonly outbox: Set<TransactionId>;
  readonly underWay: Set<TransactionId>;
  readonly inQuestion: Set<TransactionId>;
  readonly orders: Map<string, readonly TransactionId[]>;
  readonly settlement: SettlementDraft;
  readonly unmatched: UnmatchedTransfer[];
  readonly payouts: Map<string, Payout>;
  foreground: TransactionId | null;
}

export function draftOf(state: TerminalState): TerminalDraft {
  return {
    ...state,
    transactions: new Map(state.transactions),
    references: new Map(state.references),
    keys: new Map(state.keys),
    transferIds: new Set(state.transferIds),
    outbox: new Set(state.outbox),
    underWay: new Set(state.underWay),
    inQuestion: new Set(state.inQuestion),
    orders: new Map(state.orders),
    settlement: settlementDraftOf(state.settlement),
    unmatched: [...state.unmatched],
    payouts: new Map(state.payouts),
  };
}

/** The pure form: leaves `state` as it is. The loop and the start use `apply`, which costs the same at any length. */
export function evolve(state: TerminalState, recorded: Recorded): TerminalState {
  const draft = draftOf(state);
  apply(draft, recorded);
  return draft;
}

export function apply(draft: TerminalDraft, { at, event }: Recorded): void {
  if ('transfer' in event) remember(draft.transferIds, event.transfer.providerTransactionId, keptIds);
  if (event.type === 'TerminalStarted') runUnder(draft, at, event.identity);
  else if (event.type === 'TransferUnmatched') {
    draft.unmatched.push({ transfer: event.transfer, reason: event.reason, at });
  } else if (event.type === 'TransferResolved') takeUnmatched(draft, event.providerTransactionId);
  else if ('payoutId' in event) {
    const batch = draft.settlement.open.number;
    applyPayout(draft, at, event, (entry) => book(draft.settlement, { batch, method: 'qr', scheme: 'QR', entry }));
  } else if (event.type === 'DeliveryRequested') deliverAll(draft, at);
  else if (isStart(event)) start(draft, begin(at, event));
  else if (isSettlementEvent(event)) {
    if ('stan' in event) takeStan(draft, event.stan);
    applySettlement(draft.settlement, at, event);
  } else change(draft, at, event);
}

function runUnder(draft: TerminalDraft, at: EpochMs, identity: TerminalIdentity): void {
  if (draft.identity !== null && draft.identity.qrProvider !== identity.qrProvider) draft.qrProviderSince = at;
  draft.identity = identity;
}

const startTypes: Readonly<Record<StartEvent['type'], true>> = {
  SaleStarted: true,
  RefundStarted: true,
  PreAuthorizationStarted: true,
  ProviderRefundStarted: true,
};

function isStart(event: JournalEvent): event is StartEvent {
  return Object.hasOwn(startTypes, event.type);
}

const settlementTypes: Readonly<Record<SettlementEvent['type'], true>> = {
  BatchOpened: true,
  BatchClosed: true,
  ReconciliationRequested: true,
  ReconciliationUnanswered: true,
  BatchAttemptStarted: true,
  BatchOutOfBalance: true,
  EntryUploadRequested: true,
  EntryUploadFailed: true,
  EntryUploaded: true,
  EntryUploadRefused: true,
  BatchSettled: true,
};

function isSettlementEvent(event: JournalEvent): event is SettlementEvent {
  return Object.hasOwn(settlementTypes, event.type);
}

/** Everything that waits is due; what was given up too, and its mark goes when it is sent. */
function deliverAll(draft: TerminalDraft, at: EpochMs): void {
  for (const id of [...draft.outbox, ...draft.inQuestion]) {
    const transaction = draft.transactions.get(id);
    assert(transaction !== undefined, 'journal: what waits for delivery is known');
    const { attempts } = transaction;
    if (attempts.nextTryAt === null) continue;
    draft.transactions.set(id, { ...transaction, attempts: { ...attempts, nextTryAt: at, waitFor: 'link' } });
  }
}

function takeStan(draft: TerminalDraft, stan: number): void {
  assertFreshStan(stan, draft.lastStan);
  draft.lastStan = stan;
}

function remember(ids: Set<string>, id: string, kept: number): void {
  ids.add(id);
  for (const oldest of ids) {
    if (ids.size <= kept) break;
    ids.delete(oldest);
  }
}

function dropOldest<K>(map: Map<K, unknown>, kept: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= kept) break;
    map.delete(oldest);
  }
}

function joinBill(draft: TerminalDraft, order: string, id: TransactionId): void {
  draft.orders.set(order, [...(draft.orders.get(order) ?? []), id]);
  dropOldest(draft.orders, keptOrders);
}

function start(draft: TerminalDraft, transaction: Transaction): void {
  const { id, key, order, original } = transaction;
  assert(!draft.transactions.has(id), `journal: ${id} started twice`);
  assertScreenFree(draft, id);
  draft.transactions.set(id, transaction);
  draft.foreground = id;
  draft.keys.set(key, id);
  dropOldest(draft.keys, keptIds);
  if (order !== null) joinBill(draft, order.id, id);
  const refunded = original === null ? undefined : draft.transactions.get(original);
  if (refunded !== undefined) {
    const after = { ...refunded, refunds: [...refunded.refunds, id] };
    draft.transactions.set(refunded.id, after);
    assertRefunds(draft, after, chargedAmount(after).minorUnits);
  }
  assertTouched(draft, id);
}

function takeUnmatched(draft: TerminalDraft, providerTransactionId: string): void {
  const at = draft.unmatched.findIndex(({ transfer }) => transfer.providerTransactionId === providerTransactionId);
  assert(at >= 0, 'journal: a transfer leaves the worklist once');
  draft.unmatched.splice(at, 1);
}

/** Takes the transfer from where it waited for a person; answers with the sale that it is attached to. */
function detach(
  draft: TerminalDraft,
  to: Transaction,
  { from, transfer: { providerTransactionId } }: Extract<TransactionEvent, { type: 'TransferAttached' }>,
): Transaction {
  if (from === null) {
    takeUnmatched(draft, providerTransactionId);
    return to;
  }
  const holder = from === to.id ? to : draft.transactions.get(from);
  const late = holder?.lateTransfers.filter(({ transfer }) => transfer.providerTransactionId !== providerTransactionId);
  assert(
    holder !== undefined && late?.length === holder.lateTransfers.length - 1,
    'journal: it came late for that sale',
  );
  const without = { ...holder, lateTransfers: late };
  if (from === to.id) return without;
  draft.transactions.set(from, without);
  return to;
}

function change(draft: TerminalDraft, at: EpochMs, event: TransactionEvent): void {
  const before = draft.transactions.get(event.transactionId);
  assert(before !== undefined, `journal: ${event.type} for a sale that never started`);
  const after = evolveTransaction(event.type === 'TransferAttached' ? detach(draft, before, event) : before, at, event);
  assertPhaseChange(before, after);
  draft.transactions.set(after.id, after);
  index(draft, after);
  if (event.type === 'AuthorizationRequested' || event.type === 'FollowUpRequested') takeStan(draft, event.stan);
  // A deferred payment keeps the trace number of the request that was never sent.
  if (event.type === 'StoreRequested' && before.authorization === null) takeStan(draft, event.stan);
  if (event.type === 'FollowUpRequested') {
    assertScreenFree(draft, after.id);
    draft.foreground = after.id;
  }
  if (event.type === 'QrRequested') draft.references.set(event.reference, after.id);
  if ((event.type === 'QrSetAside' || event.type === 'QrPartAccepted') && event.order !== undefined)
    joinBill(draft, event.order.id, after.id);
  if (event.type === 'QrBroughtBack') {
    assertScreenFree(draft, after.id);
    draft.foreground = after.id;
  }
  if (event.type === 'SaleClosed' || event.type === 'QrSetAside') {
    if (draft.foreground === after.id) draft.foreground = null;
    forgetOldest(draft);
  }
  // What a person had confirmed was counted then, as that.
  const count = event.type === 'TransferAttached' && before.unverified !== null ? undefined : counted[event.type];
  assert(count === undefined || before.phase !== after.phase, 'journal: money is counted once');
  count?.(draft, at, after);
  if (draft.transactions.has(after.id)) assertTouched(draft, after.id);
}

/** Keeps the lists that say what has to be sent, so that a long journal costs nothing when it is asked. */
function index(draft: TerminalDraft, { id, phase, attempts, resolved }: Transaction): void {
  const list = (set: Set<TransactionId>, member: boolean): void => {
    if (member) set.add(id);
    else set.delete(id);
  };
  const open = resolved === null;
  const waits = open && (phase === 'stored' || phase === 'completing');
  list(draft.outbox, waits);
  list(draft.underWay, waits && attempts.made > 0 && attempts.nextTryAt === null);
  list(draft.inQuestion, open && (phase === 'reversing' || phase === 'voiding' || phase === 'incrementing'));
}

type Counted = (draft: TerminalDraft, at: EpochMs, after: Transaction) => void;

const bookSale: Counted = (draft, _at, after) => {
  if (after.phase === 'approved') bookCard(draft, after, after.kind === 'refund' ? 'refund' : 'sale');
};
const bookCash: Counted = (draft, at, after) => bookMoney(draft, at, after, 'cash');

/** What the batch counts: what the host has booked for us, what a bank has confirmed, and what lies in the drawer. */
const counted: { readonly [T in TransactionEvent['type']]?: Counted } = {
  AuthorizationApproved: bookSale,
  PartialAccepted: bookSale,
  StoredAccepted: bookSale,
  FollowUpApproved: (draft, _at, after) => {
    if (after.phase === 'completed') bookCard(draft, after, 'completion');
    if (after.phase === 'voided') countVoided(draft, after);
  },
  CashReceived: bookCash,
  CashPaidOut: bookCash,
  CashVoided: (draft, _at, after) => countVoided(draft, after),
  QrPaymentConfirmed: (draft, at, after) => bookMoney(draft, at, after, 'qr'),
  TransferAttached: (draft, at, after) => bookMoney(draft, at, after, 'qr'),
  QrConfirmedByHand: (draft, at, after) => bookMoney(draft, at, after, 'qr'),
  QrPartAccepted: (draft, at, after) => bookMoney(draft, at, after, 'qr'),
  ProviderRefunded: (draft, at, after) => {
    if (after.providerRefund === null) return;
    // What came late, or too much, was never booked.
    if (after.providerRefund.reason === 'refund') bookMoney(draft, at, after, 'qr');
    takeGivenBack(draft, after.providerRefund);
  },
};

function bookCard(draft: TerminalDraft, after: Transaction, kind: BatchEntry['kind']): void {
  const { hostOriginal, card } = after;
  assert(hostOriginal !== null && card !== null, 'journal: an approval without its request');
  const batch = bookable(draft, after.batch);
  const { stan, requestedAt, approvalCode, rrn, advised } = hostOriginal;
  const entry: BatchEntry = {
    transactionId: after.id,
    kind,
    stan,
    requestedAt,
    amount: chargedAmount(after),
    approvalCode,
    rrn,
    posEntryMode: card.posEntryMode,
    voided: false,
    ...(advised === undefined ? {} : { advised }),
  };
  book(draft.settlement, { batch, method: 'card', scheme: card.label, entry });
}

/** A hold was never booked. */
function countVoided({ settlement }: TerminalDraft, { id, hostOriginal }: Transaction): void {
  if (hostOriginal?.kind !== 'preAuthorization') markVoided(settlement, id);
}

/** The batch of its request, unless that is past counting (a person had settled the case by hand): then the open one. */
function bookable({ settlement }: TerminalDraft, batch: number | null): number {
  const { number } = settlement.open;
  return batch !== null && settlement.closing.get(batch)?.phase === 'waiting' ? batch : number;
}

function bookMoney(draft: TerminalDraft, at: EpochMs, after: Transaction, method: 'qr' | 'cash'): void {
  const kind = after.kind === 'refund' ? 'refund' : 'sale';
  const entry: BookedMoney = {
    transactionId: after.id,
    kind,
    requestedAt: at,
    amount: chargedAmount(after),
    voided: false,
  };
  const { number } = draft.settlement.open;
  draft.transactions.set(after.id, { ...after, batch: number });
  book(draft.settlement, { batch: number, method, scheme: schemeOf(method, after), entry });
}

/** What no bank has confirmed has a line of its own in every report. */
function schemeOf(method: 'qr' | 'cash', { unverified }: Transaction): string {
  if (method === 'cash') return '';
  return unverified === null ? 'QR' : 'QR unverified';
}

function forgetOldest(draft: TerminalDraft): void {
  const { size } = draft.transactions;
  if (size <= keptTransactions) return;
  // What is in the open batch may still be voided, as long as the batch is of a reasonable size.
  const openBatch = size <= keptOfOpenBatch ? draft.settlement.open.number : null;
  const refunding = shownTransaction(draft)?.original;
  for (const transaction of draft.transactions.values()) {
    if (transaction.id === refunding || !isForgettable(transaction, openBatch, draft)) continue;
    draft.transactions.delete(transaction.id);
    if (transaction.qr !== null) draft.references.delete(transaction.qr.reference);
    return;
  }
}

/** Whatever a person or the host may still have to do something about is kept. */
function isForgettable(transaction: Transaction, openBatch: number | null, state: TerminalState): boolean {
  const { closed, phase, resolved, deadLetter, batch, order } = transaction;
  if (!closed || isUnsettled(transaction) || phase === 'authorised') return false;
  if (resolved === null && (deadLetter !== null || phase === 'lateDeclined' || needsPerson(transaction))) return false;
  // The rest of a bill is asked for by what has been paid of it.
  if (order !== null && state.orders.has(order.id) && orderBalance(state, order).remaining.minorUnits > 0) return false;
  return batch === null || batch !== openBatch;
}
