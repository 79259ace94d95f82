/** What one transaction leaves on the card while it lasts: forgotten with the next SELECT. */
import { newEvents, type CardEvents } from './verification-results.ts';

export interface Transaction {
  readonly events: CardEvents;
  /** What the terminal has sent, by tag; the latest value counts. */
  readonly terminal: Map<string, Uint8Array>;
  /** PDOL and CDOL values in their order: under the signature of CDA. */
  sent: Uint8Array;
  /** That of the first GENERATE AC: what the issuer answers, and what scripts are tied to. */
  requestCryptogram: Uint8Array;
  challenge: Uint8Array | undefined;
  issuerApproves: boolean;
}

export function newTransaction(): Transaction {
  return {
    events: newEvents(),
    terminal: new Map(),
    sent: new Uint8Array(0),
    requestCryptogram: new Uint8Array(8),
    challenge: undefined,
    issuerApproves: false,
  };
}
