/**
 * A dialect says how one host writes each data element: a directory of elements (which version of the standard) and
 * a choice on each axis (axes.ts). It is made from its description and those of its ancestors; another host is
 * other data, not other code.
 */
import { assert } from '../base/assert.ts';
import { hex } from '../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import {
  bcdPrefix,
  binaryPrefix,
  decimalPrefix,
  ebcdic,
  hexCharacters,
  hexEbcdic,
  octets,
  packedBcd,
  signed,
  type Encoding,
  type LengthPrefix,
} from './axes.ts';
import type {
  CompositeDescription,
  DialectDescription,
  ElementDescription,
  EncodingName,
  EncodingSlot,
  FrameDescription,
  LengthName,
  Version,
} from './description.ts';
import type { Content, ElementRow } from './element-row.ts';
import type { CompositeSpec, ElementSpec } from './element-spec.ts';
import { elements1987 } from './elements-1987.ts';
import { elements1993 } from './elements-1993.ts';
import { elements2003 } from './elements-2003.ts';
import { asciiDecimalLength, bcdLength, twoByteLength, withTpdu, type LengthHeader } from './frame.ts';
import { isSecretElement } from './message.ts';
import { standardDialects } from './standard-dialects.ts';

export interface Dialect {
  readonly id: string;
  /** Year of the standard's edition: decides which messages can be written in it. */
  readonly version: Version;
  /** Four digits, DE 0 in faults. */
  readonly mti: Encoding;
  /** Eight octets each, DE 1 in faults. */
  readonly bitmap: Encoding;
  /** Greatest number of bit maps. */
  readonly bitmaps: number;
  /** By data element number, from 2. */
  readonly elements: ReadonlyMap<number, ElementSpec>;
  /** Decimals implied in amounts where the host departs from ISO 4217, by currency code. */
  readonly exponents: ReadonlyMap<string, number>;
  /** How messages follow each other on a connection. */
  readonly frame: LengthHeader;
}

export type DialectFault = Fault<'badDialect'>;

const directories: Readonly<Record<Version, readonly ElementRow[]>> = {
  1987: elements1987,
  1993: elements1993,
  2003: elements2003,
};

const encodings: Readonly<Record<EncodingName, Encoding>> = {
  ascii: octets,
  ebcdic,
  'bcd-left': packedBcd('left', 0),
  'bcd-right': packedBcd('right', 0),
  'bcd-left-f': packedBcd('left', 15),
  'bcd-right-f': packedBcd('right', 15),
  binary: octets,
  hex: hexCharacters,
  'hex-ebcdic': hexEbcdic,
};

const prefixes: Readonly<Record<LengthName, (digits: number, greatest: number) => LengthPrefix>> = {
  ascii: (digits) => decimalPrefix(digits, 0x30),
  ebcdic: (digits) => decimalPrefix(digits, 0xf0),
  bcd: bcdPrefix,
  binary: (_digits, greatest) => binaryPrefix(greatest > 255 ? 2 : 1),
};

const frames: Readonly<Record<FrameDescription['length'], LengthHeader>> = {
  'binary-2': twoByteLength,
  'bcd-2': bcdLength,
  'ascii-4': asciiDecimalLength,
};

/** The dialect `id` among the descriptions; a fault says what is wrong with it or an ancestor. */
export function resolveDialect(descriptions: readonly DialectDescription[], id: string): Result<Dialect, DialectFault> {
  const line: DialectDescription[] = [];
  for (let next: string | undefined = id; next !== undefined; next = line[0]?.parent) {
    const found = descriptions.filter((each) => each.id === next);
    const [description] = found;
    if (description === undefined) return bad(id, `there is no dialect "${next}"`);
    if (found.length > 1) return bad(id, `there are two dialects "${next}"`);
    if (line.includes(description)) return bad(id, `"${next}" is its own ancestor`);
    line.unshift(description);
  }
  return build(id, line);
}

function bad(id: string, reason: string): Result<never, DialectFault> {
  return err(fault('badDialect', `dialect ${id}: ${reason}`, true));
}

/** What holds for a whole dialect, merged along its line of descent. */
interface Choices {
  readonly encodings: Partial<Record<EncodingSlot, EncodingName>>;
  readonly lengths: LengthName;
  readonly checked: boolean;
}

function build(id: string, line: readonly DialectDescription[]): Result<Dialect, DialectFault> {
  const merged = line.reduce((parent, child) => ({ ...parent, ...child }));
  const { version, mti, bitmap, lengths } = merged;
  if (version === undefined || mti === undefined || bitmap === undefined || lengths === undefined) {
    return bad(id, 'version, mti, bitmap and lengths must be given by it or an ancestor');
  }
  const choices: Choices = {
    encodings: Object.assign({}, ...line.map((each) => each.encodings)) as Choices['encodings'],
    lengths,
    checked: merged.checked ?? true,
  };
  const elements = new Map<number, ElementSpec>();
  for (const [element, description] of describedElements(line, version)) {
    const spec = elementSpec(description, choices, element);
    if (typeof spec === 'string') return bad(id, `DE ${element}: ${spec}`);
    elements.set(element, spec);
  }
  const header = frames[merged.frame?.length ?? 'binary-2'];
  const tpdu = merged.frame?.tpdu;
  return ok({
    id,
    version,
    mti: encodings[mti],
    bitmap: encodings[bitmap],
    bitmaps: merged.bitmaps ?? 2,
    elements,
    exponents: new Map(line.flatMap((each) => Object.entries(each.exponents ?? {}))),
    frame: tpdu === undefined ? header : withTpdu(header, hex(tpdu)),
  });
}

/** The directory, then each description in turn: an element is changed, added, or taken away. */
function describedElements(line: readonly DialectDescription[], version: Version): Map<number, ElementDescription> {
  const elements = new Map<number, ElementDescription>(
    directories[version].map(([element, format, name]) => [element, { format, name }]),
  );
  // A change of one directory says nothing about the next, so another version starts afresh.
  const since = line.findLastIndex((each) => each.version !== undefined);
  for (const { elements: changes } of line.slice(since)) {
    for (const [element, change] of Object.entries(changes ?? {})) {
      if (change === null) elements.delete(Number(element));
      else elements.set(Number(element), { ...elements.get(Number(element)), ...change });
    }
  }
  return elements;
}

/** A string says what is wrong. */
function elementSpec(description: ElementDescription, choices: Choices, element: number): ElementSpec | string {
  const { format = '', name = 'Private use' } = description;
  const match = /^(n|an|ans|z|b|x\+n)( |\.{1,4})(\d+)$/.exec(format);
  if (match === null) return `"${format}" is not a format`;
  const content = match[1] as Content;
  const dots = match[2] === ' ' ? 0 : (match[2] ?? '').length;
  const length = Number(match[3]);
  const slot: EncodingSlot = dots > 0 && (content === 'n' || content === 'b') ? `${content}..` : content;
  const encodingName = description.encoding ?? choices.encodings[slot];
  if (encodingName === undefined) return `no encoding is given for ${slot}`;
  const encoding = encodings[encodingName];
  const positions = content === 'b' && dots === 0 ? Math.ceil(length / 8) : content === 'x+n' ? length + 1 : length;
  const prefix = dots === 0 ? undefined : prefixes[description.length ?? choices.lengths](dots, length);
  const counts = description.counts ?? 'positions';
  if (prefix !== undefined && (counts === 'bytes' ? encoding.size(positions) : positions) > prefix.limit) {
    return `the length of "${format}" cannot be announced`;
  }
  if (description.composite !== undefined && isSecretElement(element)) return 'a secret element has no parts';
  const composite = description.composite && compositeSpec(description.composite);
  if (typeof composite === 'string') return composite;
  return {
    name,
    content,
    positions,
    encoding: content === 'x+n' && encodingName.startsWith('bcd') ? signed(octets, encoding) : encoding,
    prefix,
    counts,
    padding: description.padding ?? (prefix === undefined ? paddings[content] : 'none'),
    checked: description.checked ?? choices.checked,
    asBytes: content === 'b' || isSecretElement(element),
    composite,
  };
}

const paddings: Readonly<Record<Content, ElementSpec['padding']>> = {
  n: 'zeros-left',
  an: 'spaces-right',
  ans: 'spaces-right',
  z: 'none',
  b: 'none',
  'x+n': 'none',
};

/** Parts stand in the element's symbols: characters in text, anything in a binary element. */
const partChoices: Choices = {
  encodings: {
    n: 'ascii',
    'n..': 'ascii',
    an: 'ascii',
    ans: 'ascii',
    z: 'ascii',
    b: 'binary',
    'b..': 'binary',
    'x+n': 'ascii',
  },
  lengths: 'ascii',
  checked: true,
};

function compositeSpec(description: CompositeDescription): CompositeSpec | string {
  if (description.kind === 'tlv') {
    const { tagDigits, lengthDigits } = description;
    return { kind: 'tlv', tagPositions: tagDigits, prefix: decimalPrefix(lengthDigits, 0x30) };
  }
  const parts = new Map<number, ElementSpec>();
  for (const [part, { format, name, encoding }] of Object.entries(description.parts)) {
    const spec = elementSpec({ format, name, encoding }, partChoices, 0);
    if (typeof spec === 'string') return `part ${part}: ${spec}`;
    parts.set(Number(part), spec);
  }
  if (description.kind === 'positional') return { kind: 'positional', parts };
  return { kind: 'bitmap', bitmap: encodings[description.bitmap ?? 'binary'], parts };
}

/** Everything in characters: what the training acquirer speaks. */
export const iso87Ascii = standardDialect('iso87-ascii');

/** As `iso87-ascii`, but the bit maps are eight raw bytes each. */
export const iso87AsciiBinaryBitmap = standardDialect('iso87-ascii-binary-bitmap');

function standardDialect(id: string): Dialect {
  const dialect = resolveDialect(standardDialects, id);
  assert(dialect.ok, `dialect: the standard dialect ${id} is wrong`);
  return dialect.value;
}
