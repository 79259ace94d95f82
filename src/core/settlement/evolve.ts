/**
 * How journaled events change what is known of the batches: in place, on a draft that nobody else holds, as
 * src/core/transaction/evolve.ts does with the sales.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { BatchEntry } from '../transaction/model.ts';
import type { SettlementEvent } from './events.ts';
import type {
  BatchRequest,
  BookedMoney,
  Booking,
  ClosingBatch,
  ClosingPhase,
  OpenBatch,
  SettledBatch,
  SettlementState,
} from './model.ts';
import { assertBatchNumber, assertBooking, assertClosing, assertSettled } from './consistency.ts';
import { cardEntries, hostTotals, reportLines } from './totals.ts';

/** Settled batches kept in memory, for a reprint of the Z report; the journal keeps all. */
const keptSettled = 31;

type Of<T extends SettlementEvent['type']> = Extract<SettlementEvent, { type: T }>;
type ClosingEvent = Exclude<SettlementEvent, Of<'BatchOpened'> | Of<'BatchClosed'> | Of<'BatchSettled'>>;

export interface SettlementDraft extends SettlementState {
  open: Omit<OpenBatch, 'bookings'> & { readonly bookings: Booking[] };
  readonly closing: Map<number, ClosingBatch>;
  readonly settled: SettledBatch[];
}

export function settlementDraftOf(state: SettlementState): SettlementDraft {
  return {
    open: { ...state.open, bookings: [...state.open.bookings] },
    closing: new Map(state.closing),
    settled: [...state.settled],
  };
}

export type Report =
  | { readonly batch: number; readonly method: 'card'; readonly scheme: string; readonly entry: BatchEntry }
  | { readonly batch: number; readonly method: 'qr' | 'cash'; readonly scheme: string; readonly entry: BookedMoney };

/**
 * Money that is certain now. `batch` is the one its request was made in: an answer that comes after the batch was closed
 * still belongs there, and the batch has waited for it.
 */
export function book(draft: SettlementDraft, { batch, ...booking }: Report): void {
  assertBooking(booking);
  if (batch === draft.open.number) {
    draft.open.bookings.push(booking);
    return;
  }
  const closing = closingBatch(draft, batch, 'booked');
  assert(closing.phase === 'waiting', `journal: booked in batch ${batch} after its totals were sent`);
  draft.closing.set(batch, { ...closing, bookings: [...closing.bookings, booking] });
}

/**
 * The entry stays, and from now on counts as voided too. False when its batch's totals have been sent already, which
 * happens only where a person settled the void by hand before the host answered it: the totals stay as they were told.
 */
export function markVoided(draft: SettlementDraft, transactionId: TransactionId): boolean {
  const isIt = ({ entry }: Booking): boolean => entry.transactionId === transactionId;
  const index = draft.open.bookings.findLastIndex(isIt);
  const booking = draft.open.bookings[index];
  if (booking !== undefined) {
    draft.open.bookings[index] = voided(booking);
    return true;
  }
  const closing = [...draft.closing.values()].find(({ bookings }) => bookings.some(isIt));
  if (closing?.phase !== 'waiting') return false;
  const bookings = closing.bookings.map((each) => (isIt(each) ? voided(each) : each));
  draft.closing.set(closing.number, { ...closing, bookings });
  return true;
}

function voided(booking: Booking): Booking {
  return booking.method === 'card'
    ? { ...booking, entry: { ...booking.entry, voided: true } }
    : { ...booking, entry: { ...booking.entry, voided: true } };
}

export function applySettlement(draft: SettlementDraft, at: EpochMs, event: SettlementEvent): void {
  switch (event.type) {
    case 'BatchOpened': {
      assert(draft.open.opened === null && draft.open.number === event.batch, 'journal: the first batch opened twice');
      const { businessDate, float } = event;
      draft.open = { ...draft.open, opened: { at, businessDate, float } };
      return;
    }
    case 'BatchClosed':
      close(draft, at, event);
      return;
    case 'BatchSettled':
      settle(draft, at, event);
      return;
    case 'ReconciliationRequested':
    case 'ReconciliationUnanswered':
    case 'BatchAttemptStarted':
    case 'BatchOutOfBalance':
    case 'EntryUploadRequested':
    case 'EntryUploadFailed':
    case 'EntryUploaded':
    case 'EntryUploadRefused':
      changeClosing(draft, at, event);
      return;
    default:
      unreachable(event, 'applySettlement');
  }
}

function changeClosing(draft: SettlementDraft, at: EpochMs, event: ClosingEvent): void {
  const after = step(closingBatch(draft, event.batch, event.type), at, event);
  assertClosing(after);
  draft.closing.set(event.batch, after);
}

function closingBatch(draft: SettlementDraft, batch: number, what: string): ClosingBatch {
  const found = draft.closing.get(batch);
  assert(found !== undefined, `journal: ${what} for batch ${batch}, which is not closing`);
  return found;
}

function close(draft: SettlementDraft, at: EpochMs, event: Of<'BatchClosed'>): void {
  const { number, opened, bookings } = draft.open;
  assert(opened !== null && number === event.batch, `journal: batch ${event.batch} closed, but ${number} was open`);
  draft.closing.set(number, {
    number,
    openedAt: opened.at,
    businessDate: event.businessDate,
    float: opened.float,
    closedAt: at,
    because: event.because,
    by: event.by,
    cash: event.cash,
    bookings,
    phase: 'waiting',
    request: null,
    uploaded: 0,
    refused: [],
  });
  const { batch, businessDate, float } = event.next;
  assertBatchNumber(batch);
  assert(!draft.closing.has(batch), `journal: batch ${batch} is opened while it is being settled`);
  draft.open = { number: batch, opened: { at, businessDate, float }, bookings: [] };
}

function settle(draft: SettlementDraft, at: EpochMs, event: Of<'BatchSettled'>): void {
  const closing = closingBatch(draft, event.batch, event.type);
  const { number, openedAt, businessDate, float, closedAt, because, by, cash, bookings, refused } = closing;
  const entries = cardEntries(bookings);
  draft.closing.delete(number);
  const settled: SettledBatch = {
    number,
    openedAt,
    businessDate,
    float,
    closedAt,
    because,
    by,
    cash,
    refused,
    settledAt: at,
    lines: reportLines(bookings),
    balance: event.balance,
    totals: entries.length === 0 ? null : hostTotals(entries),
    hostTotals: event.hostTotals,
  };
  assertSettled(settled);
  draft.settled.push(settled);
  if (draft.settled.length > keptSettled) draft.settled.shift();
}

function requested(phase: ClosingPhase, at: EpochMs, stan: number, waitUntil: EpochMs) {
  const request: BatchRequest = { stan, requestedAt: at, attempt: 1, waitUntil, nextTryAt: null, trouble: null };
  return { phase, request };
}

function step(batch: ClosingBatch, at: EpochMs, event: ClosingEvent): ClosingBatch {
  const { request } = batch;
  switch (event.type) {
    case 'ReconciliationRequested': {
      const phase = event.afterUpload ? 'confirming' : 'reconciling';
      const first = batch.phase === 'waiting';
      assert(first !== event.afterUpload, 'journal: totals are compared once before an upload and once after it');
      return { ...batch, ...requested(phase, at, event.stan, event.waitUntil) };
    }
    case 'EntryUploadRequested':
      assert(request !== null, 'journal: an upload before the totals were compared');
      return { ...batch, ...requested('uploading', at, event.stan, event.waitUntil) };
    case 'BatchAttemptStarted': {
      assert(request !== null, 'journal: an attempt without a request');
      const { attempt, waitUntil } = event;
      assert(attempt === request.attempt + 1, 'journal: an attempt is the next one');
      return { ...batch, request: { ...request, attempt, waitUntil, nextTryAt: null } };
    }
    case 'ReconciliationUnanswered':
    case 'EntryUploadFailed': {
      assert(request !== null, 'journal: a failed attempt without a request');
      const { attempt, nextTryAt, detail: trouble } = event;
      assert(attempt === request.attempt, 'journal: what failed is the attempt that was made');
      return { ...batch, request: { ...request, attempt, waitUntil: null, nextTryAt, trouble } };
    }
    case 'BatchOutOfBalance':
      return batch;
    case 'EntryUploaded':
      assert(batch.phase === 'uploading', 'journal: an entry is uploaded during the upload');
      return { ...batch, uploaded: batch.uploaded + 1 };
    case 'EntryUploadRefused': {
      const refused = [...batch.refused, { transactionId: event.transactionId, responseCode: event.responseCode }];
      return { ...batch, uploaded: batch.uploaded + 1, refused };
    }
    default:
      return unreachable(event, 'settlement step');
  }
}
