/**
 * What a kernel tells when it is done with a card: the Outcome of EMV Contactless Book A §6.2 with its parameters, which
 * say what reader and screens do next.
 */
import type { CardOutcome, CardSecrets } from '../transaction/model.ts';
import type { TornRecord } from './torn-record.ts';

/** User Interface Request (Book A §6.2 and §7): a message of Book A Table 11, how long it stays, what the reader shows. */
export interface UiRequest {
  readonly message:
    | 'approved'
    | 'declined'
    | 'pleaseEnterPin'
    | 'processingError'
    | 'removeCard'
    | 'presentCard'
    | 'processing'
    | 'cardReadOk'
    | 'insertOrSwipeCard'
    | 'presentOneCard'
    | 'approvedPleaseSign'
    | 'authorising'
    | 'insertSwipeOrTryAnotherCard'
    | 'pleaseInsertCard'
    | 'seePhone'
    | 'presentCardAgain';
  readonly status: 'notReady' | 'idle' | 'readyToRead' | 'processing' | 'cardReadSuccessfully' | 'processingError';
  readonly holdTimeMs: number;
}

/** Outcome Parameter Set (Book A §6.2). */
export interface OutcomeParameters {
  /** Where the next activation begins (Book B §2.3). */
  readonly start: 'A' | 'B' | 'C' | 'D' | 'none';
  readonly onlineResponseData: 'emvData' | 'any' | 'none';
  readonly cvm: 'noCvm' | 'signature' | 'onlinePin' | 'confirmationCodeVerified' | 'none';
  readonly uiOnOutcome?: UiRequest;
  readonly uiOnRestart?: UiRequest;
  readonly alternateInterface: 'contact' | 'magstripe' | 'none';
  readonly receipt: boolean;
  /** The reader switches its field off for so long; absent: no. */
  readonly fieldOffMs?: number;
  /** How long the card may stay before somebody is told to remove it; 0 for none. */
  readonly removalTimeoutMs: number;
}

export interface KernelResult {
  readonly outcome: CardOutcome;
  /** With an online request or an offline approval. The receiver wipes them once the request is encoded or stored. */
  readonly secrets?: CardSecrets;
  /** Why the card was not accepted, one sentence for the log; no card data. */
  readonly detail?: string;
  readonly parameters?: OutcomeParameters;
  /** The torn-transaction log as it is now, when the kernel changed it (Book C-2). */
  readonly tornLog?: readonly TornRecord[];
}
