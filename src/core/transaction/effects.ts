/**
 * What the machine asks the world to do, after the events that led to it are durable. Idempotent by the key
 * named in each row, so that `resume` may ask again after a restart.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { AuthorizationRequest, FollowUpRequest, QrRequest, ReversalRequest, StoredRequest } from './model.ts';
import type { Money } from '../base/money.ts';
import type { QrOrder, QrRefundRequest } from '../provider/model.ts';
import type { HostAnswer } from '../emv/contact/requests.ts';
import type { SettlementEffect } from '../settlement/events.ts';
import type { TimerName } from './inputs.ts';

export type Effect =
  | SettlementEffect
  /** Key: transaction. Ends as CardOutcome or ReaderUnavailable. */
  | { readonly type: 'ActivateReader'; readonly transactionId: TransactionId; readonly amount: Money }
  /**
   * Key: transaction. A code of the customer is waited for, scanned or typed; ends as CardOutcome, one that cannot be paid
   * with as `tryAgain`.
   */
  | { readonly type: 'AwaitCode'; readonly transactionId: TransactionId }
  /** Ends the wait above, for a card or for a code; asks for nothing and answers nothing. */
  | { readonly type: 'DeactivateReader'; readonly transactionId: TransactionId }
  /**
   * Key: transaction. An inserted card hears what the host has answered; ends as CardCompleted. Never repeated by `resume`:
   * the card has lost its power.
   */
  | {
      readonly type: 'CompleteCard';
      readonly transactionId: TransactionId;
      readonly answer: HostAnswer;
      readonly timeoutMs: number;
    }
  /** Key: STAN. Ends as HostReply or HostUnreachable. Never repeated by `resume`. */
  | { readonly type: 'SendAuthorization'; readonly request: AuthorizationRequest; readonly timeoutMs: number }
  /** Key: original STAN and attempt. Ends as ReversalReply or ReversalUnanswered. */
  | { readonly type: 'SendReversal'; readonly request: ReversalRequest; readonly timeoutMs: number }
  /** Key: STAN and attempt. Ends as FollowUpReply or FollowUpUnanswered. */
  | { readonly type: 'SendFollowUp'; readonly request: FollowUpRequest; readonly timeoutMs: number }
  /** Key: transaction. Encrypts the card data on disk; ends as CardStored or CardNotStored. */
  | { readonly type: 'StoreCard'; readonly transactionId: TransactionId }
  /** Key: STAN and attempt. Ends as ForwardReply or ForwardUnanswered. */
  | { readonly type: 'Forward'; readonly request: StoredRequest; readonly timeoutMs: number }
  /** The card data on disk are needed no longer; answers nothing, and is repeated at the next start if it failed. */
  | { readonly type: 'ForgetCard'; readonly transactionId: TransactionId }
  /** Key: reference. Ends as QrIssued or QrIssueFailed. */
  | { readonly type: 'IssueQr'; readonly request: QrRequest; readonly timeoutMs: number }
  /** Key: reference and attempt. Ends as QueryAnswered or QueryFailed with the same attempt. */
  | {
      readonly type: 'QueryPayment';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly reference: string;
      readonly timeoutMs: number;
    }
  /** Key: refund id. The only call that gives money back; never repeated. Ends as RefundAnswered or RefundUnanswered. */
  | {
      readonly type: 'RefundQr';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly request: QrRefundRequest;
      readonly timeoutMs: number;
    }
  /** Key: refund id and attempt. Asks what became of it; ends as the above. */
  | {
      readonly type: 'QueryRefund';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly request: QrRefundRequest;
      readonly timeoutMs: number;
    }
  /** The provider is told that nobody waits for the code any more; answers nothing, and nothing depends on it. */
  | {
      readonly type: 'CancelQr';
      readonly transactionId: TransactionId;
      readonly order: QrOrder;
      readonly timeoutMs: number;
    }
  /** Key: job id. Ends as ReceiptPrinted or ReceiptFailed. */
  | {
      readonly type: 'PrintReceipt';
      readonly transactionId: TransactionId;
      readonly jobId: string;
      readonly copy: boolean;
      readonly timeoutMs: number;
    }
  /** Key: transaction and timer; a second one replaces the first. Ends as TimerFired unless stopped. */
  | {
      readonly type: 'StartTimer';
      readonly transactionId: TransactionId;
      readonly timer: TimerName;
      readonly dueAt: EpochMs;
    }
  | { readonly type: 'StopTimer'; readonly transactionId: TransactionId; readonly timer: TimerName };
