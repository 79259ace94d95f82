/**
 * References: the short word by which a bank transfer is recognised as the payment of one sale, and the
 * folding of memo text to what survives the way through the banks.
 */
import { assert } from '../base/assert.ts';

/** Letters and digits without 0, O, 1 and I: what is left still reads well aloud and on thermal paper. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Bytes of randomness that `referenceFor` wants: 40 bits make eight symbols of five bits. */
export const referenceSeedLength = 5;

/**
 * `CH` and eight symbols. `seed` holds `referenceSeedLength` random bytes; the same seed is the same reference. `mark`, a
 * figure from 2 to 9, stands first of the eight: by it the terminals on one account tell their transfers apart.
 */
export function referenceFor(seed: Uint8Array, mark = ''): string {
  assert(seed.length === referenceSeedLength, `reference: a seed has ${referenceSeedLength} bytes`);
  let bits = '';
  for (const byte of seed) bits += byte.toString(2).padStart(8, '0');
  let reference = `CH${mark}`;
  for (let at = mark.length * 5; at < bits.length; at += 5)
    reference += alphabet.charAt(Number.parseInt(bits.slice(at, at + 5), 2));
  assert(/^CH[2-9A-HJ-NP-Z]{8}$/.test(reference), 'reference: eight symbols of the alphabet');
  return reference;
}

/**
 * Whether a memo carries what looks like a reference of a terminal of this kind, this one or another on the same account:
 * in one piece, or in pieces and with a figure, which tells it from words in a row ("chuyen thanh toan").
 */
export function hasReference(memo: string): boolean {
  const text = normaliseMemo(memo);
  const pieces = text.replaceAll(' ', '').matchAll(/(?=CH([2-9A-HJ-NP-Z]{8}))/g);
  return /CH[2-9A-HJ-NP-Z]{8}/.test(text) || [...pieces].some(([, symbols = '']) => /\d/.test(symbols));
}

/**
 * Whether a memo carries a reference with one of these marks. Marks are figures, so that no words in a row can look like
 * such a reference.
 */
export function hasMark(memo: string, marks: readonly string[]): boolean {
  if (marks.length === 0) return false;
  const text = normaliseMemo(memo).replaceAll(' ', '');
  return [...text.matchAll(/(?=CH([2-9])[2-9A-HJ-NP-Z]{7})/g)].some(([, mark = '']) => marks.includes(mark));
}

const folded = /^(?:[A-Z0-9]+(?: [A-Z0-9]+)*)?$/;

/**
 * Upper-case letters, digits and single spaces: accents stripped (NFD without U+0300–U+036F, đ to D), other letters
 * dropped, punctuation read as a space. Banks pass on no more than this, and often less. Ð, which looks the same and is
 * what old Vietnamese encodings turn into, counts as Đ.
 */
export function normaliseMemo(text: string): string {
  if (folded.test(text)) return text;
  const memo = text
    .normalize('NFD')
    .replaceAll(/[đĐðÐ]/g, 'D')
    .replaceAll(/['’ʼ]/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{C}]+|[\t\n\v\f\r]+/gu, ' ')
    .replaceAll(/[^A-Za-z0-9 ]/g, '')
    .replaceAll(/ +/g, ' ')
    .trim()
    .toUpperCase();
  assert(folded.test(memo), 'memo: only what every bank passes on');
  return memo;
}
