/**
 * Command and response APDUs of the commands a payment application knows. ISO/IEC 7816-4 for the frame,
 * EMV 4.4 Book 1 §11 and Book 3 §6.5 for the commands. Building and reading are pure; who sends is not known here.
 */
import { assert } from '../base/assert.ts';
import { concat, hex, latin1 } from '../base/bytes.ts';

/** A R-APDU taken apart. */
export interface Response {
  /** SW1-SW2 as one number, e.g. 0x9000. */
  readonly sw: number;
  /** The bytes before the status word. */
  readonly data: Uint8Array;
}

/** EMV 4.4 Book 3 §6.3.5 and Book 1 §11.3.5; named where the meaning decides an outcome. */
export const sw = {
  success: 0x9000,
  /** SELECT: the selected application is blocked. */
  selectedFileInvalidated: 0x6283,
  /** SELECT: the card is blocked, or SELECT is not supported. */
  functionNotSupported: 0x6a81,
  /** SELECT: no such file. */
  fileNotFound: 0x6a82,
  /** READ RECORD: no such record. */
  recordNotFound: 0x6a83,
  /** GPO: conditions of use not satisfied, another application may do (Book 3 §10.1). */
  conditionsNotSatisfied: 0x6985,
  /** GPO: use another interface (Book C-3). */
  anotherInterface: 0x6984,
  /** GPO: see phone, the cardholder verifies on the device and taps again (Book C-3). */
  seePhone: 0x6986,
  /** VERIFY: wrong; the last digit counts the tries that are left (Book 3 §6.5.12). */
  pinWrong: 0x63c0,
  /** VERIFY: the PIN is blocked. */
  pinBlocked: 0x6983,
  /** VERIFY: the PIN cannot be used, or was not deciphered. */
  pinNotUsable: 0x6984,
} as const;

/** `2PAY.SYS.DDF01`, the name of the PPSE (Book B §3.3.2). */
export const ppseName = latin1('2PAY.SYS.DDF01');

function case4(cla: number, ins: number, p1: number, p2: number, data: Uint8Array): Uint8Array {
  assert(data.length >= 1 && data.length <= 0xff, 'APDU: command data fit one byte of length');
  return concat(Uint8Array.of(cla, ins, p1, p2, data.length), data, Uint8Array.of(0));
}

/** Book 1 §11.3: by DF name, first or only occurrence. */
export function selectCommand(name: Uint8Array): Uint8Array {
  return case4(0x00, 0xa4, 0x04, 0x00, name);
}

/** Longest PDOL value: 255 bytes of command data less tag 83 and a two-byte length. */
export const maxPdolLength = 252;
/** Longest CDOL value: Lc has one byte. */
export const maxCdolLength = 255;

/** Book 3 §6.5.8: the PDOL value inside the command template, tag 83. */
export function getProcessingOptionsCommand(pdolValue: Uint8Array): Uint8Array {
  assert(pdolValue.length <= maxPdolLength, 'APDU: the PDOL data fit their command');
  const header = pdolValue.length < 0x80 ? [0x83, pdolValue.length] : [0x83, 0x81, pdolValue.length];
  return case4(0x80, 0xa8, 0x00, 0x00, concat(Uint8Array.from(header), pdolValue));
}

/** Book 3 §6.5.11. `sfi` 1–30, `record` 1–255. */
export function readRecordCommand(sfi: number, record: number): Uint8Array {
  assert(sfi >= 1 && sfi <= 30 && record >= 1 && record <= 0xff, 'APDU: a record of a file');
  return Uint8Array.of(0x00, 0xb2, record, (sfi << 3) | 0x04, 0x00);
}

/** Book 3 §6.5.7: one data object that no record has, e.g. 9F17, the PIN Try Counter. `tag` has two bytes. */
export function getDataCommand(tag: string): Uint8Array {
  assert(tag.length === 4, 'APDU: GET DATA names a tag of two bytes');
  return concat(Uint8Array.of(0x80, 0xca), hex(tag), Uint8Array.of(0x00));
}

/** Book 3 §6.5.6: an unpredictable number of the card, for the encipherment of a PIN. */
export function getChallengeCommand(): Uint8Array {
  return Uint8Array.of(0x00, 0x84, 0x00, 0x00, 0x00);
}

/** Undefined when there is no status word: the exchange itself went wrong. */
export function parseResponse(bytes: Uint8Array): Response | undefined {
  const sw1 = bytes.at(-2);
  const sw2 = bytes.at(-1);
  if (sw1 === undefined || sw2 === undefined) return undefined;
  return { sw: (sw1 << 8) | sw2, data: bytes.subarray(0, -2) };
}

/** A status word as the Books print it. */
export function statusText(status: number): string {
  assert(status >= 0 && status <= 0xffff, 'APDU: a status word has two bytes');
  return status.toString(16).toUpperCase().padStart(4, '0');
}
