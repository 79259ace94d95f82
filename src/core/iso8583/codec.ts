/**
 * Messages to bytes and back, by dialect. Parsing accepts any bytes: each way of being wrong is a fault that
 * names the data element and the offset (reader.ts).
 *
 * Layout (ISO 8583:1987, message structure; 1993 and 2003, clause 4.2): message type identifier, primary bit map,
 * secondary bit map when bit 1 is set, in dialects with three bit maps a tertiary one when bit 65 is set, then the
 * elements present, ascending. Elsewhere DE 65 is carried like any element.
 */
import { fromLatin1, latin1 } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { consistsOf } from './content.ts';
import type { Dialect } from './dialect.ts';
import { Iso8583Message } from './message.ts';
import { iso8583Fault, Reader, type Iso8583Fault } from './reader.ts';
import { Writer } from './writer.ts';

const mtiPositions = 4;
const bitmapOctets = 8;

/** The bytes belong to the caller, who overwrites them when the message holds card data. */
export function packMessage(dialect: Dialect, message: Iso8583Message): Result<Uint8Array, Iso8583Fault> {
  if (!/^[0-9]{4}$/.test(message.mti)) return err(iso8583Fault('badContent', 0, 0, 'the MTI is four digits'));
  const elements = message.elements();
  const bitmap = bitmapOf(elements);
  const mtiSize = dialect.mti.size(mtiPositions);
  const start = mtiSize + dialect.bitmap.size(bitmap.length);
  const writer = new Writer(start);
  message.forEach((element, value) => {
    const spec = bitmap.length <= bitmapOctets * dialect.bitmaps ? dialect.elements.get(element) : undefined;
    if (spec !== undefined && (element !== 65 || dialect.bitmaps < 3)) return writer.add(spec, element, value);
    return writer.refuse('unknownElement', element, `not an element of ${dialect.id}`);
  });
  const bytes = writer.finish();
  if (!bytes.ok) return bytes;
  dialect.mti.write(latin1(message.mti), 0, mtiPositions, bytes.value, 0);
  dialect.bitmap.write(bitmap, 0, bitmap.length, bytes.value, mtiSize);
  return bytes;
}

/** As many bit maps as the last element needs; each but the last says in its first bit that another follows. */
function bitmapOf(elements: readonly number[]): Uint8Array {
  const bitmaps = Math.max(1, Math.ceil((elements.at(-1) ?? 0) / 64));
  const bitmap = new Uint8Array(bitmaps * bitmapOctets);
  for (const bit of elements) {
    const index = (bit - 1) >> 3;
    bitmap[index] = (bitmap[index] ?? 0) | (0x80 >> ((bit - 1) & 7));
  }
  for (let i = 0; i < bitmaps - 1; i += 1) bitmap[i * bitmapOctets] = (bitmap[i * bitmapOctets] ?? 0) | 0x80;
  return bitmap;
}

export function parseMessage(dialect: Dialect, bytes: Uint8Array): Result<Iso8583Message, Iso8583Fault> {
  const reader = new Reader(bytes, dialect.mti.size(mtiPositions) < mtiPositions);
  if (!reader.take(dialect.mti, mtiPositions, 0)) return refused(reader);
  if (!consistsOf('n', reader.symbols, reader.from, reader.to)) {
    return err(iso8583Fault('badContent', 0, 0, 'the MTI is four digits'));
  }
  const mti = fromLatin1(reader.symbols.subarray(reader.from, reader.to));
  const elements: number[] = [];
  for (let bitmaps = 0, more = true; more; bitmaps += 1) {
    if (!reader.take(dialect.bitmap, bitmapOctets, 1)) return refused(reader);
    more = bitmaps + 1 < dialect.bitmaps && ((reader.symbols[reader.from] ?? 0) & 0x80) !== 0;
    addElements(elements, reader.symbols, reader.from, bitmaps * 64, more ? 1 : 0);
  }

  const bounds: number[] = [];
  for (const element of elements) {
    const spec = dialect.elements.get(element);
    if (spec === undefined) {
      return err(iso8583Fault('unknownElement', element, reader.offset, `not an element of ${dialect.id}`));
    }
    if (!reader.element(spec, element)) return refused(reader);
    bounds.push(reader.from, reader.to);
  }
  if (reader.offset < bytes.length) {
    const left = `${bytes.length - reader.offset} bytes follow the last element`;
    return err(iso8583Fault('trailingBytes', elements.at(-1) ?? 1, reader.offset, left));
  }
  return ok(new Iso8583Message(mti, { elements, bounds, specs: dialect.elements, symbols: reader.symbols }));
}

function refused(reader: Reader): Result<never, Iso8583Fault> {
  return err(reader.fault ?? iso8583Fault('badContent', 0, reader.offset, 'refused'));
}

/** Numbers of the bits set in the eight octets from `at`, but for the first `skip`. */
function addElements(elements: number[], bitmap: Uint8Array, at: number, base: number, skip: number): void {
  for (let index = 0; index < bitmapOctets; index += 1) {
    const octet = bitmap[at + index] ?? 0;
    if (octet === 0) continue;
    for (let bit = index === 0 ? skip : 0; bit < 8; bit += 1) {
      if ((octet & (0x80 >> bit)) !== 0) elements.push(base + index * 8 + bit + 1);
    }
  }
}
