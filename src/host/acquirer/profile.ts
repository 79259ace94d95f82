/**
 * What every message of the acquirer link is made of: who the terminal is, how its host writes things, and the
 * elements that more than one message carries. Elements by ISO 8583:1987 data element number.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { numericCode, type Money } from '../../core/base/money.ts';
import { err, fault, type Fault } from '../../core/base/result.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { HostOriginal } from '../../core/transaction/model.ts';
import { toHostAmount } from './amount.ts';

/** Who this terminal is to the acquirer. */
export interface TerminalIdentity {
  /** DE 41, up to 8 characters. */
  readonly terminalId: string;
  /** DE 42, up to 15 characters. */
  readonly merchantId: string;
  /** DE 43, up to 40 visible ASCII characters. */
  readonly merchantNameLocation?: string;
  /** IANA name; DE 12 and 13 are local to it. */
  readonly timeZone: string;
  /** Decimals that the host implies in amounts, when not those of ISO 4217. */
  readonly amountExponent?: number;
}

/** All that a message depends on besides its own request. */
export interface HostProfile {
  readonly terminal: TerminalIdentity;
  readonly dialect: Dialect;
  /** The acquirer has the PIN pad's key, so that requests may carry an enciphered PIN (DE 52). */
  readonly takesOnlinePin?: boolean;
  /** A text element by which this host tells a deferred authorisation from one whose card is still there. */
  readonly deferredMarker?: { readonly element: number; readonly value: string };
}

/** The request cannot be written down, so nothing was sent. */
export type EncodingFault = Fault<'notEncodable'>;

export type Fields = readonly (readonly [element: number, value: string | Uint8Array])[];

export function notEncodable(reason: string): { readonly ok: false; readonly fault: EncodingFault } {
  return err(fault('notEncodable', reason, false));
}

/** DE 3, first two digits the kind of transaction (00 purchase, 02 debit adjustment, 20 refund, 22 credit adjustment). */
export const processingCodes = {
  purchase: '000000',
  voidOfDebit: '020000',
  refund: '200000',
  voidOfCredit: '220000',
} as const;

/** DE 25. */
export const conditionCodes = { normal: '00', completion: '06' } as const;

/** What tells the MTI of an earlier request. `advised`: a sale that the chip had approved, so the host got an advice. */
interface Original {
  readonly kind: HostOriginal['kind'];
  readonly advised?: boolean;
}

/** DE 90: MTI, trace and time of the original; its institutions are not ours to know. */
export function originalField(original: Original, stan: number, at: EpochMs): Fields {
  return [[90, `${originalMti(original)}${traceNumber(stan)}${transmissionTime(at)}${'0'.repeat(22)}`]];
}

function originalMti({ kind, advised }: Original): string {
  if (kind === 'preAuthorization') return '0100';
  return kind === 'completion' || advised === true ? '0220' : '0200';
}

/** The last digit of a repeat is one higher (origin: repeat). */
export function mtiOf(first: string, attempt: number): string {
  return attempt > 1 ? repeatOf(first) : first;
}

export function repeatOf(mti: string): string {
  return `${mti.slice(0, 3)}1`;
}

function traceNumber(stan: number): string {
  return String(stan).padStart(6, '0');
}

/** MMDDhhmmss in UTC. */
function transmissionTime(at: EpochMs): string {
  const { month, day, hour, minute, second } = civilTime(at, 'UTC');
  return month + day + hour + minute + second;
}

/** DE 7 and 11; `at` is when the message was first written. */
export function trace(stan: number, at: EpochMs): Fields {
  return [
    [7, transmissionTime(at)],
    [11, traceNumber(stan)],
  ];
}

/** DE 12 and 13 in the terminal's zone. */
export function localTime(at: EpochMs, terminal: TerminalIdentity): Fields {
  const { month, day, hour, minute, second } = civilTime(at, terminal.timeZone);
  return [
    [12, hour + minute + second],
    [13, month + day],
  ];
}

/** DE 41 and 42. */
export function acceptor(terminal: TerminalIdentity): Fields {
  return [
    [41, terminal.terminalId],
    [42, terminal.merchantId],
  ];
}

/** DE 4 and 49; undefined when the amount does not fit. */
export function amountFields(amount: Money, terminal: TerminalIdentity): Fields | undefined {
  const digits = toHostAmount(amount, terminal.amountExponent);
  if (digits === undefined) return undefined;
  return [
    [4, digits],
    [49, numericCode(amount.currency)],
  ];
}

/** DE 60: the terminal's batch number, where the dialect has the element. */
export function batchField(profile: HostProfile, batch: number): Fields {
  return profile.dialect.elements.has(60) ? [[60, String(batch).padStart(6, '0')]] : [];
}

export function optional(element: number, value: string | Uint8Array | null | undefined): Fields {
  return value === undefined || value === null ? [] : [[element, value]];
}

/** The same message with another MTI or further elements; byte arrays are shared with it, not copied. */
export function rewritten(message: Iso8583Message, mti: string, further: Fields = []): Iso8583Message {
  const fields: [number, string | Uint8Array][] = [];
  message.forEach((element, value) => fields.push([element, value]) > 0);
  return new Iso8583Message(mti, [...fields, ...further]);
}
