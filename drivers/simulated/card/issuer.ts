/**
 * The bank behind the simulated cards: it repeats their recipe (crypto/recipes.ts) to tell a genuine cryptogram from a
 * forged one, answers with the data by which a card recognises its bank, and sends scripts to cards whose profile says
 * so. For the training acquirer, which may not know the cards itself; src/main brings the two together.
 */
import { concat, equalBytes, fromLatin1, hex, latin1, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { constructed, encodeTlv, parseTlv, primitive } from '../../../src/core/tlv/ber-tlv.ts';
import {
  applicationCryptogram,
  cardKeys,
  issuerAuthenticationData,
  recipeOf,
  responseKey,
  sessionInput,
  type CardKeys,
  type Recipe,
} from './crypto/recipes.ts';
import { pinChangeCommand, scriptCommand, type ScriptSession } from './crypto/secure-messaging.ts';
import { applicationsOf, type ApplicationProfile, type CardProfile, type IssuerScriptProfile } from './profiles.ts';

/**
 * Card Status Update (method 2), EMV 4.4 Book 3 Annex C10: byte 2 bit 8 is "issuer approves online transaction"; no
 * counters, no blocks, no proprietary data.
 */
const cardStatusUpdate = { approved: '00800000', declined: '00000000' } as const;
/** ARPC response code of M/Chip: byte 2 bit 5 approves. Other cards of method 1 are given the response code itself. */
const mchipResponseCode = { approved: '0010', declined: '0000' } as const;

/** A request's DE 55, as far as the recipe needs it. */
interface Request {
  readonly profiles: readonly ApplicationProfile[];
  readonly recipe: Recipe;
  readonly keys: CardKeys;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly cryptogram: Uint8Array;
}

type ScriptCommand = IssuerScriptProfile['commands'][number];

export class SimulatedIssuer {
  /** By the digits of the card as bytes in hexadecimal: several profiles may be of one account. */
  readonly #cards = new Map<string, ApplicationProfile[]>();

  constructor(profiles: readonly CardProfile[]) {
    for (const profile of profiles) {
      if (profile.kind !== 'emv') continue;
      for (const application of applicationsOf(profile)) {
        const account = toHex(latin1(application.pan));
        this.#cards.set(account, [...(this.#cards.get(account) ?? []), application]);
      }
    }
  }

  /**
   * ARQC of a request, TC or AAC of an advice: the recipe is the same. `pan`: its digits as characters; `panSequence`:
   * two digits; `iccData`: DE 55, upper-case hex.
   */
  verifyCryptogram(pan: Uint8Array, panSequence: string, iccData: string): 'valid' | 'invalid' | 'unknownCard' {
    if (!this.#cards.has(toHex(pan))) return 'unknownCard';
    const found = this.#read(pan, panSequence, iccData);
    if (found === undefined) return 'invalid';
    const expected = applicationCryptogram(found.recipe, found.keys.cryptogram, found.objects);
    return equalBytes(expected, found.cryptogram) ? 'valid' : 'invalid';
  }

  /**
   * Value of tag 91 (EMV 4.4 Book 2 §8.2), by the method of the card's recipe. Undefined for a card of another bank.
   * `responseCode`: DE 39, two characters.
   */
  issuerAuthenticationData(
    pan: Uint8Array,
    panSequence: string,
    iccData: string,
    approved: boolean,
    responseCode = approved ? '00' : '05',
  ): string | undefined {
    const found = this.#read(pan, panSequence, iccData);
    if (found === undefined) return undefined;
    const { recipe, keys, objects, cryptogram } = found;
    const key = responseKey(recipe, keys.cryptogram, sessionInput(objects));
    const data = issuerAuthenticationData(recipe, key, cryptogram, updateFor(recipe, approved, responseCode));
    const [profile] = found.profiles;
    if (profile?.issuer?.wrongAuthentication === true) data[0] = (data[0] ?? 0) ^ 0xff;
    return toHex(data);
  }

  /**
   * Issuer script templates 71 and 72 (Book 3 §10.10) for a request that was approved, upper-case hex; empty when the
   * card's profile has none for this amount.
   */
  issuerScripts(pan: Uint8Array, panSequence: string, iccData: string): string {
    const found = this.#read(pan, panSequence, iccData);
    if (found === undefined) return '';
    const { recipe, keys, objects, cryptogram } = found;
    const amount = Number(toHex(objects.get('9F02') ?? new Uint8Array(0)));
    const scripts = found.profiles
      .flatMap(({ issuer }) => issuer?.scripts ?? [])
      .filter(({ onAmount }) => onAmount === undefined || onAmount === amount);
    const { atc } = sessionInput(objects);
    let before = 0;
    const templates = scripts.map(({ template, commands, wrongMac }, index) => {
      const encoded = commands.map((command) => {
        const bytes = commandFor(recipe, keys, { atc, cryptogram, before }, command);
        before += 1;
        if (wrongMac === true) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
        return primitive('86', bytes);
      });
      const identifier = primitive('9F18', Uint8Array.of(0, 0, 0, index + 1));
      return constructed(template, [identifier, ...encoded]);
    });
    return toHex(encodeTlv(templates));
  }

  #read(pan: Uint8Array, panSequence: string, iccData: string): Request | undefined {
    const known = this.#cards.get(toHex(pan));
    const [first] = known ?? [];
    const parsed = parseTlv(parseHex(iccData) ?? new Uint8Array(0));
    if (first === undefined || !parsed.ok || !/^\d{2}$/.test(panSequence)) return undefined;
    const objects = new Map(parsed.value.map(({ tag, value }) => [tag, value]));
    const cryptogram = objects.get('9F26');
    const issuerData = objects.get('9F10') ?? new Uint8Array(0);
    const recipe = recipeOf(issuerData);
    if (cryptogram?.length !== 8 || objects.get('9F36')?.length !== 2 || recipe === undefined) return undefined;
    const issuer = {
      cryptogram: hex(first.issuerMasterKey),
      scriptIntegrity: hex(first.scriptIntegrityKey),
      scriptConfidentiality: hex(first.scriptConfidentialityKey),
    };
    const keys = cardKeys(recipe, issuer, fromLatin1(pan), panSequence);
    const aid = toHex(objects.get('84') ?? new Uint8Array(0));
    return { profiles: profilesOf(known ?? [], recipe, aid), recipe, keys, objects, cryptogram };
  }
}

/** Of the cards of one account those that can have sent this: same recipe, same application where it is named. */
function profilesOf(known: readonly ApplicationProfile[], recipe: Recipe, aid: string): readonly ApplicationProfile[] {
  return known.filter(
    (each) => recipeOf(hex(each.issuerApplicationData))?.name === recipe.name && (aid === '' || each.aid === aid),
  );
}

function updateFor(recipe: Recipe, approved: boolean, responseCode: string): Uint8Array {
  const outcome = approved ? 'approved' : 'declined';
  if (recipe.responseMethod === 2) return hex(cardStatusUpdate[outcome]);
  return recipe.name.startsWith('mchip') ? hex(mchipResponseCode[outcome]) : latin1(responseCode.slice(0, 2));
}

/** CLA INS P1 P2 of Book 3 §6.5. */
const instructions = {
  applicationBlock: '841E0000',
  applicationUnblock: '84180000',
  cardBlock: '84160000',
  pinUnblock: '84240000',
} as const;

function commandFor(recipe: Recipe, keys: CardKeys, session: ScriptSession, command: ScriptCommand): Uint8Array {
  if (command.kind === 'pinChange') return pinChangeCommand(recipe, keys, session, command.pin);
  if (command.kind === 'putData') {
    const tag = hex(command.tag.padStart(4, '0'));
    return scriptCommand(recipe, keys, session, concat(hex('04DA'), tag), hex(command.value));
  }
  return scriptCommand(recipe, keys, session, hex(instructions[command.kind]), new Uint8Array(0));
}
