/**
 * From the card's decision to what terminal and host work with: card data, DE 55 and the label to print.
 * EMV Contactless Book A §6.2 (outcomes); ISO 8583 DE 22 and DE 55.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, toHex } from '../base/bytes.ts';
import { ok, type Result } from '../base/result.ts';
import type { CardData, CardSecrets } from '../transaction/model.ts';
import { encodeTlv, primitive } from '../tlv/ber-tlv.ts';
import { panSequenceNumber, readAccount } from './account.ts';
import type { DataSource } from '../tlv/dol.ts';
import { stop, type CardStop } from './stop.ts';
import type { TransactionData } from './transaction-data.ts';

/**
 * Data objects of DE 55 in the order in which acquirers usually list them. PAN and track 2 (5A, 57) never enter it.
 * Tags: EMV 4.4 Book 3 Annex A1; which of them a host wants is a matter of its specification.
 */
const iccDataTags =
  '9F26 9F27 9F10 9F37 9F36 95 9B 9A 9C 9F02 5F2A 82 9F1A 9F34 9F33 9F35 9F03 84 9F1E 9F09 9F41 5F34'.split(' ');

/** How the card was read; DE 22 as CardData describes it. */
export type ReadBy = Pick<CardData, 'interface' | 'posEntryMode'>;

export interface CardRead {
  readonly card: CardData;
  readonly secrets: CardSecrets;
}

/** `fallbackLabel` is used when the FCI holds no printable name. */
export function readCard(data: TransactionData, readBy: ReadBy, fallbackLabel: string): Result<CardRead, CardStop> {
  const cryptogram = data.card.get('9F26');
  if (cryptogram === undefined) return stop('cardDataError', 'the card gave no cryptogram');
  return describe(data, readBy, fallbackLabel, { iccData: toHex(iccData(data)), cryptogram: toHex(cryptogram) });
}

/** Magnetic-stripe mode (Book C-2): a track 2 with a dynamic code, without cryptogram and DE 55; both are empty. */
export function readTrack(data: TransactionData, readBy: ReadBy, fallbackLabel: string): Result<CardRead, CardStop> {
  return describe(data, readBy, fallbackLabel, { iccData: '', cryptogram: '' });
}

function describe(
  data: TransactionData,
  readBy: ReadBy,
  fallbackLabel: string,
  proof: Pick<CardData, 'iccData' | 'cryptogram'>,
): Result<CardRead, CardStop> {
  const dfName = data.fci.get('84');
  if (dfName === undefined) return stop('cardDataError', 'the card gave no DF name');
  const secrets = readAccount(data.card);
  if (!secrets.ok) return secrets;
  const sequence = panSequenceNumber(data.card);
  assert(proof.iccData.length % 2 === 0 && proof.cryptogram.length % 2 === 0, 'card data: whole bytes');
  const card: CardData = {
    maskedPan: secrets.value.pan.masked,
    aid: toHex(dfName),
    label: applicationLabel(data.fci) ?? fallbackLabel,
    ...readBy,
    ...proof,
    ...(sequence === undefined ? {} : { panSequenceNumber: sequence }),
  };
  return ok({ card, secrets: secrets.value });
}

function iccData(data: TransactionData): Uint8Array {
  const present = iccDataTags.flatMap((tag) => {
    const value = data.get(tag);
    return value === undefined ? [] : [primitive(tag, value)];
  });
  assert(present.length > 0, 'DE 55: the terminal has its own objects to tell');
  return encodeTlv(present);
}

/**
 * The preferred name where the terminal can write its alphabet (tag 9F11 = 1, ISO 8859-1), else the label, which is
 * plain ASCII (EMV 4.4 Book 1 §12.2.4). What is not printable is left out.
 */
export function applicationLabel(objects: DataSource): string | undefined {
  const preferred = objects.get('9F11')?.[0] === 1 ? objects.get('9F12') : undefined;
  const printable = [preferred, objects.get('50')].map((name) =>
    fromLatin1(name ?? new Uint8Array(0))
      .slice(0, 16)
      .replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/g, '')
      .trim(),
  );
  return printable.find((text) => text !== '' && !numberLike.test(text));
}

/** A name that is mostly digits is none: it could be a card number, and it is printed and kept. */
const numberLike = /(?:\d\D?){8}/;
