/** Everything that can happen to the terminal from outside. Each effect ends as exactly one of these. */
import type { TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type {
  AuthorizationReply,
  CardOutcome,
  HostFault,
  PaymentMethod,
  PrinterTrouble,
  ProviderFault,
  QrIssue,
  ReaderTrouble,
  ReversalReply,
  TerminalIdentity,
  Transfer,
} from './model.ts';

export type TimerName = 'presentCard' | 'qrExpiry' | 'queryRetry' | 'reversalRetry' | 'autoClose';

/** Inputs that concern one existing transaction. */
export type TransactionInput =
  | { readonly type: 'CardOutcome'; readonly transactionId: TransactionId; readonly outcome: CardOutcome }
  | { readonly type: 'ReaderUnavailable'; readonly transactionId: TransactionId; readonly trouble: ReaderTrouble }
  | {
      readonly type: 'HostReply';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly reply: AuthorizationReply;
    }
  | {
      readonly type: 'HostUnreachable';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly fault: HostFault['kind'];
    }
  | { readonly type: 'ReversalReply'; readonly transactionId: TransactionId; readonly reply: ReversalReply }
  | { readonly type: 'ReversalUnanswered'; readonly transactionId: TransactionId; readonly detail: string }
  | { readonly type: 'QrIssued'; readonly transactionId: TransactionId; readonly issue: QrIssue }
  | { readonly type: 'QrIssueFailed'; readonly transactionId: TransactionId; readonly fault: ProviderFault['kind'] }
  | {
      readonly type: 'QueryAnswered';
      readonly transactionId: TransactionId;
      /** That of the effect; an answer to an earlier question is no verdict. */
      readonly attempt: number;
      /** All transfers that the provider has for the reference; empty is a definite "nothing yet". */
      readonly transfers: readonly Transfer[];
    }
  /** A transfer that carries this sale's reference; `decide` makes it of PaymentNotified. */
  | { readonly type: 'TransferArrived'; readonly transactionId: TransactionId; readonly transfer: Transfer }
  | {
      readonly type: 'QueryFailed';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly fault: ProviderFault['kind'];
    }
  | { readonly type: 'ReceiptPrinted'; readonly transactionId: TransactionId; readonly jobId: string }
  | {
      readonly type: 'ReceiptFailed';
      readonly transactionId: TransactionId;
      readonly jobId: string;
      readonly trouble: PrinterTrouble;
    }
  | { readonly type: 'TimerFired'; readonly transactionId: TransactionId; readonly timer: TimerName }
  | { readonly type: 'CancelSale'; readonly transactionId: TransactionId }
  | { readonly type: 'ReprintReceipt'; readonly transactionId: TransactionId }
  | { readonly type: 'CloseSale'; readonly transactionId: TransactionId }
  /** Made by `resume`: whatever was under way was cut off by a restart. */
  | { readonly type: 'Interrupted'; readonly transactionId: TransactionId };

export type Input =
  | {
      readonly type: 'StartSale';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly amount: Money;
      readonly method: PaymentMethod;
      /** `[A-Z0-9]`, unique; what a QR payment is recognised by. */
      readonly reference: string;
    }
  /** A verified notice; which sale it belongs to is found from its memo. */
  | { readonly type: 'PaymentNotified'; readonly transfer: Transfer }
  | { readonly type: 'TerminalStarted'; readonly softwareVersion: string; readonly identity: TerminalIdentity }
  | TransactionInput;
