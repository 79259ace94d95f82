/** Everything that can happen to the terminal from outside. Each effect ends as exactly one of these. */
import type { TransactionId } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { CardCompletion } from '../emv/contact/requests.ts';
import type { QrRefundReply, RefundFault } from '../provider/model.ts';
import type { SettlementInput } from '../settlement/events.ts';
import type {
  AuthorizationReply,
  CardOutcome,
  HostFault,
  Order,
  PaymentMethod,
  Presentment,
  PrinterTrouble,
  ProviderFault,
  QrIssue,
  ReaderTrouble,
  ReversalReply,
  TerminalIdentity,
  Transfer,
} from './model.ts';

export type TimerName =
  | 'presentCard'
  | 'qrExpiry'
  | 'queryRetry'
  | 'reversalRetry'
  | 'followUpRetry'
  | 'forwardRetry'
  | 'refundRetry'
  | 'autoClose';

/** Money of a QR payment that is to go back: a transfer that counts for nothing, what came too much, a part of a sale. */
export type MoneyBack =
  | { readonly reason: 'transfer'; readonly transferId: string }
  | { readonly reason: 'excess'; readonly sale: TransactionId }
  | { readonly reason: 'refund'; readonly sale: TransactionId; readonly amount: Money };

/** Inputs that concern one existing transaction. */
export type TransactionInput =
  | { readonly type: 'CardOutcome'; readonly transactionId: TransactionId; readonly outcome: CardOutcome }
  /** A contact card is in the slot; its outcome follows. */
  | { readonly type: 'CardInserted'; readonly transactionId: TransactionId }
  /** What an inserted card said to the host's answer, or that it is gone. */
  | { readonly type: 'CardCompleted'; readonly transactionId: TransactionId; readonly completion: CardCompletion }
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
  /** A reply after its time; `decide` makes it of LateReply. */
  | {
      readonly type: 'LateReplyArrived';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly reply: AuthorizationReply;
    }
  /** The answer to a void, an increment or a completion. */
  | {
      readonly type: 'FollowUpReply';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly reply: AuthorizationReply;
    }
  | {
      readonly type: 'FollowUpUnanswered';
      readonly transactionId: TransactionId;
      readonly stan: number;
      readonly fault: HostFault['kind'];
    }
  /** The card data are encrypted on disk. */
  | { readonly type: 'CardStored'; readonly transactionId: TransactionId }
  | { readonly type: 'CardNotStored'; readonly transactionId: TransactionId; readonly detail: string }
  /** The answer to a stored payment. */
  | { readonly type: 'ForwardReply'; readonly transactionId: TransactionId; readonly reply: AuthorizationReply }
  | {
      readonly type: 'ForwardUnanswered';
      readonly transactionId: TransactionId;
      /** `cardMissing`: the card data cannot be read any more, so it can never be sent. */
      readonly fault: HostFault['kind'] | 'cardMissing';
    }
  | { readonly type: 'CancelSale'; readonly transactionId: TransactionId }
  /** The code stays payable behind the screen. `payOtherWay`: the sale becomes one payment of a bill of its amount. */
  | { readonly type: 'SetAside'; readonly transactionId: TransactionId; readonly payOtherWay: boolean }
  | { readonly type: 'BringBack'; readonly transactionId: TransactionId }
  /** A supervisor has seen the money on the account, and the terminal has not heard of it. */
  | {
      readonly type: 'ConfirmByHand';
      readonly transactionId: TransactionId;
      readonly approvedBy: string;
      readonly note: string;
    }
  /** Made by `decide`: other payments of its bill have paid all of it. */
  | { readonly type: 'BillPaid'; readonly transactionId: TransactionId }
  /** Money laid on the counter (a sale) or paid out (a refund). */
  | { readonly type: 'CashTendered'; readonly transactionId: TransactionId; readonly tendered: Money }
  /** The customer agrees to pay a part by this card. */
  | { readonly type: 'AcceptPartial'; readonly transactionId: TransactionId }
  /** Before settlement; cancels a pre-authorisation too. */
  | { readonly type: 'VoidTransaction'; readonly transactionId: TransactionId; readonly approvedBy: string | null }
  | { readonly type: 'IncrementHold'; readonly transactionId: TransactionId; readonly amount: Money }
  | { readonly type: 'CompleteHold'; readonly transactionId: TransactionId; readonly amount: Money }
  /** A person has settled with the bank or the customer what the terminal could not. */
  | {
      readonly type: 'ResolveByHand';
      readonly transactionId: TransactionId;
      readonly approvedBy: string;
      readonly note: string;
    }
  /** What the provider says of a refund, to the request (attempt 1) or to a question. */
  | {
      readonly type: 'RefundAnswered';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly reply: QrRefundReply;
    }
  | {
      readonly type: 'RefundUnanswered';
      readonly transactionId: TransactionId;
      readonly attempt: number;
      readonly fault: RefundFault['kind'];
      readonly detail: string;
    }
  /** A supervisor has found out at the provider whether the money was given back. */
  | {
      readonly type: 'SettleRefund';
      readonly transactionId: TransactionId;
      readonly given: boolean;
      readonly approvedBy: string;
      readonly note: string;
    }
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
      /** When several payments share one bill. */
      readonly order: Order | null;
      /** Of a card sale: the customer shows a code; left out, the card itself. */
      readonly presentment?: Extract<Presentment, 'code'>;
    }
  | {
      readonly type: 'StartRefund';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly amount: Money;
      readonly method: 'card' | 'cash';
      /** The sale that is given back; null for one that this terminal does not know. */
      readonly original: TransactionId | null;
      /** Name of the supervisor; needed when there is no original. */
      readonly approvedBy: string | null;
    }
  | {
      readonly type: 'StartPreAuthorization';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly amount: Money;
    }
  /** The QR provider gives money back. `refundId`: new, 1 to 20 of `[A-Z0-9]`. */
  | {
      readonly type: 'StartProviderRefund';
      readonly transactionId: TransactionId;
      readonly key: string;
      readonly refundId: string;
      readonly about: MoneyBack;
      /** Name of the supervisor; needed for money that is of no paid sale. */
      readonly approvedBy: string | null;
    }
  /** A reply that nobody waits for any more. */
  | { readonly type: 'LateReply'; readonly stan: number; readonly reply: AuthorizationReply }
  /** The connection to the acquirer is up again. */
  | { readonly type: 'LinkUp' }
  /** A person wants everything stored to be sent, dead letters too. */
  | { readonly type: 'SendNow' }
  /** A person says which sale the money is for. `transferId`: the provider's; `approvedBy` null: no supervisor. */
  | {
      readonly type: 'AttachTransfer';
      readonly transferId: string;
      readonly to: TransactionId;
      readonly approvedBy: string | null;
      readonly note: string;
    }
  /** A supervisor has settled outside the terminal what fits no sale. */
  | {
      readonly type: 'ResolveTransfer';
      readonly transferId: string;
      readonly approvedBy: string;
      readonly note: string;
    }
  /** Money is to go back by bank transfer; somebody else confirms it. The same `payoutId` asks once. */
  | {
      readonly type: 'AskPayout';
      readonly payoutId: string;
      readonly about: MoneyBack;
      readonly askedBy: string;
    }
  | { readonly type: 'ConfirmPayout'; readonly payoutId: string; readonly approvedBy: string }
  /** Somebody has sent it; `reference` is the bank's. */
  | { readonly type: 'CompletePayout'; readonly payoutId: string; readonly by: string; readonly reference: string }
  | { readonly type: 'WithdrawPayout'; readonly payoutId: string; readonly by: string; readonly note: string }
  /** A verified notice; which sale it belongs to is found from its memo. */
  | { readonly type: 'PaymentNotified'; readonly transfer: Transfer }
  | { readonly type: 'TerminalStarted'; readonly softwareVersion: string; readonly identity: TerminalIdentity }
  | SettlementInput
  | TransactionInput;
