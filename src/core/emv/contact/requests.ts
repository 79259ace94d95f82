/**
 * What a contact transaction asks for while the card is in the reader. The kernel is a generator: it yields one of
 * these, is given the answer of the same name, and does nothing else with the world. EMV 4.4 Books 1 and 3.
 */
import type { Pan } from '../../base/pan.ts';
import type { CardData, CardSecrets } from '../../transaction/model.ts';
import type { CardAnswer } from '../card-channel.ts';
import type { KernelResult } from '../kernel-result.ts';

export type ContactRequest =
  /** One C-APDU for the card; answered by `response`. */
  | { readonly kind: 'exchange'; readonly command: Uint8Array }
  /** The cardholder chooses, or confirms the only one (Book 1 §12.4); answered by `application`. */
  | { readonly kind: 'chooseApplication'; readonly labels: readonly string[] }
  /** Answered by `pin`. */
  | { readonly kind: 'enterPin'; readonly pin: PinRequest }
  /** The card wants its issuer to decide (ARQC); answered by `host`. The receiver wipes the secrets. */
  | { readonly kind: 'goOnline'; readonly card: CardData; readonly secrets: CardSecrets };

/**
 * PIN entry on an external pad. A PIN never comes into this process: for an offline PIN the pad itself sends VERIFY to
 * the card (plain, or enciphered under the card's key) and tells the status word.
 */
export type PinRequest =
  /** `pan`: for the formats of ISO 9564-1 that bind the PIN to the card; read by the pad and not kept. */
  | { readonly manner: 'online'; readonly pan?: Pan }
  | { readonly manner: 'offlinePlaintext'; readonly triesLeft: number | undefined }
  | {
      readonly manner: 'offlineEnciphered';
      readonly triesLeft: number | undefined;
      /** Of the ICC PIN Encipherment (or ICC) Public Key, Book 2 §7.1. */
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      /** ICC Unpredictable Number from GET CHALLENGE, eight bytes (Book 2 §7.2). */
      readonly challenge: Uint8Array;
    };

export type PinResult =
  /** Online: the PIN block as the pad enciphered it, opaque here. */
  | { readonly kind: 'pinBlock'; readonly pinBlock: Uint8Array }
  /** Offline: SW1-SW2 of VERIFY. */
  | { readonly kind: 'verified'; readonly sw: number }
  /** Cardholder or merchant went past PIN entry. */
  | { readonly kind: 'bypassed' }
  /** The cardholder pressed cancel, or took too long: the transaction ends. */
  | { readonly kind: 'cancelled' }
  /** No pad, or one that does not work. */
  | { readonly kind: 'unavailable' };

export type HostAnswer =
  | {
      readonly kind: 'answered';
      /** DE 39, two characters: becomes the Authorisation Response Code (tag 8A) unless `iccData` has one. */
      readonly responseCode: string;
      /** DE 55 of the reply (91, 71, 72, 8A), upper-case hex. */
      readonly iccData: string | undefined;
    }
  /** The request certainly never left: the card decides with Y3 / Z3 (Book 4 Annex A6). */
  | { readonly kind: 'unableToGoOnline' }
  /** Nobody knows whether the host has it; it is being reversed. The card is asked to decline. */
  | { readonly kind: 'outcomeUnknown' };

export type ContactAnswer =
  | { readonly kind: 'response'; readonly answer: CardAnswer }
  | { readonly kind: 'application'; readonly index: number | 'cancelled' }
  | { readonly kind: 'pin'; readonly result: PinResult }
  | { readonly kind: 'host'; readonly answer: HostAnswer };

/** How the card ended what the host had answered (Book 3 §10.11). */
export interface CardCompletion {
  /**
   * `approved`: TC. `declined`: AAC. `notCompleted`: removed, or an answer that is none; after an approval by the host
   * both of the latter mean a reversal.
   */
  readonly decision: 'approved' | 'declined' | 'notCompleted';
  /** With the final cryptogram, TVR and TSI; absent when not completed. */
  readonly card?: CardData;
  readonly issuerAuthentication: 'performed' | 'failed' | 'none';
  /** Issuer Script Results, five bytes a script (Book 4 Annex A5), upper-case hex; absent without scripts. */
  readonly scriptResults?: string;
  /** One sentence for the log; no card data. */
  readonly detail?: string;
}

export type ContactEnd =
  /** It ended before, or without, going online. */
  | { readonly kind: 'outcome'; readonly result: KernelResult }
  | { readonly kind: 'completed'; readonly completion: CardCompletion };

export type ContactSale = Generator<ContactRequest, ContactEnd, ContactAnswer>;
