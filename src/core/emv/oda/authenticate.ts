/**
 * Offline data authentication: which method, and whether it holds. Static (SDA), dynamic (DDA), combined (CDA) and fast
 * dynamic (fDDA). EMV 4.4 Book 2 §5 and §6, Book 3 §10.3; EMV Contactless Book C-3 Annex C. Whoever calls sets the bits
 * of TVR and TSI, which differ between contact and contactless.
 */
import { assert } from '../../base/assert.ts';
import { concat, equalBytes } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { TerminalEmvData } from '../configuration.ts';
import type { TransactionData } from '../transaction-data.ts';
import { hasPinCertificate, recoverIccKey, recoverIssuerKey, recoverPinKey } from './certificates.ts';
import { odaFault, type OdaFault } from './fault.ts';
import type { PublicKey } from './rsa.ts';
import { sha1, sha1Length } from './sha1.ts';
import { openBlock } from './signed-block.ts';
import { staticData } from './static-data.ts';

const none = new Uint8Array(0);

/** Objects of the card without which a method cannot begin (Book 3 §7.2, Tables 29 and 30). Remainders may be absent. */
const neededForSda = ['8F', '90', '9F32', '93'];
const neededForDynamic = ['8F', '90', '9F32', '9F46', '9F47'];

export type OdaMethod = 'xda' | 'cda' | 'dda' | 'sda' | 'none';

/**
 * The best method that both card (AIP byte 1) and terminal (Terminal Capabilities byte 3) have. XDA, with elliptic
 * curves, is known only to be refused: no terminal of ours claims it, so such a card is asked for CDA or DDA, and where
 * configuration claims it all the same the method has failed.
 */
export function selectOda(data: TransactionData): OdaMethod {
  if (data.bit('82', 1, 8) && data.bit('9F33', 3, 3)) return 'xda';
  if (data.bit('82', 1, 1) && data.bit('9F33', 3, 4)) return 'cda';
  if (data.bit('82', 1, 6) && data.bit('9F33', 3, 7)) return 'dda';
  if (data.bit('82', 1, 7) && data.bit('9F33', 3, 8)) return 'sda';
  return 'none';
}

/** Verification of Signed Static Application Data (Book 2 §5.4); keeps the Data Authentication Code (9F45). */
export function authenticateStatic(data: TransactionData, emv: TerminalEmvData, rid: string): Result<void, OdaFault> {
  const complete = checkPresent(data, neededForSda);
  if (!complete.ok) return complete;
  const signed = staticData(data);
  if (!signed.ok) return signed;
  const issuer = recoverIssuerKey(data, emv, rid);
  if (!issuer.ok) return issuer;
  const block = openBlock(data.card.get('93') ?? none, issuer.value, 0x03, 4);
  if (block === undefined) return odaFault('signatureFormat', 'Signed Static Application Data: not of that key');
  const { content, hash } = block;
  if (content[1] !== 0x01) return odaFault('algorithmNotSupported', 'Signed Static Application Data: not SHA-1');
  if (!equalBytes(sha1(content, ...signed.value), hash)) {
    return odaFault('signatureHash', 'Signed Static Application Data: the hash does not fit');
  }
  assert(content.length >= 4, 'SDA: a block has its authentication code');
  data.card.set('9F45', content.slice(2, 4));
  return ok(undefined);
}

/** The ICC Public Key, which verifies what the card signs in this transaction (Book 2 §6.2 to §6.4). */
export function recoverDynamicKey(
  data: TransactionData,
  emv: TerminalEmvData,
  rid: string,
): Result<PublicKey, OdaFault> {
  const complete = checkPresent(data, neededForDynamic);
  if (!complete.ok) return complete;
  const issuer = recoverIssuerKey(data, emv, rid);
  return issuer.ok ? recoverIccKey(data, issuer.value) : issuer;
}

/** The key that enciphers an offline PIN (Book 2 §7.1), whether or not data authentication was performed. */
export function recoverPinEnciphermentKey(
  data: TransactionData,
  emv: TerminalEmvData,
  rid: string,
): Result<PublicKey, OdaFault> {
  const issuer = recoverIssuerKey(data, emv, rid);
  if (!issuer.ok) return issuer;
  return hasPinCertificate(data) ? recoverPinKey(data, issuer.value, undefined) : recoverIccKey(data, issuer.value);
}

/** DDA (Book 2 §6.5.2): `terminalDynamicData` are the values that the DDOL asked for. Keeps 9F4C. */
export function verifyDda(
  data: TransactionData,
  key: PublicKey,
  sdad: Uint8Array,
  terminalDynamicData: Uint8Array,
): Result<void, OdaFault> {
  const dynamic = openDynamic(key, sdad, terminalDynamicData);
  if (!dynamic.ok) return dynamic;
  data.card.set('9F4C', dynamic.value.iccDynamicNumber);
  return ok(undefined);
}

export interface CdaInput {
  /** Tag 9F4B of the response. */
  readonly sdad: Uint8Array;
  /** Cryptogram Information Data of the response, in the clear. */
  readonly cid: number;
  readonly unpredictableNumber: Uint8Array;
  /** Values for PDOL, CDOL1 and (at the second GENERATE AC) CDOL2, then the objects of the response but 9F4B, as TLV. */
  readonly transactionData: Uint8Array;
}

/** CDA (Book 2 §6.6.2); keeps the Application Cryptogram (9F26) and the ICC Dynamic Number (9F4C). */
export function verifyCda(data: TransactionData, key: PublicKey, input: CdaInput): Result<void, OdaFault> {
  const dynamic = openDynamic(key, input.sdad, input.unpredictableNumber);
  if (!dynamic.ok) return dynamic;
  const { iccDynamicNumber, rest } = dynamic.value;
  // CID, Application Cryptogram, Transaction Data Hash Code (Table 19); Book C-2 puts relay data after them.
  if (rest.length < 1 + 8 + sha1Length) return odaFault('signatureFormat', 'CDA: the ICC Dynamic Data are too short');
  if (rest[0] !== input.cid) return odaFault('cidMismatch', 'CDA: the signed decision is another');
  if (!equalBytes(sha1(input.transactionData), rest.subarray(9, 9 + sha1Length))) {
    return odaFault('transactionDataMismatch', 'CDA: other data were signed than were exchanged');
  }
  assert(rest.length >= 9 + sha1Length, 'CDA: the cryptogram was signed whole');
  data.card.set('9F26', rest.slice(1, 9));
  data.card.set('9F4C', iccDynamicNumber);
  return ok(undefined);
}

/**
 * fDDA (Book C-3 Annex C, version 01): the card signs Unpredictable Number, amount, currency and its Card Authentication
 * Related Data (9F69, which begins with the version). Version 00, of older cards, signs neither amount nor currency and
 * is refused: what follows is for the CTQ to say.
 */
export function verifyFdda(data: TransactionData, key: PublicKey, sdad: Uint8Array): Result<void, OdaFault> {
  if (data.card.get('9F69')?.[0] !== 0x01) {
    return odaFault('algorithmNotSupported', 'fDDA: only version 01 covers amount and currency');
  }
  const signed = ['9F37', '9F02', '5F2A', '9F69'].map((tag) => data.get(tag) ?? none);
  return verifyDda(data, key, sdad, concat(...signed));
}

interface DynamicData {
  readonly iccDynamicNumber: Uint8Array;
  /** Of the ICC Dynamic Data, after the ICC Dynamic Number. */
  readonly rest: Uint8Array;
}

/** What DDA and CDA have in common. */
function openDynamic(key: PublicKey, sdad: Uint8Array, terminalDynamicData: Uint8Array): Result<DynamicData, OdaFault> {
  const name = 'Signed Dynamic Application Data';
  const block = openBlock(sdad, key, 0x05, 3);
  if (block === undefined) return odaFault('signatureFormat', `${name}: not of that key`);
  const { content, hash } = block;
  if (content[1] !== 0x01) return odaFault('algorithmNotSupported', `${name}: not SHA-1`);
  const [, , length = 0, numberLength = 0] = content;
  const fits = length <= content.length - 3 && numberLength >= 2 && numberLength <= 8 && numberLength < length;
  if (!fits) return odaFault('signatureFormat', `${name}: the ICC Dynamic Data cannot be so long`);
  if (!equalBytes(sha1(content, terminalDynamicData), hash)) {
    return odaFault('signatureHash', `${name}: the hash does not fit`);
  }
  const restAt = 4 + numberLength;
  assert(restAt <= 3 + length && 3 + length <= content.length, 'ODA: the dynamic data lie within the block');
  return ok({ iccDynamicNumber: content.slice(4, restAt), rest: content.slice(restAt, 3 + length) });
}

function checkPresent(data: TransactionData, tags: readonly string[]): Result<void, OdaFault> {
  const missing = tags.filter((tag) => !data.card.has(tag));
  return missing.length === 0 ? ok(undefined) : odaFault('dataMissing', `the card gave no ${missing.join(', ')}`);
}
