/**
 * Payments without the host: whether one may be taken, and what the merchant stands to lose by those that were. A payment
 * that the card itself approved (TC) is the issuer's word and is no such risk; a deferred one is nobody's.
 */
import type { EpochMs } from '../base/brand.ts';
import { sumMoney, type CurrencyCode, type Money } from '../base/money.ts';
import type { OfflinePolicy } from './policy.ts';
import type { TerminalState, Transaction } from './state.ts';

export type OfflineVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly reason: 'off' | 'onlineOnly' | 'amount' | 'sum' | 'count' | 'age' | 'perCard' | 'card';
    };

export interface Exposure {
  /** Deferred payments whose answer is not known. */
  readonly count: number;
  readonly sum: Money;
  /** When the oldest was taken. */
  readonly oldestAt: EpochMs | null;
}

/** Deferred payments without an answer, oldest first. */
function deferred(terminal: TerminalState): readonly Transaction[] {
  const found: Transaction[] = [];
  for (const id of terminal.outbox) {
    const transaction = terminal.transactions.get(id);
    if (transaction?.phase === 'stored' && transaction.stored?.manner === 'deferred') found.push(transaction);
  }
  return found;
}

export function exposureOf(terminal: TerminalState, currency: CurrencyCode): Exposure {
  const open = deferred(terminal);
  return {
    count: open.length,
    sum: sumMoney(
      open.map(({ amount }) => amount),
      currency,
    ),
    oldestAt: open.reduce<EpochMs | null>((oldest, { stored }) => {
      return stored !== null && (oldest === null || stored.at < oldest) ? stored.at : oldest;
    }, null),
  };
}

/** The first limit that the payment would break, in the order in which a person can do something about it. */
export function offlineVerdict(
  transaction: Transaction,
  terminal: TerminalState,
  policy: OfflinePolicy | null,
  at: EpochMs,
): OfflineVerdict {
  const no = (reason: Extract<OfflineVerdict, { allowed: false }>['reason']): OfflineVerdict => ({
    allowed: false,
    reason,
  });
  const { card, amount, kind } = transaction;
  if (policy === null) return no('off');
  // A code is good once, and only its issuer knows whether that was before.
  if (kind !== 'sale' || card === null || card.interface === 'code') return no('onlineOnly');
  const bin = (prefix: string): boolean => card.maskedPan.startsWith(prefix);
  if (policy.deniedBins.some(bin)) return no('card');
  if (policy.allowedBins.length > 0 && !policy.allowedBins.some(bin)) return no('card');
  if (amount.minorUnits > policy.maxAmount) return no('amount');
  const { count, sum, oldestAt } = exposureOf(terminal, amount.currency);
  if (count >= policy.maxCount) return no('count');
  if (sum.minorUnits + amount.minorUnits > policy.maxSum) return no('sum');
  if (oldestAt !== null && at - oldestAt > policy.maxAgeMs) return no('age');
  const sameCard = [...terminal.transactions.values()].filter(
    ({ stored, card: other }) =>
      stored !== null && other?.maskedPan === card.maskedPan && at - stored.at <= policy.perCardWindowMs,
  );
  return sameCard.length >= policy.maxPerCard ? no('perCard') : { allowed: true };
}
