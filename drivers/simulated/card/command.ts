/** Commands as a card sees them, and how it answers. ISO/IEC 7816-4 §5.1 and §5.6; EMV 4.4 Book 3 §6.3. */
import { concat, hex } from '../../../src/core/base/bytes.ts';
import { encodeTlv, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import type { DolEntry } from '../../../src/core/tlv/dol.ts';

export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

/** Status words (ISO/IEC 7816-4 §5.6). */
export const status = {
  success: '9000',
  invalidated: '6283',
  authenticationFailed: '6300',
  wrongLength: '6700',
  methodBlocked: '6983',
  anotherInterface: '6984',
  conditionsNotSatisfied: '6985',
  seePhone: '6986',
  wrongMac: '6988',
  wrongData: '6A80',
  notSupported: '6A81',
  fileNotFound: '6A82',
  recordNotFound: '6A83',
  wrongParameters: '6A86',
  dataNotFound: '6A88',
  instructionNotSupported: '6D00',
  classNotSupported: '6E00',
} as const;

/** A command that ends with nothing but a status word. */
export function refuse(word: keyof typeof status): Uint8Array {
  return hex(status[word]);
}

export function respond(objects: readonly Tlv[], word: keyof typeof status = 'success'): Uint8Array {
  return concat(encodeTlv(objects), hex(status[word]));
}

/** Short C-APDUs, cases 1 to 4; undefined when Lc and length do not agree. */
export function parseCommand(bytes: Uint8Array): Command | undefined {
  const [cla, ins, p1, p2, lc] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return undefined;
  const header = { cla, ins, p1, p2 };
  if (lc === undefined || bytes.length === 5) return { ...header, data: new Uint8Array(0) };
  if (lc === 0 || (bytes.length !== 5 + lc && bytes.length !== 6 + lc)) return undefined;
  return { ...header, data: bytes.subarray(5, 5 + lc) };
}

/** The values of a DOL by tag, cut out of `data`. */
export function readDol(entries: readonly DolEntry[], data: Uint8Array): Map<string, Uint8Array> {
  let at = 0;
  return new Map(
    entries.map(({ tag, length }) => {
      at += length;
      return [tag, data.subarray(at - length, at)];
    }),
  );
}
