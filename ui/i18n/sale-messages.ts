/**
 * What every language must say about a sale. A catalogue is a plain object of these types, so a missing sentence
 * does not compile. Reason codes are strings on the wire: the lists below are those we have words for, and
 * explain.ts falls back to the stage's own words (which still answer the money question) for any other.
 */
import type { SaleStage } from '../../src/contract/view.ts';

export const cancelReasons = ['cashier', 'cardTimeout', 'codeTimeout', 'restart', 'cardholder', 'billPaid'] as const;

export const failReasons = [
  'hostNotReached',
  'codeNoNetwork',
  'cardNotSupported',
  'cardBlocked',
  'cardUnreadable',
  'useAnotherInterface',
  'readerUnavailable',
  'qrUnavailable',
  'qrNoNetwork',
  'notStored',
  'otherCard',
  'refundRefused',
  'refundNotSent',
] as const;

export const tryAgainReasons = [
  'tryAgain.removedTooEarly',
  'tryAgain.communicationError',
  'tryAgain.seePhone',
  'tryAgain.useAnotherInterface',
  'tryAgain.codeNotCpm',
  'tryAgain.codeOfWallet',
  'tryAgain.codeBroken',
  'tryAgain.codeNoApplication',
  'tryAgain.codeNoCryptogram',
  'tryAgain.codeUsed',
  'tryAgain.codeUnreadable',
] as const;

/** ISO 8583 DE 39 values an acquirer in Vietnam is likely to send, and a card that declined by itself. */
export const declineReasons = [
  'declined.card',
  'declined.05',
  'declined.14',
  'declined.30',
  'declined.41',
  'declined.43',
  'declined.51',
  'declined.54',
  'declined.55',
  'declined.61',
  'declined.91',
  'declined.94',
  'declined.96',
] as const;

export const unknownReasons = ['unknown.noReply', 'unknown.linkLost', 'unknown.badReply', 'unknown.restart'] as const;

/** Why a payment that is not in doubt is undone all the same. */
export const reversalReasons = [
  'reversal.partialRefused',
  'reversal.lateApproval',
  'reversal.askedLater',
  'reversal.cardDeclined',
  'reversal.cardRemoved',
  'reversal.restart',
] as const;

export const storedReasons = ['stored.deferred', 'stored.chipApproved', 'stored.deadLetter'] as const;

/** The last void, increment or completion did not happen: all is as before. */
export const voidReasons = ['void.refused', 'void.notSent'] as const;
const holdReasons = ['increment.refused', 'increment.notSent', 'completion.refused'] as const;
export const followUpReasons = [...voidReasons, ...holdReasons] as const;

export const knownReasons = [
  ...cancelReasons,
  ...failReasons,
  ...tryAgainReasons,
  ...declineReasons,
  ...unknownReasons,
  ...reversalReasons,
  ...storedReasons,
  ...followUpReasons,
] as const;

export type KnownReason = (typeof knownReasons)[number];

export type WaitingStage = Extract<
  SaleStage,
  | 'presentCard'
  | 'authorising'
  | 'completingCard'
  | 'preparingQr'
  | 'showQr'
  | 'checkingPayment'
  | 'storing'
  | 'takeCash'
>;
export type ResultStage = Exclude<SaleStage, WaitingStage>;

/** What a refund can be; the words of a sale would say the opposite. */
export type RefundWaiting = Extract<WaitingStage, 'presentCard' | 'authorising' | 'takeCash'>;
export type RefundResult = Extract<
  ResultStage,
  'approved' | 'declined' | 'cancelled' | 'failed' | 'unknown' | 'reversed' | 'voiding' | 'voided'
>;

/** Where a pre-authorisation differs from a sale; the stages that only it has are among the results of all. */
export type HoldWaiting = Extract<WaitingStage, 'presentCard' | 'authorising'>;
export type HoldResult = Extract<
  ResultStage,
  'declined' | 'cancelled' | 'failed' | 'unknown' | 'reversed' | 'voiding' | 'voided'
>;

/** `why` and `next` are for the cashier; `customer` is what the customer reads of the same thing. */
export interface Explanation {
  readonly why: string;
  readonly next: string;
  readonly customer: string;
}

export interface WaitingText {
  readonly title: string;
  readonly hint: string;
  /** What happens now that the time is up. */
  readonly overdue: string;
  readonly customerTitle: string;
  readonly customerHint: string;
  readonly customerOverdue: string;
}

export interface ResultText extends Explanation {
  readonly title: string;
  readonly customerTitle: string;
}

export interface MoneyText {
  readonly cashier: string;
  readonly customer: string;
}

export interface KindText<Waiting extends WaitingStage, Result extends ResultStage> {
  readonly waiting: Readonly<Record<Waiting, WaitingText>>;
  readonly results: Readonly<Record<Result, ResultText>>;
}

export interface SaleMessages {
  readonly waiting: Readonly<Record<WaitingStage, WaitingText>>;
  readonly results: Readonly<Record<ResultStage, ResultText>>;
  readonly money: {
    readonly no: MoneyText;
    readonly yes: MoneyText;
    readonly unknown: MoneyText;
    /** Under-paid, or approved for less: a part of it has come. */
    readonly part: MoneyText;
    /** Reversed or voided: the bank has confirmed that it holds nothing. */
    readonly undone: MoneyText;
    /** Held on the account and not charged. */
    readonly held: MoneyText;
    /** A hold of which it is not known whether it stands. */
    readonly holdUnknown: MoneyText;
    /** Stored without the bank, which has not answered yet. */
    readonly later: MoneyText;
  };
  /** When stage and money contradict what one would expect, money decides what is said next. */
  readonly safety: {
    readonly moneyCame: string;
    readonly moneyCameCustomer: string;
    readonly noMoneyDespiteSuccess: string;
    readonly askStaff: string;
    /** A person has settled it by hand. */
    readonly resolved: string;
    /** Of a refund or a hold. */
    readonly contradiction: string;
  };
  /** Approved for a part, and the part was taken. */
  readonly partTaken: ResultText;
  /** Cash that is given back from the drawer. */
  readonly cashVoided: Pick<Explanation, 'next' | 'customer'>;
  /** Approved, and other parts of the bill are still open. */
  readonly billOpen: string;
}

export interface ReasonMessages {
  readonly reasons: Readonly<Record<KnownReason, Explanation>>;
}

export interface KindMessages {
  readonly refund: KindText<RefundWaiting, RefundResult>;
  readonly hold: KindText<HoldWaiting, HoldResult>;
  /** The answer of a refund: has the money been given back? */
  readonly refundMoney: { readonly no: MoneyText; readonly yes: MoneyText; readonly unknown: MoneyText };
}
