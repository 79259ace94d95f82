/**
 * The parts of an element whose value is composed: positional, by bit map, or by decimal tag and length. The message
 * carries the whole value; these two functions open and close it. ICC data is BER-TLV and read by core/tlv. Parts
 * come out as strings, so no dialect may give parts to a secret element.
 */
import { assert, unreachable } from '../base/assert.ts';
import { concat, latin1 } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { octets } from './axes.ts';
import { bitmapOctets, readBits, writeBits } from './bitmap.ts';
import type { CompositeSpec, ElementSpec } from './element-spec.ts';
import { iso8583Fault, Reader, type Iso8583Fault } from './reader.ts';
import { textOf } from './text.ts';
import { Writer } from './writer.ts';

/** By part number or tag, in the order of the value; binary parts as bytes. */
export type Parts = ReadonlyMap<string, string | Uint8Array>;

/** Offsets in faults count from the start of the value. */
export function splitElement(
  composite: CompositeSpec,
  element: number,
  value: string | Uint8Array,
): Result<Parts, Iso8583Fault> {
  const reader = new Reader(typeof value === 'string' ? latin1(value) : value);
  const parts = splitFrom(reader, composite, element);
  reader.discard();
  return parts;
}

function splitFrom(reader: Reader, composite: CompositeSpec, element: number): Result<Parts, Iso8583Fault> {
  switch (composite.kind) {
    case 'tlv':
      return splitTlv(composite, element, reader);
    case 'positional':
      return splitParts(composite.parts, [...composite.parts.keys()], element, reader);
    case 'bitmap': {
      if (!reader.take(composite.bitmap, bitmapOctets, element)) return refused(reader, element);
      const present: number[] = [];
      readBits(present, reader.view, reader.from, 0, true);
      return splitParts(composite.parts, present, element, reader);
    }
    default:
      return unreachable(composite, 'splitFrom');
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
    const { symbols, view, from, to } = reader;
    parts.set(String(part), spec.asBytes ? symbols.slice(from, to) : textOf(view, from, to));
  }
  const left = reader.end - reader.next;
  assert(left >= 0 && parts.size === present.length, 'iso8583: each part is read once, within the element');
  if (left === 0) return ok(parts);
  return err(iso8583Fault('trailingBytes', element, reader.offset, `${left} bytes follow the last part`));
}

function splitTlv(
  { tagPositions, prefix }: Extract<CompositeSpec, { kind: 'tlv' }>,
  element: number,
  reader: Reader,
): Result<Parts, Iso8583Fault> {
  const parts = new Map<string, string>();
  while (reader.next < reader.end) {
    const start = reader.offset;
    if (!reader.take(octets, tagPositions, element)) return refused(reader, element);
    const tag = textOf(reader.view, reader.from, reader.to);
    if (parts.has(tag)) return err(iso8583Fault('badContent', element, start, 'a tag stands twice'));
    if (reader.next + prefix.size > reader.end) {
      return err(iso8583Fault('truncated', element, reader.offset, 'the value ends inside a length'));
    }
    const length = prefix.read(reader.symbols, reader.next);
    if (length < 0) return err(iso8583Fault('badLength', element, reader.offset, 'the length is not a number'));
    reader.next += prefix.size;
    if (!reader.take(octets, length, element)) return refused(reader, element);
    parts.set(tag, textOf(reader.view, reader.from, reader.to));
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
      writer.refuse('unknownElement', element, `part ${part} is not both known and given`);
      break;
    }
    if (!writer.add(spec, element, value)) break;
  }
  const bytes = writer.finish();
  if (!bytes.ok) return bytes;
  if (composite.kind === 'bitmap') {
    const bitmap = new Uint8Array(bitmapOctets);
    writeBits(present ?? [], bitmap, 0);
    composite.bitmap.write(bitmap, 0, bitmapOctets, bytes.value, 0);
  }
  return bytes;
}
