/**
 * Initiate application processing: from the answer to SELECT to AIP and AFL. EMV 4.4 Book 3 §10.1 and §6.5.8. The
 * contact kernel runs all of it; contactless kernels, which read other status words, use its parts.
 */
import { assert } from '../base/assert.ts';
import { ok, type Result } from '../base/result.ts';
import { findTlv, parseTlv } from '../tlv/ber-tlv.ts';
import { buildDol, dolLength, parseDol } from '../tlv/dol.ts';
import { isOfCard } from '../tlv/tags.ts';
import { getProcessingOptionsCommand, maxPdolLength, statusText, sw } from './apdu.ts';
import type { CardChannel, Steps } from './card-channel.ts';
import { collect, onlyTemplate } from './card-data.ts';
import { stop, type CardStop } from './stop.ts';
import type { TransactionData } from './transaction-data.ts';

/**
 * The data objects of the FCI (Book 1 §11.3.4): DF name, those of its proprietary template, and those of the issuer
 * discretionary data. The DF name is what the transaction calls the application from here on.
 */
export function readFci(data: TransactionData, fci: Uint8Array): Result<void, CardStop> {
  const parsed = parseTlv(fci);
  if (!parsed.ok) return stop('cardDataError', `FCI: ${parsed.fault.detail}`);
  const proprietary = findTlv(parsed.value, 'A5')?.children ?? [];
  const discretionary = proprietary.find(({ tag }) => tag === 'BF0C')?.children ?? [];
  const name = findTlv(parsed.value, '84');
  const all = [...(name === undefined ? [] : [name]), ...proprietary, ...discretionary];
  for (const { tag, value, children } of all) {
    // A list that asks for a template gets zeros (§5.4), and for the terminal's own never the card's (§7.5).
    if (value.length > 0 && children.length === 0 && isOfCard(tag) && !data.fci.has(tag)) data.fci.set(tag, value);
  }
  const length = name?.value.length ?? 0;
  return length < 5 || length > 16 ? stop('cardDataError', 'the FCI gives no valid DF name') : ok(undefined);
}

/** The command with the values that the PDOL asks for; they are kept, because CDA signs them. */
export function processingOptionsCommand(data: TransactionData): Result<Uint8Array, CardStop> {
  const pdol = parseDol(data.fci.get('9F38') ?? new Uint8Array(0));
  if (!pdol.ok) return stop('cardDataError', `PDOL: ${pdol.fault.detail}`);
  if (dolLength(pdol.value) > maxPdolLength) return stop('cardDataError', 'the PDOL asks for more than fits a command');
  data.pdolValue = buildDol(pdol.value, data);
  assert(data.pdolValue.length === dolLength(pdol.value), 'PDOL: as long as the card asks for');
  return ok(getProcessingOptionsCommand(data.pdolValue));
}

/** The answer (Book 3 §6.5.8.4): format 1 is AIP and AFL in tag 80, format 2 any objects in 77. */
export function collectProcessingOptions(data: TransactionData, response: Uint8Array): Result<void, CardStop> {
  const where = 'GET PROCESSING OPTIONS';
  const template = onlyTemplate(response, where);
  if (!template.ok) return template;
  const { tag, value, children } = template.value;
  if (tag === '77') {
    const collected = collect(data.card, children, where);
    if (!collected.ok || data.card.has('82')) return collected;
    return stop('cardDataError', `${where}: no application interchange profile`);
  }
  if (tag !== '80' || value.length < 2) return stop('cardDataError', `${where}: neither format 1 nor format 2`);
  data.card.set('82', value.subarray(0, 2));
  if (value.length > 2) data.card.set('94', value.subarray(2));
  assert(data.card.get('82')?.length === 2, 'AIP: two bytes');
  return ok(undefined);
}

/** All of it. `selectNext`: the application does not want this transaction (6985), another one may. */
export function* initiateApplication(channel: CardChannel, data: TransactionData): Steps<void> {
  const command = processingOptionsCommand(data);
  if (!command.ok) return command;
  const response = yield* channel.exchange(command.value);
  if (response === undefined) return stop('communicationError', 'no answer to GET PROCESSING OPTIONS');
  if (response.sw === sw.success) return collectProcessingOptions(data, response.data);
  const detail = `GET PROCESSING OPTIONS answered ${statusText(response.sw)}`;
  return stop(response.sw === sw.conditionsNotSatisfied ? 'selectNext' : 'cardDataError', detail);
}
