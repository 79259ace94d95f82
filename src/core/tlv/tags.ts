/**
 * The tag table: what each EMV data object is called, how it is written, who provides it, and where the Books
 * define it (EMV 4.4 Book 3 Annex A; Contactless Books C-2 and C-3). A tag with several meanings is told apart by
 * the template it stands in, its length and its first byte.
 */
import type { TagInfo, TagRow } from './tag-info.ts';
import { emvSpec, emvTags } from './tags-emv.ts';
import { kernel2Spec, kernel2Tags, kernel3Spec, kernel3Tags, kernel4Spec, kernel4Tags } from './tags-kernels.ts';

interface Meaning extends TagInfo {
  /** Templates in which alone the tag means this; empty for everywhere. */
  readonly within: readonly string[];
  /** True for a tag that EMV itself assigns; those of a kernel may be anything to another payment system. */
  readonly assigned: boolean;
}

/** The first meaning of a tag is the one that stands where nothing tells them apart. */
const table: ReadonlyMap<string, readonly [Meaning, ...Meaning[]]> = byTag([
  ...rows(emvTags, emvSpec, true),
  ...rows(kernel3Tags, kernel3Spec, false),
  ...rows(kernel4Tags, kernel4Spec, false),
  ...rows(kernel2Tags, kernel2Spec, false),
]);

function rows(
  source: readonly TagRow[],
  book: string,
  assigned: boolean,
): readonly (readonly [tag: string, meaning: Meaning])[] {
  return source.map(([tag, name, format, from, min, max, spec = book, within = []]) => [
    tag,
    { name, format, source: from, length: [min, max], spec, within, assigned },
  ]);
}

function byTag(all: readonly (readonly [string, Meaning])[]): Map<string, readonly [Meaning, ...Meaning[]]> {
  const map = new Map<string, readonly [Meaning, ...Meaning[]]>();
  for (const [tag, meaning] of all) {
    const known = map.get(tag);
    map.set(tag, known === undefined ? [meaning] : [...known, meaning]);
  }
  return map;
}

/** What the table knows about a tag (upper-case hex); undefined for a tag that it does not know. */
export function tagInfo(tag: string): TagInfo | undefined {
  return table.get(tag)?.[0];
}

/**
 * Whether a card has anything to say under that tag: what EMV assigns to terminal or issuer is ignored when a card gives
 * it (Book 3 §7.5).
 */
export function isOfCard(tag: string): boolean {
  const meanings = (table.get(tag) ?? []).filter(({ assigned }) => assigned);
  return meanings.length === 0 || meanings.some(({ source }) => source === 'card');
}

/** What else an object of that tag and length is called, by another kernel or Book. */
export function otherMeanings(tag: string, length: number, chosen: TagInfo | undefined): readonly TagInfo[] {
  const all = table.get(tag) ?? [];
  return all.filter((meaning) => meaning !== chosen && meaning.within.length === 0 && fits(meaning, length));
}

/**
 * Whether a data object of the card may have that many bytes (Book 3 §7.5). True for a tag that EMV does not assign:
 * what 9F50 to 9F7F are is for each payment system to say.
 */
export function lengthFits(tag: string, length: number): boolean {
  const meanings = (table.get(tag) ?? []).filter(({ assigned }) => assigned);
  return meanings.length === 0 || meanings.some((meaning) => fits(meaning, length));
}

/**
 * The meaning of one object, told from where it stands and how it looks; undefined when nothing fits. `parent` is the
 * tag of the template around it.
 */
export function identify(tag: string, value: Uint8Array, parent?: string): TagInfo | undefined {
  const all = table.get(tag) ?? [];
  const inTemplate = all.find(({ within }) => parent !== undefined && within.includes(parent));
  if (inTemplate !== undefined) return inTemplate;
  const general = all.filter(({ within }) => within.length === 0);
  const fitting = general.filter((meaning) => fits(meaning, value.length) && looksLike(meaning.name, value));
  // A kernel's tag with a length that the kernel does not know is another payment system's.
  return fitting[0] ?? general.find(({ assigned }) => assigned || value.length === 0);
}

function fits({ length: [min, max] }: TagInfo, length: number): boolean {
  return length >= min && length <= max;
}

/** Values that give themselves away where the length does not. */
const marks: Readonly<Record<string, (first: number, length: number) => boolean>> = {
  // fDDA version number 01 (Book C-3 Annex A.2); no tag of a UDOL is 01.
  'Card Authentication Related Data': (first) => first === 0x01,
  // Version number 1 in bits 8-6 of byte 1 (Book C-3 Annex A.2).
  'Form Factor Indicator (FFI)': (first) => first >> 5 === 1,
  // The other 9F5B, Issuer Script Results, begins with a result of 0 to 2 (Book 4 Annex A5), which begins no EMV tag.
  'Data Storage Data Object List (DSDOL)': (first) => first >= 0x40,
  // Twenty bytes are Mastercard's field (Book C-2 Annex A.1); other lengths only Visa's may have.
  'Customer Exclusive Data (CED)': (_, length) => length !== 20,
};

function looksLike(name: string, value: Uint8Array): boolean {
  return marks[name]?.(value[0] ?? 0, value.length) ?? true;
}

/** Objects whose value holds a PAN, a whole track or its discretionary part: Book 3 Annex A1, Book C-2 Annex A.1. */
const cardDataTags = new Set(['56', '57', '5A', '9F1F', '9F20', '9F6B', 'DF812A', 'DF812B']);

/** Whether the value must not be shown, stored or logged in clear. */
export function holdsCardData(tag: string): boolean {
  return cardDataTags.has(tag);
}

/** Data Object Lists: tag-length pairs (Book 3 §5.4; Book C-2 and C-3 for those of the kernels). */
const listTags = new Set(['8C', '8D', '97', '9F38', '9F3F', '9F49', '9F4F', '9F51', '9F5B', '9F69', 'DF811A']);

/** Whether that meaning of the tag is a Data Object List. */
export function isDol(tag: string, info: TagInfo | undefined): boolean {
  return listTags.has(tag) && (info === undefined || /DOL|Log Format/.test(info.name));
}
