/**
 * How the training acquirer reads a request and what it would decline: what a message is for, which elements it must
 * carry, and which cards and amounts to practise with. Response codes: ISO 8583:1987, DE 39.
 */
import { money, type Money } from '../../core/base/money.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import { fromHostAmount } from '../acquirer/amount.ts';
import type { Reference } from './acquirer-book.ts';
import type { Operation } from './acquirer-entry.ts';

export const approved = '00';
export const partialApproval = '10';
/** Known and well formed, but the state of the original does not allow it, or it does not fit its original. */
export const invalidTransaction = '12';
export const invalidAmount = '13';
export const originalNotFound = '25';
export const formatError = '30';
/** Do not honour: also the answer to a cryptogram that is wrong. */
export const doNotHonour = '05';
export const wrongMac = '88';
/** The answer to an original that was reversed, or whose reversal overtook it: its trace number is used up. */
export const duplicateTransmission = '94';
export const totalsDiffer = '95';
export const systemMalfunction = '96';
const issuerInoperative = '91';

/** Not decisions: nothing is booked, and a repeat is decided anew. */
export const retryLater: ReadonlySet<string> = new Set([issuerInoperative, systemMalfunction]);

/** A declared test card (config/simulated/cards.json) that never has any money. */
const emptyCard = '3569990010095841';

/**
 * Amounts to practise with, by the last three digits of the minor units. Prices in đồng end in 000 or 500, so none of
 * these is met by accident.
 */
const practiceAmounts: ReadonlyMap<number, string> = new Map([
  [5, doNotHonour],
  [10, partialApproval], // half of it
  [51, '51'], // not sufficient funds
  [54, '54'], // expired card
  [91, issuerInoperative],
]);

/** What a message is for; `undefined` for what this host does not do. */
export type MessageKind = Operation | 'reversal' | 'reconciliation' | 'upload' | 'network';

/** The element by which a dialect marks a payment that was stored and is delivered late. */
export interface DeferredMarker {
  readonly element: number;
  readonly value: string;
}

/** DE 3. */
const refund = '200000';
const voidOfDebit = '020000';
const voidOfCredit = '220000';
const balance = '920000';
/** After a batch upload: the batch is closed with what the host then has. */
export const balanceAfterUpload = '960000';

/** DE 25 of a completion. */
const completionCondition = '06';

/** DE 39 of an advice (EMV 4.4 Book 4 Annex A6): approved off-line, and approved off-line as no host could be reached. */
const approvedByChip: readonly string[] = ['Y1', 'Y3'];

/** By class and function, the first three digits of the MTI. What lacks its DE 3 or 39 is refused later, for its format. */
export function kindOf(message: Iso8583Message, marker: DeferredMarker | undefined): MessageKind | undefined {
  const code = message.text(3) ?? '000000';
  const purchase = code === '000000';
  switch (message.mti.slice(0, 3)) {
    case '010':
      if (purchase) return message.has(90) ? 'increment' : 'preAuthorization';
      return code === voidOfDebit ? 'void' : undefined;
    case '020':
      if (code === refund) return 'refund';
      if (code === voidOfDebit || code === voidOfCredit) return 'void';
      if (!purchase) return undefined;
      return marker !== undefined && message.text(marker.element)?.trimEnd() === marker.value ? 'deferred' : 'sale';
    case '022':
      if (!purchase) return undefined;
      if (message.text(25) === completionCondition) return 'completion';
      return approvedByChip.includes(message.text(39) ?? 'Y1') ? 'chipApproved' : undefined;
    case '032':
      return purchase || code === refund ? 'upload' : undefined;
    case '040':
      return 'reversal';
    case '050':
      return code === balanceAfterUpload || code === balance ? 'reconciliation' : undefined;
    case '080':
      return 'network';
    default:
      return undefined;
  }
}

const always = [3, 4, 7, 11, 12, 13, 41, 42, 49];
const withCard = [...always, 22, 25];
const withOriginal = [...always, 90];
/** A request that goes on with another carries none of them. */
const cardElements = [2, 14, 35, 55];

/** Besides these, a request with a card names it by DE 2 or 35. */
const required: Readonly<Record<Exclude<MessageKind, 'network'>, readonly number[]>> = {
  sale: withCard,
  refund: withCard,
  preAuthorization: withCard,
  deferred: withCard,
  chipApproved: [...withCard, 39],
  increment: withOriginal,
  void: withOriginal,
  completion: [...withOriginal, 25],
  upload: [...withOriginal, 22, 25],
  reversal: [3, 4, 11, 12, 13, 41, 42, 49, 90],
  reconciliation: [3, 7, 11, 12, 13, 41, 42, 49, 74, 75, 76, 77, 86, 87, 88, 89, 97],
};

/** One request understood, however often and in whatever order its messages arrive. */
export interface MoneyRequest {
  /** Terminal, STAN, DE 7, 13, 12, 4 and 49: those of the original in a reversal, of the entry in an upload. */
  readonly key: string;
  readonly stan: number;
  readonly terminalId: string;
  readonly amount: Money;
  /** DE 60, when the dialect has it. */
  readonly batch: number | undefined;
  /** DE 90. */
  readonly original: Reference | undefined;
}

/** DE 39 of a request that cannot be dealt with. */
export interface Refusal {
  readonly refuse: string;
}

/** True when all elements of its kind are there, and no card where none belongs. */
export function isComplete(message: Iso8583Message, kind: Exclude<MessageKind, 'network'>): boolean {
  if (!required[kind].every((element) => message.has(element))) return false;
  if (message.has(60) && !/^\d{6} *$/.test(message.text(60) ?? '')) return false;
  if (required[kind] === withCard || kind === 'chipApproved') return message.has(2) || message.has(35);
  const goesOn = kind === 'increment' || kind === 'void' || kind === 'completion';
  return !goesOn || !cardElements.some((element) => message.has(element));
}

export function batchOf(message: Iso8583Message): number | undefined {
  const text = message.text(60);
  return text === undefined ? undefined : Number(text);
}

export function terminalOf(message: Iso8583Message): string {
  return message.text(41)?.trimEnd() ?? '';
}

export function readRequest(
  message: Iso8583Message,
  kind: Exclude<MessageKind, 'network' | 'reconciliation'>,
  amountExponent: number | undefined,
): MoneyRequest | Refusal {
  if (!isComplete(message, kind)) return { refuse: formatError };
  const text = (element: number): string => message.text(element) ?? '';
  const original = message.has(90) ? referenceOf(text(90)) : undefined;
  const ofOriginal = kind === 'reversal' || kind === 'upload' ? original : undefined;
  const amount = fromHostAmount(text(4), text(49), amountExponent);
  if (amount === undefined || amount.minorUnits === 0) return { refuse: invalidAmount };
  const terminalId = terminalOf(message);
  const stan = ofOriginal?.stan ?? Number(text(11));
  const trace = [String(stan).padStart(6, '0'), ofOriginal?.transmitted ?? text(7)];
  return {
    key: [terminalId, ...trace, text(13), text(12), text(4), text(49)].join('/'),
    stan,
    terminalId,
    amount,
    batch: batchOf(message),
    original,
  };
}

/** DE 90: MTI, STAN and DE 7 of the original; the institutions behind them are not looked at. */
function referenceOf(original: string): Reference {
  return { mti: original.slice(0, 4), stan: Number(original.slice(4, 10)), transmitted: original.slice(10, 20) };
}

/** DE 39 for a request that is well formed and not yet known; the pan is empty where there is no card. */
export function decide(amount: Money, pan: Uint8Array): string {
  if (pan.length === emptyCard.length && pan.every((digit, index) => digit === emptyCard.charCodeAt(index)))
    return '51';
  return practiceAmounts.get(amount.minorUnits % 1000) ?? approved;
}

/** The card's digits, from DE 2 or the front of DE 35. Not copied where possible; wiped with the message. */
export function panOf(message: Iso8583Message): Uint8Array {
  const pan = message.bytes(2);
  if (pan !== undefined) return pan;
  const track2 = message.bytes(35) ?? new Uint8Array(0);
  const end = track2.findIndex((symbol) => symbol < 0x30 || symbol > 0x39);
  return track2.subarray(0, end === -1 ? track2.length : end);
}

/** The scheme by the first digits that a masked PAN shows; what is in no row is a scheme of its own. */
export function schemeOf(maskedPan: string): string {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['napas', /^9704/],
    ['visa', /^4/],
    ['mastercard', /^(?:5[1-5]|2[2-7])/],
    ['jcb', /^35/],
  ];
  return rows.find(([, prefix]) => prefix.test(maskedPan))?.[0] ?? maskedPan.slice(0, 6);
}

export function half(amount: Money): Money {
  return money(Math.floor(amount.minorUnits / 2), amount.currency);
}
