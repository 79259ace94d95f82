/**
 * The transitions table: every phase × every input has exactly one cell, which the compiler proves (a missing
 * cell does not type-check). Read a row as "in this phase, this input does …".
 */
import {
  acceptPartial,
  cancelCard,
  cardInserted,
  cardOutcome,
  hostReply,
  hostUnreachable,
  interruptedAuthorization,
  presentCardTimer,
  readerUnavailable,
  refusePartial,
} from './card-steps.ts';
import { cancelCash, cashTendered, voidPaid } from './cash-steps.ts';
import { approvedAfterDecline, cardCompleted, interruptedCompletion } from './completion-steps.ts';
import {
  complete,
  followUpReply,
  followUpTimer,
  followUpUnanswered,
  increment,
  repeatFollowUp,
  voidApproved,
} from './follow-up-steps.ts';
import {
  askAboutRefund,
  refundAnswered,
  refundTimer,
  refundUnanswered,
  settleRefund,
} from './provider-refund-steps.ts';
import {
  acceptTransferredPart,
  bringBack,
  cancelUnissued,
  confirmByHand,
  lateTransfer,
  notPaid,
  qrExpiryTimer,
  qrIssued,
  qrIssueFailed,
  queryFailed,
  queryTimer,
  repeatIssue,
  resumeCheck,
  setAside,
  showAgain,
  transferArrived,
  withdraw,
} from './qr-steps.ts';
import {
  close,
  closeByTimer,
  receiptFailed,
  receiptPrinted,
  reprint,
  resumeClose,
  resumeReceipt,
} from './receipt-steps.ts';
import {
  lateAfterReversal,
  lateWhileReversing,
  repeatReversal,
  reversalReply,
  reversalTimer,
  reversalUnanswered,
} from './reversal-steps.ts';
import type { Phase } from './state.ts';
import type { Row } from './step.ts';
import {
  approvedAfterAll,
  cardNotStored,
  cardStored,
  forwardInterrupted,
  forwardReply,
  forwardTimer,
  forwardUnanswered,
  lateForward,
  resolveByHand,
  storeAgain,
} from './stored-steps.ts';

const left = { ignore: 'the sale has left that step' } as const;
const notYet = { refuse: 'the sale is not over yet' } as const;
const noMoney = { refuse: 'no money was taken, so there is no receipt' } as const;
const over = { refuse: 'the sale is already over' } as const;
const known = { ignore: 'its outcome is known already' } as const;
const notVoidable = { refuse: 'no money was taken that could be voided' } as const;
const noHold = { refuse: 'it is not a pre-authorisation that holds money' } as const;
const notCash = { refuse: 'no cash is waited for' } as const;
const noPart = { refuse: 'no part of the amount was offered' } as const;
const noCode = { refuse: 'no code is shown' } as const;
const notByHand = { refuse: 'the terminal settles it by itself' } as const;

/** What a phase does with everything it does not expect. */
const unexpected = {
  CardOutcome: left,
  CardInserted: left,
  CardCompleted: { ignore: 'the card was only asked to decline, or its time is over: nothing depends on its answer' },
  ReaderUnavailable: left,
  HostReply: left,
  HostUnreachable: left,
  ReversalReply: left,
  ReversalUnanswered: left,
  QrIssued: left,
  QrIssueFailed: left,
  QueryAnswered: left,
  QueryFailed: left,
  TransferArrived: { ignore: 'a card sale has no reference that a transfer could carry' },
  ReceiptPrinted: left,
  ReceiptFailed: left,
  TimerFired: left,
  CancelSale: over,
  ReprintReceipt: notYet,
  CloseSale: notYet,
  LateReplyArrived: known,
  FollowUpReply: left,
  FollowUpUnanswered: left,
  CardStored: left,
  CardNotStored: left,
  ForwardReply: left,
  ForwardUnanswered: left,
  CashTendered: notCash,
  AcceptPartial: noPart,
  VoidTransaction: notVoidable,
  IncrementHold: noHold,
  CompleteHold: noHold,
  SetAside: noCode,
  ConfirmByHand: { refuse: 'no transfer is waited for' },
  BringBack: { refuse: 'no code of it is payable any more' },
  BillPaid: { ignore: 'it is on its way or over: what it takes is told' },
  ResolveByHand: notByHand,
  RefundAnswered: known,
  RefundUnanswered: known,
  SettleRefund: { refuse: 'no refund of it is in question' },
  Interrupted: { ignore: 'nothing was under way' },
} as const satisfies Row;

/** Over without money. */
const endedWithout: Row = {
  ...unexpected,
  TimerFired: { run: closeByTimer },
  ReprintReceipt: noMoney,
  CloseSale: { run: close },
  Interrupted: { run: resumeClose },
};

/** Over with money: the receipt comes, and may be asked for again. */
const endedWith: Row = {
  ...unexpected,
  ReceiptPrinted: { run: receiptPrinted },
  ReceiptFailed: { run: receiptFailed },
  TimerFired: { run: closeByTimer },
  ReprintReceipt: { run: reprint },
  CloseSale: { run: close },
  Interrupted: { run: resumeReceipt },
};

/** What goes on behind a receipt that has been asked for. */
const withReceipt = {
  ReceiptPrinted: { run: receiptPrinted },
  ReceiptFailed: { run: receiptFailed },
  ReprintReceipt: { run: reprint },
  CloseSale: { run: close },
} as const;

const inOutbox = {
  ...withReceipt,
  TimerFired: { run: forwardTimer },
  ResolveByHand: { run: resolveByHand },
  Interrupted: { run: forwardInterrupted },
} as const;

/** Money that came late, too little or too much is settled with the customer by a person. */
const late = { TransferArrived: { run: lateTransfer }, ResolveByHand: { run: resolveByHand } } as const;

export const transitions: Readonly<Record<Phase, Row>> = {
  awaitingCard: {
    ...unexpected,
    CardOutcome: { run: cardOutcome },
    CardInserted: { run: cardInserted },
    ReaderUnavailable: { run: readerUnavailable },
    TimerFired: { run: presentCardTimer },
    CancelSale: { run: cancelCard('cashier') },
    BillPaid: { run: cancelCard('billPaid') },
    Interrupted: { run: cancelCard('restart') },
  },
  authorising: {
    ...unexpected,
    HostReply: { run: hostReply },
    HostUnreachable: { run: hostUnreachable },
    CancelSale: { refuse: 'the request is with the bank; its answer or the time limit decides' },
    Interrupted: { run: interruptedAuthorization },
  },
  completingCard: {
    ...unexpected,
    CardCompleted: { run: cardCompleted },
    LateReplyArrived: { run: approvedAfterDecline },
    CancelSale: { refuse: 'the card is finishing; its answer or the time limit decides' },
    Interrupted: { run: interruptedCompletion },
  },
  approved: { ...endedWith, VoidTransaction: { run: voidApproved }, ResolveByHand: { run: resolveByHand } },
  declined: { ...endedWithout, LateReplyArrived: { run: approvedAfterDecline } },
  partlyApproved: {
    ...unexpected,
    AcceptPartial: { run: acceptPartial },
    CancelSale: { run: refusePartial },
    VoidTransaction: { refuse: 'accept the part or cancel it' },
    Interrupted: { ignore: 'it stays on the screen until a person has decided' },
  },
  storing: {
    ...unexpected,
    CardStored: { run: cardStored },
    CardNotStored: { run: cardNotStored },
    CancelSale: { refuse: 'the payment is being stored' },
    Interrupted: { run: storeAgain },
  },
  stored: {
    ...unexpected,
    ...inOutbox,
    ForwardReply: { run: forwardReply },
    ForwardUnanswered: { run: forwardUnanswered },
    LateReplyArrived: { run: lateForward },
    VoidTransaction: { refuse: 'it has not reached the bank yet; void it once it has' },
  },
  lateDeclined: {
    ...endedWithout,
    ...withReceipt,
    // The host was asked twice and answered both: what it approved has happened.
    ForwardReply: { run: approvedAfterAll },
    LateReplyArrived: { run: approvedAfterAll },
    ReprintReceipt: noMoney,
    ResolveByHand: { run: resolveByHand },
  },
  authorised: {
    ...endedWith,
    VoidTransaction: { run: voidApproved },
    IncrementHold: { run: increment },
    CompleteHold: { run: complete },
  },
  incrementing: {
    ...unexpected,
    ...withReceipt,
    FollowUpReply: { run: followUpReply },
    FollowUpUnanswered: { run: followUpUnanswered },
    LateReplyArrived: { run: followUpReply },
    TimerFired: { run: followUpTimer },
    VoidTransaction: { refuse: 'the hold is being raised; wait for the answer' },
    IncrementHold: { refuse: 'the hold is being raised already' },
    CompleteHold: { refuse: 'the hold is being raised; wait for the answer' },
    ResolveByHand: { run: resolveByHand },
    Interrupted: { run: repeatFollowUp },
  },
  completing: {
    ...unexpected,
    ...inOutbox,
    FollowUpReply: { run: followUpReply },
    FollowUpUnanswered: { run: followUpUnanswered },
    LateReplyArrived: { run: followUpReply },
    VoidTransaction: { refuse: 'the completion has not reached the bank yet; void it once it has' },
    IncrementHold: { refuse: 'the hold is completed' },
    CompleteHold: { refuse: 'the hold is completed' },
  },
  completed: { ...endedWith, VoidTransaction: { run: voidApproved } },
  voiding: {
    ...unexpected,
    FollowUpReply: { run: followUpReply },
    FollowUpUnanswered: { run: followUpUnanswered },
    LateReplyArrived: { run: followUpReply },
    ReceiptPrinted: { run: receiptPrinted },
    ReceiptFailed: { run: receiptFailed },
    TimerFired: { run: followUpTimer },
    CancelSale: { refuse: 'the payment is being voided; that cannot be stopped' },
    ReprintReceipt: { refuse: 'it is being voided; the receipt comes with the answer' },
    CloseSale: { run: close },
    VoidTransaction: { refuse: 'it is being voided already' },
    ResolveByHand: { run: resolveByHand },
    Interrupted: { run: repeatFollowUp },
  },
  voided: { ...endedWith, VoidTransaction: { refuse: 'it is voided already' } },
  awaitingCash: {
    ...unexpected,
    CashTendered: { run: cashTendered },
    CancelSale: { run: cancelCash('cashier') },
    BillPaid: { run: cancelCash('billPaid') },
    Interrupted: { ignore: 'it stays on the screen: a person has the money in hand' },
  },
  reversing: {
    ...unexpected,
    ReversalReply: { run: reversalReply },
    ReversalUnanswered: { run: reversalUnanswered },
    LateReplyArrived: { run: lateWhileReversing },
    ResolveByHand: { run: resolveByHand },
    TimerFired: { run: reversalTimer },
    CancelSale: { refuse: 'the payment is being undone; that cannot be stopped' },
    ReprintReceipt: { refuse: 'it is not known whether money was taken' },
    CloseSale: { run: close },
    Interrupted: { run: repeatReversal },
  },
  reversed: { ...endedWithout, LateReplyArrived: { run: lateAfterReversal } },
  issuingQr: {
    ...unexpected,
    QrIssued: { run: qrIssued },
    QrIssueFailed: { run: qrIssueFailed },
    // Registered with the provider before its answer was lost: whoever has the code could have paid it.
    TransferArrived: { run: lateTransfer },
    CancelSale: { run: cancelUnissued },
    Interrupted: { run: repeatIssue },
  },
  awaitingPayment: {
    ...unexpected,
    TransferArrived: { run: transferArrived },
    TimerFired: { run: qrExpiryTimer },
    CancelSale: { run: withdraw('cashier') },
    BillPaid: { run: withdraw('billPaid') },
    SetAside: { run: setAside },
    ConfirmByHand: { run: confirmByHand },
    BringBack: { run: bringBack },
    Interrupted: { run: showAgain },
  },
  checkingPayment: {
    ...unexpected,
    ResolveByHand: { run: resolveByHand },
    TransferArrived: { run: transferArrived },
    ConfirmByHand: { run: confirmByHand },
    QueryAnswered: { run: notPaid },
    QueryFailed: { run: queryFailed },
    TimerFired: { run: queryTimer },
    CancelSale: { refuse: 'the bank is being asked whether the customer has paid' },
    CloseSale: { run: close },
    Interrupted: { run: resumeCheck },
  },
  paid: { ...endedWith, ...late, VoidTransaction: { run: voidPaid } },
  underPaid: {
    ...endedWithout,
    TransferArrived: { run: transferArrived },
    AcceptPartial: { run: acceptTransferredPart },
    ResolveByHand: { run: resolveByHand },
    VoidTransaction: { refuse: 'a bank transfer cannot be voided' },
    CancelSale: { refuse: 'part of the money has arrived; close the sale and settle it from the worklist' },
    ReprintReceipt: { refuse: 'the amount is not paid in full' },
    Interrupted: { ignore: 'it stays on the screen until a person has seen it' },
  },
  refunding: {
    ...unexpected,
    RefundAnswered: { run: refundAnswered },
    RefundUnanswered: { run: refundUnanswered },
    SettleRefund: { run: settleRefund },
    TimerFired: { run: refundTimer },
    CancelSale: { refuse: 'the provider has been asked to give the money back; that cannot be stopped' },
    ReprintReceipt: { refuse: 'it is not known yet whether the money was given back' },
    CloseSale: { run: close },
    Interrupted: { run: askAboutRefund },
  },
  cancelled: { ...endedWithout, ...late },
  failed: { ...endedWithout, ...late },
  expired: { ...endedWithout, ...late },
};
