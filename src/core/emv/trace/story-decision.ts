/**
 * The decisions in a trace: what kind of cryptogram the terminal asked for, on which bits of the TVR, and what the card
 * made of it. EMV 4.4 Book 3 §6.5.5, §10.7 and Annex C.
 */
import { toHex } from '../../base/bytes.ts';
import type { Tlv } from '../../tlv/ber-tlv.ts';
import { explain } from '../decode/explain.ts';
import { identify } from '../../tlv/tags.ts';
import type { WholeAnswer } from './card-memory.ts';

/** P1 bits 8-7 and CID bits 8-7. */
const kindsAtFirst: Readonly<Record<number, string>> = {
  0x00: 'AAC (decline)',
  0x40: 'TC (approve offline)',
  0x80: 'ARQC (ask the issuer online)',
  0xc0: 'RFU',
};
const kindsAtSecond: Readonly<Record<number, string>> = { ...kindsAtFirst, 0x40: 'TC (approve)' };
/** From the strictest: a card may only be as strict as asked, or stricter. */
const strictness: Readonly<Record<number, number>> = { 0x00: 2, 0x80: 1, 0x40: 0 };

/** `objects` are those of the card, with the answer to this command; `first` of the two GENERATE AC. */
export function generateLines(
  { command: { p1 }, sw }: WholeAnswer,
  listed: readonly Tlv[],
  objects: ReadonlyMap<string, Uint8Array>,
  first: boolean,
): string[] {
  const kinds = first ? kindsAtFirst : kindsAtSecond;
  const asked = p1 & 0xc0;
  const signature = (p1 & 0x18) === 0x10 ? ', signed (CDA)' : (p1 & 0x18) === 0x08 ? ', signed (XDA)' : '';
  const tvr = listed.find(({ tag }) => tag === '95')?.value;
  const lines = [`The terminal asked for ${kinds[asked]}${signature}.`];
  if (tvr !== undefined)
    lines.push(...tvrLines(tvr, objects, first ? atFirst : unableToGoOnline(listed) ? atSecond : []));
  if (sw !== 0x9000) return [...lines, 'The card gave no cryptogram.'];
  const cid = objects.get('9F27')?.[0];
  if (cid === undefined) return [...lines, 'The answer holds no Cryptogram Information Data.'];
  const got = cid & 0xc0;
  lines.push(`The card answered ${kinds[got]}.`);
  const [wanted, given] = [strictness[asked], strictness[got]];
  if (wanted === undefined || given === undefined) lines.push('That kind of cryptogram is not defined.');
  else if (given > wanted) lines.push('The card was stricter than the terminal.');
  else if (given < wanted) lines.push('Not allowed: the card may not be laxer than the terminal asked.');
  return lines;
}

type ActionCode = readonly [tag: string, name: string];

/** Action codes of the card that the terminal looks at before the first GENERATE AC (Book 3 §10.7). */
const atFirst: readonly ActionCode[] = [
  ['9F0E', 'IAC–Denial'],
  ['9F0F', 'IAC–Online'],
];
/** The same, when the host could not be asked. */
const atSecond: readonly ActionCode[] = [['9F0D', 'IAC–Default']];

/** Authorisation Response Code Y3 or Z3 (Book 4 Annex A6). */
function unableToGoOnline(listed: readonly Tlv[]): boolean {
  const code = listed.find(({ tag }) => tag === '8A')?.value;
  return code !== undefined && ['5933', '5A33'].includes(toHex(code));
}

function tvrLines(
  tvr: Uint8Array,
  objects: ReadonlyMap<string, Uint8Array>,
  actionCodes: readonly ActionCode[],
): string[] {
  const set = tvrNames(tvr);
  const lines = [set.length === 0 ? 'TVR: no bit is set.' : `TVR: ${set.join('; ')}.`];
  for (const [tag, name] of actionCodes) {
    const code = objects.get(tag);
    if (code === undefined) continue;
    const met = tvrNames(tvr.map((byte, at) => byte & (code[at] ?? 0)));
    if (met.length > 0) lines.push(`The card's ${name} names of these: ${met.join('; ')}.`);
  }
  return lines;
}

/** `byte 4 bit 8 Transaction exceeds floor limit` for each bit that is set. */
function tvrNames(value: Uint8Array): string[] {
  return explain('95', value, identify('95', value)).map((line) => line.replace(': ', ' '));
}

/** A cryptogram in the answer to GET PROCESSING OPTIONS (Book C-3): the card has decided already. */
export function cryptogramLines(objects: ReadonlyMap<string, Uint8Array>, sw: number | undefined): string[] {
  const cryptogram = objects.get('9F26');
  if (sw !== 0x9000 || cryptogram === undefined) return [];
  const given = objects.get('9F27')?.[0];
  if (given !== undefined) return [`The card decided at once: ${kindsAtFirst[given & 0xc0]}.`];
  // Book C-3: without CID, bits 6-5 of the first byte of the CVR in a Visa IAD say it.
  const iad = objects.get('9F10');
  const cvr = iad?.[0] === 0x06 && iad[3] === 0x03 ? iad[4] : undefined;
  if (cvr === undefined) return [`The card gave cryptogram ${toHex(cryptogram)} at once.`];
  const decided = [0x00, 0x40, 0x80, 0xc0][(cvr >> 4) & 0x03] ?? 0xc0;
  return [`The card decided at once: ${kindsAtFirst[decided]} (CVR).`];
}
