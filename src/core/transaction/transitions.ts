/**
 * The transitions table: every phase × every input has exactly one cell, which the compiler proves (a missing
 * cell does not type-check). Read a row as "in this phase, this input does …".
 */
import {
  cancelCard,
  cardOutcome,
  hostReply,
  hostUnreachable,
  interruptedAuthorization,
  presentCardTimer,
  readerUnavailable,
  reversalReply,
  reversalTimer,
  repeatReversal,
  reversalUnanswered,
} from './card-steps.ts';
import {
  cancelUnissued,
  lateTransfer,
  notPaid,
  qrExpiryTimer,
  qrIssued,
  qrIssueFailed,
  queryFailed,
  queryTimer,
  repeatIssue,
  repeatQuery,
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
import type { Phase } from './state.ts';
import type { Row } from './step.ts';

const left = { ignore: 'the sale has left that step' } as const;
const notYet = { refuse: 'the sale is not over yet' } as const;
const noMoney = { refuse: 'no money was taken, so there is no receipt' } as const;
const over = { refuse: 'the sale is already over' } as const;

/** What a phase does with everything it does not expect. */
const unexpected = {
  CardOutcome: left,
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

const late = { TransferArrived: { run: lateTransfer } } as const;

export const transitions: Readonly<Record<Phase, Row>> = {
  awaitingCard: {
    ...unexpected,
    CardOutcome: { run: cardOutcome },
    ReaderUnavailable: { run: readerUnavailable },
    TimerFired: { run: presentCardTimer },
    CancelSale: { run: cancelCard('cashier') },
    Interrupted: { run: cancelCard('restart') },
  },
  authorising: {
    ...unexpected,
    HostReply: { run: hostReply },
    HostUnreachable: { run: hostUnreachable },
    CancelSale: { refuse: 'the request is with the bank; its answer or the time limit decides' },
    Interrupted: { run: interruptedAuthorization },
  },
  approved: endedWith,
  declined: endedWithout,
  reversing: {
    ...unexpected,
    ReversalReply: { run: reversalReply },
    ReversalUnanswered: { run: reversalUnanswered },
    TimerFired: { run: reversalTimer },
    CancelSale: { refuse: 'the payment is being undone; that cannot be stopped' },
    ReprintReceipt: { refuse: 'it is not known whether money was taken' },
    CloseSale: { run: close },
    Interrupted: { run: repeatReversal },
  },
  reversed: endedWithout,
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
    Interrupted: { run: showAgain },
  },
  checkingPayment: {
    ...unexpected,
    TransferArrived: { run: transferArrived },
    QueryAnswered: { run: notPaid },
    QueryFailed: { run: queryFailed },
    TimerFired: { run: queryTimer },
    CancelSale: { refuse: 'the bank is being asked whether the customer has paid' },
    CloseSale: { run: close },
    Interrupted: { run: repeatQuery },
  },
  paid: { ...endedWith, ...late },
  underPaid: {
    ...endedWithout,
    TransferArrived: { run: transferArrived },
    CancelSale: { refuse: 'part of the money has arrived; close the sale and settle it from the worklist' },
    ReprintReceipt: { refuse: 'the amount is not paid in full' },
    Interrupted: { ignore: 'it stays on the screen until a person has seen it' },
  },
  cancelled: { ...endedWithout, ...late },
  failed: { ...endedWithout, ...late },
  expired: { ...endedWithout, ...late },
};
