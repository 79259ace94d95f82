/** What an answer that came late, or money that came in parts, changes of a transaction. */
import { sumMoney, type Money } from '../base/money.ts';
import type { Transfer } from './model.ts';
import { isAnyApproval } from './response-codes.ts';
import type { Transaction } from './state.ts';

/** All that has come for a payment, with one transfer more. */
export function receivedWith({ transfers, amount }: Transaction, transfer: Transfer): Money {
  return sumMoney(
    [...transfers, transfer].map((each) => each.amount),
    amount.currency,
  );
}

/**
 * The reversal under way may have got there before what the host has approved just now: it counts as the first one since,
 * so that its "original not found" is not believed. What was only undone to be sure is in question now.
 */
export function lateReply(transaction: Transaction, responseCode: string): Transaction {
  const { phase, attempts, reversalBecause } = transaction;
  if (phase !== 'reversing' || !isAnyApproval(responseCode)) return transaction;
  const undone = { ...transaction, attempts: { ...attempts, made: 1 } };
  return reversalBecause === 'askedLater' ? { ...undone, reversalBecause: 'lateApproval', endedAt: null } : undone;
}
