/**
 * What the terminal and a QR provider say to each other about a code besides issuing it and being paid: what the provider
 * can do at all, withdrawing an unpaid code, giving money back.
 */
import type { EpochMs } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { Fault } from '../base/result.ts';

export interface ProviderCapabilities {
  /** `provider`: registers each code; `terminal`: the code is built here, and the provider only sees money arrive. */
  readonly codesFrom: 'provider' | 'terminal';
  /** Can be asked what was paid for a code, or what arrived in a time. */
  readonly canQuery: boolean;
  readonly canCancel: boolean;
  readonly canRefund: boolean;
  readonly pushesNotices: boolean;
  /** `query`: a notice counts only after the provider's own answer; `signature`: there is nothing else to ask. */
  readonly confirmedBy: 'query' | 'signature';
  /** What no document could be found for, one English sentence each; for whoever puts the terminal into service. */
  readonly unverified: readonly string[];
}

/** What names a code at a provider. */
export interface QrOrder {
  readonly reference: string;
  /** As in the request that issued it: some providers name an order also by its date. */
  readonly expiresAt: EpochMs;
}

/** `paid`: too late, money has arrived. `unknown`: the provider has no such code, so nobody can pay it. */
export type QrCancelReply = 'cancelled' | 'paid' | 'unknown';

export interface QrRefundRequest {
  /** Ours, 1 to 20 of `[A-Z0-9]`: the key of idempotency, the same in each repeat. */
  readonly refundId: string;
  /** Of the code that was paid; null when it is not known: some providers need it. */
  readonly order: QrOrder | null;
  /** Of the transfer that is given back. */
  readonly providerTransactionId: string;
  readonly amount: Money;
  /** What arrived with that transfer: tells a full refund from a part. */
  readonly paid: Money;
  /** When it was first asked for; the same in each repeat. */
  readonly requestedAt: EpochMs;
}

export interface QrRefundReply {
  /** `processing`: ask again with `queryRefund`; `refused`: definitely nothing was given back. */
  readonly state: 'refunded' | 'processing' | 'refused';
  /** The provider's own id of the refund. */
  readonly providerRefundId: string | null;
  /** The provider's code, for a technician. */
  readonly detail: string;
}

/** `notSupported`: the provider has no such call, nothing was sent. Cancelling twice is harmless, so all are retry-safe. */
export type CancelFault = Fault<'notSupported' | 'unreachable' | 'noReply' | 'badReply' | 'refused'>;

/**
 * `unreachable` and `notSupported`: nothing was sent. After `noReply` and `badReply` the money may have been given back:
 * retry-safe only where the provider knows the refund by our id; otherwise ask `queryRefund` first.
 */
export type RefundFault = Fault<'notSupported' | 'unreachable' | 'noReply' | 'badReply' | 'refused'>;
