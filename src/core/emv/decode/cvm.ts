/**
 * Cardholder verification as data: the CVM List of the card (tag 8E), its rules, and the CVM Results of the terminal
 * (tag 9F34). EMV 4.4 Book 3 §10.5 and Annex C3; Book 4 Annex A4.
 */
import { assert } from '../../base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../base/result.ts';

/** One Cardholder Verification Rule: two bytes of the list. */
export interface CvRule {
  /** Byte 1: bits 6-1 the method, bit 7 whether the next rule applies when it fails. */
  readonly cvm: number;
  /** Byte 2: when the rule applies. */
  readonly condition: number;
}

export interface CvmList {
  /** In minor units of the application currency. */
  readonly amountX: number;
  readonly amountY: number;
  readonly rules: readonly CvRule[];
}

const maxListLength = 252;

/** Two amounts of four bytes, then rules of two bytes each, at least one (Book 3 §10.5). */
export function parseCvmList(value: Uint8Array): Result<CvmList, Fault<'cvmListMalformed'>> {
  if (value.length < 10 || value.length > maxListLength || value.length % 2 !== 0) {
    return err(fault('cvmListMalformed', `a CVM List of ${value.length} bytes`, true));
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const rules: CvRule[] = [];
  for (let at = 8; at < value.length; at += 2) {
    rules.push({ cvm: view.getUint8(at), condition: view.getUint8(at + 1) });
  }
  assert(rules.length * 2 === value.length - 8, 'CVM List: two bytes a rule');
  return ok({ amountX: view.getUint32(0), amountY: view.getUint32(4), rules });
}

const nextRuleBit = 0x40;
const methodMask = 0x3f;

/** CVM Codes, bits 6-1: Book 3 Annex C3 Table 43. */
const methods: Readonly<Record<number, string>> = {
  0x00: 'Fail CVM processing',
  0x01: 'Plaintext PIN verification performed by ICC',
  0x02: 'Enciphered PIN verified online',
  0x03: 'Plaintext PIN verification performed by ICC and signature',
  0x04: 'Enciphered PIN verification performed by ICC',
  0x05: 'Enciphered PIN verification performed by ICC and signature',
  0x06: 'Facial biometric verified offline (by ICC)',
  0x07: 'Facial biometric verified online',
  0x08: 'Finger biometric verified offline (by ICC)',
  0x09: 'Finger biometric verified online',
  0x0a: 'Palm biometric verified offline (by ICC)',
  0x0b: 'Palm biometric verified online',
  0x0c: 'Iris biometric verified offline (by ICC)',
  0x0d: 'Iris biometric verified online',
  0x0e: 'Voice biometric verified offline (by ICC)',
  0x0f: 'Voice biometric verified online',
  0x1e: 'Signature (paper)',
  0x1f: 'No CVM required',
  // Not a method: what CVM Results say when none was performed (Book 4 Annex A4).
  0x3f: 'Invalid CV Rule',
};

function methodName(code: number): string {
  const method = code & methodMask;
  const known = methods[method];
  if (known !== undefined) return known;
  return method >= 0x20 && method <= 0x3e
    ? `${method >= 0x30 ? 'Issuer' : 'Payment system'}-specific CVM ${hexByte(method)}`
    : `RFU CVM ${hexByte(method)}`;
}

/** CVM Condition Codes: Book 3 Annex C3 Table 44. */
const conditions: readonly string[] = [
  'Always',
  'If unattended cash',
  'If not unattended cash and not manual cash and not purchase with cashback',
  'If terminal supports the CVM',
  'If manual cash',
  'If purchase with cashback',
  'If transaction is in the application currency and is under X value',
  'If transaction is in the application currency and is over X value',
  'If transaction is in the application currency and is under Y value',
  'If transaction is in the application currency and is over Y value',
];

function conditionName(code: number): string {
  const kind = code >= 0x80 ? 'Payment system-specific' : 'RFU';
  return conditions[code] ?? `${kind} condition ${hexByte(code)}`;
}

/** One line a rule: condition; method; what happens when the method fails. Amounts take the place of X and Y. */
export function explainCvmList(value: Uint8Array): string[] {
  const list = parseCvmList(value);
  if (!list.ok) return [`Not a CVM List: ${list.fault.detail}`];
  const { amountX, amountY, rules } = list.value;
  return rules.map(({ cvm, condition }) => {
    const when = conditionName(condition).replace('X value', `${amountX} value`).replace('Y value', `${amountY} value`);
    const otherwise =
      (cvm & nextRuleBit) === 0
        ? 'Fail cardholder verification if this CVM is unsuccessful'
        : 'Apply succeeding CV Rule if this CVM is unsuccessful';
    return `${when}; ${methodName(cvm)}; ${otherwise}`;
  });
}

/** CVM Results byte 3: Book 4 Annex A4 Table 33. */
const results: readonly string[] = ['Unknown', 'Failed', 'Successful'];

export function explainCvmResults(value: Uint8Array): string[] {
  const [cvm, condition, result] = value;
  if (cvm === undefined || condition === undefined || result === undefined) return [];
  return [
    `CVM Performed: ${(cvm & methodMask) === 0x3f ? 'CVM not performed' : methodName(cvm)}`,
    `CVM Condition: ${conditionName(condition)}`,
    `CVM Result: ${results[result] ?? `RFU ${hexByte(result)}`}`,
  ];
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}
