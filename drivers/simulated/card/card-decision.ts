/**
 * Card risk management: what the card answers to what the terminal asks. EMV 4.4 Book 3 §9 and §10.8, §10.11; for qVSDC
 * EMV Contactless Book C-3. Pure tables over the profile.
 */
import type { ApplicationProfile } from './profiles.ts';
import type { CardEvents, CryptogramType } from './verification-results.ts';

/** A card may answer with less than it was asked for, never with more (Book 3 §9.3). */
const agreement: Readonly<Record<CryptogramType, number>> = { aac: 0, arqc: 1, tc: 2 };

function lower(a: CryptogramType, b: CryptogramType): CryptogramType {
  return agreement[a] < agreement[b] ? a : b;
}

/** P1 of GENERATE AC, bits 8–7 (Book 3 Table 12); undefined for the value that is reserved. */
export function requestedType(p1: number): CryptogramType | undefined {
  switch (p1 & 0xc0) {
    case 0x00:
      return 'aac';
    case 0x40:
      return 'tc';
    case 0x80:
      return 'arqc';
    default:
      return undefined;
  }
}

/** `amount`: tag 9F02 in minor units. */
export function firstDecision(
  profile: ApplicationProfile,
  blocked: boolean,
  asked: CryptogramType,
  amount: number,
): CryptogramType {
  if (blocked) return 'aac';
  const aboveLimit = profile.offlineLimit !== undefined && amount > profile.offlineLimit;
  return lower(asked, lower(profile.decision, aboveLimit ? 'arqc' : 'tc'));
}

export function finalDecision(
  profile: ApplicationProfile,
  blocked: boolean,
  asked: CryptogramType,
  events: CardEvents,
  issuerApproves: boolean,
): CryptogramType {
  if (blocked || asked !== 'tc' || profile.finalDecision === 'aac') return 'aac';
  if (events.unableToGoOnline) return profile.decision === 'tc' ? 'tc' : 'aac';
  if (events.issuer === 'failed') return 'aac';
  if (events.issuer === 'none') return profile.issuerAuthentication === 'required' ? 'aac' : 'tc';
  return issuerApproves ? 'tc' : 'aac';
}

/** Cryptogram Information Data (Book 3 Table 15); the reason is told only with an AAC. */
export function informationData(type: CryptogramType, events: CardEvents): number {
  const types: Readonly<Record<CryptogramType, number>> = { aac: 0x00, tc: 0x40, arqc: 0x80 };
  if (type !== 'aac') return types[type];
  if (events.issuer === 'failed') return 0x03;
  return events.pinTriesLeft === 0 ? 0x02 : 0x00;
}

/** Y3 and Z3 of Book 4 Annex A6: the terminal could not go online. */
export function saysUnableToGoOnline(responseCode: Uint8Array | undefined): boolean {
  const [letter, digit] = responseCode ?? [];
  return digit === 0x33 && (letter === 0x59 || letter === 0x5a);
}

/** Terminal Transaction Qualifiers, tag 9F66 (Book A §5.7). */
export interface ReaderWants {
  readonly onlineCryptogram: boolean;
  readonly cvm: boolean;
  readonly contactChip: boolean;
  readonly onlinePin: boolean;
  readonly signature: boolean;
  /** Offline data authentication also for what goes online. */
  readonly odaOnline: boolean;
}

export function readerWants(ttq: Uint8Array | undefined): ReaderWants {
  const [first = 0, second = 0] = ttq ?? [];
  return {
    onlineCryptogram: (second & 0x80) !== 0,
    cvm: (second & 0x40) !== 0,
    contactChip: (first & 0x10) !== 0,
    onlinePin: (first & 0x04) !== 0,
    signature: (first & 0x02) !== 0,
    odaOnline: (first & 0x01) !== 0,
  };
}

/**
 * Card Transaction Qualifiers for this tap: of the methods in the profile the first that the reader can do, where it
 * wants one; `none` when they have none in common. CDCVM (byte 2 bit 8) has been done or not, whoever asks.
 */
export function cardQualifiers(template: Uint8Array, wants: ReaderWants): Uint8Array | 'none' {
  const [first = 0, second = 0] = template;
  const others = first & 0x3f;
  if (!wants.cvm || (second & 0x80) !== 0) return Uint8Array.of(others, second);
  if ((first & 0x80) !== 0 && wants.onlinePin) return Uint8Array.of(others | 0x80, second);
  if ((first & 0x40) !== 0 && wants.signature) return Uint8Array.of(others | 0x40, second);
  return 'none';
}
