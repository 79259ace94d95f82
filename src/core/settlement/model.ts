/**
 * What the terminal knows of its batches, folded from the journal: the open one, those that are being settled with
 * the host, and the last few settled ones, kept for a reprint. Plain data throughout.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { BatchEntry, HostTotals, PaymentMethod, Tally } from '../transaction/model.ts';

/** What every booking has, however it was paid. */
export type BookedMoney = Pick<BatchEntry, 'transactionId' | 'kind' | 'requestedAt' | 'amount' | 'voided'>;

/** Money that counts in a batch. Only cards are compared with the acquirer, so only they need a host's references. */
export type Booking =
  | { readonly method: 'card'; readonly scheme: string; readonly entry: BatchEntry }
  | { readonly method: 'qr' | 'cash'; readonly scheme: string; readonly entry: BookedMoney };

/** Sums of one method, scheme and kind; `voided` is part of `booked`. */
export interface ReportLine {
  readonly method: PaymentMethod;
  /** Label of the card scheme, name of the QR scheme, empty for cash. */
  readonly scheme: string;
  readonly kind: BatchEntry['kind'];
  readonly booked: Tally;
  readonly voided: Tally;
}

export type CloseReason = 'person' | 'cutOver' | 'hostCutOver';

export interface OpenBatch {
  /** 1 … 999999, then 1 again (DE 60). */
  readonly number: number;
  /** Null only before the very first `BatchOpened`. */
  readonly opened: { readonly at: EpochMs; readonly businessDate: string; readonly float: Money } | null;
  readonly bookings: readonly Booking[];
}

export interface CashCount {
  readonly expected: Money;
  readonly counted: Money;
}

/** What open batches leave behind when they close. */
export interface ClosedBatch {
  readonly number: number;
  readonly openedAt: EpochMs;
  readonly businessDate: string;
  readonly float: Money;
  readonly closedAt: EpochMs;
  readonly because: CloseReason;
  /** Who closed it, when a person did. */
  readonly by: string | null;
  /** Null when nobody counted. */
  readonly cash: CashCount | null;
  readonly bookings: readonly Booking[];
}

/**
 * waiting: something of it is in question, so its totals are not final · reconciling: 0500 with our totals ·
 * uploading: the host's totals differ, entry by entry follows · confirming: 0500 after the upload.
 */
export const closingPhases = ['waiting', 'reconciling', 'uploading', 'confirming'] as const;
export type ClosingPhase = (typeof closingPhases)[number];

/** The request under way. Its repeats keep `stan` and `requestedAt`. */
export interface BatchRequest {
  readonly stan: number;
  readonly requestedAt: EpochMs;
  /** The one under way, or the last one that failed. */
  readonly attempt: number;
  /** End of the wait for the answer; null between two attempts. */
  readonly waitUntil: EpochMs | null;
  /** Null while an attempt is under way. */
  readonly nextTryAt: EpochMs | null;
  /** Why the last attempt failed. */
  readonly trouble: string | null;
}

/** An entry the host would not take at upload: for a person to settle. */
export interface RefusedEntry {
  readonly transactionId: TransactionId;
  readonly responseCode: string;
}

export interface ClosingBatch extends ClosedBatch {
  readonly phase: ClosingPhase;
  /** Null while waiting. */
  readonly request: BatchRequest | null;
  /** How many of `uploadable(bookings)` the host has answered for. */
  readonly uploaded: number;
  readonly refused: readonly RefusedEntry[];
}

/** `noCards`: the acquirer booked nothing, so there was nothing to compare. */
export type Balance = 'inBalance' | 'differs' | 'noCards';

/** Enough for a Z report at any later time. */
export interface SettledBatch extends Omit<ClosedBatch, 'bookings'> {
  readonly settledAt: EpochMs;
  readonly lines: readonly ReportLine[];
  readonly balance: Balance;
  /** Ours; null without cards. */
  readonly totals: HostTotals | null;
  /** The host's, when it told them. */
  readonly hostTotals: HostTotals | null;
  readonly refused: readonly RefusedEntry[];
}

export interface SettlementState {
  readonly open: OpenBatch;
  /** By batch number. */
  readonly closing: ReadonlyMap<number, ClosingBatch>;
  /** Oldest first. */
  readonly settled: readonly SettledBatch[];
}

export const emptySettlement: SettlementState = {
  open: { number: 1, opened: null, bookings: [] },
  closing: new Map(),
  settled: [],
};

/** The number after the open batch's, passing over those that are not settled yet. */
export function nextBatchNumber(state: SettlementState): number {
  let number = state.open.number;
  do number = (number % 999_999) + 1;
  while (state.closing.has(number));
  return number;
}

/** True while an entry can still be voided: its batch is open, so the host has not been told a total with it. */
export function inOpenBatch(state: SettlementState, transactionId: TransactionId): boolean {
  return state.open.bookings.some(({ entry }) => entry.transactionId === transactionId);
}
