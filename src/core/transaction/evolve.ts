/**
 * evolve: one journaled event changes what the terminal knows. Total and deterministic: the same journal gives
 * the same state on every machine and at every start.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { JournalEvent, Recorded } from './events.ts';
import { isUnsettled, type TerminalState, type Transaction, type UnmatchedTransfer } from './state.ts';

/** Closed and settled sales kept in memory, for reprints and late transfers; the journal keeps all. */
const keptTransactions = 1000;
/** Idempotency keys and provider transaction ids kept in memory: months of a busy till. */
const keptIds = 50_000;

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;
type SaleEvent = Exclude<JournalEvent, Of<'TerminalStarted'> | Of<'TransferUnmatched'> | Of<'SaleStarted'>>;

/** A terminal state that may be changed in place, by whoever folds many events and shares it with nobody else. */
export interface TerminalDraft extends TerminalState {
  lastStan: number;
  identity: TerminalState['identity'];
  readonly transactions: Map<TransactionId, Transaction>;
  readonly references: Map<string, TransactionId>;
  readonly keys: Map<string, TransactionId>;
  readonly transferIds: Set<string>;
  readonly unmatched: UnmatchedTransfer[];
  foreground: TransactionId | null;
}

const still = { waitSince: null, waitUntil: null } as const;

export function draftOf(state: TerminalState): TerminalDraft {
  return {
    ...state,
    transactions: new Map(state.transactions),
    references: new Map(state.references),
    keys: new Map(state.keys),
    transferIds: new Set(state.transferIds),
    unmatched: [...state.unmatched],
  };
}

/** The pure form: leaves `state` as it is. The loop and the start use `apply`, which costs the same at any length. */
export function evolve(state: TerminalState, recorded: Recorded): TerminalState {
  const draft = draftOf(state);
  apply(draft, recorded);
  return draft;
}

export function apply(draft: TerminalDraft, { at, event }: Recorded): void {
  if ('transfer' in event) remember(draft.transferIds, event.transfer.providerTransactionId);
  if (event.type === 'TerminalStarted') draft.identity = event.identity;
  else if (event.type === 'TransferUnmatched') {
    draft.unmatched.push({ transfer: event.transfer, reason: event.reason, at });
  } else if (event.type === 'SaleStarted') start(draft, at, event);
  else change(draft, at, event);
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  for (const oldest of ids) {
    if (ids.size <= keptIds) break;
    ids.delete(oldest);
  }
}

function start(draft: TerminalDraft, at: EpochMs, event: Of<'SaleStarted'>): void {
  const { transactionId: id, key, amount, method, waitUntil } = event;
  assert(!draft.transactions.has(id), `journal: ${id} started twice`);
  draft.transactions.set(id, {
    id,
    key,
    method,
    amount,
    startedAt: at,
    phase: method === 'card' ? 'awaitingCard' : 'issuingQr',
    waitSince: at,
    waitUntil,
    tryAgain: null,
    cancelReason: null,
    failReason: null,
    unknownCause: null,
    card: null,
    declinedByCard: false,
    authorization: null,
    attempts: { made: 1, nextTryAt: null },
    qr: null,
    transfers: [],
    lateTransfers: [],
    excess: null,
    missing: null,
    receipt: { state: 'none', jobId: null, jobs: 0, copies: 0, trouble: null },
    closed: false,
    endedAt: null,
  });
  draft.foreground = id;
  draft.keys.set(key, id);
  for (const oldest of draft.keys.keys()) {
    if (draft.keys.size <= keptIds) break;
    draft.keys.delete(oldest);
  }
}

function change(draft: TerminalDraft, at: EpochMs, event: SaleEvent): void {
  const before = draft.transactions.get(event.transactionId);
  assert(before !== undefined, `journal: ${event.type} for a sale that never started`);
  const after = step(before, at, event);
  draft.transactions.set(after.id, after);
  if (event.type === 'AuthorizationRequested') draft.lastStan = event.stan;
  if (event.type === 'QrRequested') draft.references.set(event.reference, after.id);
  if (event.type === 'SaleClosed') {
    if (draft.foreground === after.id) draft.foreground = null;
    forgetOldest(draft);
  }
}

function forgetOldest(draft: TerminalDraft): void {
  if (draft.transactions.size <= keptTransactions) return;
  for (const transaction of draft.transactions.values()) {
    if (!isForgettable(transaction)) continue;
    draft.transactions.delete(transaction.id);
    if (transaction.qr !== null) draft.references.delete(transaction.qr.reference);
    return;
  }
}

function isForgettable(transaction: Transaction): boolean {
  const { closed, lateTransfers, phase } = transaction;
  return closed && !isUnsettled(transaction) && lateTransfers.length === 0 && phase !== 'underPaid';
}

function step(transaction: Transaction, at: EpochMs, event: SaleEvent): Transaction {
  const { authorization, qr, receipt } = transaction;
  switch (event.type) {
    case 'CardTryAgain':
      return { ...transaction, tryAgain: event.reason };
    case 'CardRead':
      return { ...transaction, card: event.card, tryAgain: null };
    case 'CardDeclinedOffline':
      return { ...transaction, ...still, card: event.card, phase: 'declined', declinedByCard: true, endedAt: at };
    case 'AuthorizationRequested':
      return {
        ...transaction,
        phase: 'authorising',
        waitSince: at,
        waitUntil: event.waitUntil,
        authorization: { stan: event.stan, requestedAt: at, responseCode: null, approvalCode: null, rrn: null },
      };
    case 'AuthorizationApproved': {
      assert(authorization?.stan === event.stan, 'journal: approval for another STAN');
      const { responseCode, approvalCode, rrn } = event;
      const reply = { ...authorization, responseCode, approvalCode, rrn };
      return { ...transaction, ...still, phase: 'approved', authorization: reply, endedAt: at };
    }
    case 'AuthorizationDeclined': {
      assert(authorization?.stan === event.stan, 'journal: decline for another STAN');
      const reply = { ...authorization, responseCode: event.responseCode, rrn: event.rrn };
      return { ...transaction, ...still, phase: 'declined', authorization: reply, endedAt: at };
    }
    case 'AuthorizationUnknown':
      return { ...transaction, ...still, phase: 'reversing', unknownCause: event.cause };
    case 'ReversalQueued':
      return { ...transaction, waitSince: at, waitUntil: event.waitUntil, attempts: { made: 1, nextTryAt: null } };
    case 'AttemptStarted':
      return {
        ...transaction,
        waitSince: at,
        waitUntil: event.waitUntil,
        attempts: { made: event.attempt, nextTryAt: null },
      };
    case 'ReversalFailed':
    case 'QueryFailed':
      return {
        ...transaction,
        waitSince: at,
        waitUntil: event.nextTryAt,
        attempts: { made: event.attempt, nextTryAt: event.nextTryAt },
      };
    case 'ReversalConfirmed':
      return { ...transaction, ...still, phase: 'reversed', endedAt: at };
    case 'SaleCancelled':
      return { ...transaction, ...still, phase: 'cancelled', cancelReason: event.reason, endedAt: at };
    case 'SaleFailed':
      return { ...transaction, ...still, phase: 'failed', failReason: event.reason, endedAt: at };
    case 'QrRequested':
      return {
        ...transaction,
        qr: { reference: event.reference, expiresAt: event.expiresAt, issue: null, withdrawn: null },
      };
    case 'QrIssued': {
      assert(qr !== null, 'journal: a code issued before it was requested');
      const { payload, bankBin, account } = event;
      return {
        ...transaction,
        phase: 'awaitingPayment',
        waitSince: at,
        waitUntil: qr.expiresAt,
        qr: { ...qr, issue: { payload, bankBin, account } },
      };
    }
    case 'QrWithdrawn':
      assert(qr !== null, 'journal: a code withdrawn before it was requested');
      return {
        ...transaction,
        phase: 'checkingPayment',
        waitSince: at,
        waitUntil: event.waitUntil,
        qr: { ...qr, withdrawn: event.because },
        attempts: { made: transaction.attempts.made + 1, nextTryAt: null },
      };
    case 'QrExpired':
      return { ...transaction, ...still, phase: 'expired', endedAt: at };
    case 'QrPaymentConfirmed':
      return {
        ...transaction,
        ...still,
        phase: 'paid',
        transfers: [...transaction.transfers, event.transfer],
        excess: event.excess.minorUnits > 0 ? event.excess : null,
        missing: null,
        endedAt: at,
      };
    case 'QrPaymentUnderPaid':
      return {
        ...transaction,
        ...still,
        phase: 'underPaid',
        transfers: [...transaction.transfers, event.transfer],
        missing: event.missing,
        endedAt: at,
      };
    case 'QrPaymentLate':
      return { ...transaction, lateTransfers: [...transaction.lateTransfers, { transfer: event.transfer, at }] };
    case 'ReceiptRequested':
      return {
        ...transaction,
        receipt: { ...receipt, state: 'printing', jobId: event.jobId, jobs: receipt.jobs + 1, trouble: null },
      };
    case 'ReceiptPrinted':
      return { ...transaction, receipt: { ...receipt, state: 'printed', copies: receipt.copies + 1, trouble: null } };
    case 'ReceiptFailed':
      return { ...transaction, receipt: { ...receipt, state: 'failed', trouble: event.trouble } };
    case 'SaleClosed':
      return { ...transaction, closed: true };
    default:
      return unreachable(event, 'evolve');
  }
}
