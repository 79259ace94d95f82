/**
 * Judges the tables of others: the tag names of emv-utils and emv-bertlv, and emv-bertlv's meanings of bits. Their
 * words differ from the Books', so bits are told apart by the words they share: of all our meanings of a field, the
 * one closest to theirs must stand at the bit they name.
 */
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import { explain } from '../../../src/core/emv/decode/explain.ts';
import { explainIssuerApplicationData } from '../../../src/core/emv/decode/issuer-application-data.ts';
import { identify, otherMeanings, tagInfo } from '../../../src/core/tlv/tags.ts';
import type { VectorVerdict } from '../category.ts';
import { canonicalName } from './emv-peer.ts';

export interface UtilsTags {
  readonly tags: readonly { readonly tag: string; readonly name: string; readonly comment: string }[];
}

/** Each comment of the header belongs to the tag that follows; the names in capitals are only constants of C. */
export function judgeUtilsTags({ tags }: UtilsTags): VectorVerdict[] {
  const names = new Map<string, string>();
  for (const { comment } of tags) {
    const [, tag, name] = /\/ EMV tag ([0-9A-F]+) (.*?)(?:\. Template .*)?$/.exec(comment) ?? [];
    if (tag !== undefined && name !== undefined) names.set(tag, name.replace(/\.$/, ''));
  }
  return tags.map(({ tag }) => {
    const name = names.get(tag);
    const found = tagInfo(tag)?.name ?? 'unknown';
    const same = found !== 'unknown' && (name === undefined || canonicalName(name) === canonicalName(found));
    if (same) return { case: tag, outcome: 'passed' };
    return { case: tag, outcome: 'failed', expected: name ?? 'a known tag', found };
  });
}

export interface BertlvTags {
  readonly tags: Readonly<
    Record<string, Readonly<Record<string, { readonly name: string; readonly longName?: string }>>>
  >;
}

/** Where they abbreviate, or are another edition than EMV 4.4. */
const bertlvAliases: Readonly<Record<string, string>> = {
  '9F1E': 'interface device serial number',
  '5F24': 'application expiration date',
  '88': 'short file identifier',
};
const vendorTags = /^(?:DF|[EF][0-9A-F])/;
/** Counters of Visa's contact application; Book C-2 assigns the same tags to data storage. */
const visaOwn = new Set(['9F54', '9F5C']);

export function judgeBertlvTags({ tags }: BertlvTags): VectorVerdict[] {
  return Object.entries(tags).flatMap(([group, all]) =>
    Object.entries(all).map(([tag, { name, longName }]): VectorVerdict => {
      const title = `${group} ${tag}`;
      const skip = (why: string): VectorVerdict => ({ case: title, outcome: 'skipped', why });
      if (vendorTags.test(tag)) return skip("a terminal vendor's own tag");
      if (visaOwn.has(tag)) return skip("Visa's own counters");
      if (group === 'amex' || group === 'upi') return skip('Expresspay and UnionPay names, not of Books C-2 and C-3');
      const known = [tagInfo(tag), ...otherMeanings(tag, tagInfo(tag)?.length[0] ?? 0, tagInfo(tag))];
      const lengths = [1, 2, 4, 10].flatMap((length) => otherMeanings(tag, length, undefined));
      const found = [...known, ...lengths].flatMap((info) => (info === undefined ? [] : [info.name]));
      if (found.length === 0) return skip('a tag outside EMV and Books C-2 and C-3');
      const theirs = bertlvAliases[tag] ?? `${name} ${longName ?? ''}`;
      if (found.some((ours) => similarity(theirs, ours) > 0)) return { case: title, outcome: 'passed' };
      return { case: title, outcome: 'failed', expected: theirs, found: found.join(' / ') };
    }),
  );
}

const abbreviations: Readonly<Record<string, string>> = {
  sda: 'static data authentication',
  dda: 'dynamic data authentication',
  cda: 'combined application cryptogram generation',
  icc: 'integrated circuit card',
  ic: 'integrated circuit',
  pan: 'primary account number',
  tvr: 'terminal verification results',
  atc: 'application transaction counter',
  adf: 'application dedicated file',
  aip: 'application interchange profile',
  cvm: 'cardholder verification method',
  ptl: 'pin try limit',
  auth: 'authentication',
  msd: 'mag stripe mode',
  magstripe: 'mag stripe',
  qvsdc: 'emv mode',
  pcvc3: 'position cvc3',
  punatc: 'position un atc',
  natc: 'number digits atc',
  performed: 'perform',
  encrypted: 'enciphered',
  id: 'identification',
  iac: 'issuer action code',
  vis: 'contact chip',
};
const empty = new Set(['is', 'of', 'the', 'in', 'at', 'and', 'or', 'to', 'be', 'for', 'a']);

function split(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/);
}

function words(text: string): ReadonlySet<string> {
  return new Set(
    split(text)
      .flatMap((word) => split(abbreviations[word] ?? word))
      .filter((word) => word !== '' && !empty.has(word)),
  );
}

/** Jaccard's index of the words of two texts. */
function similarity(a: string, b: string): number {
  const [left, right] = [words(a), words(b)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared / (left.size + right.size - shared);
}

export interface BitMeanings {
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

interface Field {
  readonly bytes: number;
  lines(value: Uint8Array): readonly string[];
}

function tagField(tag: string, bytes: number): Field {
  return { bytes, lines: (value) => explain(tag, value, identify(tag, value)) };
}

/** Fields whose Book is public, by the name of their file. */
const fields: Readonly<Record<string, Field>> = {
  aip: tagField('82', 2),
  'app-usage-control': tagField('9F07', 2),
  'card-tx-qualifiers': tagField('9F6C', 2),
  'terminal-capabilities': tagField('9F33', 3),
  'terminal-tx-qualifiers': tagField('9F66', 4),
  tsi: tagField('9B', 2),
  tvr: tagField('95', 5),
  'mastercard-cvr': {
    bytes: 6,
    lines: (value) => explainIssuerApplicationData(hex(`0110${toHex(value)}${'00'.repeat(10)}`)),
  },
  'visa-cvr': {
    bytes: 4,
    lines: (value) => explainIssuerApplicationData(hex(`06010A03${toHex(value.subarray(1))}`)),
  },
};

/** The Books' own bits, where emv-bertlv has an older edition or a slip. */
const believedWrong: Readonly<Record<string, string>> = {
  'visa-cvr (2,2)=1': 'Visa\'s CVR byte 2 bit 2 is "offline PIN verification failed"; the text is Mastercard\'s',
  'visa-cvr (2,1)=1': 'Visa\'s CVR byte 2 bit 1 is "unable to go online"; the text is Mastercard\'s',
};

/** Bits that EMV 4.4 calls by another name than the edition they used. */
const renamed: Readonly<Record<string, string>> = { 'Online PIN entered': 'Online CVM captured' };

export function judgeBitMeanings({ fields: all }: BitMeanings): VectorVerdict[] {
  return Object.entries(all).flatMap(([name, entries]) => {
    const field = fields[name];
    if (field !== undefined) return entries.map((entry) => judgeMeaning(name, field, entry, entries));
    return [{ case: name, outcome: 'skipped', why: 'Expresspay before Book C-4; superseded' } as const];
  });
}

function judgeMeaning(name: string, field: Field, entry: string, entries: readonly string[]): VectorVerdict {
  const [bits = '', theirs = ''] = entry.split(' : ');
  const meaning = renamed[theirs] ?? theirs;
  const title = `${name} ${bits}`;
  const wrong = believedWrong[title];
  if (wrong !== undefined) return { case: title, outcome: 'skipped', why: `believed wrong: ${wrong}` };
  const found = field.lines(valueOf(field, bits)).map(plain);
  if (meaning.includes('RFU')) {
    if (found.some((line) => line.endsWith('RFU'))) return { case: title, outcome: 'passed' };
    return { case: title, outcome: 'skipped', why: 'RFU in the edition they used; assigned in EMV 4.4' };
  }
  if (/^\(\d,\d\)=0$/.test(bits))
    return { case: title, outcome: 'skipped', why: 'the meaning of a bit that is not set' };
  const universe = new Set(
    entries.flatMap((each) => field.lines(valueOf(field, each.split(' : ')[0] ?? '')).map(plain)),
  );
  const best = Math.max(...[...universe].map((line) => similarity(meaning, line)));
  if (best > 0 && found.some((line) => similarity(meaning, line) === best)) return { case: title, outcome: 'passed' };
  return { case: title, outcome: 'failed', expected: meaning, found: found.join('; ') };
}

/** `(1,8)=0 & (1,7)=1`, or `(3,8-5)=INT`, for which 5 is taken. */
function valueOf({ bytes }: Field, bits: string): Uint8Array {
  const value = new Uint8Array(bytes);
  for (const [, byte, high, low, set] of bits.matchAll(/\((\d),(\d)(?:-(\d))?\)=(\w+)/g)) {
    const shift = Number(low ?? high) - 1;
    const at = Number(byte) - 1;
    if (set !== '0') value[at] = (value[at] ?? 0) | ((set === 'INT' ? 5 : 1) << shift);
  }
  return value;
}

function plain(line: string): string {
  return line.replace(/^.*?byte \d(?: bits? [\d-]+)?: /, '').replace(/ \d+$/, '');
}
