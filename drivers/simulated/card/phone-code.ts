/**
 * What a phone with a simulated card in it shows as a consumer-presented code (EMV QRCPS Consumer-Presented Mode v1.1): Base64
 * of the payload format indicator, an Application Template and the chip data with a cryptogram by the card's own recipe. The
 * terminal has no part in it, so under the cryptogram is only what the phone knows: AIP, ATC, its own number, issuer data.
 */
import { concat, hex, latin1 } from '../../../src/core/base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { applicationCryptogram, cardKeys, recipeOf } from './crypto/recipes.ts';
import type { ApplicationProfile } from './profiles.ts';

export interface PhoneCodeInput {
  /** 1–65535; another one for each code. */
  readonly atc: number;
  /** Four bytes. */
  readonly unpredictableNumber: Uint8Array;
  /** `application`: all in the Application Template (61, 63), as NAPAS has it; `common`: account and chip data in 62 and 64. */
  readonly layout: 'application' | 'common';
  readonly fault?: 'noCryptogram' | 'forged';
}

/** Cryptogram Information Data of an ARQC (EMV 4.4 Book 3 Table 15). */
const arqc = Uint8Array.of(0x80);

export function phoneCode(card: ApplicationProfile, input: PhoneCodeInput): string {
  const account = [
    primitive('57', track2(card)),
    primitive('5F24', hex(card.expiryDate)),
    primitive('5F34', hex(card.panSequenceNumber)),
  ];
  const names = [primitive('4F', hex(card.aid)), primitive('50', latin1(card.label))];
  const chip = chipData(card, input);
  const templates =
    input.layout === 'application'
      ? [constructed('61', [...names, ...account, constructed('63', chip)])]
      : [constructed('61', names), constructed('62', [...account, constructed('64', chip)])];
  return Buffer.from(encodeTlv([primitive('85', latin1('CPV01')), ...templates])).toString('base64');
}

function chipData(card: ApplicationProfile, { atc, unpredictableNumber, fault }: PhoneCodeInput): readonly Tlv[] {
  const data = [
    primitive('82', hex(card.applicationInterchangeProfile)),
    primitive('9F10', hex(card.issuerApplicationData)),
    primitive('9F27', arqc),
    primitive('9F36', Uint8Array.of(atc >> 8, atc & 0xff)),
    primitive('9F37', unpredictableNumber),
  ];
  if (fault === 'noCryptogram') return data;
  const cryptogram = cryptogramOf(card, data);
  return [primitive('9F26', fault === 'forged' ? cryptogram.map((byte) => byte ^ 0xff) : cryptogram), ...data];
}

function cryptogramOf(card: ApplicationProfile, data: readonly Tlv[]): Uint8Array {
  const issuer = {
    cryptogram: hex(card.issuerMasterKey),
    scriptIntegrity: hex(card.scriptIntegrityKey),
    scriptConfidentiality: hex(card.scriptConfidentialityKey),
  };
  const recipe = recipeOf(hex(card.issuerApplicationData));
  if (recipe === undefined) throw new Error('a profile has issuer application data of a known version');
  const keys = cardKeys(recipe, issuer, card.pan, card.panSequenceNumber);
  return applicationCryptogram(recipe, keys.cryptogram, new Map(data.map(({ tag, value }) => [tag, value])));
}

/** PAN, separator, expiry YYMM, service code 201, three digits of the issuer; filled up with F (ISO/IEC 7813). */
function track2({ pan, expiryDate }: ApplicationProfile): Uint8Array {
  const digits = `${pan}D${expiryDate.slice(0, 4)}201000`;
  return concat(hex(digits.length % 2 === 0 ? digits : `${digits}F`));
}
