/**
 * Judges the ISO 8583 vectors: messages that jPOS packed and unpacked, the field tables of jPOS and moov, and the
 * recorded calls of pyiso8583 (iso8583-pyiso.ts). A message passes when it parses to the fields given and builds to
 * the same bytes.
 */
import { fromLatin1, latin1, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { decimalPrefix, octets } from '../../../src/core/iso8583/axes.ts';
import { packMessage, parseMessage } from '../../../src/core/iso8583/codec.ts';
import { splitElement } from '../../../src/core/iso8583/composite.ts';
import type { DialectDescription, ElementDescription } from '../../../src/core/iso8583/description.ts';
import { resolveDialect, type Dialect } from '../../../src/core/iso8583/dialect.ts';
import type { ElementSpec } from '../../../src/core/iso8583/element-spec.ts';
import { Iso8583Message, isSecretElement } from '../../../src/core/iso8583/message.ts';
import { loadDialects } from '../../../src/main/config/dialect-schema.ts';
import type { VectorCategory, VectorVerdict } from '../category.ts';
import { judgeFieldTables, judgeMoovDirectory } from './iso8583-tables.ts';
import { judgePyiso } from './iso8583-pyiso.ts';

type GoldenFields = Readonly<Record<string, string | { readonly hex: string }>>;

/** Our dialects by the names of jPOS's packagers. */
const packagers: Readonly<Record<string, string>> = {
  iso87ascii: 'iso87-ascii',
  'iso87ascii-binary-bitmap': 'iso87-ascii-binary-bitmap',
  iso87binary: 'iso87-binary',
  iso93ascii: 'iso93-ascii',
  iso93binary: 'iso93-binary',
  iso2003binary: 'iso2003-binary',
  cmf: 'cmf',
  base24: 'base24',
};

function dialectOf(id: string, own: readonly DialectDescription[] = []): Dialect {
  const loaded = loadDialects();
  if (!loaded.ok) throw new Error(`${loaded.fault.file} cannot be used`);
  const dialect = resolveDialect([...loaded.value, ...own], id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

function dialectsByPackager(): ReadonlyMap<string, Dialect> {
  return new Map(Object.entries(packagers).map(([packager, id]) => [packager, dialectOf(id)]));
}

function bytesOf(text: string): Uint8Array {
  const bytes = parseHex(text);
  if (bytes === undefined) throw new Error('a vector is not hexadecimal');
  return bytes;
}

/** MTI and every value, as text or upper-case hex, in one comparable line. */
function lineOf(message: Iso8583Message): string {
  const fields = message.elements().map((element) => {
    const value = message.value(element) ?? '';
    if (typeof value === 'string') return `${element}=${value}`;
    return `${element}=${isSecretElement(element) && element !== 52 ? fromLatin1(value) : toHex(value)}`;
  });
  return [message.mti, ...fields].join(' ');
}

function messageOf(golden: GoldenFields): Iso8583Message {
  const { '0': mti = '', ...fields } = golden;
  return new Iso8583Message(
    typeof mti === 'string' ? mti : '',
    Object.entries(fields).map(([element, value]) => [
      Number(element),
      typeof value === 'string' ? value : bytesOf(value.hex),
    ]),
  );
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

/** Parses the bytes and builds the fields; the two must meet. */
function judgeMessage(dialect: Dialect, name: string, hexText: string, fields: GoldenFields): VectorVerdict {
  const expected = messageOf(fields);
  const parsed = parseMessage(dialect, bytesOf(hexText));
  if (!parsed.ok) return { case: name, outcome: 'failed', expected: lineOf(expected), found: parsed.fault.detail };
  const packed = packMessage(dialect, expected);
  return verdict(
    name,
    `${lineOf(expected)} | ${hexText}`,
    `${lineOf(parsed.value)} | ${packed.ok ? toHex(packed.value) : packed.fault.detail}`,
  );
}

/** Bytes whose fields nobody has written down must at least come back as they are. */
function judgeRoundTrip(dialect: Dialect, name: string, bytes: Uint8Array): VectorVerdict {
  const parsed = parseMessage(dialect, bytes);
  if (!parsed.ok) return { case: name, outcome: 'failed', expected: 'a message', found: parsed.fault.detail };
  const packed = packMessage(dialect, parsed.value);
  return verdict(name, toHex(bytes), packed.ok ? toHex(packed.value) : packed.fault.detail);
}

interface OracleFile {
  readonly cases: readonly { packager: string; name: string; hex: string; fields: GoldenFields }[];
}

function judgeOracle({ cases }: OracleFile): VectorVerdict[] {
  const dialects = dialectsByPackager();
  return cases.map(({ packager, name, hex, fields }, index) => {
    const title = `${index} ${packager}: ${name}`;
    const dialect = dialects.get(packager);
    if (dialect === undefined) return { case: title, outcome: 'skipped', why: `no dialect for packager ${packager}` };
    return judgeMessage(dialect, title, hex, fields);
  });
}

interface PairsFile {
  readonly cases: readonly { xml: string; bin: string; hex: string; fields: GoldenFields | null }[];
}

/**
 * jPOS does not look at what stands in an element (letters in `n`, amounts without a sign), and its 1987 packager
 * classes, unlike the field tables, have text in DE 55.
 */
function lenient(parent: string): DialectDescription {
  const elements = parent.startsWith('iso87') ? { 55: { format: 'ans...999' } } : {};
  return { id: `lenient-${parent}`, parent, checked: false, elements };
}

function judgePairs({ cases }: PairsFile): VectorVerdict[] {
  const bases: Readonly<Record<string, string>> = {
    'ISO87APackager.bin': 'iso87-ascii',
    'ISO87BPackager.bin': 'iso87-binary',
    'ISO93APackager.bin': 'iso93-ascii',
  };
  return cases.map(({ bin, hex, fields }) => {
    const base = bases[bin];
    if (bin === 'post.bin' && fields !== null) return judgePost(bin, hex, fields);
    if (base === undefined || fields === null) {
      const why = fields === null ? 'holds no fields to compare with' : 'not ISO 8583 on the wire, but XML';
      return { case: bin, outcome: 'skipped', why };
    }
    return judgeMessage(dialectOf(`lenient-${base}`, [lenient(base)]), bin, hex, fields);
  });
}

/** DE 127 with a length of six digits and parts behind a bit map of its own: 2 (LL) and 25 (LLLL). */
function judgePost(name: string, hexText: string, fields: GoldenFields): VectorVerdict {
  const base = dialectOf('iso87-ascii-binary-bitmap');
  const text = base.elements.get(127);
  if (text === undefined) throw new Error('DE 127 is in every directory');
  const part = (digits: number): ElementSpec => ({ ...text, positions: 999, prefix: decimalPrefix(digits, 0x30) });
  const parts = new Map([
    [2, part(2)],
    [25, part(4)],
  ]);
  const composite = { kind: 'bitmap', bitmap: octets, parts } as const;
  const de127: ElementSpec = { ...text, content: 'b', asBytes: true, prefix: decimalPrefix(6, 0x30), composite };
  const dialect: Dialect = { ...base, elements: new Map([...base.elements, [127, de127]]) };
  const parsed = parseMessage(dialect, bytesOf(hexText));
  if (!parsed.ok) return { case: name, outcome: 'failed', expected: 'a message', found: parsed.fault.detail };
  const split = splitElement(composite, 127, parsed.value.bytes(127) ?? new Uint8Array(0));
  const found: Record<string, string> = { '0': parsed.value.mti };
  for (const element of parsed.value.elements()) {
    const value = parsed.value.text(element);
    if (value !== undefined) found[element] = value;
  }
  if (split.ok) for (const [inner, value] of split.value) found[`127.${inner}`] = String(value);
  const round = judgeRoundTrip(dialect, name, bytesOf(hexText));
  if (round.outcome !== 'passed') return round;
  return verdict(name, sortedLine(fields), sortedLine(found));
}

function sortedLine(all: Readonly<Record<string, unknown>>): string {
  return Object.entries(all)
    .map(([element, value]) => `${element}=${String(value)}`)
    .sort((a, b) => a.localeCompare(b))
    .join(' ');
}

interface MoovFile {
  readonly cases: readonly {
    name: string;
    hex: string;
    expected?: { mti: string; elements: Readonly<Record<string, string>> };
  }[];
}

/** Names that tell of a rule about messages (which elements, which dates), not about their bytes. */
const aboutRules = /error_date|missing_field|unexpected_field/;
/** Read by specifications of moov that the file does not hold: lengths in hexadecimal, EBCDIC elements. */
const otherSpecification = /hex_length|hex_bcd|ebcdic|_track/;

function judgeMoov({ cases }: MoovFile): VectorVerdict[] {
  const dialect = dialectOf('iso87-ascii');
  return cases.map(({ name, hex, expected }) => {
    if (expected !== undefined) {
      const { '1': _bitmap, ...fields } = expected.elements;
      return judgeMessage(dialect, name, hex, { '0': expected.mti, ...fields });
    }
    if (aboutRules.test(name)) return { case: name, outcome: 'skipped', why: 'a rule about messages, not bytes' };
    if (otherSpecification.test(name)) {
      return { case: name, outcome: 'skipped', why: 'needs a specification that the file does not hold' };
    }
    if (!name.includes('error')) return judgeRoundTrip(dialect, name, bytesOf(hex));
    const parsed = parseMessage(dialect, bytesOf(hex));
    return verdict(name, 'refused', parsed.ok ? lineOf(parsed.value) : 'refused');
  });
}

interface J8583File {
  readonly line: string;
  readonly config_xml: string;
}

const j8583Types: Readonly<Record<string, string>> = {
  AMOUNT: 'n 12',
  DATE10: 'n 10',
  DATE4: 'n 4',
  DATE_EXP: 'n 4',
  TIME: 'n 6',
  LLVAR: 'ans..99',
  LLLVAR: 'ans...999',
};

/** A header of twelve characters, then a message read by the parse guide of its type. */
function judgeJ8583({ line, config_xml: config }: J8583File): VectorVerdict[] {
  const header = /^ISO\d{9}/.exec(line)?.[0] ?? '';
  const body = line.slice(header.length).replace(/\n+$/, '');
  const guide = new RegExp(`<parse type="${body.slice(0, 4)}">(.*?)</parse>`, 's').exec(config)?.[1] ?? '';
  const elements: Record<string, ElementDescription> = {};
  for (const [, num = '', type = '', length] of guide.matchAll(/num="(\d+)" type="(\w+)"(?: length="(\d+)")?/g)) {
    const format = j8583Types[type] ?? `${type === 'NUMERIC' ? 'n' : 'ans'} ${length}`;
    elements[num] = { format, padding: 'none' };
  }
  const dialect = dialectOf('j8583', [{ id: 'j8583', parent: 'iso87-ascii', checked: false, elements }]);
  return [judgeRoundTrip(dialect, 'parse guide', latin1(body))];
}

/** A file is known by what it holds, whatever its name. */
function judge(file: string, content: Uint8Array): Iterable<VectorVerdict> | undefined {
  if (!file.endsWith('.json')) return undefined;
  const document = JSON.parse(Buffer.from(content).toString('utf8')) as Readonly<Record<string, unknown>>;
  const { cases, tests, packagers: tables, spec, line } = document;
  const known = document as never;
  if (Array.isArray(tests)) return judgePyiso(known);
  if (tables !== undefined) return judgeFieldTables(known, dialectsByPackager());
  if (spec !== undefined) return judgeMoovDirectory(known);
  if (typeof line === 'string') return judgeJ8583(known);
  if (!Array.isArray(cases)) return undefined;
  const first = (cases[0] ?? {}) as Readonly<Record<string, unknown>>;
  if ('packager' in first) return judgeOracle(known);
  if ('bin' in first) return judgePairs(known);
  return 'hex' in first ? judgeMoov(known) : undefined;
}

export const iso8583Vectors: VectorCategory = { name: 'iso8583', folder: 'iso8583', judge };
