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

/**
 * Declined with a code that only asks to come back later (response-codes.ts), and reversed behind the screens: a copy of the
 * request, doubled on its way, may have been decided after all. Once the host approves late, or is not heard of for so
 * long that a person is called, it is a payment in question like any other.
 */
export function isDeclinedForNow({ phase, reversalBecause, deadLetter }: Transaction): boolean {
  const undone = phase === 'reversing' || phase === 'reversed';
  return undone && reversalBecause === 'askedLater' && deadLetter === null;
}
