/**
 * The Card Verification Results inside the Issuer Application Data: how the card tells its issuer what has happened.
 * EMV 4.4 Book 3 Annex C8 (CCD); VIS and M/Chip where public. Same layouts as src/core/emv/decode explains them.
 */
import { verificationResults, type Recipe, type RecipeName } from './crypto/recipes.ts';

export type CryptogramType = 'tc' | 'arqc' | 'aac';

/** What the card remembers of one transaction, and of its state. */
export interface CardEvents {
  first: CryptogramType;
  /** Undefined until the final GENERATE AC. */
  second: CryptogramType | undefined;
  pin: 'none' | 'verified' | 'failed';
  pinEnciphered: boolean;
  /** Undefined for a card without offline PIN. */
  pinTriesLeft: number | undefined;
  dynamicSignature: 'none' | 'dda' | 'cdaFirst' | 'cdaSecond';
  issuer: 'none' | 'recognised' | 'failed';
  unableToGoOnline: boolean;
  scripts: number;
  scriptFailed: boolean;
}

export function newEvents(): CardEvents {
  return {
    first: 'aac',
    second: undefined,
    pin: 'none',
    pinEnciphered: false,
    pinTriesLeft: undefined,
    dynamicSignature: 'none',
    issuer: 'none',
    unableToGoOnline: false,
    scripts: 0,
    scriptFailed: false,
  };
}

/** [byte of the results from 1, mask] where it is so. */
type Mark = readonly [when: boolean, byte: number, mask: number];

const firstBits: Readonly<Record<CryptogramType, number>> = { aac: 0x00, tc: 0x10, arqc: 0x20 };
const secondBits: Readonly<Record<CryptogramType, number>> = { aac: 0x00, tc: 0x40, arqc: 0x80 };

/** The two types share a byte in every layout; "not requested" is written as an ARQC would be. */
function types({ first, second }: CardEvents): number {
  return firstBits[first] | secondBits[second ?? 'arqc'];
}

function visa(events: CardEvents): readonly Mark[] {
  return [
    [true, 2, types(events)],
    [events.issuer === 'failed', 2, 0x08],
    [events.pin !== 'none', 2, 0x04],
    [events.pin === 'failed', 2, 0x02],
    [events.unableToGoOnline, 2, 0x01],
    [events.pinTriesLeft === 0, 3, 0x40],
    [true, 4, Math.min(events.scripts, 15) << 4],
    [events.scriptFailed, 4, 0x08],
    [events.dynamicSignature !== 'none', 4, 0x02],
  ];
}

function mchip(events: CardEvents): readonly Mark[] {
  return [
    [true, 1, types(events)],
    [events.pin !== 'none', 1, 0x04],
    [events.pin !== 'none' && events.pinEnciphered, 1, 0x02],
    [events.pin === 'verified', 1, 0x01],
    [events.dynamicSignature === 'dda', 2, 0x80],
    [events.dynamicSignature === 'cdaFirst', 2, 0x40],
    [events.dynamicSignature === 'cdaSecond', 2, 0x20],
    [events.issuer !== 'none', 2, 0x10],
    [true, 3, (Math.min(events.scripts, 15) << 4) | (events.pinTriesLeft ?? 0)],
    [events.unableToGoOnline, 4, 0x40],
    [events.pinTriesLeft !== undefined && events.pin === 'none', 4, 0x20],
    [events.pin === 'failed', 4, 0x10],
    [events.pinTriesLeft === 0, 4, 0x08],
    [events.issuer === 'failed', 5, 0x04],
    [events.scripts > 0 || events.scriptFailed, 5, 0x02],
    [events.scriptFailed, 5, 0x01],
  ];
}

function ccd(events: CardEvents): readonly Mark[] {
  return [
    [true, 1, types(events)],
    [events.dynamicSignature.startsWith('cda'), 1, 0x08],
    [events.dynamicSignature === 'dda', 1, 0x04],
    [events.second !== undefined && events.issuer === 'none', 1, 0x02],
    [events.issuer === 'failed', 1, 0x01],
    [true, 2, (events.pinTriesLeft ?? 0) << 4],
    [events.pin !== 'none', 2, 0x08],
    [events.pin === 'failed', 2, 0x04],
    [events.pinTriesLeft === 0, 2, 0x02],
    [true, 4, Math.min(events.scripts, 15) << 4],
    [events.scriptFailed, 4, 0x08],
    [events.unableToGoOnline, 4, 0x01],
  ];
}

const layouts: Readonly<Record<RecipeName, (events: CardEvents) => readonly Mark[]>> = {
  visa10: visa,
  visa18: visa,
  visa22: ccd,
  mchip16: mchip,
  mchip17: mchip,
  mchip20: mchip,
  mchip21: mchip,
  // Not public.
  interac133: () => [],
  ccd,
};

/** `template` with the results of this transaction; what else stands in it stays. */
export function issuerDataWith(recipe: Recipe, template: Uint8Array, events: CardEvents): Uint8Array {
  const { at } = verificationResults(recipe);
  const data = Uint8Array.from(template);
  const marks = layouts[recipe.name](events);
  // The types are alternatives, and come first: what the template has there gives way.
  const [typed] = marks;
  if (typed !== undefined) data[at + typed[1] - 1] = 0;
  for (const [when, byte, mask] of marks) if (when) data[at + byte - 1] = (data[at + byte - 1] ?? 0) | mask;
  return data;
}
