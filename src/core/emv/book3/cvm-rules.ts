/**
 * The tables behind cardholder verification: when a rule of the CVM List applies, which method it names, and whether
 * this terminal can perform it. EMV 4.4 Book 3 §10.5 and Annex C3, Book 4 §6.3.4.
 */
import { assert } from '../../base/assert.ts';
import type { CvmList } from '../decode/cvm.ts';
import type { TransactionData } from '../transaction-data.ts';
import { amountAuthorised, situationOf, terminalHas, type Situation } from './situation.ts';

/** Byte 2 of Terminal Capabilities (9F33), Book 4 Annex A2. */
const capability = {
  plaintextPin: 0x80,
  onlinePin: 0x40,
  signature: 0x20,
  encipheredPin: 0x10,
  noCvm: 0x08,
} as const;

interface Needs {
  /** Bits of the capability that have to be there, of a combination those of both parts (Book 4 §6.3.4). */
  readonly needs: number;
}

export type CvmMethod = Needs &
  (
    | { readonly kind: 'fail' }
    | { readonly kind: 'onlinePin' }
    | { readonly kind: 'signature' }
    | { readonly kind: 'noCvm' }
    /** Verified by the card; in a combination the cardholder signs as well (Book 3 §10.5.4). */
    | { readonly kind: 'offlinePin'; readonly enciphered: boolean; readonly signature: boolean }
  );

const { plaintextPin, encipheredPin, signature } = capability;

/**
 * CVM Codes, bits 6-1: Annex C3 Table 43. All others are not recognised; that a terminal without biometrics leaves
 * 06 to 0F out is allowed by the note in §10.5.5. Failing is always supported.
 */
const methods: ReadonlyMap<number, CvmMethod> = new Map<number, CvmMethod>([
  [0x00, { kind: 'fail', needs: 0 }],
  [0x01, { kind: 'offlinePin', enciphered: false, signature: false, needs: plaintextPin }],
  [0x02, { kind: 'onlinePin', needs: capability.onlinePin }],
  [0x03, { kind: 'offlinePin', enciphered: false, signature: true, needs: plaintextPin | signature }],
  [0x04, { kind: 'offlinePin', enciphered: true, signature: false, needs: encipheredPin }],
  [0x05, { kind: 'offlinePin', enciphered: true, signature: true, needs: encipheredPin | signature }],
  [0x1e, { kind: 'signature', needs: signature }],
  [0x1f, { kind: 'noCvm', needs: capability.noCvm }],
]);

/** Undefined: not recognised. `cvm` is byte 1 of the rule. */
export function methodOf(cvm: number): CvmMethod | undefined {
  return methods.get(cvm & 0x3f);
}

/** Byte 1 bit 7 of the rule: when the method was not successful, the next rule is applied. */
export function nextRuleApplies(cvm: number): boolean {
  return (cvm & 0x40) !== 0;
}

/** Whether the terminal can perform it. `cvmCapability` is byte 2 of Terminal Capabilities (9F33). */
export function methodSupported(method: CvmMethod, cvmCapability: number): boolean {
  assert(cvmCapability >= 0 && cvmCapability <= 0xff, 'CVM: the capability is one byte');
  return (cvmCapability & method.needs) === method.needs;
}

/**
 * Whether a method that is not supported lacks the PIN pad (§10.5 step 1, §10.5.1 and §10.5.2): an online PIN always,
 * an offline PIN only when the terminal knows neither form of it.
 */
export function pinPadLacking(method: CvmMethod, cvmCapability: number): boolean {
  if (method.kind === 'onlinePin') return true;
  return method.kind === 'offlinePin' && (cvmCapability & (plaintextPin | encipheredPin)) === 0;
}

/** What conditions are about. */
export interface CvmSituation extends Pick<Situation, 'cash' | 'cashback' | 'unattended'> {
  /** Amount, Authorised when the transaction is in the application currency; else undefined. */
  readonly amount: number | undefined;
}

export function cvmSituation(data: TransactionData): CvmSituation {
  const currency = data.card.get('9F42');
  const comparable = currency !== undefined && terminalHas(data, '5F2A', currency);
  return { ...situationOf(data), amount: comparable ? amountAuthorised(data) : undefined };
}

/**
 * CVM Condition Codes, Annex C3 Table 44. A condition whose data is missing, or that is not known, does not hold
 * (§10.5). `supported`: the terminal recognises the rule's method and can perform it.
 */
export function conditionHolds(
  condition: number,
  situation: CvmSituation,
  list: Pick<CvmList, 'amountX' | 'amountY'>,
  supported: boolean,
): boolean {
  const { cash, cashback, unattended, amount } = situation;
  assert(amount === undefined || amount >= 0, 'CVM: an amount is not negative');
  switch (condition) {
    case 0x00:
      return true;
    case 0x01:
      return cash && unattended;
    case 0x02:
      return !cash && !cashback;
    case 0x03:
      return supported;
    case 0x04:
      return cash && !unattended;
    case 0x05:
      return cashback;
    case 0x06:
      return amount !== undefined && amount < list.amountX;
    case 0x07:
      return amount !== undefined && amount > list.amountX;
    case 0x08:
      return amount !== undefined && amount < list.amountY;
    case 0x09:
      return amount !== undefined && amount > list.amountY;
    default:
      return false;
  }
}
