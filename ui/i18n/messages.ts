/**
 * What every language must say. A catalogue is a plain object of this type, so a missing sentence does not
 * compile. Reason codes are strings on the wire: the lists below are those we have words for, and explain.ts
 * falls back to the stage's own words (which still answer the money question) for any other.
 */
import type { SaleStage, SaleView, WorklistItem, DeviceView } from '../../src/contract/view.ts';

export const cancelReasons = ['cashier', 'cardTimeout', 'restart'] as const;

export const failReasons = [
  'hostNotReached',
  'cardNotSupported',
  'cardBlocked',
  'cardUnreadable',
  'useAnotherInterface',
  'readerUnavailable',
  'qrUnavailable',
] as const;

export const tryAgainReasons = ['tryAgain.removedTooEarly', 'tryAgain.communicationError'] as const;

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

export const knownReasons = [
  ...cancelReasons,
  ...failReasons,
  ...tryAgainReasons,
  ...declineReasons,
  ...unknownReasons,
] as const;

export type KnownReason = (typeof knownReasons)[number];

export type WaitingStage = Extract<
  SaleStage,
  'presentCard' | 'authorising' | 'preparingQr' | 'showQr' | 'checkingPayment'
>;
export type ResultStage = Exclude<SaleStage, WaitingStage>;

/** Why the terminal did not do what the screen asked; the last two are the screen's own. */
export type CommandTrouble =
  | 'busy'
  | 'notFound'
  | 'notAllowed'
  | 'halted'
  | 'amountOutOfRange'
  | 'badCommand'
  | 'noAnswer'
  | 'notConnected';

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

interface MoneyText {
  readonly cashier: string;
  readonly customer: string;
}

export interface Messages {
  readonly entry: {
    readonly amount: string;
    readonly prompt: string;
    readonly card: string;
    readonly cardHint: string;
    readonly qr: string;
    readonly qrHint: string;
    readonly starting: string;
    readonly keypad: string;
    readonly backspace: string;
    readonly clear: string;
    readonly overLimit: (max: string) => string;
  };
  readonly top: {
    readonly status: string;
    readonly worklist: string;
    readonly worklistCount: (count: number) => string;
    readonly recent: string;
    readonly devices: string;
    readonly allReady: string;
    readonly language: string;
    readonly training: string;
    readonly cashierScreen: string;
    readonly customerScreen: string;
    readonly backgroundNotice: (count: number) => string;
  };
  readonly sale: {
    readonly cancel: string;
    readonly newSale: string;
    /** Instead of `newSale` while money is unknown: nothing that could be read as "charge again". */
    readonly nextCustomer: string;
    readonly reprint: string;
    readonly close: string;
    readonly method: Readonly<Record<SaleView['method'], string>>;
    readonly secondsLeft: (seconds: number) => string;
    readonly timeLeft: (clock: string) => string;
    readonly overdueBy: (seconds: number) => string;
    readonly code: (code: string) => string;
    readonly received: string;
    readonly missing: string;
    readonly excess: string;
    readonly giveBack: (amount: string) => string;
    readonly reversalNext: (seconds: number) => string;
    readonly reversalNow: string;
    readonly reversalAttempts: (attempts: number) => string;
    readonly card: string;
    readonly approvalCode: string;
    readonly rrn: string;
    readonly stan: string;
    readonly reference: string;
  };
  readonly receipt: {
    readonly printing: string;
    readonly printed: (copies: number) => string;
    readonly failed: (trouble: string) => string;
    readonly trouble: Readonly<Record<NonNullable<SaleView['receipt']['trouble']>, string>>;
  };
  readonly waiting: Readonly<Record<WaitingStage, WaitingText>>;
  readonly results: Readonly<Record<ResultStage, ResultText>>;
  readonly reasons: Readonly<Record<KnownReason, Explanation>>;
  readonly money: {
    readonly no: MoneyText;
    readonly yes: MoneyText;
    readonly unknown: MoneyText;
    /** Under-paid: part of it has come. */
    readonly part: MoneyText;
    /** Reversed: the bank has confirmed that it holds nothing. */
    readonly undone: MoneyText;
  };
  /** When stage and money contradict what one would expect, money decides what is said next. */
  readonly safety: {
    readonly moneyCame: string;
    readonly moneyCameCustomer: string;
    readonly noMoneyDespiteSuccess: string;
    readonly askStaff: string;
  };
  readonly lists: {
    readonly background: string;
    readonly todo: string;
    readonly nothingTodo: string;
    readonly nothingRecent: string;
    readonly close: string;
    readonly reference: (reference: string) => string;
    readonly kinds: Readonly<Record<WorklistItem['kind'], { readonly title: string; readonly advice: string }>>;
  };
  readonly devices: {
    readonly roles: Readonly<Record<DeviceView['role'], string>>;
    readonly acquirer: string;
    readonly states: Readonly<Record<DeviceView['state'], string>>;
    readonly linkUp: string;
    readonly linkDown: string;
    readonly linkDownAdvice: string;
  };
  readonly customer: {
    readonly welcome: string;
    readonly idleHint: string;
    readonly toPay: string;
    readonly excess: string;
    readonly stop: string;
    readonly stopHint: string;
  };
  readonly trouble: {
    readonly halted: string;
    readonly haltedHint: string;
    readonly haltedSale: string;
    readonly commands: Readonly<Record<CommandTrouble, string>>;
    readonly linkLost: string;
    readonly linkLostHint: string;
    readonly connecting: string;
    readonly connectingHint: string;
    readonly noToken: string;
    readonly noTokenHint: string;
    readonly badFrame: string;
    readonly badFrameHint: string;
    readonly reconnect: string;
  };
  readonly demo: {
    readonly title: string;
    readonly explanation: string;
    readonly show: string;
    readonly cashier: string;
    readonly customer: string;
    readonly strip: string;
    readonly cards: string;
    readonly cardsIdle: string;
    readonly cardsNow: string;
    readonly network: string;
    readonly plugged: string;
    readonly unplugged: string;
    readonly plug: string;
    readonly unplug: string;
    readonly printer: string;
    readonly faults: Readonly<Record<'jam' | 'coverOpen' | 'paperOut', string>>;
    readonly bank: string;
    readonly bankIdle: string;
    readonly payExact: string;
    readonly payLess: string;
    readonly payMore: string;
    readonly display: string;
    readonly displayIdle: string;
    readonly paper: string;
    readonly noPaper: string;
    readonly receipt: (number: number) => string;
    readonly noSimulator: string;
  };
}

/** The part that speaks about a sale; a file of its own in each language. */
export type SaleMessages = Pick<Messages, 'waiting' | 'results' | 'reasons' | 'money' | 'safety'>;
