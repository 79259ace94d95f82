/** What happens to a payment by QR: the code, its limit, and the money that comes for it. */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { Order, Transfer } from './model.ts';

export type QrEvent =
  | {
      readonly type: 'QrRequested';
      readonly transactionId: TransactionId;
      readonly reference: string;
      readonly expiresAt: EpochMs;
    }
  | {
      readonly type: 'QrIssued';
      readonly transactionId: TransactionId;
      readonly payload: string;
      readonly bankBin: string;
      readonly account: string;
    }
  /** The code is no longer shown; the provider is asked before anything is said about money. */
  | {
      readonly type: 'QrWithdrawn';
      readonly transactionId: TransactionId;
      /** `billPaid`: the bill was paid another way meanwhile. */
      readonly because: 'expired' | 'cashier' | 'billPaid';
      readonly waitUntil: EpochMs;
    }
  | { readonly type: 'QrExpired'; readonly transactionId: TransactionId }
  /** Exact or more than asked (`excess` > 0 minor units). */
  | {
      readonly type: 'QrPaymentConfirmed';
      readonly transactionId: TransactionId;
      readonly transfer: Transfer;
      readonly excess: Money;
    }
  | {
      readonly type: 'QrPaymentUnderPaid';
      readonly transactionId: TransactionId;
      readonly transfer: Transfer;
      readonly missing: Money;
    }
  /** Arrived after the sale was cancelled, expired or already paid: kept for a person to settle. */
  | {
      readonly type: 'QrPaymentLate';
      readonly transactionId: TransactionId;
      readonly transfer: Transfer;
      /** The customer has paid twice: the bill another way before, or the same code again. Absent otherwise. */
      readonly because?: 'billPaid' | 'paidTwice';
    }
  /** The code stays payable behind the screen, with its limit. */
  | {
      readonly type: 'QrSetAside';
      readonly transactionId: TransactionId;
      /** The bill that the sale is from now on a payment of, so that it can be paid another way. */
      readonly order?: Order;
    }
  /** The part that has come is taken as one payment of a bill; the rest is collected some other way. */
  | {
      readonly type: 'QrPartAccepted';
      readonly transactionId: TransactionId;
      /** Absent when the sale was a payment of a bill before. */
      readonly order?: Order;
    }
  /** A person has found whose money it is: the sale counts as paid, or what was confirmed by hand is verified. */
  | {
      readonly type: 'TransferAttached';
      readonly transactionId: TransactionId;
      readonly transfer: Transfer;
      /** The sale that it had come late for; null when it fitted none. */
      readonly from: TransactionId | null;
      readonly excess: Money;
      /** Null: the cashier alone, for the sale on the screen and exactly its amount. */
      readonly approvedBy: string | null;
      readonly note: string;
    }
  /** Paid by the word of a supervisor, not of the bank: marked for ever. */
  | {
      readonly type: 'QrConfirmedByHand';
      readonly transactionId: TransactionId;
      readonly approvedBy: string;
      readonly note: string;
    }
  /** The bank's notice for what was confirmed by hand; `excess` in the sale's currency. */
  | {
      readonly type: 'QrVerifiedLater';
      readonly transactionId: TransactionId;
      readonly transfer: Transfer;
      readonly excess: Money;
    }
  /** The code is on the screen again. */
  | { readonly type: 'QrBroughtBack'; readonly transactionId: TransactionId };
