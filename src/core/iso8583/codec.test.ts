/**
 * The codec against golden messages that jPOS packed and unpacked, against the field tables of two peers, and
 * against hostile bytes: it answers with a message or a fault, never with an exception.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1, parseHex, toHex } from '../base/bytes.ts';
import { packMessage, parseMessage } from './codec.ts';
import { dialects, iso87Ascii, iso87AsciiBinaryBitmap, type Dialect, type ElementSpec } from './dialect.ts';
import { elements1987 } from './elements-1987.ts';
import { isSecretElement, Iso8583Message } from './message.ts';

type Value = string | Uint8Array;

const vectors = join(process.env['CHAM_VECTORS'] ?? join(import.meta.dirname, '../../../../shared/vectors'), 'iso8583');
const haveVectors = existsSync(vectors);
if (!haveVectors) process.stderr.write(`iso8583: no test vectors at ${vectors}; peer comparisons are skipped\n`);

function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(join(vectors, name), 'utf8'));
}

type GoldenFields = Readonly<Record<string, string | { readonly hex: string }>>;

function messageOf(golden: GoldenFields): Iso8583Message {
  const { '0': mti, ...rest } = golden;
  if (typeof mti !== 'string') throw new Error('no MTI in a vector');
  const fields = Object.entries(rest).map(([element, value]): [number, Value] => [
    Number(element),
    typeof value === 'string' ? value : bytesOf(value.hex),
  ]);
  return new Iso8583Message(mti, fields);
}

function bytesOf(hexText: string): Uint8Array {
  const bytes = parseHex(hexText);
  if (bytes === undefined) throw new Error('bad hex in a vector');
  return bytes;
}

function contents(message: Iso8583Message): unknown {
  return [
    message.mti,
    message.elements().map((de) => [de, message.text(de) ?? toHex(message.bytes(de) ?? latin1('?'))]),
  ];
}

function pack(dialect: Dialect, message: Iso8583Message): Uint8Array {
  const packed = packMessage(dialect, message);
  if (!packed.ok) throw new Error(packed.fault.detail);
  return packed.value;
}

describe.skipIf(!haveVectors)('golden messages of jPOS', () => {
  const golden = haveVectors
    ? (readVectors('oracle_jpos.json') as {
        cases: { packager: string; name: string; hex: string; fields: GoldenFields }[];
      })
    : { cases: [] };
  const packagers = new Map([
    ['iso87ascii', iso87Ascii],
    ['iso87ascii-binary-bitmap', iso87AsciiBinaryBitmap],
  ]);
  const cases = golden.cases.filter((each) => packagers.has(each.packager));

  it('there are some for each dialect', () => {
    for (const packager of packagers.keys()) {
      expect(cases.filter((each) => each.packager === packager).length).toBeGreaterThan(10);
    }
  });

  it.each(cases.map((each) => [`${each.packager}: ${each.name}`, each] as const))('%s', (_name, each) => {
    const dialect = packagers.get(each.packager) ?? iso87Ascii;
    const message = messageOf(each.fields);
    expect(toHex(pack(dialect, message))).toBe(each.hex);
    const parsed = parseMessage(dialect, bytesOf(each.hex));
    if (!parsed.ok) throw new Error(parsed.fault.detail);
    expect(contents(parsed.value)).toEqual(contents(message));
  });

  it('refuses the packager test message of jPOS, whose DE 28 lacks the sign, and names the element', () => {
    const pairs = readVectors('jpos_packager_pairs.json') as { cases: { xml: string; hex: string }[] };
    const pair = pairs.cases.find((each) => each.xml === 'ISO87.xml');
    const parsed = parseMessage(iso87Ascii, bytesOf(pair?.hex ?? ''));
    expect(parsed).toMatchObject({ ok: false, fault: { kind: 'badContent', element: 28 } });
  });

  it('the element table agrees with those of jPOS and moov, but for two rows of jPOS', () => {
    const jpos = (
      readVectors('jpos_field_tables.json') as {
        packagers: Record<string, Record<string, { len: number; type: string }>>;
      }
    ).packagers['iso87ascii'];
    const moov = (readVectors('moov_spec87.json') as { spec: { elements: Record<string, { Describe: string }> } }).spec;
    const differs = { jpos: [] as number[], moov: [] as number[] };
    for (const [element, format] of elements1987) {
      const spec = iso87Ascii.elements.get(element);
      const peer = jpos?.[String(element)];
      const digits = peer?.type.includes('LLL') === true ? 3 : peer?.type.includes('LL') === true ? 2 : undefined;
      if (spec?.positions !== peer?.len || spec?.prefix?.size !== digits) differs.jpos.push(element);
      const length = /( |\.\.+)\d+/.exec(format)?.[0];
      if (length !== /( |\.\.+)\d+/.exec(moov.elements[String(element)]?.Describe ?? '')?.[0])
        differs.moov.push(element);
    }
    // jPOS has 6 and 16 positions for DE 93 and 96, where the standard has an 5 and b 64.
    expect(differs).toEqual({ jpos: [93, 96], moov: [] });
  });
});

/** Any value that fits the element exactly as it will come back. */
function valueFor(element: number, spec: ElementSpec): fc.Arbitrary<Value> {
  const minLength = spec.prefix === undefined ? spec.positions : 0;
  const limits = { minLength, maxLength: Math.min(spec.positions, Math.max(minLength, 40)) };
  if (spec.content === 'b') return fc.uint8Array(limits);
  const alphabet = { n: '0123456789', an: 'AZaz09 ', ans: 'AZaz09 ~!', z: '0129=D', 'x+n': '0123456789' }[spec.content];
  const text = fc.string({ unit: fc.constantFrom(...alphabet.split('')), ...limits });
  if (spec.content === 'x+n') return text.map((digits) => `C${digits.slice(1)}`);
  return isSecretElement(element) ? text.map((characters) => latin1(characters)) : text;
}

function anyMessage(dialect: Dialect): fc.Arbitrary<Iso8583Message> {
  const numbers = [...dialect.elements.keys()];
  return fc
    .tuple(
      fc.constantFrom('0200', '0210', '0401', '0810'),
      fc.uniqueArray(fc.constantFrom(...numbers), { maxLength: 30 }),
    )
    .chain(([mti, chosen]) =>
      fc
        .tuple(
          ...chosen.map((element) => {
            const spec = dialect.elements.get(element);
            if (spec === undefined) throw new Error('not in the table');
            return valueFor(element, spec).map((value): [number, Value] => [element, value]);
          }),
        )
        .map((fields) => new Iso8583Message(mti, fields)),
    );
}

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))('%s', (_id, dialect) => {
  it('comes back as it was packed', () => {
    fc.assert(
      fc.property(anyMessage(dialect), (message) => {
        const parsed = parseMessage(dialect, pack(dialect, message));
        if (!parsed.ok) throw new Error(parsed.fault.detail);
        expect(contents(parsed.value)).toEqual(contents(message));
      }),
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof parseMessage(dialect, bytes).ok).toBe('boolean');
      }),
    );
  });

  it('survives damaged messages, and what it accepts is a fixed point of packing', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyMessage(dialect), damage, fc.nat(), (message, changes, cut) => {
        const whole = pack(dialect, message);
        for (const [at, octet] of changes) whole[at % whole.length] = octet;
        const bytes = cut % 3 === 0 ? whole.subarray(0, cut % whole.length) : whole;
        const parsed = parseMessage(dialect, bytes);
        if (parsed.ok) {
          const again = parseMessage(dialect, pack(dialect, parsed.value));
          expect(again.ok && contents(again.value)).toEqual(contents(parsed.value));
        } else {
          expect(parsed.fault.offset).toBeLessThanOrEqual(bytes.length);
          expect(parsed.fault.element).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('keeps nothing of the buffer it read from', () => {
    const message = new Iso8583Message('0200', [
      [2, '9704000000000018'],
      [64, new Uint8Array(8).fill(7)],
    ]);
    const buffer = Buffer.from(pack(dialect, message));
    const parsed = parseMessage(dialect, buffer);
    buffer.fill(0);
    expect(parsed.ok && contents(parsed.value)).toEqual(contents(message));
  });

  it('names the element for every place at which a message can be cut', () => {
    const whole = pack(
      dialect,
      new Iso8583Message('0210', [
        [39, '00'],
        [48, 'note'],
        [70, '301'],
      ]),
    );
    for (let length = 0; length < whole.length; length += 1) {
      const parsed = parseMessage(dialect, whole.subarray(0, length));
      expect(parsed).toMatchObject({ ok: false, fault: { kind: 'truncated' } });
    }
  });
});

function refusal(fields: [number, Value][]): unknown {
  const packed = packMessage(iso87Ascii, new Iso8583Message('0200', fields));
  return packed.ok ? 'packed' : [packed.fault.kind, packed.fault.element];
}

function parseText(text: string): unknown {
  return parseMessage(iso87Ascii, latin1(text));
}

describe('refusals', () => {
  it('pads what is fixed, and refuses what is too long, of the wrong kind or not in the alphabet', () => {
    const padded = pack(
      iso87Ascii,
      new Iso8583Message('0200', [
        [11, '7'],
        [41, 'T1'],
      ]),
    );
    expect(fromLatin1(padded)).toBe('02000020000000800000000007T1      ');
    expect(refusal([[11, '1234567']])).toEqual(['badLength', 11]);
    expect(refusal([[11, '12A']])).toEqual(['badContent', 11]);
    expect(refusal([[52, new Uint8Array(7)]])).toEqual(['badLength', 52]);
    expect(refusal([[64, '12345678']])).toEqual(['badContent', 64]);
    expect(refusal([[43, 'Hiệu thuốc']])).toEqual(['badContent', 43]);
    expect(refusal([[28, '000000100']])).toEqual(['badContent', 28]);
    expect(refusal([[35, '1'.repeat(38)]])).toEqual(['badLength', 35]);
  });

  it('tells an announced length that is no number or too great, and bytes left over', () => {
    const withDe48 = '02000000000000010000';
    expect(parseText(`${withDe48}00x`)).toMatchObject({ fault: { kind: 'badLength', element: 48, offset: 20 } });
    expect(parseText('0200000000010000000099')).toMatchObject({ fault: { kind: 'badLength', element: 32 } });
    expect(parseText(`${withDe48}001AB`)).toMatchObject({ fault: { kind: 'trailingBytes', offset: 24 } });
    expect(parseText('02X0')).toMatchObject({ fault: { kind: 'badContent', element: 0 } });
    expect(parseText(`0200${'G'.repeat(16)}`)).toMatchObject({ fault: { kind: 'badContent', element: 1 } });
  });
});
