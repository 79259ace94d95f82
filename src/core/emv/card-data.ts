/**
 * What the card tells: the data objects of its responses, and the fixed layouts of response format 1. EMV 4.4 Book 3
 * §6.5 and §7. Everything that does not fit ends as `cardDataError`.
 */
import { assert } from '../base/assert.ts';
import { ok, type Result } from '../base/result.ts';
import { parseTlv, type Tlv } from '../tlv/ber-tlv.ts';
import { isOfCard, lengthFits } from '../tlv/tags.ts';
import { stop, type CardStop } from './stop.ts';

/** Data objects of the card by tag; the values are views into the responses. */
export type CardObjects = Map<string, Uint8Array>;

/** Names, issuer's numbers and address, log: no transaction fails because they are written wrongly (Book 3 §7.5). */
const uncritical = new Set(['5F20', '9F0B', '42', '9F0C', '5F50', '9F4D', '9F4F', '9F1F']);

/**
 * Adds the primitive objects to `store`. A second object with the same tag, or a length outside the tag table, is
 * an error of the card (Book 3 §7.5 and §10.2). An empty object counts as absent, and so does one that is not a card's to
 * give; templates are the issuer's own.
 */
export function collect(store: CardObjects, objects: readonly Tlv[], where: string): Result<void, CardStop> {
  for (const { tag, value, children } of objects) {
    if (value.length === 0 || children.length > 0 || !isOfCard(tag)) continue;
    if (store.has(tag)) return stop('cardDataError', `${where}: ${tag} was already given`);
    if (!lengthFits(tag, value.length)) {
      if (uncritical.has(tag)) continue;
      return stop('cardDataError', `${where}: ${tag} has ${value.length} bytes`);
    }
    store.set(tag, value);
  }
  return ok(undefined);
}

/** The one template that a response must consist of. */
export function onlyTemplate(data: Uint8Array, where: string): Result<Tlv, CardStop> {
  const parsed = parseTlv(data);
  if (!parsed.ok) return stop('cardDataError', `${where}: ${parsed.fault.detail}`);
  const [template] = parsed.value;
  if (template === undefined || parsed.value.length !== 1) {
    return stop('cardDataError', `${where}: ${parsed.value.length} data objects where one template is expected`);
  }
  return ok(template);
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
  assert(store.get('9F26')?.length === 8, 'GENERATE AC: a cryptogram has eight bytes');
  return ok(undefined);
}
