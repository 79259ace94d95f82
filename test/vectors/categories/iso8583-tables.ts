/** Compares our element tables, row by row, with the field tables of jPOS (one case per packager) and moov. */
import type { Dialect } from '../../../src/core/iso8583/dialect.ts';
import { elements1987 } from '../../../src/core/iso8583/elements-1987.ts';
import type { VectorVerdict } from '../category.ts';

interface FieldTables {
  readonly packagers: Readonly<Record<string, Readonly<Record<string, { len: number; type: string }>>>>;
}

export function judgeFieldTables({ packagers }: FieldTables, dialects: ReadonlyMap<string, Dialect>): VectorVerdict[] {
  return Object.entries(packagers).map(([packager, rows]) => {
    const dialect = dialects.get(packager);
    if (dialect === undefined)
      return { case: packager, outcome: 'skipped', why: `no dialect for packager ${packager}` };
    const theirs = new Map(
      Object.entries(rows)
        .filter(([element]) => Number(element) >= 2)
        .map(([element, { type, len }]) => [Number(element), shapeOfType(type.trim(), len)]),
    );
    const different = [...new Set([...theirs.keys(), ...dialect.elements.keys()])]
      .map((element) => ({ element, theirs: theirs.get(element), ours: shapeOf(dialect, element) }))
      .filter(({ theirs, ours }) => theirs !== ours);
    if (different.length === 0) return { case: packager, outcome: 'passed' };
    return {
      case: packager,
      outcome: 'failed',
      expected: different.map(({ element, theirs }) => `${element}: ${theirs}`).join(', '),
      found: different.map(({ element, ours }) => `${element}: ${ours}`).join(', '),
    };
  });
}

/** Bytes of the length, and bytes on the wire of the longest value. */
function shape(prefixSize: number, size: number): string {
  return prefixSize === 0 ? `${size} bytes` : `${prefixSize} + up to ${size} bytes`;
}

function shapeOf(dialect: Dialect, element: number): string | undefined {
  const spec = dialect.elements.get(element);
  return spec && shape(spec.prefix?.size ?? 0, spec.encoding.size(spec.positions));
}

/** `IFA_` ASCII, `IFB_` packed or binary; L, LL … a length of so many digits; see `type_key` in the file. */
function shapeOfType(type: string, length: number): string {
  const match = /^IF([AB]?)_(L*)(NUMERIC|NUM|CHAR|BINARY|AMOUNT|AMOUNT2003)$/.exec(type);
  if (match === null) return `unknown type ${type}`;
  const [, family, dots = '', kind] = match;
  const packed = family === 'B';
  const half = Math.ceil(length / 2);
  const sizes: Readonly<Record<string, number>> = {
    NUMERIC: packed ? half : length,
    NUM: packed ? half : length,
    CHAR: length,
    // Raw bytes, but for fixed binary in ASCII, which is hexadecimal characters.
    BINARY: packed || dots !== '' ? length : length * 2,
    AMOUNT: packed ? 1 + Math.ceil((length - 1) / 2) : length,
    AMOUNT2003: half,
  };
  return shape(packed ? Math.ceil(dots.length / 2) : dots.length, sizes[kind ?? ''] ?? -1);
}

interface MoovDirectory {
  readonly spec: { readonly elements: Readonly<Record<string, { readonly Describe: string }>> };
}

export function judgeMoovDirectory({ spec }: MoovDirectory): VectorVerdict[] {
  const length = /(?: |\.\.+)\d+/;
  return elements1987.map(([element, format]) => {
    const expected = length.exec(spec.elements[element]?.Describe ?? '')?.[0] ?? 'no such element';
    const found = length.exec(format)?.[0] ?? '';
    const name = `DE ${element}`;
    return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
  });
}
