/**
 * Money of a transfer that the QR provider gives back: journaled with our id before the provider is asked, asked for once,
 * and then asked about until the provider has said what became of it.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { QrOrder } from '../provider/model.ts';
import { still } from './evolve-follow-up.ts';
import type { PayoutReason } from './payout.ts';
import type { TerminalState, Transaction } from './state.ts';

/** What a refund gives back, and of which transfer. */
export interface ProviderRefund {
  /** 1 to 20 of `[A-Z0-9]`; the provider knows it by this. */
  readonly refundId: string;
  readonly reason: PayoutReason;
  /** That the money belonged to, or came late for; null: it fitted none. */
  readonly sale: TransactionId | null;
  /** The provider's id of the transfer. */
  readonly transferId: string;
  /** What arrived with it. */
  readonly paid: Money;
  /** Of the code that it was paid by; null when its memo names none. */
  readonly order: QrOrder | null;
}

export type ProviderRefundStarted = {
  readonly type: 'ProviderRefundStarted';
  readonly transactionId: TransactionId;
  readonly key: string;
  readonly amount: Money;
  readonly approvedBy: string | null;
  readonly waitUntil: EpochMs;
} & ProviderRefund;

export type ProviderRefundEvent =
  /** No definite answer: asked about again at `nextTryAt`. `known`: the provider has said that it has the refund. */
  | {
      readonly type: 'ProviderRefundPending';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly known: boolean;
      readonly detail: string;
      readonly nextTryAt: EpochMs;
    }
  | {
      readonly type: 'ProviderRefunded';
      readonly transactionId: TransactionId;
      readonly providerRefundId: string | null;
      /** A supervisor has looked it up at the provider; absent when the provider has said so itself. */
      readonly byHand?: { readonly approvedBy: string; readonly note: string };
    }
  /** Certainly nothing was given back. `notSent`: the provider could not be reached. */
  | {
      readonly type: 'ProviderRefundRefused';
      readonly transactionId: TransactionId;
      readonly because: 'refused' | 'notSent';
      readonly detail: string;
      readonly byHand?: { readonly approvedBy: string; readonly note: string };
    };

/** What is kept of it on its transaction. */
export interface ProviderRefundState extends ProviderRefund {
  /** The provider has said that it has it: a later "no such refund" is a no. */
  readonly known: boolean;
  readonly providerRefundId: string | null;
  readonly byHand: string | null;
}

export function beginProviderRefund({ ...event }: ProviderRefundStarted): ProviderRefundState {
  const { refundId, reason, sale, transferId, paid, order, amount } = event;
  assert(amount.minorUnits > 0 && amount.minorUnits <= paid.minorUnits, 'journal: no more goes back than has come');
  assert(reason === 'transfer' || sale !== null, 'journal: what was paid for a sale is of a sale');
  return { refundId, reason, sale, transferId, paid, order, known: false, providerRefundId: null, byHand: null };
}

export function evolveProviderRefund(transaction: Transaction, at: EpochMs, event: ProviderRefundEvent): Transaction {
  const { providerRefund, attempts } = transaction;
  assert(
    providerRefund !== null && transaction.phase === 'refunding',
    'journal: a refund that the provider was asked for',
  );
  switch (event.type) {
    case 'ProviderRefundPending': {
      const { attempt: made, nextTryAt, detail: lastError } = event;
      assert(made === attempts.made, 'journal: what has no answer is the attempt that was made');
      return {
        ...transaction,
        waitSince: at,
        waitUntil: nextTryAt,
        attempts: { made, nextTryAt, lastError, waitFor: 'host' },
        providerRefund: { ...providerRefund, known: providerRefund.known || event.known },
      };
    }
    case 'ProviderRefunded': {
      const { providerRefundId, byHand } = event;
      const told = { ...providerRefund, known: true, providerRefundId, byHand: byHand?.approvedBy ?? null };
      return { ...transaction, ...still, phase: 'paid', providerRefund: told, deadLetter: null, endedAt: at };
    }
    case 'ProviderRefundRefused': {
      const failReason = event.because === 'refused' ? 'refundRefused' : 'refundNotSent';
      const told = { ...providerRefund, byHand: event.byHand?.approvedBy ?? null };
      return {
        ...transaction,
        ...still,
        phase: 'failed',
        failReason,
        providerRefund: told,
        deadLetter: null,
        endedAt: at,
      };
    }
    default:
      return unreachable(event, 'provider refund');
  }
}

/** Asked for and not answered for good: nobody may give the same money back another way. */
export function refundUnderWay(
  { transactions }: Pick<TerminalState, 'transactions'>,
  about: (refund: ProviderRefundState) => boolean,
): Transaction | undefined {
  for (const transaction of transactions.values()) {
    const { providerRefund, phase } = transaction;
    if (phase === 'refunding' && providerRefund !== null && about(providerRefund)) return transaction;
  }
  return undefined;
}

/** Minor units of a transfer that the provider has given back, or may have. */
export function givenBackOf({ transactions }: Pick<TerminalState, 'transactions'>, transferId: string): number {
  let sum = 0;
  for (const { providerRefund, phase, amount } of transactions.values()) {
    if (providerRefund?.transferId === transferId && phase !== 'failed') sum += amount.minorUnits;
  }
  return sum;
}
