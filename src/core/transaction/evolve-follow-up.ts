/** How a void, an increment or a completion changes the transaction that it goes on with. */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import { addMoney } from '../base/money.ts';
import type { JournalEvent } from './events.ts';
import type { HostOriginal } from './model.ts';
import type { FollowUp, Transaction } from './state.ts';

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

/** Nothing is waited for any more. */
export const still = { waitSince: null, waitUntil: null, hostAnswer: null } as const;

export function followUpOf(transaction: Transaction, stan: number): FollowUp {
  assert(transaction.followUp?.stan === stan, 'journal: an answer to another follow-up');
  return transaction.followUp;
}

/** Where a transaction rests between follow-ups. */
export function restingPhase({ hostOriginal }: Transaction): 'approved' | 'authorised' | 'completed' {
  if (hostOriginal?.kind === 'preAuthorization') return 'authorised';
  return hostOriginal?.kind === 'completion' ? 'completed' : 'approved';
}

export const during = { void: 'voiding', increment: 'incrementing', completion: 'completing' } as const;

export function followUpApproved(transaction: Transaction, at: EpochMs, event: Of<'FollowUpApproved'>): Transaction {
  const followUp: FollowUp = {
    ...followUpOf(transaction, event.stan),
    result: 'approved',
    responseCode: event.responseCode,
  };
  const { operation, stan, requestedAt, amount } = followUp;
  const { approvalCode, rrn } = event;
  const base = { ...transaction, ...still, followUp, endedAt: at, deadLetter: null, resolved: null };
  switch (operation) {
    case 'void':
      return { ...base, phase: 'voided', held: null, missing: null };
    case 'increment': {
      assert(transaction.held !== null, 'journal: an increment without a hold');
      const held = addMoney(transaction.held, amount);
      const before = transaction.hostOriginal;
      assert(before !== null, 'journal: an increment without its original');
      return { ...base, phase: 'authorised', held, hostOriginal: { ...before, amount: held } };
    }
    case 'completion': {
      const before = transaction.hostOriginal;
      const original: HostOriginal = {
        kind: 'completion',
        stan,
        requestedAt,
        amount,
        approvalCode: approvalCode ?? before?.approvalCode ?? null,
        rrn: rrn ?? before?.rrn ?? null,
      };
      return { ...base, phase: 'completed', held: null, hostOriginal: original };
    }
    default:
      return unreachable(operation, 'follow-up');
  }
}
