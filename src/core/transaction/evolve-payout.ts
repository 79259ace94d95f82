/** What the terminal knows after an event of a payout: the instruction, and where the money was that has gone back. */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { BookedMoney } from '../settlement/model.ts';
import { evolvePayout, type Payout, type PayoutEvent } from './payout.ts';
import type { Transaction, UnmatchedTransfer } from './state.ts';

/** Instructions at their end that are kept for the screens, when their sale is forgotten. */
const keptEnded = 200;

interface Draft {
  readonly payouts: Map<string, Payout>;
  readonly transactions: Map<TransactionId, Transaction>;
  readonly unmatched: UnmatchedTransfer[];
}

/** `bookRefund`: what has been given back of a sale counts in the open batch. */
export function applyPayout(
  draft: Draft,
  at: EpochMs,
  event: PayoutEvent,
  bookRefund: (entry: BookedMoney) => void,
): void {
  const payout = evolvePayout(draft.payouts.get(event.payoutId), at, event);
  draft.payouts.set(payout.id, payout);
  forgetEnded(draft);
  if (event.type !== 'PayoutCompleted') return;
  const { reason, transferId, sale, amount } = payout;
  if (reason === 'refund' && sale !== null) {
    bookRefund({ transactionId: sale, kind: 'refund', requestedAt: at, amount, voided: false });
  }
  takeGivenBack(draft, { reason, transferId, sale });
}

/** Money that has gone back waits for nobody any more. */
export function takeGivenBack(
  draft: Pick<Draft, 'transactions' | 'unmatched'>,
  { reason, transferId, sale }: Pick<Payout, 'reason' | 'transferId' | 'sale'>,
): void {
  const stays = ({ transfer }: { readonly transfer: { readonly providerTransactionId: string } }): boolean =>
    transfer.providerTransactionId !== transferId;
  if (reason === 'transfer' && sale === null) {
    draft.unmatched.splice(0, draft.unmatched.length, ...draft.unmatched.filter(stays));
  }
  const transaction = sale === null ? undefined : draft.transactions.get(sale);
  if (transaction === undefined) return;
  if (reason === 'excess') draft.transactions.set(transaction.id, { ...transaction, excess: null });
  if (reason === 'transfer') {
    const lateTransfers = transaction.lateTransfers.filter(stays);
    draft.transactions.set(transaction.id, { ...transaction, lateTransfers });
  }
}

function forgetEnded({ payouts, transactions }: Draft): void {
  for (const { id, end, sale } of payouts.values()) {
    if (payouts.size <= keptEnded) return;
    if (end !== null && (sale === null || !transactions.has(sale))) payouts.delete(id);
  }
}
