/**
 * Sums over a batch: what terminal and host compare (DE 74–77, 86–89), what X and Z reports print, and the cash
 * that should be in the drawer.
 */
import { assert } from '../base/assert.ts';
import { money, type Money } from '../base/money.ts';
import type { BatchEntry, HostTotals, Tally } from '../transaction/model.ts';
import type { Booking, ReportLine } from './model.ts';

const none: Tally = { count: 0, minorUnits: 0 };

function plus(tally: Tally, amount: Money): Tally {
  return {
    count: tally.count + 1,
    minorUnits: money(tally.minorUnits + amount.minorUnits, amount.currency).minorUnits,
  };
}

export function cardEntries(bookings: readonly Booking[]): readonly BatchEntry[] {
  return bookings.flatMap((booking) => (booking.method === 'card' ? [booking.entry] : []));
}

/**
 * What batch upload tells the host. A voided entry is left out: an upload (0320) cannot say "voided", so the host
 * would book it again.
 */
export function uploadable(bookings: readonly Booking[]): readonly BatchEntry[] {
  return cardEntries(bookings).filter((entry) => !entry.voided);
}

/**
 * Totals of one reconciliation, in minor units. A voided entry stays in its column and counts in the reversal column
 * as well. At least one entry, all in one currency.
 */
export function hostTotals(entries: readonly BatchEntry[]): HostTotals {
  const currency = entries[0]?.amount.currency;
  assert(currency !== undefined, 'totals: a batch without card entries is not reconciled with the host');
  let [debits, debitReversals, credits, creditReversals] = [none, none, none, none];
  for (const { kind, amount, voided } of entries) {
    assert(amount.currency === currency, 'totals: one batch, one currency');
    if (kind === 'refund') {
      credits = plus(credits, amount);
      if (voided) creditReversals = plus(creditReversals, amount);
    } else {
      debits = plus(debits, amount);
      if (voided) debitReversals = plus(debitReversals, amount);
    }
  }
  return { currency, debits, debitReversals, credits, creditReversals };
}

const columns = ['debits', 'debitReversals', 'credits', 'creditReversals'] as const;

export function sameTotals(a: HostTotals, b: HostTotals): boolean {
  return (
    a.currency === b.currency &&
    columns.every((column) => a[column].count === b[column].count && a[column].minorUnits === b[column].minorUnits)
  );
}

/** What the merchant gets of a reconciliation: debits less credits, each without what was reversed. May be negative. */
export function netOfTotals(totals: HostTotals): Money {
  const { currency, debits, debitReversals, credits, creditReversals } = totals;
  const taken = debits.minorUnits - debitReversals.minorUnits;
  return money(taken - (credits.minorUnits - creditReversals.minorUnits), currency);
}

function rank({ method, kind }: ReportLine): number {
  return ['card', 'qr', 'cash'].indexOf(method) * 3 + ['sale', 'completion', 'refund'].indexOf(kind);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** One line per method, scheme and kind that occurs: cards first, then QR, then cash. */
export function reportLines(bookings: readonly Booking[]): readonly ReportLine[] {
  const lines = new Map<string, ReportLine>();
  for (const { method, scheme, entry } of bookings) {
    const key = JSON.stringify([method, scheme, entry.kind]);
    const line = lines.get(key) ?? { method, scheme, kind: entry.kind, booked: none, voided: none };
    const booked = plus(line.booked, entry.amount);
    lines.set(key, { ...line, booked, voided: entry.voided ? plus(line.voided, entry.amount) : line.voided });
  }
  return [...lines.values()].sort((a, b) => rank(a) - rank(b) || byText(a.scheme, b.scheme));
}

/** Minor units that the lines add to the merchant's money: refunds count against, voided entries not at all. */
export function netOfLines(lines: readonly ReportLine[]): number {
  return lines.reduce((sum, { kind, booked, voided }) => {
    const left = booked.minorUnits - voided.minorUnits;
    return kind === 'refund' ? sum - left : sum + left;
  }, 0);
}

/** Opening float, plus cash sales, less cash refunds. */
export function expectedCash(float: Money, lines: readonly ReportLine[]): Money {
  return money(float.minorUnits + netOfLines(lines.filter(({ method }) => method === 'cash')), float.currency);
}
