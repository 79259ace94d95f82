/**
 * evolve: one journaled event changes what the terminal knows. Total and deterministic: the same journal gives
 * the same state on every machine and at every start.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { JournalEvent, Recorded } from './events.ts';
import { isUnsettled, type TerminalState, type Transaction } from './state.ts';

/** Closed and settled sales kept in memory, for reprints and late transfers; the journal keeps all. */
const keptTransactions = 1000;

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;
type SaleEvent = Exclude<JournalEvent, Of<'TerminalStarted'> | Of<'TransferUnmatched'> | Of<'SaleStarted'>>;

const still = { waitSince: null, waitUntil: null } as const;

export function evolve(state: TerminalState, { at, event }: Recorded): TerminalState {
  if (event.type === 'TerminalStarted') return state;
  if (event.type === 'TransferUnmatched') {
    return { ...state, unmatched: [...state.unmatched, { transfer: event.transfer, reason: event.reason, at }] };
  }
  return event.type === 'SaleStarted' ? started(state, at, event) : changed(state, at, event);
}

function started(state: TerminalState, at: EpochMs, event: Of<'SaleStarted'>): TerminalState {
  const { transactionId: id, key, amount, method, waitUntil } = event;
  assert(!state.transactions.has(id), `journal: ${id} started twice`);
  const transaction: Transaction = {
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
    attempts: { made: 0, nextTryAt: null },
    qr: null,
    transfers: [],
    lateTransfers: [],
    excess: null,
    missing: null,
    receipt: { state: 'none', jobId: null, jobs: 0, copies: 0, trouble: null },
    closed: false,
    endedAt: null,
  };
  return { ...state, transactions: new Map(state.transactions).set(id, transaction), foreground: id };
}

function changed(state: TerminalState, at: EpochMs, event: SaleEvent): TerminalState {
  const before = state.transactions.get(event.transactionId);
  assert(before !== undefined, `journal: ${event.type} for a sale that never started`);
  const after = step(before, at, event);
  let next: TerminalState = { ...state, transactions: new Map(state.transactions).set(after.id, after) };
  if (event.type === 'AuthorizationRequested') next = { ...next, lastStan: event.stan };
  if (event.type === 'QrRequested') {
    next = { ...next, references: new Map(state.references).set(event.reference, after.id) };
  }
  if (event.type === 'SaleClosed') {
    next = forgetOldest({ ...next, foreground: state.foreground === after.id ? null : state.foreground });
  }
  return next;
}

function forgetOldest(state: TerminalState): TerminalState {
  if (state.transactions.size <= keptTransactions) return state;
  const drop: TransactionId | undefined = [...state.transactions.values()].find(
    (transaction) =>
      transaction.closed &&
      !isUnsettled(transaction) &&
      transaction.lateTransfers.length === 0 &&
      transaction.phase !== 'underPaid',
  )?.id;
  if (drop === undefined) return state;
  const transactions = new Map(state.transactions);
  const references = new Map(state.references);
  const reference = transactions.get(drop)?.qr?.reference;
  transactions.delete(drop);
  if (reference !== undefined) references.delete(reference);
  return { ...state, transactions, references };
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
      return { ...transaction, waitSince: at, waitUntil: event.waitUntil, attempts: { made: 0, nextTryAt: null } };
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
        attempts: { made: 0, nextTryAt: null },
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
