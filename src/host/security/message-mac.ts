/**
 * The MAC of an ISO 8583 message, on both sides of the link: last element (DE 64 when no element above 64 is present,
 * else DE 128; ISO 8583:1987, data elements 64 and 128), over the packed message up to but without the MAC value.
 */
import { assert } from '../../core/base/assert.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { packMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { iso8583Fault, type Iso8583Fault } from '../../core/iso8583/reader.ts';
import { aes, knownAes } from './aes.ts';
import { cmac, retailMac } from './mac.ts';
import { equalInConstantTime, wipe, type KeyLengthFault } from './secret-bytes.ts';

/** `x9.19`: retail MAC with TDES, zero padding (ISO/IEC 9797-1 method 1). `aes-cmac`: leftmost 8 bytes. */
export type MacAlgorithm = 'x9.19' | 'aes-cmac';

const macBytes = 8;

export interface MacKey {
  readonly algorithm: MacAlgorithm;
  /** Of a length that fits the algorithm: `macKey` has checked it. The holder wipes it. */
  readonly key: Buffer;
}

/** Takes `key` over: 16 bytes for X9.19; 16, 24 or 32 for AES-CMAC. */
export function macKey(algorithm: MacAlgorithm, key: Buffer): Result<MacKey, KeyLengthFault> {
  if (algorithm === 'x9.19') {
    if (key.length !== 16) return err(fault('keyLength', `an X9.19 key has 16 bytes, found ${key.length}`, false));
    return ok({ algorithm, key });
  }
  const cipher = aes(key);
  return cipher.ok ? ok({ algorithm, key }) : cipher;
}

/** Packs `message`, which carries no MAC yet, with its MAC. The bytes belong to the caller, as with `packMessage`. */
export function packWithMac(dialect: Dialect, message: Iso8583Message, key: MacKey): Result<Uint8Array, Iso8583Fault> {
  const element = macElement(message.elements());
  if (element === undefined || message.has(element)) {
    return err(iso8583Fault('unknownElement', element ?? 128, 0, 'there is no place for a MAC'));
  }
  const fields: [number, string | Uint8Array][] = [[element, new Uint8Array(macBytes)]];
  message.forEach((each, value) => fields.push([each, value]) > 0);
  const packed = packMessage(dialect, new Iso8583Message(message.mti, fields));
  if (!packed.ok) return packed;
  const size = macSize(dialect, element);
  const start = packed.value.length - (size ?? packed.value.length);
  if (size === undefined || start <= 0) {
    wipe(packed.value);
    return err(iso8583Fault('badContent', element, 0, `no MAC can stand there in ${dialect.id}`));
  }
  packed.value.set(encodedMac(dialect, element, packed.value.subarray(0, start), key), start);
  return packed;
}

/** True when `bytes`, which were parsed to `message`, end in the MAC of what is before it. */
export function hasGenuineMac(dialect: Dialect, message: Iso8583Message, bytes: Uint8Array, key: MacKey): boolean {
  const elements = message.elements();
  const last = elements.at(-1);
  if (last === undefined || last !== macElement(elements.slice(0, -1))) return false;
  const size = macSize(dialect, last);
  if (size === undefined || size >= bytes.length) return false;
  const start = bytes.length - size;
  // As written on the wire: a value that only decodes to the same MAC is not the one that was sent.
  return equalInConstantTime(encodedMac(dialect, last, bytes.subarray(0, start), key), bytes.subarray(start));
}

/** Where the MAC belongs behind `elements`; undefined behind a third bit map. */
function macElement(elements: readonly number[]): 64 | 128 | undefined {
  const last = elements.at(-1) ?? 0;
  if (last > 128) return undefined;
  return last <= 64 ? 64 : 128;
}

/** Bytes on the wire; undefined when the dialect has another kind of element there. */
function macSize(dialect: Dialect, element: number): number | undefined {
  const spec = dialect.elements.get(element);
  if (spec === undefined || spec.prefix !== undefined || !spec.asBytes || spec.positions !== macBytes) return undefined;
  return spec.encoding.size(macBytes);
}

function encodedMac(dialect: Dialect, element: number, data: Uint8Array, { algorithm, key }: MacKey): Uint8Array {
  const encoding = dialect.elements.get(element)?.encoding;
  assert(encoding !== undefined, 'mac: the dialect has the element');
  const target = new Uint8Array(encoding.size(macBytes));
  encoding.write(macOf(algorithm, key, data), 0, macBytes, target, 0);
  return target;
}

function macOf(algorithm: MacAlgorithm, key: Buffer, data: Uint8Array): Buffer {
  if (algorithm === 'aes-cmac') return cmac(knownAes(key), data, macBytes);
  const mac = retailMac(key, data, 1, macBytes);
  assert(mac.ok, 'mac: the key was checked when it came in');
  return mac.value;
}
