/**
 * The parts of an element whose value is composed: positional, by bit map, or by decimal tag and length. The message
 * carries the whole value; these two functions open and close it. ICC data is BER-TLV and read by core/tlv. Parts
 * come out as strings, so no dialect may give parts to a secret element.
 */
import { unreachable } from '../base/assert.ts';
import { concat, fromLatin1, latin1 } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { octets } from './axes.ts';
import type { CompositeSpec, ElementSpec } from './element-spec.ts';
import { iso8583Fault, Reader, type Iso8583Fault } from './reader.ts';
import { Writer } from './writer.ts';

/** By part number or tag, in the order of the value; binary parts as bytes. */
export type Parts = ReadonlyMap<string, string | Uint8Array>;

const bitmapOctets = 8;

/** Offsets in faults count from the start of the value. */
export function splitElement(
  composite: CompositeSpec,
  element: number,
  value: string | Uint8Array,
): Result<Parts, Iso8583Fault> {
  const bytes = typeof value === 'string' ? latin1(value) : value;
  switch (composite.kind) {
    case 'tlv':
      return splitTlv(composite.tagPositions, composite.prefix, element, bytes);
    case 'positional':
      return splitParts(composite.parts, [...composite.parts.keys()], element, new Reader(bytes, false));
    case 'bitmap': {
      const reader = new Reader(bytes, false);
      if (!reader.take(composite.bitmap, bitmapOctets, element)) return refused(reader, element);
      const bits = reader.symbols.subarray(reader.from, reader.to);
      const present = Array.from({ length: 64 }, (_none, bit) => bit + 1).filter(
        (part) => ((bits[(part - 1) >> 3] ?? 0) & (0x80 >> ((part - 1) & 7))) !== 0,
      );
      return splitParts(composite.parts, present, element, reader);
    }
    default:
      return unreachable(composite, 'splitElement');
  }
}

function refused(reader: Reader, element: number): Result<never, Iso8583Fault> {
  return err(reader.fault ?? iso8583Fault('badContent', element, reader.offset, 'refused'));
}

function splitParts(
  specs: ReadonlyMap<number, ElementSpec>,
  present: readonly number[],
  element: number,
  reader: Reader,
): Result<Parts, Iso8583Fault> {
  const parts = new Map<string, string | Uint8Array>();
  for (const part of present) {
    const spec = specs.get(part);
    if (spec === undefined) {
      return err(iso8583Fault('unknownElement', element, reader.offset, `there is no part ${part}`));
    }
    if (!reader.element(spec, element)) return refused(reader, element);
    const symbols = reader.symbols.slice(reader.from, reader.to);
    parts.set(String(part), spec.asBytes ? symbols : fromLatin1(symbols));
  }
  const left = reader.length - reader.offset;
  if (left === 0) return ok(parts);
  return err(iso8583Fault('trailingBytes', element, reader.offset, `${left} bytes follow the last part`));
}

function splitTlv(
  tagPositions: number,
  prefix: Extract<CompositeSpec, { kind: 'tlv' }>['prefix'],
  element: number,
  bytes: Uint8Array,
): Result<Parts, Iso8583Fault> {
  const parts = new Map<string, string>();
  const reader = new Reader(bytes, false);
  while (reader.offset < bytes.length) {
    const start = reader.offset;
    if (!reader.take(octets, tagPositions, element)) return refused(reader, element);
    const tag = fromLatin1(reader.symbols.subarray(reader.from, reader.to));
    if (parts.has(tag)) return err(iso8583Fault('badContent', element, start, 'a tag stands twice'));
    if (reader.offset + prefix.size > bytes.length) {
      return err(iso8583Fault('truncated', element, reader.offset, 'the value ends inside a length'));
    }
    const length = prefix.read(bytes, reader.offset);
    if (length < 0) return err(iso8583Fault('badLength', element, reader.offset, 'the length is not a number'));
    reader.offset += prefix.size;
    if (!reader.take(octets, length, element)) return refused(reader, element);
    parts.set(tag, fromLatin1(reader.symbols.subarray(reader.from, reader.to)));
  }
  return ok(parts);
}

/** The value whose parts these are, as its symbols. */
export function joinElement(composite: CompositeSpec, element: number, parts: Parts): Result<Uint8Array, Iso8583Fault> {
  return composite.kind === 'tlv' ? joinTlv(composite, element, parts) : joinParts(composite, element, parts);
}

function joinTlv(
  { tagPositions, prefix }: Extract<CompositeSpec, { kind: 'tlv' }>,
  element: number,
  parts: Parts,
): Result<Uint8Array, Iso8583Fault> {
  const objects: Uint8Array[] = [];
  for (const [tag, value] of parts) {
    if (tag.length !== tagPositions || typeof value !== 'string' || value.length > prefix.limit) {
      return err(iso8583Fault('badContent', element, 0, `tag ${tag} or its value does not fit`));
    }
    const length = new Uint8Array(prefix.size);
    prefix.write(value.length, length, 0);
    objects.push(latin1(tag), length, latin1(value));
  }
  return ok(concat(...objects));
}

function joinParts(
  composite: Extract<CompositeSpec, { kind: 'positional' | 'bitmap' }>,
  element: number,
  parts: Parts,
): Result<Uint8Array, Iso8583Fault> {
  const size = composite.kind === 'bitmap' ? composite.bitmap.size(bitmapOctets) : 0;
  const present = composite.kind === 'bitmap' ? [...parts.keys()].map(Number).sort((a, b) => a - b) : undefined;
  const writer = new Writer(size);
  for (const part of present ?? composite.parts.keys()) {
    const spec = composite.parts.get(part);
    const value = parts.get(String(part));
    if (spec === undefined || value === undefined) {
      return err(iso8583Fault('unknownElement', element, writer.size, `part ${part} is not both known and given`));
    }
    if (!writer.add(spec, element, value)) break;
  }
  const bytes = writer.finish();
  if (!bytes.ok) return bytes;
  if (composite.kind === 'bitmap') {
    const bitmap = new Uint8Array(bitmapOctets);
    for (const part of present ?? []) {
      bitmap[(part - 1) >> 3] = (bitmap[(part - 1) >> 3] ?? 0) | (0x80 >> ((part - 1) & 7));
    }
    composite.bitmap.write(bitmap, 0, bitmapOctets, bytes.value, 0);
  }
  return bytes;
}
