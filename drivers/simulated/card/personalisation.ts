/**
 * From a profile to what an issuer writes into a card: lists of data objects, records and their locator, certificates
 * and signatures under the training authority. EMV 4.4 Book 3 §7 and §10.2, Book 2 §5 and §6.
 */
import { assert } from '../../../src/core/base/assert.ts';
import { bcd, concat, hex } from '../../../src/core/base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { parseDol, type DolEntry } from '../../../src/core/tlv/dol.ts';
import { certifyIcc, certifyIssuer, signStaticData, type PublicKeyCertificate } from './crypto/certificates.ts';
import { cardKeys, recipeOf, type CardKeys, type Recipe } from './crypto/recipes.ts';
import type { RsaKey } from './crypto/rsa.ts';
import { trainingAuthority, trainingKey } from './keys/training-keys.ts';
import type { ApplicationProfile, AuthenticationProfile } from './profiles.ts';

/** Lists of data objects that the card asks for: those under the cryptogram, and what else schemes usually want. */
const cryptogramObjects = '9F02069F03069F1A0295055F2A029A039C019F3704';
const qvsdcPdol = `9F6604${cryptogramObjects}`;
const contactlessPdol = '9F66049F1A029F3501';
const ddol = hex('9F3704');
const drdol = hex('9F3704');

/** Bits of the Application Interchange Profile (Book 3 Annex C1). */
const issuerAuthenticationByCommand = 0x04;

/** A file of linear records, in the order in which the AFL lists the files. */
interface CardFile {
  readonly sfi: number;
  readonly records: readonly (readonly Tlv[])[];
  /** How many of them, from the first, are under offline data authentication. */
  readonly signed: number;
}

export interface Personalised {
  readonly recipe: Recipe;
  readonly keys: CardKeys;
  readonly pdol: Uint8Array;
  readonly cdol1: readonly DolEntry[];
  readonly cdol2: readonly DolEntry[];
  readonly ddol: readonly DolEntry[];
  readonly drdol: readonly DolEntry[];
  readonly aip: Uint8Array;
  readonly afl: Uint8Array;
  readonly files: readonly CardFile[];
  /** Where fDDA puts what it makes for each tap: the record after the last one of that file. */
  readonly dynamicFile: number;
  readonly iccKey: RsaKey | undefined;
  readonly pinKey: RsaKey | undefined;
}

export function dolOf(bytes: Uint8Array): readonly DolEntry[] {
  const parsed = parseDol(bytes);
  assert(parsed.ok, 'the profile has well-formed lists of data objects');
  return parsed.value;
}

/** Signing takes a moment, and the same profile always gives the same card. */
const known = new WeakMap<ApplicationProfile, Personalised>();

export function personalise(profile: ApplicationProfile, contact: boolean): Personalised {
  const before = known.get(profile);
  if (before !== undefined) return before;
  const made = newCard(profile, contact);
  known.set(profile, made);
  return made;
}

function newCard(profile: ApplicationProfile, contact: boolean): Personalised {
  const issuerData = hex(profile.issuerApplicationData);
  const recipe = recipeOf(issuerData);
  assert(recipe !== undefined, 'profiles.ts lets only known cryptogram versions pass');
  const issuer = {
    cryptogram: hex(profile.issuerMasterKey),
    scriptIntegrity: hex(profile.scriptIntegrityKey),
    scriptConfidentiality: hex(profile.scriptConfidentialityKey),
  };
  const lists = listsOf(profile, recipe, contact);
  const files = filesOf(profile, lists, contact);
  const { authentication } = profile;
  const iccKey = authentication?.icc === undefined ? undefined : trainingKey(authentication.icc);
  return {
    recipe,
    keys: cardKeys(recipe, issuer, profile.pan, profile.panSequenceNumber),
    pdol: lists.pdol,
    cdol1: dolOf(lists.cdol1),
    cdol2: dolOf(lists.cdol2),
    ddol: dolOf(ddol),
    drdol: dolOf(drdol),
    aip: hex(profile.applicationInterchangeProfile),
    afl: concat(
      ...files.map(({ sfi, records, signed }) =>
        // The record of fDDA comes last in its file.
        Uint8Array.of(sfi << 3, 1, records.length + (isFdda(profile) && sfi === certificateFile ? 1 : 0), signed),
      ),
    ),
    files,
    dynamicFile: certificateFile,
    iccKey,
    pinKey: authentication?.pin === undefined ? iccKey : trainingKey(authentication.pin),
  };
}

interface Lists {
  readonly pdol: Uint8Array;
  readonly cdol1: Uint8Array;
  readonly cdol2: Uint8Array;
}

function listsOf(profile: ApplicationProfile, recipe: Recipe, contact: boolean): Lists {
  const usualPdol = profile.flow === 'qvsdc' ? qvsdcPdol : contactlessPdol;
  const byCommand = ((hex(profile.applicationInterchangeProfile)[0] ?? 0) & issuerAuthenticationByCommand) !== 0;
  const authenticationData = recipe.responseMethod === 1 ? '910A' : '9108';
  return {
    pdol: hex(profile.pdol ?? (contact ? '' : usualPdol)),
    cdol1: hex(
      profile.cdol1 ?? `${cryptogramObjects}9F35019F3403${contact && profile.authentication ? '9F45029F4C08' : ''}`,
    ),
    cdol2: hex(profile.cdol2 ?? `8A02${contact && !byCommand ? authenticationData : ''}${cryptogramObjects}`),
  };
}

/** SFI of the file with keys and signatures. */
const certificateFile = 3;

function isFdda({ authentication }: ApplicationProfile): boolean {
  return authentication?.method === 'fdda';
}

function filesOf(profile: ApplicationProfile, lists: Lists, contact: boolean): readonly CardFile[] {
  const { authentication } = profile;
  const account = accountObjects(profile);
  const rules = ruleObjects(profile);
  const dols = [primitive('8C', lists.cdol1), primitive('8D', lists.cdol2)];
  if (authentication === undefined) {
    return profile.flow === 'qvsdc'
      ? []
      : [
          {
            sfi: 1,
            records: [
              [track2(profile), ...account],
              [...dols, ...rules],
            ],
            signed: 0,
          },
        ];
  }
  const signed = [[...account, ...rules, primitive('9F4A', hex('82'))], ...(profile.flow === 'qvsdc' ? [] : [dols])];
  const staticData = concat(...signed.map(encodeTlv), hex(profile.applicationInterchangeProfile));
  const certificates = {
    sfi: certificateFile,
    records: certificateRecords(profile, authentication, staticData),
    signed: 0,
  };
  const file2 = { sfi: 2, records: signed, signed: signed.length };
  if (profile.flow === 'qvsdc') return [file2, certificates];
  const recovery = contact || authentication.method !== 'cda' ? [] : [primitive('9F51', drdol)];
  return [{ sfi: 1, records: [[track2(profile), ...recovery]], signed: 0 }, file2, certificates];
}

/** Service code 201: international, chip, normal authorization, no restriction (ISO/IEC 7813). */
export function track2({ pan, expiryDate }: ApplicationProfile): Tlv {
  const digits = `${pan}D${expiryDate.slice(0, 4)}20100000`;
  return primitive('57', hex(digits.length % 2 === 0 ? digits : `${digits}F`));
}

/** PAN, dates and sequence number; qVSDC gives the last with its cryptogram. */
function accountObjects(profile: ApplicationProfile): readonly Tlv[] {
  const { pan, panSequenceNumber, expiryDate, effectiveDate, flow } = profile;
  return [
    primitive('5A', hex(pan.length % 2 === 0 ? pan : `${pan}F`)),
    primitive('5F24', bcd(expiryDate)),
    ...(effectiveDate === undefined ? [] : [primitive('5F25', bcd(effectiveDate))]),
    ...(flow === 'qvsdc' ? [] : [primitive('5F34', bcd(panSequenceNumber))]),
  ];
}

/** What the terminal decides by: restrictions, cardholder verification, action codes, limits. */
function ruleObjects(profile: ApplicationProfile): readonly Tlv[] {
  const { actionCodes, lowerConsecutiveLimit: lower, upperConsecutiveLimit: upper } = profile;
  const present: readonly (readonly [string, Uint8Array | undefined])[] = [
    ['5F28', optional(profile.issuerCountry, bcd)],
    ['8E', optional(profile.cvmList, hex)],
    ['9F07', optional(profile.usageControl, hex)],
    ['9F08', optional(profile.versionNumber, hex)],
    ['9F0D', optional(actionCodes?.default, hex)],
    ['9F0E', optional(actionCodes?.denial, hex)],
    ['9F0F', optional(actionCodes?.online, hex)],
    ['9F14', lower === undefined ? undefined : Uint8Array.of(lower)],
    ['9F23', upper === undefined ? undefined : Uint8Array.of(upper)],
    ['9F42', optional(profile.applicationCurrency, bcd)],
  ];
  return present.flatMap(([tag, value]) => (value === undefined ? [] : [primitive(tag, value)]));
}

function optional(text: string | undefined, read: (text: string) => Uint8Array): Uint8Array | undefined {
  return text === undefined ? undefined : read(text);
}

/** A damaged object has one bit of its last byte changed, so that recovery does not end in BC. */
function damaged(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** For cards that are wrong on purpose: no account, no key, and a month that is over (MMYY). */
const otherPan = '0000000000000000';
const unknownIndex = '00';
const longAgo = '0120';

function certificateRecords(
  profile: ApplicationProfile,
  settings: AuthenticationProfile,
  staticData: Uint8Array,
): readonly (readonly Tlv[])[] {
  const authority = trainingAuthority(profile.aid.slice(0, 10), settings.authority);
  const issuerKey = trainingKey(settings.issuer);
  assert(authority !== undefined && issuerKey !== undefined, 'the profile names keys that exist for its scheme');
  const { damaged: wrong } = settings;
  const expiry = settings.certificateExpiry ?? profile.expiryDate.slice(2, 4) + profile.expiryDate.slice(0, 2);
  const issuer = certifyIssuer(authority.key, issuerKey, wrong === 'issuerIdentifier' ? otherPan : profile.pan, {
    expiry: wrong === 'issuerCertificateExpired' ? longAgo : expiry,
    serial: hex('000E70'),
  });
  const signedData = wrong === 'staticData' ? damaged(staticData) : staticData;
  const records: (readonly Tlv[])[] = [
    [
      primitive('8F', hex(wrong === 'unknownAuthority' ? unknownIndex : authority.index)),
      ...rest(issuer, '9F32', '92'),
    ],
    [primitive('90', wrong === 'issuerCertificate' ? damaged(issuer.certificate) : issuer.certificate)],
  ];
  if (settings.method === 'sda') {
    const signature = signStaticData(issuerKey, hex('DAC1'), signedData);
    records.push([primitive('93', wrong === 'staticSignature' ? damaged(signature) : signature)]);
    return records;
  }
  const iccKey = settings.icc === undefined ? undefined : trainingKey(settings.icc);
  assert(iccKey !== undefined, 'the profile names a key of the card');
  const icc = certifyIcc(
    issuerKey,
    iccKey,
    wrong === 'iccCertificatePan' ? otherPan : profile.pan,
    { expiry: wrong === 'iccCertificateExpired' ? longAgo : expiry, serial: hex('000E71') },
    signedData,
  );
  const certificate = wrong === 'iccCertificate' ? damaged(icc.certificate) : icc.certificate;
  records.push([primitive('9F46', certificate), ...rest(icc, '9F47', '9F48'), primitive('9F49', ddol)]);
  const pinKey = settings.pin === undefined ? undefined : trainingKey(settings.pin);
  if (pinKey !== undefined) {
    const pin = certifyIcc(issuerKey, pinKey, profile.pan, { expiry, serial: hex('000E72') }, new Uint8Array(0));
    records.push([primitive('9F2D', pin.certificate), ...rest(pin, '9F2E', '9F2F')]);
  }
  return records;
}

function rest(
  { exponent, remainder }: PublicKeyCertificate,
  exponentTag: string,
  remainderTag: string,
): readonly Tlv[] {
  const own = primitive(exponentTag, exponent);
  return remainder.length === 0 ? [own] : [own, primitive(remainderTag, remainder)];
}

/** A record as READ RECORD answers it. */
export function recordTemplate(objects: readonly Tlv[]): Tlv {
  return constructed('70', objects);
}
