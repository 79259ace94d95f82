/**
 * Messages to bytes and back, by dialect. Parsing accepts any bytes: each way of being wrong is a fault that
 * names the data element and the offset, and no fault repeats what it found.
 *
 * Layout (ISO 8583:1987, message structure): message type identifier, primary bit map, secondary bit map when bit
 * 1 is set, then the elements present, ascending. There is no third bit map: DE 65 is carried like any element.
 */
import { fromLatin1, latin1 } from '../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import type { Encoding } from './axes.ts';
import type { Content, Dialect, ElementSpec } from './dialect.ts';
import { isSecretElement, Iso8583Message } from './message.ts';

type FaultKind = 'truncated' | 'trailingBytes' | 'unknownElement' | 'badLength' | 'badContent';

/** The codec is pure, but a caller may have sent something before it: `retrySafe` is never claimed here. */
export interface Iso8583Fault extends Fault<FaultKind> {
  /** Data element number; 0 is the message type identifier, 1 a bit map. */
  readonly element: number;
  /** Bytes from the start of the message. */
  readonly offset: number;
}

function refuse(kind: FaultKind, element: number, offset: number, reason: string): { ok: false; fault: Iso8583Fault } {
  const detail = `DE ${element} at byte ${offset}: ${reason}`;
  return err({ ...fault(kind, detail, false), element, offset });
}

const mtiPositions = 4;
const bitmapOctets = 8;

/** The bytes belong to the caller, who overwrites them when the message holds card data. */
export function packMessage(dialect: Dialect, message: Iso8583Message): Result<Uint8Array, Iso8583Fault> {
  if (!/^[0-9]{4}$/.test(message.mti)) return refuse('badContent', 0, 0, 'the MTI is four digits');
  const bitmap = bitmapOf(message.elements());
  const start = dialect.mti.size(mtiPositions) + dialect.bitmap.size(bitmap.length);

  // First pass: check and measure, so that the second writes each secret byte to one place only.
  const parts: { spec: ElementSpec; symbols: Uint8Array; offset: number }[] = [];
  let offset = start;
  for (const element of message.elements()) {
    const spec = dialect.elements.get(element);
    if (spec === undefined) return refuse('unknownElement', element, offset, `not an element of ${dialect.id}`);
    const value = message.text(element) ?? message.bytes(element) ?? '';
    const raw = symbolsOf(spec, element, value);
    if (raw === undefined) return refuse('badContent', element, offset, `not a value that ${spec.content} can take`);
    const symbols = spec.padding(raw, spec.positions);
    const problem = problemWith(spec, symbols);
    if (problem !== undefined) return refuse(problem.kind, element, offset, problem.reason);
    parts.push({ spec, symbols, offset });
    offset += (spec.prefix?.size ?? 0) + spec.encoding.size(symbols.length);
  }

  const bytes = new Uint8Array(offset);
  dialect.mti.write(latin1(message.mti), bytes, 0);
  dialect.bitmap.write(bitmap, bytes, dialect.mti.size(mtiPositions));
  for (const { spec, symbols, offset: at } of parts) {
    spec.prefix?.write(symbols.length, bytes, at);
    spec.encoding.write(symbols, bytes, at + (spec.prefix?.size ?? 0));
  }
  return ok(bytes);
}

function bitmapOf(elements: readonly number[]): Uint8Array {
  const secondary = elements.some((element) => element > 64);
  const bitmap = new Uint8Array(secondary ? bitmapOctets * 2 : bitmapOctets);
  for (const bit of secondary ? [1, ...elements] : elements) {
    const index = (bit - 1) >> 3;
    bitmap[index] = (bitmap[index] ?? 0) | (0x80 >> ((bit - 1) & 7));
  }
  return bitmap;
}

/** undefined when the kind of value does not suit the element, or a character does not fit one symbol. */
function symbolsOf(spec: ElementSpec, element: number, value: string | Uint8Array): Uint8Array | undefined {
  const asBytes = spec.content === 'b' || isSecretElement(element);
  if (typeof value !== 'string') return asBytes ? value : undefined;
  if (asBytes) return undefined;
  const symbols = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 0xff) return undefined;
    symbols[i] = code;
  }
  return symbols;
}

function problemWith(
  spec: ElementSpec,
  symbols: Uint8Array,
): { kind: 'badLength' | 'badContent'; reason: string } | undefined {
  const found = `${symbols.length} positions`;
  if (spec.prefix === undefined && symbols.length !== spec.positions) {
    return { kind: 'badLength', reason: `${found} where exactly ${spec.positions} belong` };
  }
  if (symbols.length > spec.positions) {
    return { kind: 'badLength', reason: `${found} where at most ${spec.positions} fit` };
  }
  if (!consistsOf(spec.content, symbols)) {
    return { kind: 'badContent', reason: `not all of it is ${spec.content}` };
  }
  return undefined;
}

const digits = '0123456789';
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Symbols that each content may hold. ISO 8583:1987, attributes of data elements; `z` is the code set of tracks 2
 * and 3 (ISO/IEC 7811), plus `D` as a separator; the sign of `x+n` is checked apart.
 */
const alphabets: Readonly<Record<Content, ReadonlySet<number>>> = {
  n: new Set(latin1(digits)),
  an: new Set(latin1(`${digits}${letters} `)),
  ans: new Set(range(0x20, 0x7e)),
  z: new Set([...range(0x30, 0x3f), 0x44]),
  b: new Set(range(0x00, 0xff)),
  'x+n': new Set(latin1(digits)),
};

const signs: ReadonlySet<number> = new Set(latin1('CD'));

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_none, index) => first + index);
}

function consistsOf(content: Content, symbols: Uint8Array): boolean {
  const alphabet = alphabets[content];
  const signed = content === 'x+n';
  if (signed && !signs.has(symbols[0] ?? 0)) return false;
  for (let i = signed ? 1 : 0; i < symbols.length; i += 1) if (!alphabet.has(symbols[i] ?? 0)) return false;
  return true;
}

export function parseMessage(dialect: Dialect, bytes: Uint8Array): Result<Iso8583Message, Iso8583Fault> {
  const mti = take(dialect.mti, mtiPositions, bytes, 0, 0);
  if (!mti.ok) return mti;
  if (!consistsOf('n', mti.value)) {
    return refuse('badContent', 0, 0, 'the MTI is four digits');
  }
  let offset = dialect.mti.size(mtiPositions);

  const primary = take(dialect.bitmap, bitmapOctets, bytes, offset, 1);
  if (!primary.ok) return primary;
  offset += dialect.bitmap.size(bitmapOctets);
  const present = elementsIn(primary.value, 0);
  if (present[0] === 1) {
    const secondary = take(dialect.bitmap, bitmapOctets, bytes, offset, 1);
    if (!secondary.ok) return secondary;
    offset += dialect.bitmap.size(bitmapOctets);
    present.shift();
    present.push(...elementsIn(secondary.value, 64));
  }

  const fields: [number, string | Uint8Array][] = [];
  for (const element of present) {
    const spec = dialect.elements.get(element);
    if (spec === undefined) return refuse('unknownElement', element, offset, `not an element of ${dialect.id}`);
    const read = readElement(spec, element, bytes, offset);
    if (!read.ok) return read;
    const { symbols, next } = read.value;
    fields.push([element, spec.content === 'b' || isSecretElement(element) ? symbols : fromLatin1(symbols)]);
    offset = next;
  }
  if (offset < bytes.length) {
    return refuse(
      'trailingBytes',
      present.at(-1) ?? 1,
      offset,
      `${bytes.length - offset} bytes follow the last element`,
    );
  }
  return ok(new Iso8583Message(fromLatin1(mti.value), fields));
}

function elementsIn(bitmap: Uint8Array, base: number): number[] {
  const present: number[] = [];
  bitmap.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit += 1) if ((octet & (0x80 >> bit)) !== 0) present.push(base + index * 8 + bit + 1);
  });
  return present;
}

function readElement(
  spec: ElementSpec,
  element: number,
  bytes: Uint8Array,
  offset: number,
): Result<{ symbols: Uint8Array; next: number }, Iso8583Fault> {
  let positions = spec.positions;
  let start = offset;
  if (spec.prefix !== undefined) {
    start += spec.prefix.size;
    if (start > bytes.length) return refuse('truncated', element, offset, 'the message ends inside the length');
    const announced = spec.prefix.read(bytes.subarray(offset, start));
    if (announced === undefined) return refuse('badLength', element, offset, 'the length is not a number');
    if (announced > spec.positions) {
      return refuse(
        'badLength',
        element,
        offset,
        `announces ${announced} positions where at most ${spec.positions} fit`,
      );
    }
    positions = announced;
  }
  const symbols = take(spec.encoding, positions, bytes, start, element);
  if (!symbols.ok) return symbols;
  const problem = problemWith(spec, symbols.value);
  if (problem !== undefined) return refuse(problem.kind, element, start, problem.reason);
  return ok({ symbols: symbols.value, next: start + spec.encoding.size(positions) });
}

function take(
  encoding: Encoding,
  positions: number,
  bytes: Uint8Array,
  offset: number,
  element: number,
): Result<Uint8Array, Iso8583Fault> {
  const end = offset + encoding.size(positions);
  if (end > bytes.length) {
    return refuse('truncated', element, offset, `needs ${end - offset} bytes, ${bytes.length - offset} are left`);
  }
  const symbols = encoding.read(bytes.subarray(offset, end));
  return symbols === undefined
    ? refuse('badContent', element, offset, 'not in the encoding of the dialect')
    : ok(symbols);
}
