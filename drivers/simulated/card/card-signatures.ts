/**
 * What a card signs with its own key: DDA, CDA (EMV 4.4 Book 2 §6.5 and §6.6) and fDDA (EMV Contactless Book C-3
 * Annex C). Also its unpredictable numbers, which are unpredictable as far as training goes.
 */
import { concat, hex } from '../../../src/core/base/bytes.ts';
import { encodeTlv, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import type { DataObjects } from '../../../src/core/tlv/dol.ts';
import { dynamicNumberField, sha1, signDynamicData } from './crypto/certificates.ts';
import { encipherEcb } from './crypto/des.ts';
import type { Personalised } from './personalisation.ts';
import type { ApplicationProfile } from './profiles.ts';

export class CardSigner {
  readonly #profile: ApplicationProfile;
  readonly #data: Personalised;
  #numbers = 0;

  constructor(profile: ApplicationProfile, data: Personalised) {
    this.#profile = profile;
    this.#data = data;
  }

  /** Whether GENERATE AC can be signed (CDA). */
  get canCda(): boolean {
    return this.#profile.authentication?.method === 'cda';
  }

  /** Whether INTERNAL AUTHENTICATE is known: a card with CDA knows DDA as well. */
  get canDda(): boolean {
    return this.canCda || this.#profile.authentication?.method === 'dda';
  }

  /** Eight bytes that have not been before: the card's key over a counter. */
  number(): Uint8Array {
    this.#numbers += 1;
    const counter = new Uint8Array(8);
    new DataView(counter.buffer).setUint32(4, this.#numbers);
    return encipherEcb(this.#data.keys.cryptogram, counter);
  }

  /** Signed Dynamic Application Data over what DDOL has brought. */
  dda(terminalData: Uint8Array): Uint8Array {
    return this.#sign(dynamicNumberField(this.number()), terminalData);
  }

  /**
   * The objects of a signed answer to GENERATE AC: the cryptogram is inside the signature, and only there.
   * `sent` is what the terminal has sent by PDOL and CDOLs.
   */
  cda(objects: readonly Tlv[], sent: Uint8Array, unpredictableNumber: Uint8Array): readonly Tlv[] {
    const open = objects.filter(({ tag }) => tag !== '9F26');
    const valueOf = (tag: string): Uint8Array =>
      objects.find((object) => object.tag === tag)?.value ?? new Uint8Array(0);
    const dynamicData = concat(
      dynamicNumberField(this.number()),
      valueOf('9F27'),
      valueOf('9F26'),
      sha1(sent, encodeTlv(open)),
    );
    return [...open, primitive('9F4B', this.#sign(dynamicData, unpredictableNumber))];
  }

  /** Card Authentication Related Data (tag 9F69): version, the card's number, Card Transaction Qualifiers. */
  relatedData(qualifiers: Uint8Array): Uint8Array {
    return concat(hex(this.#profile.authentication?.fddaVersion ?? '01'), this.number().subarray(0, 4), qualifiers);
  }

  /** The dynamic number of fDDA is the transaction counter. */
  fdda(atc: Uint8Array, terminal: DataObjects, related: Uint8Array): Uint8Array {
    const objectOf = (tag: string): Uint8Array => terminal.get(tag) ?? new Uint8Array(0);
    const terminalData =
      related[0] === 0x01 ? concat(objectOf('9F37'), objectOf('9F02'), objectOf('5F2A'), related) : objectOf('9F37');
    return this.#sign(dynamicNumberField(atc), terminalData);
  }

  #sign(dynamicData: Uint8Array, terminalData: Uint8Array): Uint8Array {
    const { iccKey } = this.#data;
    if (iccKey === undefined) return new Uint8Array(0);
    const signature = signDynamicData(iccKey, dynamicData, terminalData);
    if (this.#profile.authentication?.damaged === 'dynamicSignature') {
      signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    }
    return signature;
  }
}
