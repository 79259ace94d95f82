/**
 * The cryptography of a card with symmetric keys, so that simulated cards answer with cryptograms that an issuer
 * can really check. The recipe, to be repeated on the issuer's side:
 *
 * 1. card key    = EMV 4.4 Book 2 Annex A1.4.1 (Option A) from issuer master key, PAN and PAN sequence number
 * 2. session key = Book 2 Annex A1.3.1 (common session key) from card key and ATC
 * 3. data        = 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 82 9F36 9F10, values only, in this order (Book 2 §8.1.1, with
 *                  the whole Issuer Application Data as in CCD and in Visa's cryptogram version 18)
 * 4. cryptogram  = Book 2 Annex A1.2.1: ISO/IEC 9797-1 MAC algorithm 3 with DES, padding method 2, 8 bytes
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '../../../src/core/base/assert.ts';
import { bcd, concat } from '../../../src/core/base/bytes.ts';
import type { DataObjects } from '../../../src/core/tlv/dol.ts';

const cryptogramTags = ['9F02', '9F03', '9F1A', '95', '5F2A', '9A', '9C', '9F37', '82', '9F36', '9F10'];
const blockLength = 8;

/** The bytes under the cryptogram; an object that is missing contributes nothing. */
export function cryptogramData(objects: DataObjects): Uint8Array {
  return concat(...cryptogramTags.map((tag) => objects.get(tag) ?? new Uint8Array(0)));
}

export interface CryptogramKeyInput {
  /** Double-length TDES key, 16 bytes. */
  readonly issuerMasterKey: Uint8Array;
  readonly pan: string;
  /** Two digits, tag 5F34. */
  readonly panSequenceNumber: string;
  /** Tag 9F36, two bytes. */
  readonly atc: Uint8Array;
}

/** Steps 1, 2 and 4 over `data`. */
export function applicationCryptogram(keys: CryptogramKeyInput, data: Uint8Array): Uint8Array {
  const cardKey = deriveCardKey(keys.issuerMasterKey, keys.pan, keys.panSequenceNumber);
  return macAlgorithm3(deriveSessionKey(cardKey, concat(keys.atc, new Uint8Array(6))), data);
}

/** Book 2 Annex A1.4.1: the rightmost 16 digits of PAN and sequence number, enciphered as they are and inverted. */
export function deriveCardKey(issuerMasterKey: Uint8Array, pan: string, panSequenceNumber: string): Uint8Array {
  const diversifier = bcd((pan + panSequenceNumber).padStart(16, '0').slice(-16));
  const inverted = diversifier.map((byte) => byte ^ 0xff);
  return withOddParity(tdesEncipher(issuerMasterKey, concat(diversifier, inverted)));
}

/** Book 2 Annex A1.3.1. `diversifier` has 8 bytes; for cryptograms ATC and six zeros. */
export function deriveSessionKey(cardKey: Uint8Array, diversifier: Uint8Array): Uint8Array {
  const left = Uint8Array.from(diversifier);
  const right = Uint8Array.from(diversifier);
  left[2] = 0xf0;
  right[2] = 0x0f;
  return withOddParity(tdesEncipher(cardKey, concat(left, right)));
}

/** ISO/IEC 9797-1 MAC algorithm 3 (retail MAC) with padding method 2 and a double-length key. */
export function macAlgorithm3(key: Uint8Array, data: Uint8Array): Uint8Array {
  const padding = new Uint8Array(blockLength - (data.length % blockLength));
  padding[0] = 0x80;
  const [left, right] = halves(key);
  const cipher = createCipheriv('des-ede3-cbc', singleDes(left), new Uint8Array(blockLength)).setAutoPadding(false);
  const chained = cipher.update(concat(data, padding)).subarray(-blockLength);
  const decipher = createDecipheriv('des-ede3-ecb', singleDes(right), null).setAutoPadding(false);
  const last = createCipheriv('des-ede3-ecb', singleDes(left), null).setAutoPadding(false);
  return Uint8Array.from(last.update(decipher.update(chained)));
}

function tdesEncipher(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const [left, right] = halves(key);
  const cipher = createCipheriv('des-ede3-ecb', concat(left, right, left), null).setAutoPadding(false);
  return Uint8Array.from(cipher.update(blocks));
}

function halves(key: Uint8Array): readonly [Uint8Array, Uint8Array] {
  assert(key.length === 2 * blockLength, 'a double-length DES key has 16 bytes');
  return [key.subarray(0, blockLength), key.subarray(blockLength)];
}

/** OpenSSL 3 has no single DES without the legacy provider; triple DES with three equal keys is the same function. */
function singleDes(key: Uint8Array): Uint8Array {
  return concat(key, key, key);
}

function withOddParity(key: Uint8Array): Uint8Array {
  return key.map((byte) => {
    let ones = 0;
    for (let bits = byte >> 1; bits > 0; bits >>= 1) ones += bits & 1;
    return (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0);
  });
}
