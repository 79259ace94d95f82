/** What `cham stored` lists, out of what the terminal knows: everything a host has still to answer, and late declines. */
import { openCaseOf } from '../../app/report-lines.ts';
import type { EpochMs, TransactionId } from '../../core/base/brand.ts';
import type { Money } from '../../core/base/money.ts';
import { followUpWords, type FollowUpCase } from '../../core/receipt/follow-up-words.ts';
import type { MoneyMoved, TransactionKind } from '../../core/transaction/model.ts';
import { chargedAmount, moneyMoved, type TerminalState, type Transaction } from '../../core/transaction/state.ts';

export interface StoredItem {
  readonly transactionId: TransactionId;
  readonly about: FollowUpCase;
  readonly kind: TransactionKind;
  /** What it is about: of an increment only what is added. */
  readonly amount: Money;
  /** When the customer paid, or when it was asked for. */
  readonly at: EpochMs;
  readonly card: string | null;
  readonly stan: number | null;
  readonly attempts: number;
  /** Sent, and the wait for the answer is not over (or the terminal stopped during it). */
  readonly underWay: boolean;
  readonly nextTryAt: EpochMs | null;
  readonly lastError: string | null;
  readonly deadLetter: { readonly why: string; readonly at: EpochMs } | null;
  readonly responseCode: string | null;
  readonly moneyMoved: MoneyMoved;
  /** Null when a person has nothing to do: the terminal goes on by itself. */
  readonly whatToDo: { readonly vi: string; readonly en: string } | null;
}

/** Stored payments and completions first, oldest first; then what is in question; then late declines nobody has settled. */
export function storedItems(state: TerminalState): readonly StoredItem[] {
  const items: StoredItem[] = [];
  for (const id of [...state.outbox, ...state.inQuestion]) {
    const transaction = state.transactions.get(id);
    const about = transaction && openCaseOf(transaction);
    if (transaction !== undefined && about !== undefined) items.push(item(transaction, about));
  }
  for (const transaction of state.transactions.values()) {
    if (transaction.phase === 'lateDeclined' && transaction.resolved === null) {
      items.push(item(transaction, 'lateDecline'));
    }
  }
  return items;
}

export function needsPerson({ about, deadLetter }: Pick<StoredItem, 'about' | 'deadLetter'>): boolean {
  return about === 'lateDecline' || deadLetter !== null;
}

function item(transaction: Transaction, about: FollowUpCase): StoredItem {
  const { id, kind, card, authorization, attempts, deadLetter, followUp, stored, startedAt, phase } = transaction;
  // Of a reversal the follow-up, if any, is an older and finished one.
  const asked = phase === 'completing' || phase === 'incrementing' || phase === 'voiding' ? followUp : null;
  const late = about === 'lateDecline';
  const found = {
    transactionId: id,
    about,
    kind,
    amount:
      phase === 'completing' || phase === 'incrementing'
        ? (asked?.amount ?? chargedAmount(transaction))
        : chargedAmount(transaction),
    at: asked?.requestedAt ?? stored?.at ?? startedAt,
    card: card?.maskedPan ?? null,
    stan: asked?.stan ?? authorization?.stan ?? null,
    attempts: attempts.made,
    underWay: !late && attempts.made > 0 && attempts.nextTryAt === null,
    nextTryAt: late ? null : attempts.nextTryAt,
    lastError: late ? null : attempts.lastError,
    deadLetter,
    responseCode: authorization?.responseCode ?? null,
    moneyMoved: moneyMoved(transaction),
  };
  const { vi, en } = followUpWords;
  return { ...found, whatToDo: needsPerson(found) ? { vi: vi.advice[about], en: en.advice[about] } : null };
}
