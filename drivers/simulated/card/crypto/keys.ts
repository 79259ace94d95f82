/**
 * From the issuer's master key to the key of one card, and from there to the key of one transaction. EMV 4.4 Book 2
 * Annex A1.3 and A1.4; the tree of EMV2000 (EMV 4.1 Book 2 Annex A1.3.1); Visa's own for secure messaging (VIS).
 */
import { createHash } from 'node:crypto';
import { assert } from '../../../../src/core/base/assert.ts';
import { bcd, concat, toHex } from '../../../../src/core/base/bytes.ts';
import { blockLength, encipherEcb, withOddParity, xor } from './des.ts';

/** Annex A1.4.1, Option A: the last 16 digits of PAN and sequence number, as they are and inverted. */
export function cardKeyA(issuerMasterKey: Uint8Array, pan: string, panSequenceNumber: string): Uint8Array {
  return diversified(issuerMasterKey, (pan + panSequenceNumber).padStart(16, '0').slice(-16));
}

/** Annex A1.4.2, Option B: for more than 16 digits, 16 decimal digits of a hash instead. */
export function cardKeyB(issuerMasterKey: Uint8Array, pan: string, panSequenceNumber: string): Uint8Array {
  if (pan.length <= 16) return cardKeyA(issuerMasterKey, pan, panSequenceNumber);
  const digest = toHex(
    createHash('sha1')
      .update(bcd(pan + panSequenceNumber))
      .digest(),
  );
  const decimal = digest.replaceAll(/[A-F]/g, '');
  const letters = digest.replaceAll(/\d/g, '').replaceAll(/[A-F]/g, (letter) => String('ABCDEF'.indexOf(letter)));
  return diversified(issuerMasterKey, (decimal + letters).slice(0, 16));
}

function diversified(issuerMasterKey: Uint8Array, digits: string): Uint8Array {
  const diversifier = bcd(digits);
  return withOddParity(
    encipherEcb(
      issuerMasterKey,
      concat(
        diversifier,
        diversifier.map((byte) => byte ^ 0xff),
      ),
    ),
  );
}

/** Annex A1.3.1, the common session key; `diversifier` has eight bytes. */
export function commonSessionKey(cardKey: Uint8Array, diversifier: Uint8Array): Uint8Array {
  assert(diversifier.length === blockLength, 'a session key is derived from eight bytes');
  const left = Uint8Array.from(diversifier);
  const right = Uint8Array.from(diversifier);
  left[2] = 0xf0;
  right[2] = 0x0f;
  return withOddParity(encipherEcb(cardKey, concat(left, right)));
}

/** VIS: the counter, and its complement, over the last two bytes of the halves. */
export function visaSessionKey(cardKey: Uint8Array, atc: Uint8Array): Uint8Array {
  assert(atc.length === 2, 'an application transaction counter has two bytes');
  assert(cardKey.length === 16, 'a double-length DES key has 16 bytes');
  const zeros = new Uint8Array(6);
  return withOddParity(
    xor(
      cardKey,
      concat(
        zeros,
        atc,
        zeros,
        atc.map((byte) => byte ^ 0xff),
      ),
    ),
  );
}

export interface KeyTree {
  readonly height: number;
  readonly branchFactor: number;
  /** 16 bytes; stands above the card key. */
  readonly initialVector: Uint8Array;
}

export const emv2000Tree: KeyTree = { height: 8, branchFactor: 4, initialVector: new Uint8Array(16) };

/** EMV2000: keys of a tree, each made from its parent and grandparent; the leaves are the transactions. */
export function treeSessionKey(cardKey: Uint8Array, atc: Uint8Array, tree = emv2000Tree): Uint8Array {
  assert(atc.length === 2, 'an application transaction counter has two bytes');
  assert(cardKey.length === 16 && tree.initialVector.length === 16, 'key and initial vector have 16 bytes');
  const { height, branchFactor } = tree;
  assert(branchFactor ** height > 0xffff, 'the tree has a leaf for each transaction');
  const counter = ((atc[0] ?? 0) << 8) | (atc[1] ?? 0);
  let grandparent = tree.initialVector;
  let parent = cardKey;
  for (let level = 1; level < height; level += 1) {
    const child = derived(parent, grandparent, Math.floor(counter / branchFactor ** (height - level)), branchFactor);
    grandparent = parent;
    parent = child;
  }
  return withOddParity(xor(derived(parent, grandparent, counter, branchFactor), grandparent));
}

/** The function of the tree: the number of the branch goes into the last byte of both halves of `y`. */
function derived(key: Uint8Array, y: Uint8Array, node: number, branchFactor: number): Uint8Array {
  const branch = node % branchFactor;
  const blocks = Uint8Array.from(y);
  blocks[7] = (blocks[7] ?? 0) ^ branch;
  blocks[15] = (blocks[15] ?? 0) ^ branch ^ 0xf0;
  return encipherEcb(key, blocks);
}
