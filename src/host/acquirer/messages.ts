/**
 * The messages of the acquirer link, built and read without input or output: financial request, reversal,
 * network management. Elements by ISO 8583:1987 data element number; which ones a message carries is this host
 * profile's choice.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { numericCode } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { iccElement, readIccElement } from '../../core/iso8583/icc-data.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type {
  AuthorizationReply,
  AuthorizationRequest,
  CardSecrets,
  ReversalReply,
  ReversalRequest,
} from '../../core/transaction/model.ts';
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
  /** Decimals that the host implies in DE 4, when not those of ISO 4217. */
  readonly amountExponent?: number;
}

/** The request cannot be written down, so nothing was sent. */
export type EncodingFault = Fault<'notEncodable'>;

type Fields = readonly (readonly [number, string | Uint8Array])[];

/** DE 3: purchase, from and to the default account. */
const purchase = '000000';
/** DE 25: normal presentment. */
const normalPresentment = '00';
/** DE 70. */
export const signOn = '001';
export const echoTest = '301';

/** MMDDhhmmss in UTC. */
function transmissionTime(at: EpochMs): string {
  const { month, day, hour, minute, second } = civilTime(at, 'UTC');
  return month + day + hour + minute + second;
}

/** DE 12 and 13 in the terminal's zone. */
function localTime(at: EpochMs, timeZone: string): Fields {
  const { month, day, hour, minute, second } = civilTime(at, timeZone);
  return [
    [12, hour + minute + second],
    [13, month + day],
  ];
}

function traceNumber(stan: number): string {
  return String(stan).padStart(6, '0');
}

/** 0200. DE 2 and 35 are in the message as bytes of its own, for the link to overwrite. */
export function financialRequest(
  terminal: TerminalIdentity,
  request: AuthorizationRequest,
  secrets: CardSecrets,
  dialect: Dialect,
): Result<Iso8583Message, EncodingFault> {
  const amount = toHostAmount(request.amount, terminal.amountExponent);
  if (amount === undefined) return err(fault('notEncodable', 'the amount does not fit DE 4', false));
  const track2 = secrets.track2 === undefined ? undefined : track2Characters(secrets.track2);
  if (track2 === null) return err(fault('notEncodable', 'the track 2 equivalent data is not track 2', false));
  const { card } = request;
  return ok(
    new Iso8583Message('0200', [
      [2, secrets.pan.use((digits) => digits.slice())],
      [3, purchase],
      [4, amount],
      [7, transmissionTime(request.requestedAt)],
      [11, traceNumber(request.stan)],
      ...localTime(request.requestedAt, terminal.timeZone),
      ...optional(14, secrets.expiry),
      [22, card.posEntryMode],
      ...optional(23, card.panSequenceNumber?.padStart(3, '0')),
      [25, normalPresentment],
      ...optional(35, track2),
      [41, terminal.terminalId],
      [42, terminal.merchantId],
      ...optional(43, terminal.merchantNameLocation),
      [49, numericCode(request.amount.currency)],
      [55, iccElement(dialect, card.iccData)],
    ]),
  );
}

/**
 * 0400, and 0401 for every further try. It carries neither DE 2 nor 35: the PAN is not kept once the request is
 * encoded, so the original is named by DE 11, 41 and 90 alone. A repeat differs only in its MTI and DE 7.
 */
export function reversalRequest(
  terminal: TerminalIdentity,
  request: ReversalRequest,
  now: EpochMs,
): Result<Iso8583Message, EncodingFault> {
  const amount = toHostAmount(request.amount, terminal.amountExponent);
  if (amount === undefined) return err(fault('notEncodable', 'the amount does not fit DE 4', false));
  const stan = traceNumber(request.originalStan);
  return ok(
    new Iso8583Message(request.attempt > 1 ? '0401' : '0400', [
      [3, purchase],
      [4, amount],
      [7, transmissionTime(now)],
      [11, stan],
      ...localTime(request.originalRequestedAt, terminal.timeZone),
      [22, request.card.posEntryMode],
      [25, normalPresentment],
      [41, terminal.terminalId],
      [42, terminal.merchantId],
      [49, numericCode(request.amount.currency)],
      // Original MTI, STAN and DE 7; the acquiring and forwarding institutions are not ours to know.
      [90, `0200${stan}${transmissionTime(request.originalRequestedAt)}${'0'.repeat(22)}`],
    ]),
  );
}

/** 0800 with DE 70. */
export function networkManagement(
  terminal: TerminalIdentity,
  code: typeof signOn | typeof echoTest,
  stan: number,
  now: EpochMs,
): Iso8583Message {
  return new Iso8583Message('0800', [
    [7, transmissionTime(now)],
    [11, traceNumber(stan)],
    ...localTime(now, terminal.timeZone),
    [41, terminal.terminalId],
    [42, terminal.merchantId],
    [70, code],
  ]);
}

/**
 * What ties a reply to its request: version, class and the trace of DE 11 and 41. Both sides of an exchange give
 * the same key (0200 or 0201 and 0210; 0400 or 0401 and 0410), and requests never match requests.
 */
export function exchangeKey(message: Iso8583Message, direction: 'request' | 'reply'): string | undefined {
  const stan = message.text(11);
  const terminalId = message.text(41);
  // Third digit: 0 request, 2 advice; the reply to each is one higher.
  const role = Number(message.mti.charAt(2)) % 2 === 0 ? 'request' : 'reply';
  if (role !== direction || stan === undefined || terminalId === undefined) return undefined;
  return `${message.mti.slice(0, 2)} ${stan} ${terminalId.trimEnd()}`;
}

/** The fault says what is wrong with a reply that reached us whole. */
type ReplyFault = Fault<'badReply'>;

export function readAuthorizationReply(
  request: AuthorizationRequest,
  terminal: TerminalIdentity,
  reply: Iso8583Message,
): Result<AuthorizationReply, ReplyFault> {
  const responseCode = reply.text(39);
  if (responseCode === undefined) return badReply('it has no DE 39');
  // A host that answers for another amount (a partial approval too) must not be booked as asked.
  const amount = reply.text(4);
  if (amount !== undefined && amount !== toHostAmount(request.amount, terminal.amountExponent)) {
    return badReply('DE 4 is not the amount asked for');
  }
  const currency = reply.text(49);
  if (currency !== undefined && currency !== numericCode(request.amount.currency)) {
    return badReply('DE 49 is not the currency asked for');
  }
  const icc = readIccElement(reply);
  if (icc === null) return badReply('DE 55 is not hexadecimal');
  const approvalCode = nonBlank(reply.text(38));
  const rrn = nonBlank(reply.text(37));
  return ok({
    responseCode,
    ...(approvalCode === undefined ? {} : { approvalCode }),
    ...(rrn === undefined ? {} : { rrn }),
    ...(icc === undefined ? {} : { iccData: icc }),
  });
}

export function readReversalReply(reply: Iso8583Message): Result<ReversalReply, ReplyFault> {
  const responseCode = reply.text(39);
  return responseCode === undefined ? badReply('it has no DE 39') : ok({ responseCode });
}

function badReply(reason: string): { ok: false; fault: ReplyFault } {
  return err(fault('badReply', `the reply cannot be trusted: ${reason}`, false));
}

function nonBlank(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}

function optional(element: number, value: string | Uint8Array | undefined): Fields {
  return value === undefined ? [] : [[element, value]];
}

/**
 * Track 2 Equivalent Data (EMV Book 3 Annex A, tag 57) as DE 35: digits, `=` for the separator D, without the
 * padding F. Null when a nibble is none of these.
 */
function track2Characters(equivalent: Uint8Array): Uint8Array | null {
  const characters: number[] = [];
  for (const octet of equivalent) characters.push(octet >> 4, octet & 15);
  if (characters.at(-1) === 15) characters.pop();
  const codes = Uint8Array.from(characters, (nibble) => (nibble === 13 ? 0x3d : nibble + 0x30));
  const sound = characters.every((nibble) => nibble <= 9 || nibble === 13);
  characters.fill(0);
  return sound ? codes : null;
}
