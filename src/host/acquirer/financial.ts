/**
 * Requests that carry the card: sale, refund, pre-authorisation, and payments stored while the host was out of reach.
 * DE 2 and 35 are in the message as bytes of its own, for the link to overwrite.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import type { Money } from '../../core/base/money.ts';
import { ok, type Result } from '../../core/base/result.ts';
import { iccElement } from '../../core/iso8583/icc-data.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { AuthorizationRequest, CardData, CardSecrets, StoredRequest } from '../../core/transaction/model.ts';
import {
  acceptor,
  amountFields,
  batchField,
  conditionCodes,
  localTime,
  mtiOf,
  notEncodable,
  optional,
  originalField,
  processingCodes,
  trace,
  type EncodingFault,
  type Fields,
  type HostProfile,
} from './profile.ts';

/** DE 39 of an advice: the card approved off-line (EMV 4.4 Book 4 Annex A6), at once or when nobody could be asked. */
const approvedByCard = { atOnce: 'Y1', unableToGoOnline: 'Y3' } as const;

const kinds = {
  sale: { mti: '0200', processingCode: processingCodes.purchase },
  refund: { mti: '0200', processingCode: processingCodes.refund },
  preAuthorization: { mti: '0100', processingCode: processingCodes.purchase },
} as const;

/** 0100 or 0200. A linked refund names the sale by DE 37 and 90. */
export function authorizationRequest(
  profile: HostProfile,
  request: AuthorizationRequest,
  secrets: CardSecrets,
): Result<Iso8583Message, EncodingFault> {
  const { mti, processingCode } = kinds[request.kind];
  const { original } = request;
  const named: Fields =
    original === undefined
      ? []
      : [...optional(37, original.rrn), ...originalField(original, original.stan, original.requestedAt)];
  return withCard(profile, request, secrets, mti, [[3, processingCode], ...named]);
}

/** 0220 for what the card approved itself; 0200, as the sale it is, for what nobody has approved yet. */
export function storedRequest(
  profile: HostProfile,
  request: StoredRequest,
  secrets: CardSecrets,
): Result<Iso8583Message, EncodingFault> {
  const advice = request.manner === 'chipApproved';
  const { deferredMarker } = profile;
  const further: Fields = advice
    ? [[39, request.unableToGoOnline ? approvedByCard.unableToGoOnline : approvedByCard.atOnce]]
    : deferredMarker === undefined
      ? []
      : [[deferredMarker.element, deferredMarker.value]];
  const mti = mtiOf(advice ? '0220' : '0200', request.attempt);
  return withCard(profile, request, secrets, mti, [[3, processingCodes.purchase], ...further]);
}

interface CardRequest {
  readonly stan: number;
  readonly amount: Money;
  readonly requestedAt: EpochMs;
  readonly batch: number;
  readonly card: CardData;
}

function withCard(
  profile: HostProfile,
  request: CardRequest,
  secrets: CardSecrets,
  mti: string,
  further: Fields,
): Result<Iso8583Message, EncodingFault> {
  const { terminal, dialect } = profile;
  const amount = amountFields(request.amount, terminal);
  if (amount === undefined) return notEncodable('the amount does not fit DE 4');
  const track2 = secrets.track2 === undefined ? undefined : track2Characters(secrets.track2);
  if (track2 === null) return notEncodable('the track 2 equivalent data is not track 2');
  const { pinBlock } = secrets;
  if (pinBlock !== undefined && profile.takesOnlinePin !== true) {
    return notEncodable('the acquirer is not set up for online PINs');
  }
  const { card } = request;
  return ok(
    new Iso8583Message(mti, [
      [2, secrets.pan.use((digits) => digits.slice())],
      ...amount,
      ...trace(request.stan, request.requestedAt),
      ...localTime(request.requestedAt, terminal),
      ...optional(14, secrets.expiry),
      [22, card.posEntryMode],
      ...optional(23, card.panSequenceNumber?.padStart(3, '0')),
      [25, conditionCodes.normal],
      ...optional(35, track2),
      ...acceptor(terminal),
      ...optional(43, terminal.merchantNameLocation),
      ...(pinBlock === undefined ? [] : ([[52, pinBlock.slice()]] as const)),
      // Magnetic-stripe mode of a contactless card has none.
      ...optional(55, card.iccData === '' ? undefined : iccElement(dialect, card.iccData)),
      ...batchField(profile, request.batch),
      ...further,
    ]),
  );
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
