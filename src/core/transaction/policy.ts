/** The limits the machine works with: every wait is bounded, and each name carries its unit. */
import type { CurrencyCode, Money } from '../base/money.ts';

export interface Policy {
  /** How long the customer has to present a card. */
  readonly presentCardMs: number;
  /** How long an inserted card may take until it has decided, the cardholder's choices and PIN included. */
  readonly insertedCardMs: number;
  /** How long an inserted card may take to hear the host's answer: scripts and the last cryptogram. */
  readonly completeCardMs: number;
  /** How long an authorization may take before its outcome counts as unknown. */
  readonly hostTimeoutMs: number;
  /** How long a dynamic QR stays payable. */
  readonly qrExpiryMs: number;
  /** The same of a larger amount: the payer's bank asks for a face check above it. */
  readonly qrLongExpiryMs: number;
  /** Minor units; amounts above it have `qrLongExpiryMs`. */
  readonly qrLongFrom: number;
  readonly providerTimeoutMs: number;
  /** First gap between attempts to settle an unknown outcome; doubles up to `retryMaxMs`. Attempts never end. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  readonly printTimeoutMs: number;
  /** How long a finished sale stays on the screen when nobody touches it. */
  readonly autoCloseMs: number;
  /** Whether an approval of a part of the amount (DE 39 = 10) is offered to the cashier; else it is given back. */
  readonly partialApprovals: boolean;
  /** Unanswered attempts after which a person is called; reversals go on all the same. */
  readonly alarmAfterAttempts: number;
  /** Stored payments and completions under way at one time while the outbox is emptied. */
  readonly forwardWindow: number;
  /** Null: nothing is ever taken without the host. */
  readonly offline: OfflinePolicy | null;
  readonly settlement: SettlementPolicy;
  /** Marks of the other terminals that are paid on the same account; left out: there are none. */
  readonly otherMarks?: readonly string[];
  readonly qrProvider: QrProviderPolicy;
}

/** What the QR provider does besides issuing codes. */
export interface QrProviderPolicy {
  readonly canCancel: boolean;
  readonly canRefund: boolean;
}

/**
 * When a payment may be taken without asking the host, at the merchant's risk. All limits hold at once; amounts in minor
 * units of the terminal's currency.
 */
export interface OfflinePolicy {
  /** Of one payment. */
  readonly maxAmount: number;
  /** Of all that are stored and not answered yet. */
  readonly maxSum: number;
  readonly maxCount: number;
  /** When the oldest one is older, nothing more is stored. */
  readonly maxAgeMs: number;
  /** Stored payments of one card (by its masked number) within `perCardWindowMs`. */
  readonly maxPerCard: number;
  readonly perCardWindowMs: number;
  /** Beginnings of card numbers, up to six digits. An empty `allowedBins` allows all that are not denied. */
  readonly allowedBins: readonly string[];
  readonly deniedBins: readonly string[];
}

export interface SettlementPolicy {
  /** IANA name; business dates are local to it. */
  readonly timeZone: string;
  /** Of the drawer and of the totals. */
  readonly currency: CurrencyCode;
  /** Local time `HH:MM` at which a batch is closed by itself; null: only by a person or the host. */
  readonly cutOverTime: string | null;
}

/**
 * How long a reader waits for a card at most: as long as any sale does. The sale ends the wait when its own time is over,
 * and one whose inserted card was put back has the inserted card's time.
 */
export function longestCardWaitMs({ presentCardMs, insertedCardMs }: Policy): number {
  return Math.max(presentCardMs, insertedCardMs);
}

/** How long the code for an amount stays payable: never shorter for a larger one. */
export function qrExpiryMsOf({ qrExpiryMs, qrLongExpiryMs, qrLongFrom }: Policy, { minorUnits }: Money): number {
  return minorUnits > qrLongFrom ? Math.max(qrExpiryMs, qrLongExpiryMs) : qrExpiryMs;
}

/** Gap after attempt `attempt` (1, 2, …) failed. */
export function retryDelayMs(policy: Pick<Policy, 'retryMs' | 'retryMaxMs'>, attempt: number): number {
  return Math.min(policy.retryMs * 2 ** Math.min(attempt - 1, 30), policy.retryMaxMs);
}
