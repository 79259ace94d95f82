/**
 * Judges the recorded calls of pyiso8583: each brings a specification of its own, of which a dialect is made. Where
 * pyiso8583 refuses, we must refuse too and, when parsing, name the same element and the same byte.
 */
import { latin1, fromLatin1, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import {
  bcdPrefix,
  binaryPrefix,
  decimalPrefix,
  ebcdic,
  hexCharacters,
  hexEbcdic,
  octets,
  packedBcd,
  type Encoding,
  type LengthPrefix,
} from '../../../src/core/iso8583/axes.ts';
import { packMessage, parseMessage } from '../../../src/core/iso8583/codec.ts';
import type { Dialect } from '../../../src/core/iso8583/dialect.ts';
import type { ElementSpec } from '../../../src/core/iso8583/element-spec.ts';
import { Iso8583Message, isSecretElement } from '../../../src/core/iso8583/message.ts';
import { twoByteLength } from '../../../src/core/iso8583/frame.ts';
import type { VectorVerdict } from '../category.ts';

interface FieldSpec {
  readonly data_enc: string;
  readonly len_enc: string;
  readonly len_type: number;
  readonly max_len: number;
  readonly len_count?: string;
  readonly left_pad?: string;
  readonly right_pad?: string;
}

type Fields = Readonly<Record<string, FieldSpec>>;
type Hex = { readonly hex: string };

interface PyisoFile {
  readonly base_spec: string;
  readonly specs: Readonly<Record<string, { fields?: Fields; diff_from_base?: Fields; removed?: readonly string[] }>>;
  readonly tests: readonly { test: string; calls: readonly Call[] }[];
}

interface Call {
  readonly call: string;
  readonly args: { readonly spec?: string; readonly s?: Hex; readonly doc_dec?: unknown };
  readonly result?: readonly [Hex | Readonly<Record<string, string>>, ...unknown[]];
  readonly error?: { readonly type: string; readonly message: string };
}

export function* judgePyiso(file: PyisoFile): Iterable<VectorVerdict> {
  const base = file.specs[file.base_spec]?.fields ?? {};
  for (const { test, calls } of file.tests) {
    for (const [index, call] of calls.entries()) {
      const name = `${test} #${index}`;
      const own = file.specs[call.args.spec ?? ''];
      const fields = Object.fromEntries(
        Object.entries({ ...base, ...own?.fields, ...own?.diff_from_base }).filter(
          ([field]) => own?.removed?.includes(field) !== true,
        ),
      );
      yield judgeCall(name, call, fields);
    }
  }
}

function skip(name: string, why: string): VectorVerdict {
  return { case: name, outcome: 'skipped', why };
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

function judgeCall(name: string, call: Call, fields: Fields): VectorVerdict {
  const message = call.error?.message ?? '';
  if (/unknown encoding/.test(message)) return skip(name, 'an unknown code cannot be said in a dialect');
  if (/must be dict|invalid fields|outside of|is required/.test(message)) {
    return skip(name, 'about the arguments of a Python function');
  }
  if (/specify pad|nibbles, expecting \d*[13579]:/.test(message))
    return skip(name, 'a dialect always says how an odd count is filled');
  const header = fields['h'];
  if (header !== undefined && header.len_type > 0)
    return skip(name, 'a header of variable length is no part of a dialect');
  const headerSize = header?.max_len ?? 0;
  const { s, doc_dec: document } = call.args;
  const dialect = dialectOf(fields, isRecord(document) ? document : resultOf(call));
  if (typeof dialect === 'string') return skip(name, dialect);
  if (s !== undefined) return judgeDecode(name, call, dialect, bytesOf(s.hex), headerSize);
  return isRecord(document)
    ? judgeEncode(name, call, dialect, document, headerSize)
    : skip(name, 'about the arguments of a Python function');
}

function isRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('hex' in value);
}

function resultOf(call: Call): Readonly<Record<string, string>> {
  const result = call.result?.[0];
  return isRecord(result) ? result : {};
}

function bytesOf(text: string): Uint8Array {
  return parseHex(text) ?? new Uint8Array(0);
}

function judgeDecode(name: string, call: Call, dialect: Dialect, all: Uint8Array, headerSize: number): VectorVerdict {
  const parsed = parseMessage(dialect, all.subarray(headerSize));
  if (call.error !== undefined) {
    const place = /field (\w+) pos (\d+)/.exec(call.error.message);
    const expected = `refused at ${elementOf(place?.[1] ?? '')} byte ${place?.[2]}`;
    if (parsed.ok) return verdict(name, expected, lineOf(dialect, parsed.value));
    return verdict(name, expected, `refused at ${parsed.fault.element} byte ${parsed.fault.offset + headerSize}`);
  }
  const { h: _header, t: mti = '', p: _primary, '1': _secondary, ...values } = resultOf(call);
  if (!/^\d{4}$/.test(mti)) return skip(name, 'the MTI is no number');
  const expected = [mti, ...Object.entries(values).map(([field, value]) => `${field}=${value.toUpperCase()}`)].join(
    ' ',
  );
  return verdict(name, expected, parsed.ok ? lineOf(dialect, parsed.value).toUpperCase() : parsed.fault.detail);
}

function judgeEncode(
  name: string,
  call: Call,
  dialect: Dialect,
  document: Readonly<Record<string, string>>,
  headerSize: number,
): VectorVerdict {
  const { h: header = '', t: mti = '', p: _primary, '1': _secondary, ...values } = document;
  if (!/^\d*$/.test(mti)) return skip(name, 'the MTI is no number');
  const given: [number, string | Uint8Array][] = [];
  for (const [field, value] of Object.entries(values)) {
    const spec = dialect.elements.get(Number(field));
    if (spec?.content === 'b') {
      const bytes = parseHex(value);
      if (bytes === undefined) return skip(name, 'not hexadecimal: here the caller gives bytes');
      given.push([Number(field), bytes]);
    } else if (/[\u0100-\uffff]/.test(value)) {
      return skip(name, 'not a character of one byte: an assertion of the caller here');
    } else {
      given.push([Number(field), value]);
    }
  }
  const packed = packMessage(dialect, new Iso8583Message(mti, given));
  if (call.error !== undefined) {
    const field = /field (\w+)/.exec(call.error.message.replace(/^.*: /, ''))?.[1] ?? '';
    const expected = `refused at ${elementOf(field)}`;
    return verdict(name, expected, packed.ok ? toHex(packed.value) : `refused at ${packed.fault.element}`);
  }
  const result = call.result?.[0];
  const expected = typeof result === 'object' && 'hex' in result ? result.hex : '';
  const front = toHex(latin1(header.slice(0, headerSize)));
  return verdict(name, expected ?? '', packed.ok ? `${front}${toHex(packed.value)}` : packed.fault.detail);
}

function elementOf(field: string): number {
  return field === 't' ? 0 : field === 'p' ? 1 : Number(field);
}

function lineOf(dialect: Dialect, message: Iso8583Message): string {
  const values = message.elements().map((element) => {
    const value = message.value(element) ?? '';
    if (typeof value === 'string') return `${element}=${value}`;
    return `${element}=${dialect.elements.get(element)?.content === 'b' ? toHex(value) : fromLatin1(value)}`;
  });
  return [message.mti, ...values].join(' ');
}

const characterEncodings: Readonly<Record<string, Encoding>> = {
  ascii: octets,
  cp500: ebcdic,
  b: packedBcd('left', 0),
};
const bitmapEncodings: Readonly<Record<string, Encoding>> = { ascii: hexCharacters, cp500: hexEbcdic, b: octets };

/** A string says why no dialect can be made. */
function dialectOf(fields: Fields, document: Readonly<Record<string, unknown>>): Dialect | string {
  const type = fields['t'];
  const [primary, secondary] = [fields['p'], fields['1']];
  const mti = characterEncodings[type?.data_enc ?? ''];
  const bitmap = bitmapEncodings[primary?.data_enc ?? ''];
  if (mti === undefined || bitmap === undefined) return 'an unknown code cannot be said in a dialect';
  const numbers = Object.keys(document).map(Number);
  if (primary?.data_enc !== secondary?.data_enc && (numbers.includes(1) || numbers.some((each) => each > 64))) {
    return 'two bit maps in two codes: no host is known to do so';
  }
  const elements = new Map<number, ElementSpec>();
  for (const [field, spec] of Object.entries(fields)) {
    if (!/^\d+$/.test(field) || field === '1') continue;
    const element = elementSpec(Number(field), spec);
    if (typeof element !== 'string') elements.set(Number(field), element);
    else if (numbers.includes(Number(field)) || field === '2') return element;
  }
  return {
    id: 'pyiso8583',
    version: '1987',
    mti,
    bitmap,
    bitmaps: 3,
    elements,
    exponents: new Map(),
    frame: twoByteLength,
  };
}

function elementSpec(element: number, spec: FieldSpec): ElementSpec | string {
  const { data_enc: data, len_enc: lengthCode, len_type: lengthSize, max_len: most, len_count: count } = spec;
  const nibbles = count === 'nibbles';
  if (nibbles && data !== 'b') return 'characters counted in halves: no host is known to do so';
  const filler = (spec.left_pad ?? spec.right_pad ?? '0').toUpperCase().startsWith('F') ? 15 : 0;
  const encoding =
    data === 'b'
      ? nibbles
        ? packedBcd(spec.left_pad === undefined ? 'right' : 'left', filler)
        : octets
      : characterEncodings[data];
  const prefix = lengthSize === 0 ? undefined : prefixOf(lengthCode, lengthSize);
  if (encoding === undefined || (lengthSize > 0 && prefix === undefined)) {
    return 'an unknown code cannot be said in a dialect';
  }
  const content = data !== 'b' ? 'ans' : nibbles ? 'n' : 'b';
  return {
    name: '',
    content,
    positions: most,
    encoding,
    prefix,
    counts: 'positions',
    padding: 'none',
    checked: true,
    asBytes: content === 'b' || isSecretElement(element),
    composite: undefined,
  };
}

function prefixOf(code: string, size: number): LengthPrefix | undefined {
  if (code === 'ascii') return decimalPrefix(size, 0x30);
  if (code === 'cp500') return decimalPrefix(size, 0xf0);
  if (code === 'bcd') return bcdPrefix(size * 2);
  return code === 'b' && (size === 1 || size === 2) ? binaryPrefix(size) : undefined;
}
