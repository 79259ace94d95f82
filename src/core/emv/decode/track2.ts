/**
 * Track 2 Equivalent Data (tag 57) and the PAN (tag 5A) as nibbles. EMV 4.4 Book 3 Annex A1; ISO/IEC 7813 for the
 * parts of track 2. What is returned is card data: mask it before it goes anywhere.
 */
import { toHex } from '../../base/bytes.ts';

export interface Track2 {
  /** 8 to 19 digits. */
  readonly pan: string;
  /** YYMM. */
  readonly expiry: string;
  /** Three digits. */
  readonly serviceCode: string;
  /** Digits that belong to the issuer, often with a verification value. */
  readonly discretionary: string;
}

/** Nibbles: PAN, `D`, expiry YYMM, service code, discretionary data, `F` to a whole byte. */
const track2Layout = /^(?<pan>\d{8,19})D(?<expiry>\d{4})(?<serviceCode>\d{3})(?<discretionary>\d*)F?$/;
/** Digits, filled up with `F` nibbles on the right. */
const panLayout = /^(?<pan>\d{8,19})F*$/;

export function parseTrack2(value: Uint8Array): Track2 | undefined {
  const { pan, expiry, serviceCode, discretionary } = track2Layout.exec(toHex(value))?.groups ?? {};
  if (pan === undefined || expiry === undefined || serviceCode === undefined || discretionary === undefined) {
    return undefined;
  }
  return { pan, expiry, serviceCode, discretionary };
}

/** The digits of tag 5A. */
export function parsePan(value: Uint8Array): string | undefined {
  return panLayout.exec(toHex(value))?.groups?.['pan'];
}
