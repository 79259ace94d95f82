/**
 * Read application data: the records that the AFL lists, and which of them are under offline data authentication. EMV
 * 4.4 Book 3 §10.2 and §10.3. The same for contact and contactless kernels.
 */
import { assert } from '../base/assert.ts';
import { ok, type Result } from '../base/result.ts';
import { parseTlv } from '../tlv/ber-tlv.ts';
import { readRecordCommand, statusText, sw } from './apdu.ts';
import type { CardChannel, Steps } from './card-channel.ts';
import { collect, onlyTemplate } from './card-data.ts';
import { stop, type CardStop } from './stop.ts';
import type { TransactionData } from './transaction-data.ts';

/** Records to read from one file. */
export interface AflEntry {
  /** Short File Identifier, 1–30. */
  readonly sfi: number;
  readonly first: number;
  readonly last: number;
  /** How many of them, from the first, are under offline data authentication. */
  readonly signed: number;
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
    assert(entries.length * 4 === at + 4, 'AFL: four bytes an entry');
  }
  return ok(entries);
}

/** Reads every record of the AFL, in its order. Any status but 9000 ends the transaction (Book 3 §10.2). */
export function* readApplicationData(channel: CardChannel, data: TransactionData): Steps<void> {
  const afl = parseAfl(data.card.get('94') ?? new Uint8Array(0));
  if (!afl.ok) return afl;
  for (const { sfi, first, last, signed } of afl.value) {
    for (let record = first; record <= last; record += 1) {
      const response = yield* channel.exchange(readRecordCommand(sfi, record));
      if (response === undefined) return stop('communicationError', 'no answer to READ RECORD');
      if (response.sw !== sw.success) {
        return stop('cardDataError', `READ RECORD ${sfi}.${record} answered ${statusText(response.sw)}`);
      }
      const added = addRecord(data, sfi, response.data, record < first + signed);
      if (!added.ok) return added;
    }
  }
  return ok(undefined);
}

/**
 * One record. Files 1–10 are EMV's own: a template 70, whose objects are kept and whose contents (without tag and
 * length) are signed. Files 11–30 belong to payment system and issuer: nothing of them is kept, and the whole record is
 * signed, which has to be a template 70 too (Book 3 §10.3).
 */
export function addRecord(
  data: TransactionData,
  sfi: number,
  record: Uint8Array,
  signed: boolean,
): Result<void, CardStop> {
  if (sfi > 10) {
    if (!signed) return ok(undefined);
    const parsed = parseTlv(record);
    const usable = parsed.ok && parsed.value.length === 1 && parsed.value[0]?.tag === '70';
    if (usable) data.signedRecords.push(record);
    else data.signedRecordsUnusable = true;
    return ok(undefined);
  }
  const where = `record of file ${sfi}`;
  const template = onlyTemplate(record, where);
  if (!template.ok) return template;
  if (template.value.tag !== '70') return stop('cardDataError', `${where}: no template 70`);
  assert(sfi >= 1 && sfi <= 10, 'records: an EMV file');
  if (signed) data.signedRecords.push(template.value.value);
  return collect(data.card, template.value.children, where);
}

/** Data objects without which a transaction cannot go on (Book 3 §7.2 Table 26 for contact). */
export function requireObjects(data: TransactionData, tags: readonly string[]): Result<void, CardStop> {
  const missing = tags.filter((tag) => !data.card.has(tag));
  return missing.length === 0
    ? ok(undefined)
    : stop('cardDataError', `the card lacks mandatory data: ${missing.join(', ')}`);
}
