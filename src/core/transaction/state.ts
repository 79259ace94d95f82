/**
 * What the terminal knows, folded from the journal and nothing else. One `Transaction` per sale, one
 * `TerminalState` for what sales share: the STAN counter, the sale on the screen, transfers nobody claims.
 */
import { epochMs, type EpochMs, type TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import { emptySettlement, type SettlementState } from '../settlement/model.ts';
import type { Payout } from './payout.ts';
import type { ProviderRefundState } from './provider-refund.ts';
import { isDeclinedForNow } from './evolve-answers.ts';
import type { CancelReason, FailReason, JournalEvent } from './events.ts';
import type {
  CardData,
  CardOutcome,
  FollowUpRequest,
  HostAnswerKept,
  HostOriginal,
  MoneyMoved,
  Order,
  PaymentMethod,
  Presentment,
  PrinterTrouble,
  StoredRequest,
  TerminalIdentity,
  TransactionKind,
  Transfer,
} from './model.ts';

export const phases = [
  'awaitingCard',
  'authorising',
  /** The host has answered, or was certainly not asked, and an inserted card has the last word. */
  'completingCard',
  'approved',
  'declined',
  /** Outcome unknown; a reversal is under way and goes on until the host confirms it. */
  'reversing',
  'reversed',
  /** The host approved a part; the cashier decides whether to take it. */
  'partlyApproved',
  /** The card data are being encrypted on disk, for a payment without the host. */
  'storing',
  /** Taken without the host; waits in the outbox, or is on its way. */
  'stored',
  /** Stored, and refused when it was delivered. */
  'lateDeclined',
  /** A hold on the cardholder's account: nothing is charged yet. */
  'authorised',
  'incrementing',
  /** The final amount is decided and waits in the outbox, or is on its way. */
  'completing',
  'completed',
  /** Repeated until the host has answered. */
  'voiding',
  'voided',
  'awaitingCash',
  'issuingQr',
  'awaitingPayment',
  /** The code was withdrawn; the provider is asked until it gives a definite answer. */
  'checkingPayment',
  'paid',
  'underPaid',
  /** The provider was asked to give money back, and is asked about it until its definite answer. */
  'refunding',
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

/** The last void, increment or completion, whatever became of it. */
export interface FollowUp {
  readonly operation: FollowUpRequest['operation'];
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly batch: number;
  readonly amount: Money;
  readonly approvedBy: string | null;
  /** What names the request that it goes on with. */
  readonly original: HostOriginal;
  /** Null while it is not answered; `notSent` when it certainly never left. */
  readonly result: 'approved' | 'refused' | 'notSent' | null;
  readonly responseCode: string | null;
}

export interface QrState {
  readonly reference: string;
  readonly expiresAt: EpochMs;
  readonly issue: { readonly payload: string; readonly bankBin: string; readonly account: string } | null;
  readonly withdrawn: 'expired' | 'cashier' | 'billPaid' | null;
}

/** Attempts to settle what is open, the one under way included. `nextTryAt` is null while one is under way. */
export interface Attempts {
  readonly made: number;
  readonly nextTryAt: EpochMs | null;
  /** Why the last one failed. */
  readonly lastError: string | null;
  /** `link`: it did not get there, so it may go as soon as the host is heard of; `host`: not before `nextTryAt`. */
  readonly waitFor: 'link' | 'host';
}

export const firstAttempt: Attempts = { made: 1, nextTryAt: null, lastError: null, waitFor: 'host' };

export interface Transaction {
  readonly id: TransactionId;
  readonly key: string;
  readonly kind: TransactionKind;
  readonly method: PaymentMethod;
  /** Of a card payment: what is waited for. */
  readonly presentment: Presentment;
  readonly amount: Money;
  readonly order: Order | null;
  /** Of a refund: the sale that it gives back. */
  readonly original: TransactionId | null;
  /** Of a sale: refunds that name it. */
  readonly refunds: readonly TransactionId[];
  /** Who answered for what a cashier may not do alone. */
  readonly approvedBy: string | null;
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
  /** While an inserted card hears it: what the host said; null when it was certainly not asked. */
  readonly hostAnswer: HostAnswerKept | null;
  /** How an inserted card ended it, once it has. */
  readonly cardCompletion: Pick<
    Extract<JournalEvent, { type: 'CardCompleted' }>,
    'decision' | 'issuerAuthentication' | 'scriptResults'
  > | null;
  readonly authorization: Authorization | null;
  /** The batch of its request; null before there is one. */
  readonly batch: number | null;
  /** Less than `amount` after a partial approval. */
  readonly approvedAmount: Money | null;
  /** Of a pre-authorisation: what the issuer blocks now. */
  readonly held: Money | null;
  /** What a pre-authorisation was completed with. */
  readonly finalAmount: Money | null;
  /** What names the approved request to the host: the sale, the refund, the hold, and at last the completion. */
  readonly hostOriginal: HostOriginal | null;
  readonly followUp: FollowUp | null;
  readonly reversalBecause: Extract<JournalEvent, { type: 'ReversalQueued' }>['because'] | null;
  readonly stored: {
    readonly manner: StoredRequest['manner'];
    readonly at: EpochMs;
  } | null;
  readonly deadLetter: { readonly why: string; readonly at: EpochMs } | null;
  readonly resolved: { readonly approvedBy: string; readonly note: string; readonly at: EpochMs } | null;
  readonly cash: { readonly tendered: Money; readonly change: Money } | null;
  readonly attempts: Attempts;
  readonly qr: QrState | null;
  /** Transfers that count towards the amount. */
  readonly transfers: readonly Transfer[];
  /** Transfers that came too late or once too often; a person decides. */
  readonly lateTransfers: readonly {
    readonly transfer: Transfer;
    readonly at: EpochMs;
    /** Why it is the customer's second payment. */
    readonly because?: 'billPaid' | 'paidTwice';
  }[];
  /** Paid by the word of a supervisor; stays when the bank's notice has come, which says when. */
  readonly unverified: {
    readonly approvedBy: string;
    readonly note: string;
    readonly at: EpochMs;
    readonly verifiedAt: EpochMs | null;
  } | null;
  readonly excess: Money | null;
  readonly missing: Money | null;
  /** Of a refund by the QR provider. */
  readonly providerRefund: ProviderRefundState | null;
  readonly receipt: ReceiptState;
  /** Off the screen. */
  readonly closed: boolean;
  /** A QR sale that left the screen with its code still payable: it confirms by itself. */
  readonly aside: boolean;
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
  /** Stored payments and completions that the host has not answered for good, oldest first. */
  readonly outbox: ReadonlySet<TransactionId>;
  /** Those of the outbox that have been sent and not answered. */
  readonly underWay: ReadonlySet<TransactionId>;
  /** Reversals, voids and increments without an answer, oldest first. */
  readonly inQuestion: ReadonlySet<TransactionId>;
  /** Payments of each bill, the newest bills. */
  readonly orders: ReadonlyMap<string, readonly TransactionId[]>;
  readonly settlement: SettlementState;
  /** The sale on the screen. */
  readonly foreground: TransactionId | null;
  readonly unmatched: readonly UnmatchedTransfer[];
  /** Instructions to give money back by transfer: all that are open, and the newest that are not. */
  readonly payouts: ReadonlyMap<string, Payout>;
  /** Since when transfers come through the present QR provider: of earlier ones it knows nothing. */
  readonly qrProviderSince: EpochMs;
}

export const emptyTerminal: TerminalState = {
  lastStan: 0,
  identity: null,
  transactions: new Map(),
  keys: new Map(),
  transferIds: new Set(),
  references: new Map(),
  outbox: new Set(),
  underWay: new Set(),
  inQuestion: new Set(),
  orders: new Map(),
  settlement: emptySettlement,
  foreground: null,
  unmatched: [],
  payouts: new Map(),
  qrProviderSince: epochMs(0),
};

/**
 * DE 11 is n6 and never 000000: 1 … 999999 and round again, passing over those that a request without an answer still
 * has; a stored payment may have waited that long.
 */
export function nextStan(state: TerminalState): number {
  const live = liveStans(state);
  let stan = state.lastStan;
  do stan = (stan % 999_999) + 1;
  while (live.has(stan));
  return stan;
}

function liveStans({ outbox, inQuestion, transactions, settlement }: TerminalState): ReadonlySet<number> {
  const stans = new Set<number>();
  for (const id of [...outbox, ...inQuestion]) {
    const { authorization, followUp } = transactions.get(id) ?? {};
    if (authorization) stans.add(authorization.stan);
    if (followUp) stans.add(followUp.stan);
  }
  for (const { request } of settlement.closing.values()) if (request !== null) stans.add(request.stan);
  return stans;
}

/** The transaction on the screen, finished or not. */
export function shownTransaction({ foreground, transactions }: TerminalState): Transaction | undefined {
  return foreground === null ? undefined : transactions.get(foreground);
}

const moved: Readonly<Record<Phase, MoneyMoved>> = {
  awaitingCard: 'no',
  authorising: 'unknown',
  completingCard: 'unknown',
  approved: 'yes',
  declined: 'no',
  reversing: 'unknown',
  reversed: 'no',
  partlyApproved: 'yes',
  storing: 'no',
  stored: 'unknown',
  lateDeclined: 'no',
  authorised: 'no',
  incrementing: 'no',
  completing: 'yes',
  completed: 'yes',
  voiding: 'unknown',
  voided: 'no',
  awaitingCash: 'no',
  issuingQr: 'no',
  awaitingPayment: 'no',
  checkingPayment: 'unknown',
  paid: 'yes',
  underPaid: 'yes',
  refunding: 'unknown',
  cancelled: 'no',
  failed: 'no',
  expired: 'no',
};

/**
 * "Was I charged?" (of a refund: has my money been given back?) A transfer that arrived late was charged all the same;
 * what the card itself approved will be charged; a hold that is being cancelled never was a charge.
 */
export function moneyMoved(transaction: Transaction): MoneyMoved {
  const { phase, stored, kind, hostOriginal, deadLetter, batch, hostAnswer } = transaction;
  if (transaction.lateTransfers.length > 0) return 'yes';
  // The host will not have what the card or the cashier has approved: only a person can find out now.
  if ((phase === 'stored' || phase === 'completing') && deadLetter !== null && batch === null) return 'unknown';
  if (phase === 'stored' && stored?.manner === 'chipApproved') return 'yes';
  if (phase === 'voiding' && kind === 'preAuthorization' && hostOriginal?.kind === 'preAuthorization') return 'no';
  // Nothing suggests that a copy of it was approved; should one have been, its reversal is on its way.
  if (isDeclinedForNow(transaction)) return 'no';
  // The host has declined, or was not asked: nothing that the card says now takes money of the cardholder's account.
  if (phase === 'completingCard' && !(hostAnswer && isApproval(hostAnswer))) return 'no';
  return moved[phase];
}

/** Of the answers that are kept: any other approval has been given back already. */
export function isApproval({ responseCode, approvedAmount }: HostAnswerKept): boolean {
  return responseCode === '00' || approvedAmount !== null;
}

/** What is, or would be, charged: the part that was approved, or the amount a hold was completed with. */
export function chargedAmount({ finalAmount, approvedAmount, amount }: Transaction): Money {
  return finalAmount ?? approvedAmount ?? amount;
}

/** Phases in which the screen waits for someone and no other sale may start. */
const waiting: ReadonlySet<Phase> = new Set([
  'awaitingCard',
  'authorising',
  'completingCard',
  'partlyApproved',
  'storing',
  'awaitingCash',
  'issuingQr',
  'awaitingPayment',
  'checkingPayment',
]);

/** Phases in which money is still in question. */
const unsettled: ReadonlySet<Phase> = new Set([
  ...waiting,
  'reversing',
  'voiding',
  'incrementing',
  'stored',
  'completing',
  'refunding',
]);

export function isWaiting({ phase, resolved }: Pick<Transaction, 'phase' | 'resolved'>): boolean {
  return waiting.has(phase) && resolved === null;
}

/** Its code is payable behind the screen. */
export function isAside({ aside, closed, phase }: Transaction): boolean {
  return aside && closed && phase === 'awaitingPayment';
}

/** Money that came late, too little or too much: only a person can settle that with the customer. */
export function needsPerson({ lateTransfers, missing, excess }: Transaction): boolean {
  return lateTransfers.length > 0 || missing !== null || excess !== null;
}

/** The host will not have it: nothing is sent by itself any more, only when a person asks for it. */
export function isParked({ deadLetter, batch, attempts }: Transaction): boolean {
  return deadLetter !== null && batch === null && attempts.waitFor === 'host';
}

export function isUnsettled(transaction: Pick<Transaction, 'phase' | 'resolved'>): boolean {
  return unsettled.has(transaction.phase) && transaction.resolved === null;
}
