/**
 * How cards of each cryptogram version number compute their application cryptogram, recognise their issuer and take
 * its scripts. The version stands in the Issuer Application Data (tag 9F10), so that an issuer needs nothing else to
 * know the recipe. EMV 4.4 Book 2 §8 and §9 (CCD); for the others what is public of VIS, M/Chip and Interac.
 */
import { assert } from '../../../../src/core/base/assert.ts';
import { concat, equalBytes } from '../../../../src/core/base/bytes.ts';
import type { DataObjects } from '../../../../src/core/tlv/dol.ts';
import { macAlgorithm3, xor, type Padding } from './des.ts';
import { cardKeyA, cardKeyB, commonSessionKey } from './keys.ts';

export type RecipeName =
  | 'visa10'
  | 'visa18'
  | 'visa22'
  | 'mchip16'
  | 'mchip17'
  | 'mchip20'
  | 'mchip21'
  | 'interac133'
  | 'ccd';

export interface Recipe {
  readonly name: RecipeName;
  /** Book 2 Annex A1.4. */
  readonly cardKey: 'optionA' | 'optionB';
  /** Key of the cryptogram: the card's own, common session key from the ATC, or from ATC and Unpredictable Number. */
  readonly sessionKey: 'none' | 'atc' | 'atcAndUnpredictableNumber';
  /** What of the Issuer Application Data is under the cryptogram. */
  readonly issuerData: 'whole' | 'cvr' | 'cvrAndCounters';
  readonly padding: Padding;
  /** Book 2 §8.2.1 and §8.2.2. */
  readonly responseMethod: 1 | 2;
  /** M/Chip cards with a session key of their own use the card's key for the response. */
  readonly responseKey: 'card' | 'session';
  readonly scripts: ScriptRecipe;
}

export interface ScriptRecipe {
  /** Session keys from the ATC (VIS), or common ones from the cryptogram (Book 2 §9.2.2). */
  readonly sessionKey: 'visa' | 'cryptogram';
  /** ATC and cryptogram are under the MAC, between header and data. */
  readonly transactionUnderMac: boolean;
  /** M/Chip adds one to the cryptogram with each further command. */
  readonly cryptogramCounts: boolean;
  readonly encipherment: 'visa' | 'mchip' | 'emv';
  /** `iso2UnlessOld`: ISO format 2, and that of VIS when the old PIN is under it. */
  readonly pinBlock: 'vis' | 'iso2' | 'iso2UnlessOld';
}

const visaScripts: ScriptRecipe = {
  sessionKey: 'visa',
  transactionUnderMac: true,
  cryptogramCounts: false,
  encipherment: 'visa',
  pinBlock: 'vis',
};
const mchipScripts: ScriptRecipe = {
  sessionKey: 'cryptogram',
  transactionUnderMac: true,
  cryptogramCounts: true,
  encipherment: 'mchip',
  pinBlock: 'iso2',
};

const visa18: Recipe = {
  name: 'visa18',
  cardKey: 'optionB',
  sessionKey: 'atc',
  issuerData: 'whole',
  padding: 'bit',
  responseMethod: 2,
  responseKey: 'session',
  scripts: visaScripts,
};
const mchip16: Recipe = {
  name: 'mchip16',
  cardKey: 'optionA',
  sessionKey: 'atcAndUnpredictableNumber',
  issuerData: 'cvr',
  padding: 'bit',
  responseMethod: 1,
  responseKey: 'card',
  scripts: mchipScripts,
};
const mchip20: Recipe = { ...mchip16, name: 'mchip20', sessionKey: 'atc', responseKey: 'session' };

export const recipes: Readonly<Record<RecipeName, Recipe>> = {
  visa10: {
    name: 'visa10',
    cardKey: 'optionA',
    sessionKey: 'none',
    issuerData: 'cvr',
    padding: 'zeros',
    responseMethod: 1,
    responseKey: 'card',
    scripts: visaScripts,
  },
  visa18,
  visa22: {
    ...visa18,
    name: 'visa22',
    scripts: { ...visaScripts, sessionKey: 'cryptogram', pinBlock: 'iso2UnlessOld' },
  },
  mchip16,
  mchip17: { ...mchip16, name: 'mchip17', issuerData: 'cvrAndCounters' },
  mchip20,
  mchip21: { ...mchip20, name: 'mchip21', issuerData: 'cvrAndCounters' },
  interac133: {
    name: 'interac133',
    cardKey: 'optionA',
    sessionKey: 'atcAndUnpredictableNumber',
    issuerData: 'whole',
    padding: 'bit',
    responseMethod: 1,
    responseKey: 'session',
    scripts: { ...mchipScripts, transactionUnderMac: false, cryptogramCounts: false },
  },
  ccd: {
    ...visa18,
    name: 'ccd',
    scripts: { ...mchipScripts, transactionUnderMac: false, cryptogramCounts: false, encipherment: 'emv' },
  },
};

/** Book 3 Annex C7 (CCD) and what is public of the others; undefined for a layout that is nobody's. */
export function recipeOf(issuerApplicationData: Uint8Array): Recipe | undefined {
  const [length, version, third] = issuerApplicationData;
  if (length === 0x06 && issuerApplicationData.length >= 7) {
    if (third === 0x0a) return recipes.visa10;
    return third === 0x12 ? recipes.visa18 : undefined;
  }
  if (issuerApplicationData.length === 32 && length === 0x1f) return version === 0x22 ? recipes.visa22 : undefined;
  if (issuerApplicationData.length === 32 && length === 0x0f) return version === 0xa5 ? recipes.ccd : undefined;
  if (length === 0x15 && third === 0x85) return recipes.interac133;
  return issuerApplicationData.length < 18 ? undefined : mchipVersions.get(version ?? 0);
}

const mchipVersions: ReadonlyMap<number, Recipe> = new Map([
  [0x10, recipes.mchip16],
  [0x11, recipes.mchip17],
  [0x14, recipes.mchip20],
  [0x15, recipes.mchip21],
]);

/** Where the Card Verification Results stand in the Issuer Application Data, and how long they are. */
export function verificationResults({ name }: Recipe): { readonly at: number; readonly length: number } {
  return resultsPlaces[name];
}

const mchipResults = { at: 2, length: 6 };
const resultsPlaces: Readonly<Record<RecipeName, { readonly at: number; readonly length: number }>> = {
  visa10: { at: 3, length: 4 },
  visa18: { at: 3, length: 4 },
  visa22: { at: 3, length: 5 },
  mchip16: mchipResults,
  mchip17: mchipResults,
  mchip20: mchipResults,
  mchip21: mchipResults,
  interac133: { at: 4, length: 4 },
  ccd: { at: 3, length: 5 },
};

/** Book 2 §8.1.1, values only, in this order. */
const cryptogramTags = ['9F02', '9F03', '9F1A', '95', '5F2A', '9A', '9C', '9F37', '82', '9F36'];

/** The bytes under the cryptogram, not yet padded; an object that is missing contributes nothing. */
export function cryptogramData(recipe: Recipe, objects: DataObjects): Uint8Array {
  const objectOf = (tag: string): Uint8Array => objects.get(tag) ?? new Uint8Array(0);
  const issuerData = objectOf('9F10');
  return concat(...cryptogramTags.map(objectOf), underCryptogram(recipe, issuerData));
}

function underCryptogram(recipe: Recipe, issuerData: Uint8Array): Uint8Array {
  if (recipe.issuerData === 'whole') return issuerData;
  const { at, length } = verificationResults(recipe);
  const cvr = issuerData.subarray(at, at + length);
  // M/Chip: the DAC lies between CVR and the counters.
  return recipe.issuerData === 'cvr' ? cvr : concat(cvr, issuerData.subarray(at + length + 2, at + length + 10));
}

export interface IssuerKeys {
  /** Double-length TDES keys, 16 bytes each: cryptograms, MAC and encipherment of scripts. */
  readonly cryptogram: Uint8Array;
  readonly scriptIntegrity: Uint8Array;
  readonly scriptConfidentiality: Uint8Array;
}

/** The same three keys, of one card. */
export type CardKeys = IssuerKeys;

export function cardKeys(recipe: Recipe, issuer: IssuerKeys, pan: string, panSequenceNumber: string): CardKeys {
  const derive = recipe.cardKey === 'optionA' ? cardKeyA : cardKeyB;
  return {
    cryptogram: derive(issuer.cryptogram, pan, panSequenceNumber),
    scriptIntegrity: derive(issuer.scriptIntegrity, pan, panSequenceNumber),
    scriptConfidentiality: derive(issuer.scriptConfidentiality, pan, panSequenceNumber),
  };
}

/** ATC and Unpredictable Number of the transaction. */
export interface SessionInput {
  readonly atc: Uint8Array;
  readonly unpredictableNumber: Uint8Array;
}

function cryptogramKey(recipe: Recipe, cardKey: Uint8Array, { atc, unpredictableNumber }: SessionInput): Uint8Array {
  if (recipe.sessionKey === 'none') return cardKey;
  const number = recipe.sessionKey === 'atc' ? new Uint8Array(4) : unpredictableNumber;
  return commonSessionKey(cardKey, concat(atc, new Uint8Array(2), number));
}

/** Book 2 §8.1.2. `objects` hold at least ATC (9F36) and Unpredictable Number (9F37). */
export function applicationCryptogram(recipe: Recipe, cardKey: Uint8Array, objects: DataObjects): Uint8Array {
  const key = cryptogramKey(recipe, cardKey, sessionInput(objects));
  return macAlgorithm3(key, cryptogramData(recipe, objects), recipe.padding);
}

/** What is missing counts as zeros, so that any bytes of a card or terminal have a cryptogram. */
export function sessionInput(objects: DataObjects): SessionInput {
  const sized = (tag: string, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    bytes.set((objects.get(tag) ?? bytes).subarray(0, length));
    return bytes;
  };
  return { atc: sized('9F36', 2), unpredictableNumber: sized('9F37', 4) };
}

/** Key of the response cryptogram for this transaction. */
export function responseKey(recipe: Recipe, cardKey: Uint8Array, input: SessionInput): Uint8Array {
  return recipe.responseKey === 'card' ? cardKey : cryptogramKey(recipe, cardKey, input);
}

/** Book 2 §8.2.1, method 1: eight bytes, from cryptogram and two-byte ARPC response code. */
export function responseCryptogram1(key: Uint8Array, cryptogram: Uint8Array, responseCode: Uint8Array): Uint8Array {
  assert(cryptogram.length === 8 && responseCode.length === 2, 'ARPC: eight bytes of cryptogram, two of code');
  return macAlgorithm3(key, xor(cryptogram, concat(responseCode, new Uint8Array(6))), 'zeros');
}

/** Book 2 §8.2.2, method 2: four bytes, from cryptogram, Card Status Update and proprietary data. */
export function responseCryptogram2(
  key: Uint8Array,
  cryptogram: Uint8Array,
  cardStatusUpdate: Uint8Array,
  proprietary = new Uint8Array(0),
): Uint8Array {
  assert(cryptogram.length === 8 && cardStatusUpdate.length === 4, 'ARPC: eight bytes of cryptogram, four of status');
  return macAlgorithm3(key, concat(cryptogram, cardStatusUpdate, proprietary)).subarray(0, 4);
}

/** Value of tag 91; `update` is the response code (method 1) or Card Status Update (method 2). */
export function issuerAuthenticationData(
  recipe: Recipe,
  key: Uint8Array,
  cryptogram: Uint8Array,
  update: Uint8Array,
): Uint8Array {
  return recipe.responseMethod === 1
    ? concat(responseCryptogram1(key, cryptogram, update), update)
    : concat(responseCryptogram2(key, cryptogram, update), update);
}

/** The update inside genuine Issuer Authentication Data, or undefined when it is not the issuer's. */
export function recogniseIssuer(
  recipe: Recipe,
  key: Uint8Array,
  cryptogram: Uint8Array,
  data: Uint8Array,
): Uint8Array | undefined {
  const [length, update] = recipe.responseMethod === 1 ? [8, data.subarray(8, 10)] : [4, data.subarray(4, 8)];
  if (update.length !== (recipe.responseMethod === 1 ? 2 : 4)) return undefined;
  const expected =
    recipe.responseMethod === 1
      ? responseCryptogram1(key, cryptogram, update)
      : responseCryptogram2(key, cryptogram, update, data.slice(8));
  return equalBytes(expected, data.subarray(0, length)) ? update : undefined;
}
