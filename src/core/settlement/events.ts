/**
 * The vocabulary of settlement: what is journaled about batches, what may happen to them from outside, and what the
 * world is asked to do. Joined to the transaction machine's unions by src/core/transaction.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { HostTotals, ReconciliationReply, ReconciliationRequest, UploadRequest } from '../transaction/model.ts';
import type { Balance, CashCount, CloseReason } from './model.ts';

/** Facts, JSON by construction, in the order in which a batch meets them. */
export type SettlementEvent =
  /** The very first batch; every later one is opened by the `BatchClosed` before it. */
  | {
      readonly type: 'BatchOpened';
      readonly batch: number;
      /** `YYYY-MM-DD`. */
      readonly businessDate: string;
      readonly float: Money;
    }
  /** New sales go into `next` from here on. */
  | {
      readonly type: 'BatchClosed';
      readonly batch: number;
      readonly businessDate: string;
      readonly because: CloseReason;
      readonly by: string | null;
      readonly cash: CashCount | null;
      readonly next: { readonly batch: number; readonly businessDate: string; readonly float: Money };
    }
  | {
      readonly type: 'ReconciliationRequested';
      readonly batch: number;
      readonly stan: number;
      readonly waitUntil: EpochMs;
      readonly afterUpload: boolean;
    }
  | {
      readonly type: 'ReconciliationUnanswered';
      readonly batch: number;
      readonly attempt: number;
      readonly detail: string;
      readonly nextTryAt: EpochMs;
    }
  /** The reconciliation or upload under way is sent once more, as a repeat. */
  | {
      readonly type: 'BatchAttemptStarted';
      readonly batch: number;
      readonly attempt: number;
      readonly waitUntil: EpochMs;
    }
  /** The entries are uploaded next. `hostTotals` is null when the host did not tell its own. */
  | { readonly type: 'BatchOutOfBalance'; readonly batch: number; readonly hostTotals: HostTotals | null }
  | {
      readonly type: 'EntryUploadRequested';
      readonly batch: number;
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly waitUntil: EpochMs;
    }
  | {
      readonly type: 'EntryUploadFailed';
      readonly batch: number;
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly detail: string;
      readonly nextTryAt: EpochMs;
    }
  | { readonly type: 'EntryUploaded'; readonly batch: number; readonly transactionId: TransactionId }
  /** The host has answered, and will not have it: for a person to settle. */
  | {
      readonly type: 'EntryUploadRefused';
      readonly batch: number;
      readonly transactionId: TransactionId;
      readonly responseCode: string;
    }
  | {
      readonly type: 'BatchSettled';
      readonly batch: number;
      readonly balance: Balance;
      /** What the host said last; null when it did not say. */
      readonly hostTotals: HostTotals | null;
    };

/** Inputs about a batch that is closing. */
export type BatchInput =
  | {
      readonly type: 'ReconciliationReply';
      readonly batch: number;
      /** Of the request, as in all four answers: an answer to an earlier request is no verdict. */
      readonly stan: number;
      readonly attempt: number;
      readonly reply: ReconciliationReply;
    }
  | {
      readonly type: 'ReconciliationUnanswered';
      readonly batch: number;
      readonly stan: number;
      readonly attempt: number;
      readonly detail: string;
    }
  | {
      readonly type: 'UploadReply';
      readonly batch: number;
      readonly stan: number;
      readonly attempt: number;
      readonly responseCode: string;
    }
  | {
      readonly type: 'UploadUnanswered';
      readonly batch: number;
      readonly stan: number;
      readonly attempt: number;
      readonly detail: string;
    }
  /** Also fired early, when the link comes back or a person says "send now". */
  | { readonly type: 'BatchTimerFired'; readonly batch: number }
  /** Made by `resumeSettlement`: whatever was under way was cut off by a restart. */
  | { readonly type: 'BatchInterrupted'; readonly batch: number }
  /** Nothing of this batch is in question any more. */
  | { readonly type: 'BatchReleased'; readonly batch: number };

export type SettlementInput =
  | {
      readonly type: 'CloseBatch';
      /** The open batch as whoever asks knows it: asking twice closes once. */
      readonly batch: number;
      readonly because: CloseReason;
      readonly by: string | null;
      /** What a person counted in the drawer. */
      readonly countedCash?: Money;
      /** What stays in the drawer for the next batch; without it everything stays. */
      readonly nextFloat?: Money;
    }
  | BatchInput;

/** Idempotent by STAN: a repeat is the same message, marked as one. */
export type SettlementEffect =
  /** Ends as ReconciliationReply or ReconciliationUnanswered. */
  | { readonly type: 'SendReconciliation'; readonly request: ReconciliationRequest; readonly timeoutMs: number }
  /** Ends as UploadReply or UploadUnanswered. */
  | { readonly type: 'UploadEntry'; readonly request: UploadRequest; readonly timeoutMs: number }
  /** Key: batch; a second one replaces the first. Ends as BatchTimerFired. */
  | {
      readonly type: 'StartBatchTimer';
      readonly timer: 'batchRetry';
      readonly batch: number;
      readonly dueAt: EpochMs;
    };
