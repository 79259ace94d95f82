/**
 * GENERATE AC: the values that a CDOL asks for, the card's answer in either format, and CDA, whose signature comes with
 * it. EMV 4.4 Book 3 §6.5.5, §9.2.2 and §9.3; Book 2 §6.6.
 */
import { assert } from '../../base/assert.ts';
import { concat, hex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Tlv } from '../../tlv/ber-tlv.ts';
import { buildDol, dolLength, parseDol } from '../../tlv/dol.ts';
import { maxCdolLength, statusText, sw } from '../apdu.ts';
import type { RequestedCryptogram } from '../book3/action-analysis.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import { collect, onlyTemplate, type CardObjects } from '../card-data.ts';
import { verifyCda } from '../oda/authenticate.ts';
import { sha1 } from '../oda/sha1.ts';
import { stop, type CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import { generateAcCommand } from './commands.ts';
import type { CdaKey } from './data-authentication.ts';

export interface AcRequest {
  readonly type: RequestedCryptogram;
  /** CDOL1 (8C) at the first GENERATE AC, CDOL2 (8D) at the second. */
  readonly list: '8C' | '8D';
  /** CDA is asked for, and verified with this key. */
  readonly cdaKey: CdaKey;
  readonly defaultTdol: string | undefined;
  /** Values of PDOL and earlier CDOLs: CDA signs them with the rest. */
  readonly sent: Uint8Array;
}

export interface AcAnswer {
  readonly type: RequestedCryptogram;
  /** CDA was asked for, came with something else than an AAC, and does not hold. */
  readonly cdaFailed: boolean;
  /** `sent` of the request, and what this command sent. */
  readonly sent: Uint8Array;
}

/** Book 3 §9.3 and Table 34: what a card may answer. A card may always decline, and never approve more than asked. */
const allowed: Readonly<
  Record<AcRequest['list'], Readonly<Record<RequestedCryptogram, readonly RequestedCryptogram[]>>>
> = {
  '8C': { tc: ['tc', 'arqc', 'aac'], arqc: ['arqc', 'aac'], aac: ['aac'] },
  '8D': { tc: ['tc', 'aac'], arqc: [], aac: ['aac'] },
};

/** Stores CID, ATC, cryptogram and issuer data of the answer; those of an earlier answer do not count any more. */
export function* generateAc(channel: CardChannel, data: TransactionData, request: AcRequest): Steps<AcAnswer> {
  const value = cdolValue(data, request);
  if (!value.ok) return value;
  const { type, list, cdaKey } = request;
  assert(list === '8C' || type !== 'arqc', 'GENERATE AC: the second does not ask to go online');
  const response = yield* channel.exchange(generateAcCommand(type, cdaKey !== undefined, value.value));
  if (response === undefined) return stop('communicationError', 'no answer to GENERATE AC');
  if (response.sw !== sw.success) return stop('cardDataError', `GENERATE AC answered ${statusText(response.sw)}`);
  const template = onlyTemplate(response.data, where);
  if (!template.ok) return template;
  const objects = answeredObjects(template.value);
  if (!objects.ok) return objects;
  for (const tag of cryptogramTags) data.card.delete(tag);
  // What the card said before stays: it was authenticated, and the PAN was looked up (Book 3 §7.5).
  for (const [tag, object] of objects.value) if (!data.card.has(tag)) data.card.set(tag, object);
  const answered = cryptogramType(objects.value);
  const sent = concat(request.sent, value.value);
  assert(value.value.length > 0 && value.value.length <= maxCdolLength, 'GENERATE AC: the CDOL data were checked');
  if (answered === undefined || !allowed[list][type].includes(answered)) {
    // Book 3 §9.3: the second one ends the transaction all the same, and counts as an AAC.
    return list === '8D'
      ? ok({ type: 'aac', cdaFailed: false, sent })
      : stop('cardDataError', `${where}: the card decided what it was not asked`);
  }
  if (cdaKey !== undefined && answered !== 'aac') {
    return ok({ type: answered, cdaFailed: !cdaHolds(data, cdaKey, template.value, sent), sent });
  }
  if (!data.card.has('9F26')) return stop('cardDataError', `${where}: no cryptogram`);
  return ok({ type: answered, cdaFailed: false, sent });
}

const where = 'GENERATE AC';
const cryptogramTags = ['9F27', '9F36', '9F26', '9F10', '9F4B'];

/** Format 1 is CID, ATC, cryptogram and issuer data in tag 80; format 2 any objects in 77. */
function answeredObjects({ tag, value, children }: Tlv): Result<CardObjects, CardStop> {
  const objects: CardObjects = new Map();
  if (tag === '77') {
    const collected = collect(objects, children, where);
    if (!collected.ok) return collected;
  } else if (tag === '80' && value.length >= 11 && value.length <= 43) {
    objects.set('9F27', value.subarray(0, 1));
    objects.set('9F36', value.subarray(1, 3));
    objects.set('9F26', value.subarray(3, 11));
    if (value.length > 11) objects.set('9F10', value.subarray(11));
  } else {
    return stop('cardDataError', `${where}: neither format 1 nor format 2`);
  }
  const complete = objects.has('9F27') && objects.has('9F36');
  assert(tag === '77' || objects.get('9F26')?.length === 8, 'GENERATE AC: format 1 has a cryptogram');
  return complete ? ok(objects) : stop('cardDataError', `${where}: no decision, or no transaction counter`);
}

/** Cryptogram Information Data bits 8–7 (Book 3 Table 15); EMV 4.4 has no AAR. */
function cryptogramType(objects: CardObjects): RequestedCryptogram | undefined {
  const [cid = 0] = objects.get('9F27') ?? [];
  return ({ 0x00: 'aac', 0x40: 'tc', 0x80: 'arqc' } as const)[cid & 0xc0];
}

function cdolValue(data: TransactionData, { list, defaultTdol }: AcRequest): Result<Uint8Array, CardStop> {
  const name = list === '8C' ? 'CDOL1' : 'CDOL2';
  const cdol = parseDol(data.card.get(list) ?? new Uint8Array(0));
  if (!cdol.ok) return stop('cardDataError', `${name}: ${cdol.fault.detail}`);
  const length = dolLength(cdol.value);
  if (length === 0 || length > maxCdolLength) return stop('cardDataError', `${name} asks for ${length} bytes`);
  if (cdol.value.some(({ tag }) => tag === '98')) {
    const hashed = setTcHash(data, defaultTdol);
    if (!hashed.ok) return hashed;
  }
  return ok(buildDol(cdol.value, data));
}

/**
 * TC Hash Value (98), Book 3 §9.2.2: over what the card's TDOL asks for, or the terminal's default; a terminal without
 * one takes an empty list, and has then used none. The bit goes first, since the TVR may be among the data.
 */
function setTcHash(data: TransactionData, defaultTdol: string | undefined): Result<void, CardStop> {
  const own = data.card.get('97');
  if (own === undefined && defaultTdol !== undefined) data.tvr.set('defaultTdolUsed');
  const tdol = parseDol(own ?? hex(defaultTdol ?? ''));
  if (!tdol.ok) return stop('cardDataError', `TDOL: ${tdol.fault.detail}`);
  data.terminal.set('98', sha1(buildDol(tdol.value, data)));
  return ok(undefined);
}

function cdaHolds(data: TransactionData, key: NonNullable<CdaKey>, template: Tlv, sent: Uint8Array): boolean {
  const sdad = template.tag === '77' ? data.card.get('9F4B') : undefined;
  if (sdad === undefined) return false;
  assert(sent.length > 0, 'CDA: what was sent is signed');
  // The cryptogram that counts is the signed one.
  data.card.delete('9F26');
  return verifyCda(data, key, {
    sdad,
    cid: data.byte('9F27', 1),
    unpredictableNumber: data.get('9F37') ?? new Uint8Array(0),
    transactionData: concat(sent, ...signedObjects(template)),
  }).ok;
}

/** Tag, length and value of the objects as the card sent them, without the signature itself (Book 2 §6.6.1). */
function signedObjects({ value, children }: Tlv): readonly Uint8Array[] {
  let at = 0;
  return children.flatMap((object) => {
    while (value[at] === 0) at += 1;
    const from = at;
    at = object.value.byteOffset - value.byteOffset + object.value.length;
    return object.tag === '9F4B' ? [] : [value.subarray(from, at)];
  });
}
