/**
 * What the training acquirer answers to each message that moves money, after it has written its book. It stands on
 * messages alone; sockets, codes over messages and misfortunes on the way are the acquirer's (acquirer.ts).
 */
import { latin1, toHex } from '../../core/base/bytes.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { money, type Money } from '../../core/base/money.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { iccElement, readIccElement } from '../../core/iso8583/icc-data.ts';
import { maskedPan, type Iso8583Message } from '../../core/iso8583/message.ts';
import { toHostAmount } from '../acquirer/amount.ts';
import { isApproved, isSeen, type AcquirerBook, type SeenEntry } from './acquirer-book.ts';
import type { BookEntry, Operation } from './acquirer-entry.ts';
import {
  approved,
  decide,
  doNotHonour,
  duplicateTransmission,
  formatError,
  half,
  invalidAmount,
  invalidTransaction,
  originalNotFound,
  panOf,
  partialApproval,
  readRequest,
  retryLater,
  schemeOf,
  systemMalfunction,
  type MessageKind,
  type MoneyRequest,
} from './acquirer-rules.ts';
import { reconcile, upload, type Fields } from './acquirer-settlement.ts';
import type { Misbehaviour } from './misbehaviour.ts';

/** The card's bank, as far as the training acquirer can reach it. */
export interface CardIssuer {
  /** `pan`: its digits as characters; `panSequence`: two digits; `iccData`: DE 55, upper-case hex. */
  verifyCryptogram(pan: Uint8Array, panSequence: string, iccData: string): 'valid' | 'invalid' | 'unknownCard';
  /**
   * Value of tag 91 for a request that was verified, upper-case hex; undefined where there is none. `responseCode` is
   * what DE 39 says, which some cards have under their cryptogram.
   */
  issuerAuthenticationData(
    pan: Uint8Array,
    panSequence: string,
    iccData: string,
    accepted: boolean,
    responseCode: string,
  ): string | undefined;
  /** Templates 71 and 72 for a request that was approved (EMV 4.4 Book 3 §10.10), upper-case hex; may be empty. */
  issuerScripts?(pan: Uint8Array, panSequence: string, iccData: string): string;
}

export interface DeskOptions {
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly log: Log;
  /** Decimals implied in DE 4, when not those of ISO 4217; the terminal's profile must say the same. */
  readonly amountExponent?: number;
  /** Without it cryptograms are not verified and the answer carries only tag 8A. */
  readonly issuer?: CardIssuer;
}

/** What is approved or declined, and booked; or refused, and not. */
type Decision = { readonly responseCode: string; readonly amount: Money } | { readonly refuse: string };

export class AcquirerDesk {
  readonly #options: DeskOptions;
  readonly #book: AcquirerBook;

  constructor(options: DeskOptions, book: AcquirerBook) {
    this.#options = options;
    this.#book = book;
  }

  /** What the reply carries besides what it repeats, DE 39 always. */
  answer(message: Iso8583Message, kind: Exclude<MessageKind, 'network'>, misbehaviour: Misbehaviour): Fields {
    if (kind !== 'reversal' && kind !== 'upload' && kind !== 'reconciliation') {
      return this.#authorize(message, kind, misbehaviour);
    }
    if (misbehaviour.responseCode !== undefined) return [[39, misbehaviour.responseCode]];
    if (kind === 'reversal') return this.#reverse(message);
    const settlement = { amountExponent: this.#options.amountExponent, now: this.#options.clock.now() };
    return kind === 'upload'
      ? upload(this.#book, message, settlement)
      : reconcile(this.#book, message, settlement, misbehaviour);
  }

  #authorize(message: Iso8583Message, operation: Operation, misbehaviour: Misbehaviour): Fields {
    const request = readRequest(message, operation, this.#options.amountExponent);
    if ('refuse' in request) return [[39, request.refuse]];
    const known = this.#book.find(request.key);
    if (known !== undefined) {
      // The same trace for something else is no repeat.
      const repeated = isSeen(known) && !known.reversed && known.request.operation === operation;
      return repeated ? this.#approval(message, known) : [[39, duplicateTransmission]];
    }
    const original = request.original && this.#book.findOriginal(request.terminalId, request.original);
    const decision = this.#decide(message, operation, request, original, misbehaviour);
    if ('refuse' in decision) return [[39, decision.refuse]];
    const entry = this.#entry(message, operation, request, original, decision);
    return this.#book.commit([entry]) ? this.#approval(message, entry) : [[39, systemMalfunction]];
  }

  #decide(
    message: Iso8583Message,
    operation: Operation,
    request: MoneyRequest,
    original: SeenEntry | undefined,
    misbehaviour: Misbehaviour,
  ): Decision {
    const { amount } = request;
    const refuse = this.#unfit(message, operation, request, original);
    if (refuse !== undefined) return { refuse };
    const advice = operation === 'completion' || operation === 'chipApproved';
    const asked = operation === 'void' || advice ? approved : decide(amount, panOf(message));
    const code = misbehaviour.responseCode ?? (misbehaviour.partialApproval === true ? partialApproval : asked);
    if (retryLater.has(code)) return { refuse: code };
    if (misbehaviour.responseCode !== undefined && code !== approved && (operation === 'void' || advice)) {
      return { refuse: code };
    }
    if (code !== partialApproval) return { responseCode: code, amount };
    const inPart = operation === 'sale' || operation === 'preAuthorization' || operation === 'deferred';
    const part = half(amount);
    return inPart && part.minorUnits > 0 ? { responseCode: code, amount: part } : { responseCode: approved, amount };
  }

  /** DE 39 when the card's cryptogram or the original does not allow the request. */
  #unfit(
    message: Iso8583Message,
    operation: Operation,
    request: MoneyRequest,
    original: SeenEntry | undefined,
  ): string | undefined {
    if (operation === 'increment' || operation === 'completion' || operation === 'void') {
      if (original === undefined || !named(message, original)) return originalNotFound;
      if (original.request.currency !== request.amount.currency) return invalidTransaction;
      return operation === 'void'
        ? this.#unfitVoid(message, request, original)
        : this.#unfitHold(operation, request, original);
    }
    const trouble = this.#cryptogramTrouble(message);
    if (operation === 'chipApproved' && trouble === doNotHonour) {
      // The card has approved and the goods are gone: an advice is taken whatever its cryptogram says.
      this.#options.log.write('warning', 'host: advice with a wrong cryptogram');
      return undefined;
    }
    return trouble ?? (operation === 'refund' ? this.#unfitRefund(message, request, original) : undefined);
  }

  /** Unlinked refunds name no original; a linked one gives back no more than is left, to a card of the same scheme. */
  #unfitRefund(message: Iso8583Message, request: MoneyRequest, original: SeenEntry | undefined): string | undefined {
    if (request.original === undefined) return message.has(37) ? originalNotFound : undefined;
    if (original === undefined || !named(message, original)) return originalNotFound;
    const { amount, currency, maskedPan: card, operation } = original.request;
    const sold = operation !== 'refund' && this.#book.stateOf(original) === 'booked';
    const sameScheme = card === '' || schemeOf(card) === schemeOf(maskedPan(panOf(message)));
    if (!sold || currency !== request.amount.currency || !sameScheme) return invalidTransaction;
    return request.amount.minorUnits > amount - this.#book.refundedAmount(original) ? invalidAmount : undefined;
  }

  /** Only before settlement, and only of everything: for less, and for later, there is the refund. */
  #unfitVoid(message: Iso8583Message, { amount }: MoneyRequest, original: SeenEntry): string | undefined {
    const { operation, terminalId, batch, currency } = original.request;
    const preAuthorization = operation === 'preAuthorization';
    const fits =
      message.mti.startsWith('01') === preAuthorization &&
      (message.text(3) === '220000') === (operation === 'refund') &&
      this.#book.stateOf(original) === (preAuthorization ? 'held' : 'booked') &&
      this.#book.refundedAmount(original) === 0 &&
      operation !== 'void';
    const settled = !preAuthorization && this.#book.closing(terminalId, batch, currency) !== undefined;
    if (!fits || settled) return invalidTransaction;
    const held = preAuthorization ? this.#book.heldAmount(original) : original.request.amount;
    return [original.request.amount, held].includes(amount.minorUnits) ? undefined : invalidAmount;
  }

  /** A completion takes no more than is held. */
  #unfitHold(operation: Operation, { amount }: MoneyRequest, original: SeenEntry): string | undefined {
    if (original.request.operation !== 'preAuthorization' || this.#book.stateOf(original) !== 'held') {
      return invalidTransaction;
    }
    return operation === 'completion' && amount.minorUnits > this.#book.heldAmount(original)
      ? invalidAmount
      : undefined;
  }

  #cryptogramTrouble(message: Iso8583Message): string | undefined {
    const iccData = readIccElement(message);
    if (iccData === null) return formatError;
    if (iccData === undefined) return undefined;
    const verdict = this.#options.issuer?.verifyCryptogram(panOf(message), panSequenceOf(message), iccData);
    return verdict === 'invalid' ? doNotHonour : undefined;
  }

  #entry(
    message: Iso8583Message,
    operation: Operation,
    request: MoneyRequest,
    original: SeenEntry | undefined,
    decision: { readonly responseCode: string; readonly amount: Money },
  ): SeenEntry {
    const at = this.#options.clock.now();
    const sequence = this.#book.size() + 1;
    const { month, day, hour } = civilTime(at, 'UTC');
    const { terminalId, stan } = request;
    const { amount, responseCode } = decision;
    const accepted = responseCode === approved || responseCode === partialApproval;
    return {
      key: request.key,
      responseCode,
      reversed: false,
      request: {
        operation,
        terminalId,
        batch: this.#book.openBatch(terminalId, amount.currency, request.batch),
        stan,
        at,
        amount: amount.minorUnits,
        currency: amount.currency,
        rrn: month + day + hour + String(sequence % 1_000_000).padStart(6, '0'),
        approvalCode: accepted ? `T${String(sequence % 100_000).padStart(5, '0')}` : '',
        maskedPan: message.has(2) || message.has(35) ? maskedPan(panOf(message)) : (original?.request.maskedPan ?? ''),
        original: original?.key ?? null,
      },
      comparison: null,
    };
  }

  #approval(message: Iso8583Message, entry: SeenEntry): Fields {
    const { rrn, approvalCode, amount, currency } = entry.request;
    const hostAmount = toHostAmount(money(amount, currency), this.#options.amountExponent);
    return [
      ...(entry.responseCode === partialApproval && hostAmount !== undefined ? [[4, hostAmount] as const] : []),
      ...(rrn === '' ? [] : [[37, rrn] as const]),
      ...(approvalCode === '' ? [] : [[38, approvalCode] as const]),
      [39, entry.responseCode],
      ...this.#issuerData(message, entry),
    ];
  }

  /** For requests of a chip: tag 8A, of an issuer that can be authenticated 91, and its scripts (Book 3 Annex A). */
  #issuerData(message: Iso8583Message, entry: SeenEntry): Fields {
    const iccData = readIccElement(message);
    if (typeof iccData !== 'string') return [];
    const { issuer, dialect } = this.#options;
    const { responseCode } = entry;
    const card = [panOf(message), panSequenceOf(message), iccData] as const;
    const accepted = isApproved(entry);
    const authentication = issuer?.issuerAuthenticationData(...card, accepted, responseCode);
    const tlv =
      authentication === undefined ? '' : `91${toHex(Uint8Array.of(authentication.length / 2))}${authentication}`;
    const scripts = (accepted ? issuer?.issuerScripts?.(...card) : undefined) ?? '';
    return [[55, iccElement(dialect, `${tlv}${scripts}8A02${toHex(latin1(responseCode))}`)]];
  }

  /** An original never seen is remembered as reversed, so that it is declined when it arrives after all. */
  #reverse(message: Iso8583Message): Fields {
    const request = readRequest(message, 'reversal', this.#options.amountExponent);
    if ('refuse' in request) return [[39, request.refuse]];
    // Advices are repeated until they are answered, never reversed.
    if (!['0100', '0200'].includes(request.original?.mti ?? '')) return [[39, invalidTransaction]];
    const unseen: BookEntry = {
      key: request.key,
      responseCode: duplicateTransmission,
      reversed: false,
      request: null,
      comparison: null,
    };
    const known = this.#book.find(request.key) ?? unseen;
    // What was held has been taken: a completion is voided, not reversed away from under it.
    if (isSeen(known) && this.#book.stateOf(known) === 'completed') return [[39, invalidTransaction]];
    const done = known.reversed || this.#book.commit([{ ...known, reversed: true }]);
    return [[39, done ? approved : systemMalfunction]];
  }
}

/** The last two digits of DE 23. */
function panSequenceOf(message: Iso8583Message): string {
  return (message.text(23) ?? '00').slice(-2);
}

/** True when DE 37 and 38, where they are given, are those of the original. */
function named(message: Iso8583Message, { request }: SeenEntry): boolean {
  const same = (element: number, value: string): boolean => {
    const text = message.text(element);
    return text === undefined || text.trimEnd() === value;
  };
  return same(37, request.rrn) && same(38, request.approvalCode);
}
