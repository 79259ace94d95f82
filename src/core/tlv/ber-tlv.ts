/**
 * BER-TLV as EMV uses it: ISO/IEC 8825-1 definite lengths, EMV 4.4 Book 3 Annex B. Reads any bytes and answers
 * with objects or with a fault that says where and why; never throws, never recurses without a limit.
 */
import { assert } from '../base/assert.ts';
import { concat, hex, toHex } from '../base/bytes.ts';
import { err, ok, type Fault, type Result } from '../base/result.ts';

export interface Tlv {
  /** Tag bytes as upper-case hex, e.g. `9F02`. */
  readonly tag: string;
  /** The value field; for a template its encoded contents. A view into the bytes that were parsed. */
  readonly value: Uint8Array;
  /** Objects inside a template (constructed tag); empty for a primitive object. */
  readonly children: readonly Tlv[];
}

export interface TlvFault extends Fault<
  'tagTruncated' | 'tagTooLong' | 'lengthTruncated' | 'lengthNotAllowed' | 'valueTruncated' | 'tooDeep'
> {
  /** Byte offset from the start of the parsed bytes. */
  readonly offset: number;
  /** `detail` without the offset. */
  readonly reason: string;
}

/** EMV's own deepest nesting is 6F / A5 / BF0C / 61 / 73. */
const maxDepth = 8;
/** EMV tags have one or two bytes, proprietary ones three; a fourth is the last that ISO 8825-1 users meet. */
const maxTagLength = 4;
/** Length bytes that may follow 81–84. */
const maxLengthBytes = 4;

const details: Readonly<Record<TlvFault['kind'], string>> = {
  tagTruncated: 'the data ends inside a tag',
  tagTooLong: `a tag has more than ${maxTagLength} bytes`,
  lengthTruncated: 'the data ends inside a length',
  lengthNotAllowed: `an indefinite length, or one of more than ${maxLengthBytes} bytes`,
  valueTruncated: 'the length points past the end of the data',
  tooDeep: `templates are nested more than ${maxDepth} deep`,
};

function broken(kind: TlvFault['kind'], offset: number): Result<never, TlvFault> {
  const reason = details[kind];
  return err({ kind, detail: `TLV at offset ${offset}: ${reason}`, retrySafe: true, offset, reason });
}

/** What a tolerant reading passed over. */
export interface TlvNote {
  /** Byte offset from the start of the bytes read. */
  readonly offset: number;
  /** Bytes concerned. */
  readonly length: number;
  readonly reason: string;
}

/** Reads all objects in `bytes`; `00` before, between and after objects is padding (Book 3 Annex B1). */
export function parseTlv(bytes: Uint8Array): Result<readonly Tlv[], TlvFault> {
  return parseRange(bytes, 0, bytes.length, 1, undefined);
}

/**
 * Reads what can be read, for a person who looks at damaged or unusual data; never for a transaction. Passed over and
 * noted: runs of `00`, runs of `FF` (ISO/IEC 7816-4 §5.2.2.1), lengths written longer than needed, and the rest of a
 * template (or of the whole) from the first object that cannot be read.
 */
export function parseTlvTolerant(bytes: Uint8Array): {
  readonly objects: readonly Tlv[];
  readonly notes: readonly TlvNote[];
} {
  const notes: TlvNote[] = [];
  const read = parseRange(bytes, 0, bytes.length, 1, notes);
  return { objects: read.ok ? read.value : [], notes };
}

/** Tolerant when `notes` is given; then the only fault is `tooDeep`, which the enclosing range notes. */
function parseRange(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  notes: TlvNote[] | undefined,
): Result<readonly Tlv[], TlvFault> {
  if (depth > maxDepth) return broken('tooDeep', start);
  const objects: Tlv[] = [];
  let at = start;
  while (at < end) {
    const padding = paddingLength(bytes, at, end, notes !== undefined);
    if (padding > 0) {
      notes?.push({ offset: at, length: padding, reason: `padding ${bytes[at] === 0 ? '00' : 'FF'}` });
      at += padding;
      continue;
    }
    const object = parseObject(bytes, at, end, depth, notes);
    if (!object.ok) {
      if (notes === undefined) return object;
      notes.push({ offset: at, length: end - at, reason: `not readable: ${object.fault.reason}` });
      break;
    }
    objects.push(object.value.tlv);
    assert(object.value.next > at && object.value.next <= end, 'TLV: an object ends within its range');
    at = object.value.next;
  }
  return ok(objects);
}

/** One `FF` may begin a tag of Book C-2 (FF8101); two in a row, or one that ends the data, are padding. */
function paddingLength(bytes: Uint8Array, at: number, end: number, tolerant: boolean): number {
  const filler = bytes[at];
  if (filler !== 0 && !(tolerant && filler === 0xff)) return 0;
  let next = at;
  while (next < end && bytes[next] === filler) next += 1;
  return filler === 0xff && next - at === 1 && next < end ? 0 : next - at;
}

function parseObject(
  bytes: Uint8Array,
  at: number,
  end: number,
  depth: number,
  notes: TlvNote[] | undefined,
): Result<{ readonly tlv: Tlv; readonly next: number }, TlvFault> {
  const tag = readTag(bytes, at, end);
  if (!tag.ok) return tag;
  const length = readLength(bytes, tag.value, end);
  if (!length.ok) return length;
  const { valueAt, valueLength } = length.value;
  if (valueLength > end - valueAt) return broken('valueTruncated', valueAt);
  const next = valueAt + valueLength;
  let children: readonly Tlv[] = [];
  if (isConstructed(bytes[at] ?? 0)) {
    const inner = parseRange(bytes, valueAt, next, depth + 1, notes);
    if (!inner.ok) return inner;
    children = inner.value;
  }
  const needed = lengthBytes(valueLength).length;
  if (valueAt - tag.value > needed) {
    notes?.push({ offset: tag.value, length: valueAt - tag.value, reason: 'a length written longer than needed' });
  }
  return ok({
    tlv: { tag: toHex(bytes.subarray(at, tag.value)), value: bytes.subarray(valueAt, next), children },
    next,
  });
}

/** Where the tag that starts at `at` ends (Book 3 Annex B1: low five bits all ones announce more bytes). */
export function readTag(bytes: Uint8Array, at: number, end: number): Result<number, TlvFault> {
  let next = at + 1;
  if (((bytes[at] ?? 0) & 0x1f) === 0x1f) {
    let more = true;
    while (more) {
      if (next >= end) return broken('tagTruncated', at);
      if (next - at >= maxTagLength) return broken('tagTooLong', at);
      more = ((bytes[next] ?? 0) & 0x80) !== 0;
      next += 1;
    }
  }
  return ok(next);
}

/** Book 3 Annex B2. Longer forms than needed are accepted: cards in the field use `81` for short values. */
function readLength(
  bytes: Uint8Array,
  at: number,
  end: number,
): Result<{ readonly valueAt: number; readonly valueLength: number }, TlvFault> {
  if (at >= end) return broken('lengthTruncated', at);
  const first = bytes[at] ?? 0;
  if (first < 0x80) return ok({ valueAt: at + 1, valueLength: first });
  const count = first & 0x7f;
  if (count === 0 || count > maxLengthBytes) return broken('lengthNotAllowed', at);
  const valueAt = at + 1 + count;
  if (valueAt > end) return broken('lengthTruncated', at);
  let valueLength = 0;
  for (let i = at + 1; i < valueAt; i += 1) valueLength = valueLength * 256 + (bytes[i] ?? 0);
  assert(Number.isSafeInteger(valueLength), 'TLV: a length is counted exactly');
  return ok({ valueAt, valueLength });
}

function isConstructed(firstTagByte: number): boolean {
  return (firstTagByte & 0x20) !== 0;
}

/** A primitive data object. A malformed tag is a bug of the caller. */
export function primitive(tag: string, value: Uint8Array): Tlv {
  const bytes = tagBytes(tag);
  assert(!isConstructed(bytes[0] ?? 0), `TLV: ${tag} is a template`);
  return { tag, value, children: [] };
}

/** A template around `children`. */
export function constructed(tag: string, children: readonly Tlv[]): Tlv {
  const bytes = tagBytes(tag);
  assert(isConstructed(bytes[0] ?? 0), `TLV: ${tag} is not a template`);
  return { tag, value: encodeTlv(children), children };
}

/** Encodes objects in order, each with the shortest length form. */
export function encodeTlv(objects: readonly Tlv[]): Uint8Array<ArrayBuffer> {
  return concat(...objects.flatMap((object) => [tagBytes(object.tag), lengthBytes(object.value.length), object.value]));
}

function tagBytes(tag: string): Uint8Array {
  const bytes = hex(tag);
  const end = readTag(bytes, 0, bytes.length);
  assert(end.ok && end.value === bytes.length && bytes[0] !== 0, `TLV: ${tag} is not a tag`);
  return bytes;
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  assert(digits.length <= maxLengthBytes, 'TLV: a length that can be read again');
  return Uint8Array.of(0x80 | digits.length, ...digits);
}

/** The first object with that tag in document order, looking into templates. */
export function findTlv(objects: readonly Tlv[], tag: string): Tlv | undefined {
  for (const object of objects) {
    const found = object.tag === tag ? object : findTlv(object.children, tag);
    if (found !== undefined) return found;
  }
  return undefined;
}
