/**
 * What a payment has come to, told from the events alone and in as few words as will do: written a second time, without
 * anything of the terminal's own fold, so that the two can be held against each other.
 */
import { unreachable } from '../../src/core/base/assert.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import type { MoneyMoved } from '../../src/core/transaction/model.ts';

/**
 * `open`: nobody was asked · `asked`: the host was, and has not answered · `heard`: an inserted card hears the answer ·
 * `part`: a part was approved, and a person decides · `question`: being reversed · `doubted`: declined without a decision,
 * and reversed to be sure · `kept`: taken without the host, on its
 * way to it
 */
type Standing =
  | 'open'
  | 'asked'
  | 'heard'
  | 'part'
  | 'question'
  | 'doubted'
  | 'kept'
  | 'taken'
  | 'refused'
  | 'voided'
  | 'ended';

export interface Payment {
  readonly id: string;
  readonly key: string;
  readonly kind: 'sale' | 'refund' | 'hold';
  readonly method: 'card' | 'qr' | 'cash';
  standing: Standing;
  /** Minor units: asked for, and then what it came to. */
  amount: number;
  stan: number | undefined;
  chip: boolean;
  /** What an inserted card hears is an approval. */
  approvalHeard: boolean;
  /** Of a hold: what it was completed with, and under which number. */
  completion: { readonly stan: number; readonly amount: number; done: boolean } | undefined;
  followUp:
    | { readonly operation: 'void' | 'increment' | 'completion'; readonly stan: number; readonly amount: number }
    | undefined;
  raised: number;
  voidedCompletion: boolean;
  /** Transfers that came late and wait for a person. */
  late: number;
  withdrawn: boolean;
  parked: boolean;
  resolved: boolean;
}

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;
type OfPayment = Extract<JournalEvent, { transactionId: unknown }>;

type Begun = Of<'SaleStarted' | 'RefundStarted' | 'PreAuthorizationStarted' | 'ProviderRefundStarted'>;

const kinds = {
  SaleStarted: 'sale',
  RefundStarted: 'refund',
  ProviderRefundStarted: 'refund',
  PreAuthorizationStarted: 'hold',
} as const;

export function isBegun(event: JournalEvent): event is Begun {
  return Object.hasOwn(kinds, event.type);
}

function methodOf(event: Begun): Payment['method'] {
  if (event.type === 'ProviderRefundStarted') return 'qr';
  return event.type === 'PreAuthorizationStarted' ? 'card' : event.method;
}

export function begun(event: Begun): Payment {
  const kind = kinds[event.type];
  return {
    id: event.transactionId,
    key: event.key,
    kind,
    method: methodOf(event),
    // The provider is asked at once.
    standing: event.type === 'ProviderRefundStarted' ? 'asked' : 'open',
    amount: event.amount.minorUnits,
    stan: undefined,
    chip: false,
    approvalHeard: false,
    completion: undefined,
    followUp: undefined,
    raised: 0,
    voidedCompletion: false,
    late: 0,
    withdrawn: false,
    parked: false,
    resolved: false,
  };
}

const taken = (payment: Payment): void => {
  payment.standing = 'taken';
};
const question = (payment: Payment): void => {
  payment.standing = 'question';
};
const refused = (payment: Payment): void => {
  payment.standing = 'refused';
};
const ended = (payment: Payment): void => {
  payment.standing = 'ended';
};
const paid = (payment: Payment): void => {
  payment.standing = 'taken';
};

/** What is not listed changes nothing about money. */
const changes: { readonly [T in OfPayment['type']]?: (payment: Payment, event: Of<T>) => void } = {
  AuthorizationRequested: (payment, { stan }) => {
    payment.stan = stan;
    payment.standing = 'asked';
  },
  CardCompletionRequested: (payment, { answer }) => {
    payment.standing = 'heard';
    payment.approvalHeard = answer !== null && ['00', '10'].includes(answer.responseCode);
  },
  AuthorizationApproved: taken,
  PartialAccepted: taken,
  PartiallyApproved: (payment, { approvedAmount }) => {
    payment.standing = 'part';
    payment.amount = approvedAmount.minorUnits;
  },
  AuthorizationUnknown: question,
  ReversalQueued: (payment, { because }) => {
    payment.standing = because === 'askedLater' ? 'doubted' : 'question';
  },
  LateReplyReceived: (payment, { responseCode }) => {
    if (payment.standing === 'doubted' && ['00', '08', '10', '11', '16'].includes(responseCode)) question(payment);
  },
  AuthorizationDeclined: refused,
  CardDeclinedOffline: refused,
  StoredDeclined: refused,
  ReversalConfirmed: refused,
  SaleCancelled: ended,
  SaleFailed: ended,
  QrExpired: ended,
  StoreRequested: (payment, { stan, manner }) => {
    payment.stan = stan;
    payment.chip = manner === 'chipApproved';
    payment.standing = 'open';
  },
  PaymentStored: (payment) => {
    payment.standing = 'kept';
  },
  StoredAccepted: (payment, { approvedAmount }) => {
    payment.standing = 'taken';
    payment.amount = approvedAmount?.minorUnits ?? payment.amount;
  },
  DeadLettered: (payment, { refused: byHost }) => {
    payment.parked = byHost;
    if (payment.standing === 'doubted') question(payment);
  },
  // Whoever asks for it again takes it up again.
  AttemptStarted: (payment) => {
    payment.parked = false;
  },
  ResolvedByHand: (payment) => {
    payment.resolved = true;
  },
  FollowUpRequested: followUp,
  FollowUpApproved: followUp,
  FollowUpRefused: followUp,
  FollowUpNotSent: followUp,
  CashReceived: taken,
  CashPaidOut: taken,
  CashVoided: (payment) => {
    payment.standing = 'voided';
  },
  QrWithdrawn: (payment) => {
    payment.withdrawn = true;
  },
  ProviderRefunded: taken,
  ProviderRefundRefused: ended,
  QrPaymentConfirmed: paid,
  QrPaymentUnderPaid: paid,
  TransferAttached: paid,
  QrConfirmedByHand: paid,
  QrPaymentLate: (payment) => {
    payment.late += 1;
  },
};

/** Changes `payment` by what has happened to it. */
export function goesOn(payment: Payment, event: OfPayment): void {
  // Each is listed under the type of its own event.
  const change = changes[event.type] as ((payment: Payment, event: OfPayment) => void) | undefined;
  change?.(payment, event);
}

function followUp(
  payment: Payment,
  event: Of<'FollowUpRequested' | 'FollowUpApproved' | 'FollowUpRefused' | 'FollowUpNotSent'>,
): void {
  if (event.type === 'FollowUpRequested') {
    payment.followUp = { operation: event.operation, stan: event.stan, amount: event.amount.minorUnits };
    if (event.operation === 'completion') {
      payment.completion = { stan: event.stan, amount: event.amount.minorUnits, done: false };
    }
    return;
  }
  const asked = payment.followUp;
  payment.followUp = undefined;
  if (event.type !== 'FollowUpApproved' || asked === undefined) {
    if (asked?.operation === 'completion') payment.completion = undefined;
    return;
  }
  if (asked.operation === 'increment') payment.raised += asked.amount;
  if (asked.operation === 'completion' && payment.completion !== undefined) payment.completion.done = true;
  if (asked.operation === 'void') {
    if (payment.completion?.done === true) payment.voidedCompletion = true;
    payment.standing = 'voided';
  }
}

/** "Was I charged?", by what the events say. */
export function moneyOf(payment: Payment): MoneyMoved {
  const { standing, kind, late, method, completion, followUp: asked } = payment;
  if (late > 0) return 'yes';
  if (method === 'qr' && standing === 'asked') return 'unknown';
  if (method === 'qr')
    return standing === 'taken' ? 'yes' : payment.withdrawn && standing === 'open' ? 'unknown' : 'no';
  if (asked?.operation === 'void') return kind === 'hold' && completion?.done !== true ? 'no' : 'unknown';
  switch (standing) {
    case 'asked':
      return 'unknown';
    case 'heard':
      return payment.approvalHeard ? 'unknown' : 'no';
    case 'part':
      return 'yes';
    case 'question':
      return 'unknown';
    case 'kept':
      return payment.parked ? 'unknown' : payment.chip ? 'yes' : 'unknown';
    case 'taken':
      if (kind !== 'hold') return 'yes';
      if (completion === undefined) return 'no';
      return payment.parked && !completion.done ? 'unknown' : 'yes';
    case 'open':
    case 'doubted':
    case 'refused':
    case 'voided':
    case 'ended':
      return 'no';
    default:
      return unreachable(standing, 'payment');
  }
}

/** Whether its last word is still awaited: of the host, of the bank, of a person at the till. */
export function isOpen({ standing, followUp: asked, resolved, method, completion }: Payment): boolean {
  if (resolved) return false;
  if (asked !== undefined) return true;
  if (method !== 'card') return standing === 'open' || standing === 'asked';
  if (completion !== undefined && !completion.done) return true;
  return ['open', 'asked', 'heard', 'part', 'question', 'doubted', 'kept'].includes(standing);
}
