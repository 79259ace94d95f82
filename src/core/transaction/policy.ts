/** The limits the machine works with: every wait is bounded, and each name carries its unit. */
export interface Policy {
  /** How long the customer has to present a card. */
  readonly presentCardMs: number;
  /** How long an authorization may take before its outcome counts as unknown. */
  readonly hostTimeoutMs: number;
  /** How long a dynamic QR stays payable. */
  readonly qrExpiryMs: number;
  readonly providerTimeoutMs: number;
  /** First gap between attempts to settle an unknown outcome; doubles up to `retryMaxMs`. Attempts never end. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  readonly printTimeoutMs: number;
  /** How long a finished sale stays on the screen when nobody touches it. */
  readonly autoCloseMs: number;
}

/** Gap after attempt `attempt` (1, 2, …) failed. */
export function retryDelayMs(policy: Policy, attempt: number): number {
  return Math.min(policy.retryMs * 2 ** Math.min(attempt - 1, 30), policy.retryMaxMs);
}
