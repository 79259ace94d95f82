/**
 * The two bit fields that a kernel fills while it works: Terminal Verification Results (tag 95) and Transaction Status
 * Information (tag 9B). EMV 4.4 Book 3 Annex C5 and C6; the relay-resistance bits of byte 5 are those of EMV
 * Contactless Book C-2 Annex A.1. `decode/terminal-fields.ts` has the same bits in words.
 */
import { assert } from '../base/assert.ts';

/** [byte from 1 (leftmost), bit 8 (most significant) to 1] */
type Place = readonly [byte: number, bit: number];

export const tvrPlaces = {
  odaNotPerformed: [1, 8],
  sdaFailed: [1, 7],
  iccDataMissing: [1, 6],
  onExceptionFile: [1, 5],
  ddaFailed: [1, 4],
  cdaFailed: [1, 3],
  sdaSelected: [1, 2],
  versionsDiffer: [2, 8],
  expiredApplication: [2, 7],
  notYetEffective: [2, 6],
  serviceNotAllowed: [2, 5],
  newCard: [2, 4],
  cvmFailed: [3, 8],
  unrecognisedCvm: [3, 7],
  pinTryLimitExceeded: [3, 6],
  pinPadMissing: [3, 5],
  pinNotEntered: [3, 4],
  onlinePinEntered: [3, 3],
  floorLimitExceeded: [4, 8],
  lowerOfflineLimitExceeded: [4, 7],
  upperOfflineLimitExceeded: [4, 6],
  randomlySelected: [4, 5],
  merchantForcedOnline: [4, 4],
  defaultTdolUsed: [5, 8],
  issuerAuthenticationFailed: [5, 7],
  scriptFailedBeforeFinalAc: [5, 6],
  scriptFailedAfterFinalAc: [5, 5],
  relayThresholdExceeded: [5, 4],
  relayTimeLimitsExceeded: [5, 3],
  relayResistancePerformed: [5, 2],
  relayResistanceNotPerformed: [5, 1],
} as const satisfies Readonly<Record<string, Place>>;

export const tsiPlaces = {
  odaPerformed: [1, 8],
  cvmPerformed: [1, 7],
  cardRiskManagementPerformed: [1, 6],
  issuerAuthenticationPerformed: [1, 5],
  terminalRiskManagementPerformed: [1, 4],
  scriptProcessingPerformed: [1, 3],
} as const satisfies Readonly<Record<string, Place>>;

/** A bit field whose bits are set by name. */
export class Flags<Name extends string> {
  readonly #places: Readonly<Record<Name, Place>>;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(places: Readonly<Record<Name, Place>>, length: number) {
    this.#places = places;
    this.#bytes = new Uint8Array(length);
  }

  set(name: Name): void {
    const [byte, bit] = this.#places[name];
    assert(byte <= this.#bytes.length && bit >= 1 && bit <= 8, 'EMV: a bit of TVR or TSI');
    this.#bytes[byte - 1] = (this.#bytes[byte - 1] ?? 0) | (1 << (bit - 1));
  }

  clear(name: Name): void {
    const [byte, bit] = this.#places[name];
    this.#bytes[byte - 1] = (this.#bytes[byte - 1] ?? 0) & ~(1 << (bit - 1));
  }

  has(name: Name): boolean {
    const [byte, bit] = this.#places[name];
    return ((this.#bytes[byte - 1] ?? 0) & (1 << (bit - 1))) !== 0;
  }

  /** A copy: what a card was sent does not change afterwards. */
  get value(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice();
  }
}

export type TvrFlag = keyof typeof tvrPlaces;
export type TsiFlag = keyof typeof tsiPlaces;
export type Tvr = Flags<TvrFlag>;
export type Tsi = Flags<TsiFlag>;

export function newTvr(): Tvr {
  return new Flags<TvrFlag>(tvrPlaces, 5);
}

export function newTsi(): Tsi {
  return new Flags<TsiFlag>(tsiPlaces, 2);
}
