/**
 * The kernel: from the selected application to its cryptogram. One flow serves the schemes, because a terminal that
 * is always online needs from each only the way to its ARQC: in the answer to GET PROCESSING OPTIONS (Book C-3,
 * Visa) or by GENERATE AC (Book C-2, Mastercard; C-5, JCB; NAPAS PURE). Steps in the order of EMV 4.4 Book 3 §10.
 *
 * What this kernel does not do yet, and tells card and host so in TVR, CVM results and TTQ: offline data
 * authentication, processing restrictions, cardholder verification, terminal risk management and terminal action
 * analysis, relay resistance, torn transaction recovery, issuer scripts, and magnetic-stripe mode.
 */
import { ok, type Result } from '../base/result.ts';
import { findTlv, parseTlv } from '../tlv/ber-tlv.ts';
import { buildDol, dolLength, parseDol, type DataObjects } from '../tlv/dol.ts';
import {
  generateArqcCommand,
  getProcessingOptionsCommand,
  maxCdolLength,
  maxPdolLength,
  readRecordCommand,
  sw,
} from './apdu.ts';
import type { CardAnswer, CardChannel } from './card-channel.ts';
import { collectCryptogram, collectProcessingOptions, collectRecord, parseAfl, type CardObjects } from './card-data.ts';
import { stop, type CardStop } from './stop.ts';

/** What the card decided, and everything it said on the way. */
export interface CardDecision {
  readonly cryptogramType: 'arqc' | 'aac';
  readonly objects: CardObjects;
}

type Steps<T> = Generator<Uint8Array, Result<T, CardStop>, CardAnswer>;

/** `fci` is the answer to SELECT of the application, `terminal` the terminal's data objects. */
export function* runKernel(channel: CardChannel, fci: Uint8Array, terminal: DataObjects): Steps<CardDecision> {
  const objects: CardObjects = new Map();
  const initiated = yield* initiateApplication(channel, fci, terminal, objects);
  if (!initiated.ok) return initiated;
  const decidedAtOnce = objects.has('9F26');
  const read = yield* readApplicationData(channel, objects);
  if (!read.ok) return read;
  if (decidedAtOnce) return decision(objects, objects.get('9F27') ?? impliedCid(objects));
  const generated = yield* generateCryptogram(channel, terminal, objects);
  return generated.ok ? decision(objects, objects.get('9F27')) : generated;
}

/** Book 3 §10.1: GET PROCESSING OPTIONS with the PDOL of the FCI. */
function* initiateApplication(
  channel: CardChannel,
  fci: Uint8Array,
  terminal: DataObjects,
  objects: CardObjects,
): Steps<void> {
  const parsed = parseTlv(fci);
  if (!parsed.ok) return stop('cardDataError', `FCI: ${parsed.fault.detail}`);
  const pdol = parseDol(findTlv(parsed.value, '9F38')?.value ?? new Uint8Array(0));
  if (!pdol.ok) return stop('cardDataError', `PDOL: ${pdol.fault.detail}`);
  if (dolLength(pdol.value) > maxPdolLength) return stop('cardDataError', 'the PDOL asks for more than fits a command');
  const response = yield* channel.exchange(getProcessingOptionsCommand(buildDol(pdol.value, terminal)));
  if (response === undefined) return stop('communicationError', 'no answer to GET PROCESSING OPTIONS');
  switch (response.sw) {
    case sw.success:
      return collectProcessingOptions(objects, response.data);
    case sw.anotherInterface:
      return stop('anotherInterface', 'the card asks to be inserted');
    case sw.seePhone:
      return stop('seePhone', 'the card asks the cardholder to confirm on the device');
    default:
      return stop('selectNext', `GET PROCESSING OPTIONS answered ${statusText(response.sw)}`);
  }
}

/** Book 3 §10.2: the records that the AFL lists. */
function* readApplicationData(channel: CardChannel, objects: CardObjects): Steps<void> {
  const afl = parseAfl(objects.get('94') ?? new Uint8Array(0));
  if (!afl.ok) return afl;
  for (const { sfi, first, last } of afl.value) {
    for (let record = first; record <= last; record += 1) {
      const response = yield* channel.exchange(readRecordCommand(sfi, record));
      if (response === undefined) return stop('communicationError', 'no answer to READ RECORD');
      if (response.sw !== sw.success) {
        return stop('cardDataError', `READ RECORD ${sfi}.${record} answered ${statusText(response.sw)}`);
      }
      const collected = collectRecord(objects, sfi, response.data);
      if (!collected.ok) return collected;
    }
  }
  return ok(undefined);
}

/** Book 3 §10.8: GENERATE AC asking for an ARQC, with the data objects of CDOL1. */
function* generateCryptogram(channel: CardChannel, terminal: DataObjects, objects: CardObjects): Steps<void> {
  const list = objects.get('8C');
  if (list === undefined) return stop('cardDataError', 'the card gave neither a cryptogram nor a CDOL1');
  const cdol = parseDol(list);
  if (!cdol.ok) return stop('cardDataError', `CDOL1: ${cdol.fault.detail}`);
  const length = dolLength(cdol.value);
  if (length === 0 || length > maxCdolLength) return stop('cardDataError', `CDOL1 asks for ${length} bytes`);
  const value = buildDol(cdol.value, new Map([...objects, ...terminal]));
  const response = yield* channel.exchange(generateArqcCommand(value));
  if (response === undefined) return stop('communicationError', 'no answer to GENERATE AC');
  if (response.sw !== sw.success) return stop('cardDataError', `GENERATE AC answered ${statusText(response.sw)}`);
  return collectCryptogram(objects, response.data);
}

/** Cryptogram Information Data bits 8–7 (Book 3 Table 15). */
function decision(objects: CardObjects, cid: Uint8Array | undefined): Result<CardDecision, CardStop> {
  const [first] = cid ?? [];
  if (cid === undefined || first === undefined) return stop('cardDataError', 'the card does not say what it decided');
  if (!objects.has('9F26') || !objects.has('9F36')) {
    return stop('cardDataError', 'the card decided without a cryptogram, or without its transaction counter');
  }
  objects.set('9F27', cid);
  switch (first & 0xc0) {
    case 0x80:
      return ok({ cryptogramType: 'arqc', objects });
    case 0x00:
      return ok({ cryptogramType: 'aac', objects });
    default:
      // A TC approves offline what was asked to go online. The card may not answer so (Book 3 §9.3), and nothing
      // here would have checked it: no goods leave on it.
      return stop('cardDataError', 'the card answers the request to go online with an offline approval');
  }
}

/**
 * Book C-3: a card that leaves the CID out says the same in its Card Verification Results, which are bytes 4–7 of
 * the Issuer Application Data (tag 9F10): its byte 5, bits 6–5.
 */
function impliedCid(objects: CardObjects): Uint8Array | undefined {
  const cvr = objects.get('9F10')?.[4];
  return cvr === undefined ? undefined : Uint8Array.of((cvr & 0x30) << 2);
}

function statusText(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, '0');
}
