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
import { buildDol, dolLength, parseDol } from '../tlv/dol.ts';
import { generateArqcCommand, maxCdolLength, statusText, sw } from './apdu.ts';
import type { CardChannel, Steps } from './card-channel.ts';
import { collectCryptogram, type CardObjects } from './card-data.ts';
import { collectProcessingOptions, processingOptionsCommand, readFci } from './initiate.ts';
import { readApplicationData } from './read-records.ts';
import { stop, type CardStop } from './stop.ts';
import type { TransactionData } from './transaction-data.ts';

export type CryptogramType = 'arqc' | 'aac';

/** `fci` is the answer to SELECT of the application. */
export function* runKernel(channel: CardChannel, data: TransactionData, fci: Uint8Array): Steps<CryptogramType> {
  data.tvr.set('odaNotPerformed');
  const initiated = yield* initiateContactless(channel, data, fci);
  if (!initiated.ok) return initiated;
  const decidedAtOnce = data.card.has('9F26');
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return read;
  if (decidedAtOnce) return decision(data.card, data.card.get('9F27') ?? impliedCid(data.card));
  const generated = yield* generateCryptogram(channel, data);
  return generated.ok ? decision(data.card, data.card.get('9F27')) : generated;
}

/** Book 3 §10.1 with the status words of Book C-3. */
function* initiateContactless(channel: CardChannel, data: TransactionData, fci: Uint8Array): Steps<void> {
  const known = readFci(data, fci);
  if (!known.ok) return known;
  const command = processingOptionsCommand(data);
  if (!command.ok) return command;
  const response = yield* channel.exchange(command.value);
  if (response === undefined) return stop('communicationError', 'no answer to GET PROCESSING OPTIONS');
  switch (response.sw) {
    case sw.success:
      return collectProcessingOptions(data, response.data);
    case sw.anotherInterface:
      return stop('anotherInterface', 'the card asks to be inserted');
    case sw.seePhone:
      return stop('seePhone', 'the card asks the cardholder to confirm on the device');
    default:
      return stop('selectNext', `GET PROCESSING OPTIONS answered ${statusText(response.sw)}`);
  }
}

/** Book 3 §10.8: GENERATE AC asking for an ARQC, with the data objects of CDOL1. */
function* generateCryptogram(channel: CardChannel, data: TransactionData): Steps<void> {
  const list = data.card.get('8C');
  if (list === undefined) return stop('cardDataError', 'the card gave neither a cryptogram nor a CDOL1');
  const cdol = parseDol(list);
  if (!cdol.ok) return stop('cardDataError', `CDOL1: ${cdol.fault.detail}`);
  const length = dolLength(cdol.value);
  if (length === 0 || length > maxCdolLength) return stop('cardDataError', `CDOL1 asks for ${length} bytes`);
  const response = yield* channel.exchange(generateArqcCommand(buildDol(cdol.value, data)));
  if (response === undefined) return stop('communicationError', 'no answer to GENERATE AC');
  if (response.sw !== sw.success) return stop('cardDataError', `GENERATE AC answered ${statusText(response.sw)}`);
  return collectCryptogram(data.card, response.data);
}

/** Cryptogram Information Data bits 8–7 (Book 3 Table 15). */
function decision(objects: CardObjects, cid: Uint8Array | undefined): Result<CryptogramType, CardStop> {
  const [first] = cid ?? [];
  if (cid === undefined || first === undefined) return stop('cardDataError', 'the card does not say what it decided');
  if (!objects.has('9F26') || !objects.has('9F36')) {
    return stop('cardDataError', 'the card decided without a cryptogram, or without its transaction counter');
  }
  objects.set('9F27', cid);
  switch (first & 0xc0) {
    case 0x80:
      return ok('arqc');
    case 0x00:
      return ok('aac');
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
