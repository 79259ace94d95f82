/**
 * What the terminal knows, folded from the journal and nothing else. One `Transaction` per sale, one
 * `TerminalState` for what sales share: the STAN counter, the sale on the screen, transfers nobody claims.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { CancelReason, FailReason, JournalEvent } from './events.ts';
import type {
  CardData,
  CardOutcome,
  MoneyMoved,
  PaymentMethod,
  PrinterTrouble,
  TerminalIdentity,
  Transfer,
} from './model.ts';

export const phases = [
  'awaitingCard',
  'authorising',
  'approved',
  'declined',
  /** Outcome unknown; a reversal is under way and goes on until the host confirms it. */
  'reversing',
  'reversed',
  'issuingQr',
  'awaitingPayment',
  /** The code was withdrawn; the provider is asked until it gives a definite answer. */
  'checkingPayment',
  'paid',
  'underPaid',
  'cancelled',
  'failed',
  'expired',
] as const;

export type Phase = (typeof phases)[number];

export interface ReceiptState {
  readonly state: 'none' | 'printing' | 'printed' | 'failed';
  readonly jobId: string | null;
  /** Jobs asked for so far; numbers the next job id. */
  readonly jobs: number;
  /** Receipts known to be on paper. */
  readonly copies: number;
  readonly trouble: PrinterTrouble | null;
}

export interface Authorization {
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly responseCode: string | null;
  readonly approvalCode: string | null;
  readonly rrn: string | null;
}

export interface QrState {
  readonly reference: string;
  readonly expiresAt: EpochMs;
  readonly issue: { readonly payload: string; readonly bankBin: string; readonly account: string } | null;
  readonly withdrawn: 'expired' | 'cashier' | null;
}

/** Attempts to settle what is open, the one under way included. `nextTryAt` is null while one is under way. */
export interface Attempts {
  readonly made: number;
  readonly nextTryAt: EpochMs | null;
}

export interface Transaction {
  readonly id: TransactionId;
  readonly key: string;
  readonly method: PaymentMethod;
  readonly amount: Money;
  readonly startedAt: EpochMs;
  readonly phase: Phase;
  /** The present wait; both null when nothing is being waited for. */
  readonly waitSince: EpochMs | null;
  readonly waitUntil: EpochMs | null;
  readonly tryAgain: Extract<CardOutcome, { kind: 'tryAgain' }>['reason'] | null;
  readonly cancelReason: CancelReason | null;
  readonly failReason: FailReason | null;
  readonly unknownCause: Extract<JournalEvent, { type: 'AuthorizationUnknown' }>['cause'] | null;
  readonly card: CardData | null;
  readonly declinedByCard: boolean;
  readonly authorization: Authorization | null;
  readonly attempts: Attempts;
  readonly qr: QrState | null;
  /** Transfers that count towards the amount. */
  readonly transfers: readonly Transfer[];
  /** Transfers that came too late or once too often; a person decides. */
  readonly lateTransfers: readonly { readonly transfer: Transfer; readonly at: EpochMs }[];
  readonly excess: Money | null;
  readonly missing: Money | null;
  readonly receipt: ReceiptState;
  /** Off the screen. */
  readonly closed: boolean;
  readonly endedAt: EpochMs | null;
}

export interface UnmatchedTransfer {
  readonly transfer: Transfer;
  readonly at: EpochMs;
  readonly reason: Extract<JournalEvent, { type: 'TransferUnmatched' }>['reason'];
}

export interface TerminalState {
  /** Last STAN used (DE 11); 0 when none was. */
  readonly lastStan: number;
  /** Under which the terminal last ran; null before the first start. */
  readonly identity: TerminalIdentity | null;
  readonly transactions: ReadonlyMap<TransactionId, Transaction>;
  /** Idempotency keys of the newest sales (evolve.ts says how many), with the sale each has started. */
  readonly keys: ReadonlyMap<string, TransactionId>;
  /** Provider transaction ids already journaled, the newest: providers repeat themselves. */
  readonly transferIds: ReadonlySet<string>;
  /** QR references of the transactions above. */
  readonly references: ReadonlyMap<string, TransactionId>;
  /** The sale on the screen. */
  readonly foreground: TransactionId | null;
  readonly unmatched: readonly UnmatchedTransfer[];
}

export const emptyTerminal: TerminalState = {
  lastStan: 0,
  identity: null,
  transactions: new Map(),
  keys: new Map(),
  transferIds: new Set(),
  references: new Map(),
  foreground: null,
  unmatched: [],
};

/** DE 11 is n6 and never 000000: 1 … 999999 and round again. */
export function nextStan(state: TerminalState): number {
  return (state.lastStan % 999_999) + 1;
}

const moved: Readonly<Record<Phase, MoneyMoved>> = {
  awaitingCard: 'no',
  authorising: 'unknown',
  approved: 'yes',
  declined: 'no',
  reversing: 'unknown',
  reversed: 'no',
  issuingQr: 'no',
  awaitingPayment: 'no',
  checkingPayment: 'unknown',
  paid: 'yes',
  underPaid: 'yes',
  cancelled: 'no',
  failed: 'no',
  expired: 'no',
};

/** "Was I charged?" A transfer that arrived late was charged all the same. */
export function moneyMoved(transaction: Transaction): MoneyMoved {
  return transaction.lateTransfers.length > 0 ? 'yes' : moved[transaction.phase];
}

/** Phases in which the screen waits for someone and no other sale may start. */
const waiting: ReadonlySet<Phase> = new Set([
  'awaitingCard',
  'authorising',
  'issuingQr',
  'awaitingPayment',
  'checkingPayment',
]);

/** Phases in which money is still in question. */
const unsettled: ReadonlySet<Phase> = new Set([...waiting, 'reversing']);

export function isWaiting(transaction: Transaction): boolean {
  return waiting.has(transaction.phase);
}

export function isUnsettled(transaction: Pick<Transaction, 'phase'>): boolean {
  return unsettled.has(transaction.phase);
}
