/**
 * Money that goes back by bank transfer where no provider can send it: an instruction that one person asks for, a
 * supervisor other than that one confirms, and somebody carries out at the bank. Tracked to its end.
 */
import { assert } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import { money, sumMoney, type Money } from '../base/money.ts';

/** What the money is: a whole transfer that counts for no sale, what came too much, or a part of a sale that was paid. */
export type PayoutReason = 'transfer' | 'excess' | 'refund';

export interface Payout {
  readonly id: string;
  readonly reason: PayoutReason;
  /** Of the transfer that is given back. */
  readonly transferId: string | null;
  readonly sale: TransactionId | null;
  readonly amount: Money;
  /** The payer's account as the bank tells it, masked; null where it does not. */
  readonly payee: string | null;
  /** What the payment carried, to find it by at the bank. */
  readonly reference: string;
  readonly askedBy: string;
  readonly askedAt: EpochMs;
  readonly confirmedBy: string | null;
  /** Carried out, with the bank's reference; or withdrawn, with why. */
  readonly end: {
    readonly kind: 'paidOut' | 'withdrawn';
    readonly by: string;
    readonly note: string;
    readonly at: EpochMs;
  } | null;
}

type PayoutAsked = { readonly type: 'PayoutAsked'; readonly payoutId: string } & Omit<
  Payout,
  'id' | 'askedAt' | 'confirmedBy' | 'end'
>;

export type PayoutEvent =
  | PayoutAsked
  | { readonly type: 'PayoutConfirmed'; readonly payoutId: string; readonly approvedBy: string }
  /** `reference`: the bank's, of the transfer that went back. */
  | {
      readonly type: 'PayoutCompleted';
      readonly payoutId: string;
      readonly by: string;
      readonly reference: string;
    }
  | { readonly type: 'PayoutWithdrawn'; readonly payoutId: string; readonly by: string; readonly note: string };

/** How one event changes one instruction; `before` is undefined for the first. */
export function evolvePayout(before: Payout | undefined, at: EpochMs, event: PayoutEvent): Payout {
  if (event.type === 'PayoutAsked') {
    assert(before === undefined && event.amount.minorUnits > 0, 'journal: a payout is asked for once, for an amount');
    const { type: _, payoutId: id, ...facts } = event;
    return { ...facts, id, askedAt: at, confirmedBy: null, end: null };
  }
  assert(before !== undefined && before.end === null, 'journal: a payout goes on until its end');
  if (event.type === 'PayoutConfirmed') {
    assert(before.confirmedBy === null && !samePerson(before.askedBy, event.approvedBy), 'journal: two people, once');
    return { ...before, confirmedBy: event.approvedBy };
  }
  if (event.type === 'PayoutWithdrawn') {
    return { ...before, end: { kind: 'withdrawn', by: event.by, note: event.note, at } };
  }
  assert(before.confirmedBy !== null, 'journal: nothing is paid out before it is confirmed');
  return { ...before, end: { kind: 'paidOut', by: event.by, note: event.reference, at } };
}

function plain(name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** However they write it. */
export function samePerson(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** What of a sale goes back by transfer, or has gone. */
export function paidBack(
  payouts: ReadonlyMap<string, Payout>,
  sale: TransactionId,
  currency: Money['currency'],
): Money {
  const back = [...payouts.values()].filter(
    (payout) => payout.sale === sale && payout.reason === 'refund' && payout.end?.kind !== 'withdrawn',
  );
  return back.length === 0
    ? money(0, currency)
    : sumMoney(
        back.map(({ amount }) => amount),
        currency,
      );
}

/** An instruction for this money that is not at its end. */
export function openPayout(
  payouts: ReadonlyMap<string, Payout>,
  about: (payout: Payout) => boolean,
): Payout | undefined {
  return [...payouts.values()].find((payout) => payout.end === null && about(payout));
}
