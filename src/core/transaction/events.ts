/**
 * The journal's vocabulary: facts that happened, in the past tense, never changed once released. Every event
 * is JSON by construction and holds no clear card data. The journal stores each with its time.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { CardCompletion } from '../emv/contact/requests.ts';
import type { SettlementEvent } from '../settlement/events.ts';
import type { PayoutEvent } from './payout.ts';
import type { ProviderRefundEvent, ProviderRefundStarted } from './provider-refund.ts';
import type { QrEvent } from './qr-events.ts';
import type {
  CardData,
  CardOutcome,
  FollowUpRequest,
  HostAnswerKept,
  HostFault,
  Order,
  PaymentMethod,
  Presentment,
  PrinterTrouble,
  ProviderFault,
  ReaderTrouble,
  StoredRequest,
  TerminalIdentity,
  Transfer,
} from './model.ts';

export type CancelReason =
  | 'cashier'
  | 'cardTimeout'
  /** The same where a code was waited for. */
  | 'codeTimeout'
  | 'restart'
  /** The bill was paid another way meanwhile. */
  | 'billPaid'
  /** At the PIN pad, or when an application was to be chosen. */
  | 'cardholder';

/** Why a sale ended without a request ever reaching the host or the bank. */
export type FailReason =
  | 'hostNotReached'
  /** The same with a code, which is never taken without the host. */
  | 'codeNoNetwork'
  | 'cardNotSupported'
  | 'cardBlocked'
  | 'cardUnreadable'
  | 'useAnotherInterface'
  | 'readerUnavailable'
  | 'qrUnavailable'
  /** The provider could not be reached: a QR payment needs the network. */
  | 'qrNoNetwork'
  /** Paid without the host was allowed, but the card data could not be stored. */
  | 'notStored'
  /** A linked refund with another card than the sale's. */
  | 'otherCard'
  /** The QR provider gives nothing back, or could not be reached to be asked. */
  | 'refundRefused'
  | 'refundNotSent';

export type JournalEvent =
  | SettlementEvent
  | QrEvent
  | PayoutEvent
  | ProviderRefundStarted
  | ProviderRefundEvent
  /** Written at every start of the service; marks where a session was interrupted. */
  | {
      readonly type: 'TerminalStarted';
      readonly softwareVersion: string;
      readonly identity: TerminalIdentity;
    }
  | {
      readonly type: 'SaleStarted';
      readonly transactionId: TransactionId;
      /** The caller's idempotency key: the same key never starts a second sale. */
      readonly key: string;
      readonly amount: Money;
      readonly method: PaymentMethod;
      /** When the wait for a card or for a code ends; null for cash. */
      readonly waitUntil: EpochMs | null;
      readonly order?: Order;
      /** Absent: the card itself. */
      readonly presentment?: Extract<Presentment, 'code'>;
    }
  | {
      readonly type: 'RefundStarted';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly amount: Money;
      readonly method: 'card' | 'cash';
      readonly original: TransactionId | null;
      readonly approvedBy: string | null;
      readonly waitUntil: EpochMs | null;
      /** As that of the sale. */
      readonly presentment?: Extract<Presentment, 'code'>;
    }
  | {
      readonly type: 'PreAuthorizationStarted';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly amount: Money;
      readonly waitUntil: EpochMs;
    }
  | {
      readonly type: 'CardTryAgain';
      readonly transactionId: TransactionId;
      readonly reason: Extract<CardOutcome, { kind: 'tryAgain' }>['reason'];
    }
  /** A contact card is in the slot. What it asks the cardholder has a limit of its own. */
  | { readonly type: 'CardInserted'; readonly transactionId: TransactionId; readonly waitUntil: EpochMs }
  | { readonly type: 'CardRead'; readonly transactionId: TransactionId; readonly card: CardData }
  | { readonly type: 'CardDeclinedOffline'; readonly transactionId: TransactionId; readonly card: CardData }
  | {
      readonly type: 'AuthorizationRequested';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly waitUntil: EpochMs;
      /** The batch that is open; absent in journals that knew no batches, which count as batch 1. */
      readonly batch?: number;
    }
  | {
      readonly type: 'AuthorizationApproved';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly responseCode: string;
      readonly approvalCode: string | null;
      readonly rrn: string | null;
    }
  | {
      readonly type: 'AuthorizationDeclined';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly responseCode: string;
      readonly rrn: string | null;
    }
  /**
   * An inserted card is about to hear what the host has answered. Kept of the answer is what the transaction goes on with:
   * never scripts, nor what the card knows its issuer by.
   */
  | {
      readonly type: 'CardCompletionRequested';
      readonly transactionId: TransactionId;
      readonly stan: number;
      /** Null: the request certainly never left, and the card decides alone. */
      readonly answer: HostAnswerKept | null;
      readonly waitUntil: EpochMs;
    }
  /** The card's last word; what follows from it is journaled with it. */
  | {
      readonly type: 'CardCompleted';
      readonly transactionId: TransactionId;
      readonly decision: CardCompletion['decision'];
      /** With the final cryptogram (TC or AAC); null when there is none. */
      readonly card: CardData | null;
      readonly issuerAuthentication: CardCompletion['issuerAuthentication'];
      /** Issuer Script Results (EMV 4.4 Book 4 Annex A5), upper-case hex. */
      readonly scriptResults: string | null;
    }
  | {
      readonly type: 'AuthorizationUnknown';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly cause: Exclude<HostFault['kind'], 'notSent'> | 'restart';
    }
  | {
      readonly type: 'ReversalQueued';
      readonly transactionId: TransactionId;
      readonly originalStan: number;
      readonly waitUntil: EpochMs;
      /**
       * Absent: because the outcome is unknown. `askedLater`: declined with a code that says nothing about the payment.
       * The last three: the host approved and an inserted card did not say TC, because it declined, left (or hung), or the
       * terminal was started again.
       */
      readonly because?: 'partialRefused' | 'lateApproval' | 'askedLater' | 'cardDeclined' | 'cardRemoved' | 'restart';
    }
  | {
      readonly type: 'ReversalFailed';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly detail: string;
      readonly nextTryAt: EpochMs;
    }
  | { readonly type: 'ReversalConfirmed'; readonly transactionId: TransactionId; readonly responseCode: string }
  | { readonly type: 'SaleCancelled'; readonly transactionId: TransactionId; readonly reason: CancelReason }
  | {
      readonly type: 'SaleFailed';
      readonly transactionId: TransactionId;
      readonly reason: FailReason;
      readonly trouble?: ReaderTrouble;
    }
  /** An attempt to settle what is open: a repeated reversal, query or follow-up, a stored payment on its way. */
  | {
      readonly type: 'AttemptStarted';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly waitUntil: EpochMs;
      /** With the first attempt at a stored payment: the batch it belongs to from now on. */
      readonly batch?: number;
    }
  /** The host approved less than was asked for; the cashier decides. */
  | {
      readonly type: 'PartiallyApproved';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly approvedAmount: Money;
      readonly approvalCode: string | null;
      readonly rrn: string | null;
    }
  | { readonly type: 'PartialAccepted'; readonly transactionId: TransactionId }
  /** A reply that came after its time: kept, because what it says has happened. */
  | {
      readonly type: 'LateReplyReceived';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly responseCode: string;
    }
  /** A void, an increment or a completion is about to be sent. */
  | {
      readonly type: 'FollowUpRequested';
      readonly transactionId: TransactionId;
      readonly operation: FollowUpRequest['operation'];
      readonly stan: number;
      readonly batch: number;
      readonly amount: Money;
      readonly approvedBy: string | null;
      readonly waitUntil: EpochMs;
    }
  | {
      readonly type: 'FollowUpApproved';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly responseCode: string;
      readonly approvalCode: string | null;
      readonly rrn: string | null;
    }
  /** The host will not do it: all is as before. */
  | {
      readonly type: 'FollowUpRefused';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly responseCode: string;
    }
  /** It certainly never left: all is as before. */
  | { readonly type: 'FollowUpNotSent'; readonly transactionId: TransactionId; readonly stan: number }
  | {
      readonly type: 'FollowUpUnanswered';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly detail: string;
      readonly nextTryAt: EpochMs;
    }
  /** The host cannot be reached and the payment is taken all the same: the card data are being stored. */
  | {
      readonly type: 'StoreRequested';
      readonly transactionId: TransactionId;
      readonly manner: StoredRequest['manner'];
      readonly stan: number;
    }
  | { readonly type: 'PaymentStored'; readonly transactionId: TransactionId }
  | {
      readonly type: 'StoredAccepted';
      readonly transactionId: TransactionId;
      /** `10`: only `approvedAmount` of it; the goods are gone and the rest did not come. */
      readonly responseCode: string;
      /** Left out when it is all of it. */
      readonly approvedAmount?: Money;
      readonly approvalCode: string | null;
      readonly rrn: string | null;
    }
  /** A late decline: the goods are gone and the money did not come. */
  | { readonly type: 'StoredDeclined'; readonly transactionId: TransactionId; readonly responseCode: string }
  | {
      readonly type: 'ForwardFailed';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly detail: string;
      /** `link`: it did not get there, so it may go as soon as the host answers anything; `host`: not before `nextTryAt`. */
      readonly waitFor: 'link' | 'host';
      readonly nextTryAt: EpochMs;
    }
  /** A person is needed. Nothing is dropped: it can be sent again, or settled by hand. */
  | {
      readonly type: 'DeadLettered';
      readonly transactionId: TransactionId;
      readonly why: string;
      /** True: the host has answered and will not have it; false: no answer for too long, and attempts go on. */
      readonly refused: boolean;
    }
  /** A person wants everything sent now, dead letters too. */
  | { readonly type: 'DeliveryRequested' }
  | {
      readonly type: 'ResolvedByHand';
      readonly transactionId: TransactionId;
      readonly approvedBy: string;
      readonly note: string;
    }
  | {
      readonly type: 'CashReceived';
      readonly transactionId: TransactionId;
      readonly tendered: Money;
      readonly change: Money;
    }
  | { readonly type: 'CashPaidOut'; readonly transactionId: TransactionId }
  /** A cash payment before settlement was given back, or a cash refund taken back. */
  | { readonly type: 'CashVoided'; readonly transactionId: TransactionId; readonly approvedBy: string | null }
  | {
      readonly type: 'QueryFailed';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly fault: ProviderFault['kind'];
      readonly nextTryAt: EpochMs;
    }
  /** No sale of ours fits it; kept for a person to settle. */
  | {
      readonly type: 'TransferUnmatched';
      readonly transfer: Transfer;
      readonly reason: 'noReference' | 'wrongAccount' | 'wrongCurrency';
    }
  /** A supervisor has settled outside the terminal what fits no sale. */
  | {
      readonly type: 'TransferResolved';
      readonly providerTransactionId: string;
      readonly approvedBy: string;
      readonly note: string;
    }
  | {
      readonly type: 'ReceiptRequested';
      readonly transactionId: TransactionId;
      readonly jobId: string;
      readonly copy: boolean;
    }
  | { readonly type: 'ReceiptPrinted'; readonly transactionId: TransactionId; readonly jobId: string }
  | {
      readonly type: 'ReceiptFailed';
      readonly transactionId: TransactionId;
      readonly jobId: string;
      readonly trouble: PrinterTrouble;
    }
  /** The sale left the screen. Money still in question goes on being resolved behind it. */
  | { readonly type: 'SaleClosed'; readonly transactionId: TransactionId };

/** An event as it is folded: with the time at which it was journaled. */
export interface Recorded {
  readonly at: EpochMs;
  readonly event: JournalEvent;
}
