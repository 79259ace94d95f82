/** What always holds of the batches: looked at as a whole at the start, and by the event at each change. */
import { assert } from '../base/assert.ts';
import type { Booking, ClosingBatch, SettledBatch, SettlementState } from './model.ts';
import { netOfLines, netOfTotals } from './totals.ts';

/** DE 60: 1 to 999999. */
export function assertBatchNumber(number: number): void {
  assert(Number.isInteger(number) && number >= 1 && number <= 999_999, 'a batch number is 1 to 999999');
}

export function assertBooking({ entry, method }: Booking): void {
  assert(Number.isSafeInteger(entry.amount.minorUnits) && entry.amount.minorUnits > 0, 'what is booked is an amount');
  assert(method === 'card' || entry.kind !== 'completion', 'only a hold on a card is completed');
}

/** A batch that is being settled: its request stands to its phase as it should. */
export function assertClosing({ number, phase, request, uploaded, refused }: ClosingBatch): void {
  assertBatchNumber(number);
  assert((phase === 'waiting') === (request === null), 'a batch that asks the host has a request, and no other');
  assert(request === null || request.attempt >= 1, 'a request was attempted');
  assert(refused.length <= uploaded, 'only what was uploaded was refused');
}

/** Two sums over the same bookings, made in two ways. */
export function assertSettled({ lines, totals, balance }: SettledBatch): void {
  const cards = lines.filter(({ method }) => method === 'card');
  assert((totals === null) === (cards.length === 0), 'a batch with cards has totals');
  assert((balance === 'noCards') === (totals === null), 'only what has cards is compared');
  if (totals !== null)
    assert(netOfTotals(totals).minorUnits === netOfLines(cards), 'the totals are the sum of the lines');
  for (const { booked, voided } of lines) {
    assert(voided.count <= booked.count && voided.minorUnits <= booked.minorUnits, 'only what was booked is voided');
  }
}

export function assertSettlement({ open, closing, settled }: SettlementState): void {
  assertBatchNumber(open.number);
  assert(!closing.has(open.number), 'the open batch is not closing');
  const booked = new Set<string>();
  for (const batch of [open, ...closing.values()]) {
    for (const booking of batch.bookings) {
      assertBooking(booking);
      const { transactionId, kind } = booking.entry;
      // What goes back by payout is booked under its sale, once for each part of it.
      if (booking.method === 'qr' && kind === 'refund') continue;
      assert(!booked.has(transactionId), 'money is booked once');
      booked.add(transactionId);
    }
  }
  for (const [number, batch] of closing) {
    assert(batch.number === number, 'a batch is found under its number');
    assertClosing(batch);
  }
  for (const batch of settled) assertSettled(batch);
}
