/**
 * The data objects of consumer-presented QR codes as tables: EMV QRCPS Consumer-Presented Mode v1.1, tables "Payload
 * Data Objects", "Data Objects for Application Template", "Data Objects for Common Data Template" and "Data Objects for
 * Transparent Templates". Formats and lengths are those of EMV 4.4 Book 3 Annex A1, lengths in bytes.
 */
import { fromLatin1, toHex } from '../base/bytes.ts';
import type { Tlv } from '../tlv/ber-tlv.ts';
import type { QrProblem } from './mpm.ts';

/** an and ans text; n digits, two a byte, zeros in front; cn digits, `F` behind; b bytes; template objects. */
type Format = 'an' | 'ans' | 'n' | 'cn' | 'track2' | 'b' | 'template';

export interface CpmObjectRow {
  readonly tag: string;
  readonly name: string;
  readonly format: Format;
  readonly minLength: number;
  readonly maxLength: number;
  /** The templates it may stand in besides the transparent ones (63, 64); '' is the outermost level. */
  readonly within: readonly string[];
  /** Whether a person may see the value: none that identifies account or person in clear. */
  readonly shown: 'text' | 'hex' | 'masked' | 'no';
}

type Length = number | readonly [number, number];

function row(
  tag: string,
  name: string,
  format: Format,
  length: Length,
  within: readonly string[],
  shown: CpmObjectRow['shown'],
): CpmObjectRow {
  const [minLength, maxLength] = typeof length === 'number' ? [length, length] : length;
  return { tag, name, format, minLength, maxLength, within, shown };
}

const outermost = [''];
const application = ['61'];
/** A Common Data Template holds what is the same for all applications. */
const both = ['61', '62'];
const template = [1, 512] as const;

const rows: readonly CpmObjectRow[] = [
  row('85', 'Payload Format Indicator', 'an', 5, outermost, 'text'),
  row('61', 'Application Template', 'template', template, outermost, 'no'),
  row('62', 'Common Data Template', 'template', template, outermost, 'no'),
  row('63', 'Application Specific Transparent Template', 'template', template, application, 'no'),
  row('64', 'Common Data Transparent Template', 'template', template, ['62'], 'no'),
  row('4F', 'Application Definition File (ADF) Name', 'b', [5, 16], application, 'hex'),
  row('50', 'Application Label', 'ans', [1, 16], both, 'text'),
  row('57', 'Track 2 Equivalent Data', 'track2', [8, 19], both, 'masked'),
  row('5A', 'Application PAN', 'cn', [4, 10], both, 'masked'),
  row('5F20', 'Cardholder Name', 'ans', [2, 26], both, 'no'),
  row('5F2D', 'Language Preference', 'an', [2, 8], both, 'text'),
  row('5F34', 'Application PAN Sequence Number', 'n', 1, both, 'hex'),
  row('5F50', 'Issuer URL', 'ans', [1, 222], both, 'no'),
  row('9F08', 'Application Version Number', 'b', 2, both, 'hex'),
  row('9F19', 'Token Requestor ID', 'n', 6, both, 'hex'),
  row('9F24', 'Payment Account Reference (PAR)', 'an', 29, both, 'no'),
  row('9F25', 'Last 4 Digits of PAN', 'n', 2, both, 'hex'),
  row('82', 'Application Interchange Profile', 'b', 2, both, 'hex'),
  row('9F10', 'Issuer Application Data', 'b', [1, 32], both, 'hex'),
  row('9F26', 'Application Cryptogram', 'b', 8, both, 'hex'),
  row('9F27', 'Cryptogram Information Data', 'b', 1, both, 'hex'),
  row('9F36', 'Application Transaction Counter', 'b', 2, both, 'hex'),
  row('9F37', 'Unpredictable Number', 'b', 4, both, 'hex'),
];

const table: ReadonlyMap<string, CpmObjectRow> = new Map(rows.map((one) => [one.tag, one]));

/** Undefined for a tag that the tables do not name; such objects are allowed inside templates. */
export function rowOfTag(tag: string): CpmObjectRow | undefined {
  return table.get(tag);
}

const patterns: Readonly<Record<Exclude<Format, 'template'>, { readonly of: 'text' | 'hex'; readonly is: RegExp }>> = {
  an: { of: 'text', is: /^[A-Za-z0-9]*$/ },
  ans: { of: 'text', is: /^[\x20-\x7e]*$/ },
  n: { of: 'hex', is: /^\d*$/ },
  cn: { of: 'hex', is: /^\d{8,19}F*$/ },
  track2: { of: 'hex', is: /^\d{8,19}D\d{7}\d*F?$/ },
  b: { of: 'hex', is: /^/ },
};

/** Messages name objects, never their values: they may be card data. */
export function* cpmProblems(objects: readonly Tlv[]): Iterable<QrProblem> {
  yield* level(objects, '', '');
  const common = objects.findIndex(({ tag }) => tag === '62');
  if (common >= 0 && common < objects.findLastIndex(({ tag }) => tag === '61')) {
    yield warning('62', 'stands before an Application Template');
  }
  const templates = objects.filter(({ tag }) => tag === '61');
  const without = templates.filter(({ children }) => !children.some(({ tag }) => tag === '4F')).length;
  if (without === templates.length) {
    yield { severity: 'error', id: '61.4F', message: 'ADF Name is missing: no application can be used' };
  } else if (without > 0) yield warning('61.4F', 'ADF Name is missing');
}

function warning(id: string, message: string): QrProblem {
  return { severity: 'warning', id, message };
}

/** Several applications may be offered; everything else stands once at its level. */
function* level(objects: readonly Tlv[], parent: string, path: string): Iterable<QrProblem> {
  const seen = new Set<string>();
  for (const object of objects) {
    const { tag, children } = object;
    const where = path === '' ? tag : `${path}.${tag}`;
    if (seen.has(tag) && tag !== '61') yield warning(where, 'appears twice, the first counts');
    seen.add(tag);
    const known = table.get(tag);
    if (known === undefined) {
      if (parent === '') yield warning(where, 'not an object of the outermost level');
      continue;
    }
    // A transparent template is the issuer's: its objects go to the issuer as they are.
    if (parent === '63' || parent === '64') continue;
    if (!known.within.includes(parent)) {
      yield warning(
        where,
        parent === '' ? 'not an object of the outermost level' : `not an object of template ${parent}`,
      );
    }
    const problem = valueProblem(object, known);
    if (problem !== undefined) yield warning(where, problem);
    yield* level(children, tag, where);
  }
}

function valueProblem({ value, children }: Tlv, known: CpmObjectRow): string | undefined {
  const { name, format, minLength, maxLength } = known;
  if (value.length < minLength || value.length > maxLength) {
    const allowed = minLength === maxLength ? `${minLength}` : `${minLength} to ${maxLength}`;
    return `${name}: ${value.length} bytes, expected ${allowed}`;
  }
  if (format === 'template') return children.length === 0 ? `${name}: holds no object` : undefined;
  const { of, is } = patterns[format];
  return is.test(of === 'text' ? fromLatin1(value) : toHex(value)) ? undefined : `${name}: not in format ${format}`;
}
