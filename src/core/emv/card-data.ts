/**
 * What the card tells: the data objects of its responses and records, the AFL, and the fixed layouts of response
 * format 1. EMV 4.4 Book 3 §6.5, §7 and §10.2. Everything that does not fit ends as `cardDataError`.
 */
import { ok, type Result } from '../base/result.ts';
import { parseTlv, type Tlv } from '../tlv/ber-tlv.ts';
import { lengthFits } from '../tlv/tags.ts';
import { stop, type CardStop } from './stop.ts';

/** Data objects of the card by tag; the values are views into the responses. */
export type CardObjects = Map<string, Uint8Array>;

/** Records to read from one file. */
export interface AflEntry {
  /** Short File Identifier, 1–30. */
  readonly sfi: number;
  readonly first: number;
  readonly last: number;
  /** How many of them, from the first, are under offline data authentication. */
  readonly signed: number;
}

/**
 * Adds the primitive objects to `store`. A second object with the same tag, or a length outside the tag table, is
 * an error of the card (Book 3 §7.5 and §10.2). An empty object counts as absent.
 */
function collect(store: CardObjects, objects: readonly Tlv[], where: string): Result<void, CardStop> {
  for (const { tag, value, children } of objects) {
    if (value.length === 0 || children.length > 0) continue;
    if (store.has(tag)) return stop('cardDataError', `${where}: ${tag} was already given`);
    if (!lengthFits(tag, value.length)) {
      return stop('cardDataError', `${where}: ${tag} has ${value.length} bytes`);
    }
    store.set(tag, value);
  }
  return ok(undefined);
}

/** The one template that a response must consist of. */
function onlyTemplate(data: Uint8Array, where: string): Result<Tlv, CardStop> {
  const parsed = parseTlv(data);
  if (!parsed.ok) return stop('cardDataError', `${where}: ${parsed.fault.detail}`);
  const [template] = parsed.value;
  if (template === undefined || parsed.value.length !== 1) {
    return stop('cardDataError', `${where}: ${parsed.value.length} data objects where one template is expected`);
  }
  return ok(template);
}

/** GET PROCESSING OPTIONS (Book 3 §6.5.8.4): format 1 is AIP and AFL in tag 80, format 2 any objects in 77. */
export function collectProcessingOptions(store: CardObjects, data: Uint8Array): Result<void, CardStop> {
  const where = 'GET PROCESSING OPTIONS';
  const template = onlyTemplate(data, where);
  if (!template.ok) return template;
  const { tag, value, children } = template.value;
  if (tag === '77') {
    const collected = collect(store, children, where);
    if (!collected.ok || store.has('82')) return collected;
    return stop('cardDataError', `${where}: no application interchange profile`);
  }
  if (tag !== '80' || value.length < 2) return stop('cardDataError', `${where}: neither format 1 nor format 2`);
  store.set('82', value.subarray(0, 2));
  if (value.length > 2) store.set('94', value.subarray(2));
  return ok(undefined);
}

/** GENERATE AC (Book 3 §6.5.5.4): format 1 is CID, ATC, cryptogram and issuer data in tag 80. */
export function collectCryptogram(store: CardObjects, data: Uint8Array): Result<void, CardStop> {
  const where = 'GENERATE AC';
  const template = onlyTemplate(data, where);
  if (!template.ok) return template;
  const { tag, value, children } = template.value;
  if (tag === '77') return collect(store, children, where);
  if (tag !== '80' || value.length < 11 || value.length > 43) {
    return stop('cardDataError', `${where}: neither format 1 nor format 2`);
  }
  store.set('9F27', value.subarray(0, 1));
  store.set('9F36', value.subarray(1, 3));
  store.set('9F26', value.subarray(3, 11));
  if (value.length > 11) store.set('9F10', value.subarray(11));
  return ok(undefined);
}

/** Records of the files 1–10 are templates 70; those above are the issuer's own and are not read (Book 3 §10.2). */
export function collectRecord(store: CardObjects, sfi: number, data: Uint8Array): Result<void, CardStop> {
  if (sfi > 10) return ok(undefined);
  const where = `record of file ${sfi}`;
  const template = onlyTemplate(data, where);
  if (!template.ok) return template;
  if (template.value.tag !== '70') return stop('cardDataError', `${where}: no template 70`);
  return collect(store, template.value.children, where);
}

/** Application File Locator (Book 3 §10.2): four bytes a file; a card that gives none has no records to read. */
export function parseAfl(afl: Uint8Array): Result<readonly AflEntry[], CardStop> {
  if (afl.length % 4 !== 0) return stop('cardDataError', `AFL of ${afl.length} bytes`);
  const entries: AflEntry[] = [];
  for (let at = 0; at < afl.length; at += 4) {
    const [file = 0, first = 0, last = 0, signed = 0] = afl.subarray(at, at + 4);
    const sfi = file >> 3;
    const valid =
      (file & 7) === 0 && sfi >= 1 && sfi <= 30 && first >= 1 && last >= first && signed <= last - first + 1;
    if (!valid) return stop('cardDataError', `AFL entry ${at / 4 + 1} is malformed`);
    entries.push({ sfi, first, last, signed });
  }
  return ok(entries);
}
