/**
 * The bank behind the simulated cards: it repeats their recipe (cryptogram.ts) to tell a genuine cryptogram from a
 * forged one, and answers with the data by which a card would recognise its bank. For the training acquirer, which may
 * not know the cards itself; src/main brings the two together.
 */
import { concat, equalBytes, hex, latin1, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { parseTlv } from '../../../src/core/tlv/ber-tlv.ts';
import {
  applicationCryptogram,
  cryptogramData,
  deriveCardKey,
  deriveSessionKey,
  macAlgorithm3,
  type CryptogramKeyInput,
} from './cryptogram.ts';
import type { CardProfile } from './profiles.ts';

/**
 * Card Status Update, EMV 4.4 Book 3 Annex C10: byte 2 bit 8 is "issuer approves online transaction"; no counters, no
 * blocks, no proprietary data.
 */
const cardStatusUpdate = { approved: '00800000', declined: '00000000' } as const;

/** Data objects of DE 55 that the recipe cannot do without. */
interface Cryptogram {
  readonly keys: CryptogramKeyInput;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly cryptogram: Uint8Array;
}

export class SimulatedIssuer {
  /** Issuer master keys, by the digits of the card as bytes in hexadecimal. */
  readonly #cards = new Map<string, { readonly pan: string; readonly issuerMasterKey: string }>();

  constructor(profiles: readonly CardProfile[]) {
    for (const profile of profiles) {
      if (profile.kind === 'emv') this.#cards.set(toHex(latin1(profile.pan)), profile);
    }
  }

  /** `pan`: its digits as characters; `panSequence`: two digits; `iccData`: DE 55, upper-case hex. */
  verifyCryptogram(pan: Uint8Array, panSequence: string, iccData: string): 'valid' | 'invalid' | 'unknownCard' {
    if (!this.#cards.has(toHex(pan))) return 'unknownCard';
    const found = this.#read(pan, panSequence, iccData);
    if (found === undefined) return 'invalid';
    const expected = applicationCryptogram(found.keys, cryptogramData(found.objects));
    return equalBytes(expected, found.cryptogram) ? 'valid' : 'invalid';
  }

  /**
   * Tag 91: ARPC by method 2, then the Card Status Update (EMV 4.4 Book 2 §8.2.2), as both formats of the simulated
   * cards' issuer data (CCD, cryptogram version 18) ask for. Undefined for a card of another bank.
   */
  issuerAuthenticationData(
    pan: Uint8Array,
    panSequence: string,
    iccData: string,
    approved: boolean,
  ): string | undefined {
    const found = this.#read(pan, panSequence, iccData);
    if (found === undefined) return undefined;
    const { issuerMasterKey, pan: digits, panSequenceNumber, atc } = found.keys;
    const cardKey = deriveCardKey(issuerMasterKey, digits, panSequenceNumber);
    const sessionKey = deriveSessionKey(cardKey, concat(atc, new Uint8Array(6)));
    const update = hex(cardStatusUpdate[approved ? 'approved' : 'declined']);
    return toHex(concat(responseCryptogram(sessionKey, found.cryptogram, update), update));
  }

  #read(pan: Uint8Array, panSequence: string, iccData: string): Cryptogram | undefined {
    const card = this.#cards.get(toHex(pan));
    const parsed = parseTlv(parseHex(iccData) ?? new Uint8Array(0));
    if (card === undefined || !parsed.ok || !/^\d{2}$/.test(panSequence)) return undefined;
    const objects = new Map(parsed.value.map(({ tag, value }) => [tag, value]));
    const cryptogram = objects.get('9F26');
    const atc = objects.get('9F36');
    if (cryptogram?.length !== 8 || atc?.length !== 2) return undefined;
    const issuerMasterKey = hex(card.issuerMasterKey);
    return { keys: { issuerMasterKey, pan: card.pan, panSequenceNumber: panSequence, atc }, objects, cryptogram };
  }
}

/** EMV 4.4 Book 2 §8.2.2: the first four bytes of a MAC over the request's cryptogram and the Card Status Update. */
export function responseCryptogram(sessionKey: Uint8Array, cryptogram: Uint8Array, update: Uint8Array): Uint8Array {
  return macAlgorithm3(sessionKey, concat(cryptogram, update)).subarray(0, 4);
}
