/** The limits the machine works with: every wait is bounded, and each name carries its unit. */
export interface Policy {
  /** How long the customer has to present a card. */
  readonly presentCardMs: number;
  /** How long an authorization may take before its outcome counts as unknown. */
  readonly hostTimeoutMs: number;
  /** How long a dynamic QR stays payable. */
  readonly qrExpiryMs: number;
  readonly providerTimeoutMs: number;
  /** Gap between queries while a withdrawn QR has no definite answer. */
  readonly queryRetryMs: number;
  /** First gap between reversal attempts; doubles up to `reversalRetryMaxMs`. Attempts never end. */
  readonly reversalRetryMs: number;
  readonly reversalRetryMaxMs: number;
  readonly printTimeoutMs: number;
  /** How long a finished sale stays on the screen when nobody touches it. */
  readonly autoCloseMs: number;
}
