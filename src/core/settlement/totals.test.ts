/** Totals are sums: whatever the order, nothing counted twice, nothing left out. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchEntry } from '../transaction/model.ts';
import type { Booking } from './model.ts';
import { cardEntry, vnd } from './test-kit.ts';
import { cardEntries, expectedCash, hostTotals, netOfLines, netOfTotals, reportLines } from './totals.ts';

const entry = fc
  .record({
    stan: fc.integer({ min: 1, max: 999_999 }),
    minorUnits: fc.integer({ min: 1, max: 1_000_000_000 }),
    kind: fc.constantFrom('sale', 'completion', 'refund'),
    voided: fc.boolean(),
  })
  .map(({ stan, minorUnits, kind, voided }): BatchEntry => cardEntry(stan, minorUnits, { kind, voided }));

const booking = fc
  .tuple(entry, fc.constantFrom('card', 'qr', 'cash'), fc.constantFrom('NAPAS', 'VISA'))
  .map(([entry, method, scheme]): Booking => ({ method, scheme, entry }));

const signed = ({ kind, amount }: Pick<BatchEntry, 'kind' | 'amount'>) =>
  kind === 'refund' ? -amount.minorUnits : amount.minorUnits;

const sum = (of: readonly Booking[]) => of.reduce((total, { entry }) => total + signed(entry), 0);
const names = (of: readonly Booking[]) => reportLines(of).map(({ method, kind, scheme }) => [method, kind, scheme]);

describe('host totals', () => {
  it('a voided entry stays in its column and counts as a reversal too', () => {
    const entries = [
      cardEntry(1, 100),
      cardEntry(2, 200, { voided: true }),
      cardEntry(3, 400, { kind: 'completion' }),
      cardEntry(4, 800, { kind: 'refund' }),
      cardEntry(5, 1600, { kind: 'refund', voided: true }),
    ];
    expect(hostTotals(entries)).toEqual({
      currency: 'VND',
      debits: { count: 3, minorUnits: 700 },
      debitReversals: { count: 1, minorUnits: 200 },
      credits: { count: 2, minorUnits: 2400 },
      creditReversals: { count: 1, minorUnits: 1600 },
    });
    expect(netOfTotals(hostTotals(entries))).toEqual(vnd(-300));
  });

  it('do not depend on the order, and are the sum of their parts', () => {
    const shuffled = fc
      .array(entry, { minLength: 1, maxLength: 50 })
      .chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })));
    fc.assert(
      fc.property(shuffled, ([entries, other]) => {
        const totals = hostTotals(entries);
        expect(hostTotals(other)).toEqual(totals);
        expect(totals.debits.count + totals.credits.count).toBe(entries.length);
        const standing = entries.filter(({ voided }) => !voided);
        expect(netOfTotals(totals).minorUnits).toBe(standing.reduce((sum, each) => sum + signed(each), 0));
      }),
    );
  });
});

describe('report lines', () => {
  it('add up to the bookings, in counts, in money and in cash', () => {
    fc.assert(
      fc.property(fc.array(booking, { maxLength: 60 }), fc.nat(1_000_000), (bookings, float) => {
        const lines = reportLines(bookings);
        expect(lines.reduce((sum, { booked }) => sum + booked.count, 0)).toBe(bookings.length);
        const standing = bookings.filter(({ entry }) => !entry.voided);
        expect(netOfLines(lines)).toBe(sum(standing));
        const cash = standing.filter(({ method }) => method === 'cash');
        expect(expectedCash(vnd(float), lines)).toEqual(vnd(float + sum(cash)));
        const cards = cardEntries(bookings);
        if (cards.length === 0) return;
        const cardLines = lines.filter(({ method }) => method === 'card');
        expect(netOfLines(cardLines)).toBe(netOfTotals(hostTotals(cards)).minorUnits);
      }),
    );
  });

  it('come in one order whatever the bookings: cards, QR, cash', () => {
    fc.assert(
      fc.property(fc.array(booking, { maxLength: 30 }), (bookings) => {
        expect(names(bookings.toReversed())).toEqual(names(bookings));
      }),
    );
  });
});
