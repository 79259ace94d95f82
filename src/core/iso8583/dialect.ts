/**
 * A dialect says how one host writes each data element: a table of elements (which version of the standard) and
 * a choice on each axis (axes.ts). Another host is another value, not other code.
 */
import { assert, unreachable } from '../base/assert.ts';
import {
  decimalPrefix,
  hexCharacters,
  octets,
  spacesRight,
  unpadded,
  zerosLeft,
  type Encoding,
  type LengthPrefix,
  type Padding,
} from './axes.ts';
import { elements1987, type ElementRow } from './elements-1987.ts';

/** What may stand in an element; see the notation in elements-1987.ts. */
export type Content = 'n' | 'an' | 'ans' | 'z' | 'b' | 'x+n';

export interface ElementSpec {
  readonly name: string;
  readonly content: Content;
  /** Exact number of positions, or the greatest when `prefix` is given. */
  readonly positions: number;
  readonly encoding: Encoding;
  readonly prefix: LengthPrefix | undefined;
  readonly padding: Padding;
}

export interface Dialect {
  readonly id: string;
  /** Four digits, DE 0 in faults. */
  readonly mti: Encoding;
  /** Eight octets each, DE 1 in faults. */
  readonly bitmap: Encoding;
  /** By data element number, 2 to 128. */
  readonly elements: ReadonlyMap<number, ElementSpec>;
}

/** The choices that hold for a whole dialect. */
interface WireChoices {
  readonly mti: Encoding;
  readonly bitmap: Encoding;
  readonly encodings: Readonly<Record<Content, Encoding>>;
  readonly prefix: (digits: 2 | 3) => LengthPrefix;
}

const asciiWire: WireChoices = {
  mti: octets,
  bitmap: hexCharacters,
  encodings: { n: octets, an: octets, ans: octets, z: octets, b: hexCharacters, 'x+n': octets },
  prefix: decimalPrefix,
};

/** Everything in characters, bit maps and binary elements as hexadecimal characters. */
export const iso87Ascii = dialect('iso87-ascii', elements1987, asciiWire);

/** As `iso87-ascii`, but the bit maps are eight raw bytes each. */
export const iso87AsciiBinaryBitmap = dialect('iso87-ascii-binary-bitmap', elements1987, {
  ...asciiWire,
  bitmap: octets,
});

/** Every dialect, for configuration to choose from by `id`. */
export const dialects: readonly Dialect[] = [iso87Ascii, iso87AsciiBinaryBitmap];

function dialect(id: string, rows: readonly ElementRow[], wire: WireChoices): Dialect {
  const elements = new Map(rows.map(([element, format, name]) => [element, elementSpec(format, name, wire)] as const));
  assert(elements.size === rows.length, `${id}: an element is listed twice`);
  return { id, mti: wire.mti, bitmap: wire.bitmap, elements };
}

function elementSpec(format: string, name: string, wire: WireChoices): ElementSpec {
  const match = /^(n|an|ans|z|b|x\+n)( |\.\.|\.\.\.)(\d+)$/.exec(format);
  assert(match !== null, `dialect: "${format}" is not a format`);
  const content = match[1] as Content;
  const length = Number(match[3]);
  const prefix = match[2] === ' ' ? undefined : wire.prefix(match[2] === '..' ? 2 : 3);
  assert(prefix === undefined || length <= prefix.limit, `dialect: the length of "${format}" cannot be announced`);
  return {
    name,
    content,
    positions: content === 'b' ? Math.ceil(length / 8) : content === 'x+n' ? length + 1 : length,
    encoding: wire.encodings[content],
    prefix,
    padding: prefix === undefined ? paddingFor(content) : unpadded,
  };
}

function paddingFor(content: Content): Padding {
  switch (content) {
    case 'n':
      return zerosLeft;
    case 'an':
    case 'ans':
      return spacesRight;
    case 'z':
    case 'b':
    case 'x+n':
      return unpadded;
    default:
      return unreachable(content, 'paddingFor');
  }
}
