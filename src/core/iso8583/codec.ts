/**
 * Messages to bytes and back, by dialect. Parsing accepts any bytes: each way of being wrong is a fault that
 * names the data element and the offset (reader.ts).
 *
 * Layout (ISO 8583:1987, message structure; 1993 and 2003, clause 4.2): message type identifier, primary bit map,
 * secondary bit map when bit 1 is set, in dialects with three bit maps a tertiary one when bit 65 is set, then the
 * elements present, ascending. Elsewhere DE 65 is carried like any element.
 */
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { bitmapBits, bitmapOctets, readBits, writeBits } from './bitmap.ts';
import { consistsOf } from './content.ts';
import type { Dialect } from './dialect.ts';
import type { ElementSpec } from './element-spec.ts';
import { Iso8583Message } from './message.ts';
import { iso8583Fault, Reader, type Iso8583Fault } from './reader.ts';
import { textOf } from './text.ts';
import { Writer } from './writer.ts';

const mtiPositions = 4;

/** The elements of each dialect by number, which is faster than asking its map for every element of every message. */
const directories = new WeakMap<Dialect, readonly (ElementSpec | undefined)[]>();

function directoryOf(dialect: Dialect): readonly (ElementSpec | undefined)[] {
  const known = directories.get(dialect);
  if (known !== undefined) return known;
  assert(dialect.bitmaps >= 1 && dialect.bitmaps <= 3, 'iso8583: one to three bit maps');
  const specs = Array.from({ length: dialect.bitmaps * bitmapBits + 1 }, (_none, element) =>
    dialect.elements.get(element),
  );
  // It announces a bit map and is no element then.
  if (dialect.bitmaps > 2) specs[bitmapBits + 1] = undefined;
  directories.set(dialect, specs);
  return specs;
}

/**
 * The bytes belong to the caller, who overwrites them when the message holds card data. The buffer they lie in is
 * shared with other messages (slab.ts).
 */
export function packMessage(dialect: Dialect, message: Iso8583Message): Result<Uint8Array, Iso8583Fault> {
  if (!isMti(message.mti)) return err(iso8583Fault('badContent', 0, 0, 'the MTI is four digits'));
  const elements = message.elements();
  const bitmaps = Math.max(1, Math.ceil((elements.at(-1) ?? 0) / bitmapBits));
  assert((elements.at(-1) ?? 0) <= bitmaps * bitmapBits, 'iso8583: the bit maps name every element');
  const mtiSize = dialect.mti.size(mtiPositions);
  const specs = directoryOf(dialect);
  const writer = new Writer(mtiSize + dialect.bitmap.size(bitmaps * bitmapOctets));
  message.forEach((element, value) => {
    const spec = specs[element];
    if (spec !== undefined) return writer.add(spec, element, value);
    return writer.refuse('unknownElement', element, `not an element of ${dialect.id}`);
  });
  const bytes = writer.finish();
  if (!bytes.ok) return bytes;
  assert(bitmaps <= dialect.bitmaps, 'iso8583: no element is packed that the dialect does not know');
  assert(bytes.value.length >= writer.head, 'iso8583: room for the head was left');
  const head = new Uint8Array(mtiPositions + bitmaps * bitmapOctets);
  for (let i = 0; i < mtiPositions; i += 1) head[i] = message.mti.charCodeAt(i);
  writeBits(elements, head, mtiPositions);
  // Each bit map but the last says in its first bit that another follows.
  for (let i = 0; i < bitmaps - 1; i += 1) writeBits([i * bitmapBits + 1], head, mtiPositions);
  dialect.mti.write(head, 0, mtiPositions, bytes.value, 0);
  dialect.bitmap.write(head, mtiPositions, bitmaps * bitmapOctets, bytes.value, mtiSize);
  return bytes;
}

function isMti(text: string): boolean {
  if (text.length !== mtiPositions) return false;
  for (let i = 0; i < mtiPositions; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

export function parseMessage(dialect: Dialect, bytes: Uint8Array): Result<Iso8583Message, Iso8583Fault> {
  const reader = new Reader(bytes);
  const message = readMessage(dialect, reader);
  if (message !== undefined) return ok(message);
  reader.discard();
  return err(reader.fault ?? iso8583Fault('badContent', 0, reader.offset, 'refused'));
}

/** Undefined when the reader has a fault. */
function readMessage(dialect: Dialect, reader: Reader): Iso8583Message | undefined {
  if (!reader.take(dialect.mti, mtiPositions, 0)) return undefined;
  if (!consistsOf('n', reader.view, reader.from, reader.to)) {
    reader.refuse('badContent', 0, 0, 'the MTI is four digits');
    return undefined;
  }
  const mti = textOf(reader.view, reader.from, reader.to);
  const elements: number[] = [];
  for (let bitmaps = 0, more = true; more; bitmaps += 1) {
    if (!reader.take(dialect.bitmap, bitmapOctets, 1)) return undefined;
    more = bitmaps + 1 < dialect.bitmaps && reader.view.getUint8(reader.from) >= 0x80;
    readBits(elements, reader.view, reader.from, bitmaps * bitmapBits, !more);
  }
  const specs = directoryOf(dialect);
  const bounds: number[] = [];
  for (const element of elements) {
    const spec = specs[element];
    if (spec === undefined) {
      reader.refuse('unknownElement', element, reader.offset, `not an element of ${dialect.id}`);
      return undefined;
    }
    if (!reader.element(spec, element)) return undefined;
    bounds.push(reader.from, reader.to);
  }
  if (reader.next < reader.end) {
    const left = `${reader.end - reader.next} bytes follow the last element`;
    reader.refuse('trailingBytes', elements.at(-1) ?? 1, reader.offset, left);
    return undefined;
  }
  assert(bounds.length === elements.length * 2, 'iso8583: every element has its bounds');
  assert(reader.next === reader.end, 'iso8583: a message is read to its end');
  const { symbols, view, start } = reader;
  return new Iso8583Message(mti, { elements, bounds, specs, symbols, view, start, end: reader.keep() });
}
