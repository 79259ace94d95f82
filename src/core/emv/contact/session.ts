/** What the parts of a contact transaction share once the application is selected and the cardholder verified. */
import { assert } from '../../base/assert.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { encodeTlv, primitive } from '../../tlv/ber-tlv.ts';
import type { CardData, CardSecrets } from '../../transaction/model.ts';
import type { CardChannel } from '../card-channel.ts';
import { readCard, type ReadBy } from '../outcome.ts';
import type { CardStop } from '../stop.ts';
import type { SaleInput } from '../terminal-data.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { Candidate } from './candidates.ts';
import type { CdaKey } from './data-authentication.ts';

export interface Session {
  readonly channel: CardChannel;
  readonly input: SaleInput;
  readonly candidate: Candidate;
  readonly data: TransactionData;
  readonly cdaKey: CdaKey;
  /** The receipt has a line to sign. */
  readonly signature: boolean;
}

/** As the terminal keeps it: with the decision and the results that the transaction has so far. */
export function describeCard(session: Session): Result<{ card: CardData; secrets: CardSecrets }, CardStop> {
  const { data, input, candidate, signature } = session;
  // A signature (CDA) that does not hold leaves no cryptogram to tell of; zeros say so.
  if (!data.card.has('9F26')) data.card.set('9F26', new Uint8Array(8));
  const read = readCard(data, readBy(input.terminal.terminalCapabilities), candidate.label);
  if (!read.ok) return read;
  const { card, secrets } = read.value;
  assert(data.terminal.get('9F34')?.length === 3, 'EMV: CVM Results have three bytes');
  const cvm = verifiedBy(data, signature);
  return ok({ card: { ...card, iccData: card.iccData + responseCode(data), cvm }, secrets });
}

/** The same without secrets, for a transaction that has no use for them any more. */
export function describeCardOnly(session: Session): Result<CardData, CardStop> {
  const read = describeCard(session);
  if (!read.ok) return read;
  const { card, secrets } = read.value;
  secrets.pan.wipe();
  secrets.track2?.fill(0);
  return ok(card);
}

/** Authorisation Response Code: only a decided transaction has one. */
function responseCode({ terminal }: TransactionData): string {
  const code = terminal.get('8A');
  assert(code === undefined || code.length === 2, 'EMV: an Authorisation Response Code has two bytes');
  return code === undefined ? '' : toHex(encodeTlv([primitive('8A', code)]));
}

/** DE 22: whether a PIN could be entered, Terminal Capabilities byte 2 (Book 4 Annex A2): plain, online, enciphered. */
function readBy(terminalCapabilities: string): ReadBy {
  const pinEntry = ((hex(terminalCapabilities)[1] ?? 0) & 0xd0) !== 0;
  return { interface: 'contact', posEntryMode: pinEntry ? '051' : '052' };
}

const methods: Readonly<Record<number, NonNullable<CardData['cvm']>>> = {
  0x01: 'offlinePin',
  0x02: 'onlinePin',
  0x03: 'offlinePin',
  0x04: 'offlinePin',
  0x05: 'offlinePin',
  0x1e: 'signature',
};

/** CVM Results (Book 4 Annex A4): method, condition, and 01 for a method that failed. */
function verifiedBy(data: TransactionData, signature: boolean): NonNullable<CardData['cvm']> {
  if (data.byte('9F34', 3) === 0x01) return 'none';
  if (signature) return 'signature';
  return methods[data.byte('9F34', 1) & 0x3f] ?? 'none';
}
