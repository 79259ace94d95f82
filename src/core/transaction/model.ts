/**
 * The words all payment methods share: what a card, a host and a bank tell us, in the form that may be kept.
 * Nothing here can hold a full PAN; `CardSecrets` is the one exception and never enters an event or a view.
 */
import type { EpochMs, TransactionId } from '../base/brand.ts';
import type { CurrencyCode, Money } from '../base/money.ts';
import type { MaskedPan, Pan } from '../base/pan.ts';
import type { Fault } from '../base/result.ts';

export type PaymentMethod = 'card' | 'qr' | 'cash';

/**
 * How the customer presents a card: the card itself, or a code on the phone that stands for one (EMV QRCPS
 * Consumer-Presented Mode).
 */
export type Presentment = 'card' | 'code';

/** What a transaction is for. Void, increment and completion are not kinds: they go on with an existing one. */
export type TransactionKind = 'sale' | 'refund' | 'preAuthorization';

/** A bill that several payments may share. */
export interface Order {
  readonly id: string;
  /** Of the whole bill; the same in each of its payments. */
  readonly total: Money;
}

/** The answer to "was I charged?"; every phase of every transaction has one. */
export type MoneyMoved = 'no' | 'yes' | 'unknown';

/** What the terminal keeps of a card once it has been read. */
export interface CardData {
  readonly maskedPan: MaskedPan;
  /** Application Identifier, upper-case hex (EMV 84 / 4F). */
  readonly aid: string;
  /** Application preferred name or label as the card gives it (EMV 9F12 / 50). */
  readonly label: string;
  /** `code`: a consumer-presented code, which was scanned. */
  readonly interface: 'contact' | 'contactless' | 'code';
  /**
   * ISO 8583:1987 DE 22, three digits: 07 contactless chip or 05 contact chip, then 2 for a terminal without PIN entry. Of a
   * code: what the acquirer's configuration says.
   */
  readonly posEntryMode: string;
  /** Application PAN sequence number (EMV 5F34), two digits; DE 23 is this with a leading zero. */
  readonly panSequenceNumber?: string;
  /** ICC data for DE 55: BER-TLV, upper-case hex, without PAN or track data. */
  readonly iccData: string;
  /** Application cryptogram (EMV 9F26), upper-case hex, 8 bytes; printed on the receipt. */
  readonly cryptogram: string;
  /** How the cardholder was verified (CVM Results, EMV 9F34); absent where the kernel does not say. */
  readonly cvm?: 'signature' | 'onlinePin' | 'offlinePin' | 'device' | 'none';
}

/** Why nothing can be paid with the code that was scanned or typed; nobody was asked. */
export type CodeTrouble =
  /** Something else than a consumer-presented code. */
  | 'codeNotCpm'
  /** The code of a wallet that this terminal has no way to. */
  | 'codeOfWallet'
  /** Begins like one and cannot be read. */
  | 'codeBroken'
  /** No application that this terminal takes, or none with an account. */
  | 'codeNoApplication'
  /** Nothing by which the issuer would know it for genuine. */
  | 'codeNoCryptogram'
  /** It was sent to the host before: every payment needs a fresh code. */
  | 'codeUsed'
  /** The scanner has sent something else than a line of text. */
  | 'codeUnreadable';

/** Lives in memory between the kernel and the host link, and is wiped as soon as the request is encoded. */
export interface CardSecrets {
  readonly pan: Pan;
  /** Track 2 Equivalent Data (EMV 57) as the card sent it; the owner overwrites it with zeros. */
  readonly track2: Uint8Array | undefined;
  /** Application Expiration Date YYMM (EMV 5F24). */
  readonly expiry: string | undefined;
  /** DE 52: the online PIN as the pad has enciphered it, eight bytes. Never stored; wiped with the rest. */
  readonly pinBlock?: Uint8Array;
}

/** Outcomes of EMV Book A §6.2, as far as the machine tells them apart. */
export type CardOutcome =
  | { readonly kind: 'onlineRequest'; readonly card: CardData }
  /** The card itself approved (TC): the payment counts, and the host is advised of it. */
  | { readonly kind: 'approved'; readonly card: CardData }
  | { readonly kind: 'declined'; readonly card: CardData }
  | {
      readonly kind: 'tryAgain';
      /**
       * `seePhone`: the cardholder confirms on the device and taps again. `useAnotherInterface`: the card has to be
       * inserted, and this terminal has a slot; no kernel says so, the terminal does for `tryAnotherInterface`.
       */
      readonly reason: 'removedTooEarly' | 'communicationError' | 'seePhone' | 'useAnotherInterface' | CodeTrouble;
    }
  | { readonly kind: 'tryAnotherInterface' }
  | {
      readonly kind: 'endApplication';
      readonly reason:
        | 'noSupportedApplication'
        | 'applicationBlocked'
        | 'cardDataError'
        | 'kernelNotSupported'
        /** The cardholder chose no application, or pressed cancel at the PIN pad. */
        | 'cancelledByCardholder';
    };

/** Why a reader could not even offer to read a card. */
export type ReaderTrouble = 'notConnected' | 'busy' | 'failed';

/** Why a receipt did not come out. */
export type PrinterTrouble = 'offline' | 'coverOpen' | 'paperOut' | 'jam' | 'timeout' | 'failed';

/**
 * Who asks whom. While a payment is in question this must not change: a reversal or a query under another name, or
 * to another house, would be answered about somebody else's money.
 */
export interface TerminalIdentity {
  /** DE 41. */
  readonly terminalId: string;
  /** DE 42. */
  readonly merchantId: string;
  /** Address of the acquirer, or `training`. */
  readonly acquirer: string;
  /** Address of the QR provider, or `training`, with the account that receives. */
  readonly qrProvider: string;
  /**
   * How requests are written: dialect, time zone and decimals. A repeat under another would not be known as one. Absent
   * in journals of earlier versions.
   */
  readonly writing?: string;
  /** What protects the messages: algorithm, kind and check value of the key. Absent in journals of earlier versions. */
  readonly keys?: string;
}

export interface AuthorizationRequest {
  readonly transactionId: TransactionId;
  readonly kind: TransactionKind;
  /** System Trace Audit Number, 1–999999 (DE 11). */
  readonly stan: number;
  readonly amount: Money;
  /** Moment the request was journaled; DE 7, 12 and 13 come from it. */
  readonly requestedAt: EpochMs;
  /** The terminal's batch that was open then. */
  readonly batch: number;
  readonly card: CardData;
  /** The sale that a linked refund gives back. */
  readonly original?: HostOriginal;
}

export interface AuthorizationReply {
  /** DE 39; `00` is approved. */
  readonly responseCode: string;
  /** DE 38, six characters, present when approved. */
  readonly approvalCode?: string;
  /** DE 37 Retrieval Reference Number, twelve characters. */
  readonly rrn?: string;
  /** Issuer data of DE 55 (91, 71, 72, 8A), upper-case hex. */
  readonly iccData?: string;
  /** DE 4 of a reply with DE 39 = 10 (partial approval): less than was asked for. */
  readonly approvedAmount?: Money;
}

/** What is kept of a reply while an inserted card hears it. */
export interface HostAnswerKept {
  readonly responseCode: string;
  readonly approvalCode: string | null;
  readonly rrn: string | null;
  /** A part of the amount, offered by a host that approved no more (DE 39 = 10). */
  readonly approvedAmount: Money | null;
}

/** A request that the host approved, as later requests name it (DE 90, 37 and 38). */
export interface HostOriginal {
  readonly kind: TransactionKind | 'completion';
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly amount: Money;
  readonly approvalCode: string | null;
  readonly rrn: string | null;
  /** The host got an advice (0220), because the chip had approved. */
  readonly advised?: boolean;
}

/** Undo a request whose outcome is unknown. The original is named by its own STAN and time (DE 90). */
export interface ReversalRequest {
  readonly transactionId: TransactionId;
  readonly kind: TransactionKind;
  readonly batch: number;
  readonly amount: Money;
  readonly originalStan: number;
  readonly originalRequestedAt: EpochMs;
  readonly card: CardData;
  /** 1 for the first try; above 1 the message is a repeat (MTI 0401). */
  readonly attempt: number;
}

export interface ReversalReply {
  /** DE 39 of the 0410; `00` means that the acquirer holds no money for the original. */
  readonly responseCode: string;
}

/**
 * Goes on with an approved request, without the card: void it before settlement, raise a pre-authorisation's amount,
 * or complete one. Repeated with the same STAN until the host has answered, which tells a repeat by it.
 */
export interface FollowUpRequest {
  readonly transactionId: TransactionId;
  readonly operation: 'void' | 'increment' | 'completion';
  readonly stan: number;
  /** Moment the first attempt was journaled; the same in every repeat. */
  readonly requestedAt: EpochMs;
  readonly batch: number;
  /** void: the original's amount; increment: what is added; completion: the final amount. */
  readonly amount: Money;
  readonly original: HostOriginal;
  readonly card: CardData;
  /** Above 1 the message is a repeat (MTI xxx1). */
  readonly attempt: number;
}

/** A payment taken while the host could not be reached, delivered later. Repeated like a follow-up. */
export interface StoredRequest {
  readonly transactionId: TransactionId;
  /**
   * `chipApproved`: the card itself approved (TC), so the host is advised; `deferred`: nobody has, and the host is
   * asked late, at the merchant's risk.
   */
  readonly manner: 'chipApproved' | 'deferred';
  readonly stan: number;
  /** When the customer paid. */
  readonly requestedAt: EpochMs;
  readonly batch: number;
  readonly amount: Money;
  readonly card: CardData;
  readonly attempt: number;
  /** The card had wanted its issuer to decide, and approved by itself when nobody could be asked. */
  readonly unableToGoOnline?: boolean;
}

/** Count and sum (minor units) of one kind of entry. */
export interface Tally {
  readonly count: number;
  readonly minorUnits: number;
}

/**
 * What terminal and host compare at settlement (DE 74–77, 86–89, 97). A debit is a debit of the cardholder: a sale or a
 * completion; a credit is a refund. What was voided counts in the reversal column too, never only once.
 */
export interface HostTotals {
  readonly currency: CurrencyCode;
  readonly debits: Tally;
  readonly debitReversals: Tally;
  readonly credits: Tally;
  readonly creditReversals: Tally;
}

/** One booked request of a batch, as batch upload repeats it to the host and reports list it. */
export interface BatchEntry {
  readonly transactionId: TransactionId;
  readonly kind: 'sale' | 'completion' | 'refund';
  /** Of the request that the host booked. */
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly amount: Money;
  readonly approvalCode: string | null;
  readonly rrn: string | null;
  readonly posEntryMode: string;
  readonly voided: boolean;
  /** As in `HostOriginal`. */
  readonly advised?: boolean;
}

export interface ReconciliationRequest {
  readonly batch: number;
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly totals: HostTotals;
  /** After a batch upload the host is asked to close whatever it then has. */
  readonly afterUpload: boolean;
  readonly attempt: number;
}

export interface ReconciliationReply {
  /** DE 39: `00` the totals agree, `95` they do not. */
  readonly responseCode: string;
  /** The host's own totals, when it sends them. */
  readonly hostTotals?: HostTotals;
}

export interface UploadRequest {
  readonly batch: number;
  /** Trace number of this message, not of the entry. */
  readonly stan: number;
  readonly requestedAt: EpochMs;
  readonly entry: BatchEntry;
  readonly attempt: number;
}

/** A reply that came after its wait was over. What it says has happened all the same. */
export interface LateReply {
  /** That of the request. */
  readonly stan: number;
  readonly reply: AuthorizationReply;
}

/**
 * `notSent` is certain: no byte of the request left. All others leave the outcome unknown, so only `notSent`
 * is ever `retrySafe`.
 */
export type HostFault = Fault<'notSent' | 'noReply' | 'linkLost' | 'badReply'>;

/** Money that a bank says has arrived on the merchant's account. */
export interface Transfer {
  /** The provider's own id: the key against duplicates. */
  readonly providerTransactionId: string;
  readonly bankBin: string;
  readonly account: string;
  readonly amount: Money;
  /** Free text of the payment as the bank passed it on. */
  readonly memo: string;
  /** The payer's account as the bank tells it, masked to its last digits; absent where it does not. */
  readonly payer?: string;
  readonly paidAt: EpochMs;
}

export interface QrRequest {
  readonly transactionId: TransactionId;
  readonly amount: Money;
  /** `[A-Z0-9]`, put into the code and looked for in the memo. */
  readonly reference: string;
  readonly expiresAt: EpochMs;
}

export interface QrIssue {
  /** EMVCo merchant-presented payload, ready to be drawn. */
  readonly payload: string;
  readonly bankBin: string;
  readonly account: string;
}

/** Issuing and querying are both idempotent by reference, so every provider fault is retry-safe. */
export type ProviderFault = Fault<'unreachable' | 'noReply' | 'badReply' | 'refused'>;
