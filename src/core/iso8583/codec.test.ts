/**
 * The codec in every dialect there is, against messages of all shapes and against hostile bytes: it answers with a
 * message or a fault, never with an exception. Messages of peers are judged by the vector runner (test/vectors).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1, toHex } from '../base/bytes.ts';
import { packMessage, parseMessage } from './codec.ts';
import type { DialectDescription } from './description.ts';
import { iso87Ascii, resolveDialect, type Dialect } from './dialect.ts';
import type { ElementSpec } from './element-spec.ts';
import { Iso8583Message, isSecretElement } from './message.ts';
import type { Iso8583Fault } from './reader.ts';
import { standardDialects } from './standard-dialects.ts';

type Value = string | Uint8Array;

const acquirers = join(import.meta.dirname, '../../../config/acquirers');
const everyAxis: DialectDescription = {
  id: 'every-axis',
  parent: 'iso87-ascii',
  mti: 'ebcdic',
  bitmap: 'hex-ebcdic',
  bitmaps: 3,
  encodings: { n: 'ebcdic', 'n..': 'bcd-left-f', an: 'ebcdic', ans: 'ebcdic', b: 'hex-ebcdic', 'b..': 'binary' },
  lengths: 'ebcdic',
  elements: {
    2: { length: 'binary' },
    32: { counts: 'bytes', encoding: 'hex-ebcdic', format: 'b..11' },
    33: { encoding: 'bcd-right-f', length: 'bcd' },
    46: { format: 'ans....3000', length: 'binary' },
    60: { format: 'ans.9' },
    65: null,
    130: { format: 'n 7', encoding: 'bcd-left' },
    192: { format: 'ans..10', name: 'Last of all' },
  },
};
const descriptions: readonly DialectDescription[] = [
  ...standardDialects,
  ...readdirSync(acquirers).map(
    (file) => JSON.parse(readFileSync(join(acquirers, file), 'utf8')) as DialectDescription,
  ),
  everyAxis,
];
const dialects = descriptions.map(({ id }) => dialectNamed(id));

function dialectNamed(id: string): Dialect {
  const dialect = resolveDialect(descriptions, id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
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

/** Any value that fits the element exactly as it will come back. */
function valueFor(element: number, spec: ElementSpec): fc.Arbitrary<Value> {
  const minLength = spec.prefix === undefined ? spec.positions : 0;
  const limits = { minLength, maxLength: Math.min(spec.positions, Math.max(minLength, 40)) };
  if (spec.content === 'b') return fc.uint8Array(limits);
  const alphabet = { n: '0123456789', an: 'AZaz09 ', ans: 'AZaz09 ~!', z: '0129=', 'x+n': '0123456789' }[spec.content];
  const text = fc.string({ unit: fc.constantFrom(...alphabet.split('')), ...limits });
  if (spec.content === 'x+n') return text.map((digits) => `C${digits.slice(1)}`);
  return isSecretElement(element) ? text.map((characters) => latin1(characters)) : text;
}

/** A fault says which element is wrong, and where: at one of the bytes, or behind the last. */
function expectInside(fault: Iso8583Fault, bytes: Uint8Array): void {
  expect(fault.offset).toBeGreaterThanOrEqual(0);
  expect(fault.offset).toBeLessThanOrEqual(bytes.length);
  expect(fault.element).toBeGreaterThanOrEqual(0);
  expect(fault.element).toBeLessThanOrEqual(192);
  expect(fault.reason).not.toBe('');
  expect(fault.retrySafe).toBe(false);
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
        const parsed = parseMessage(dialect, bytes);
        if (!parsed.ok) expectInside(parsed.fault, bytes);
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
          expectInside(parsed.fault, bytes);
        }
      }),
    );
  });

  it('keeps nothing of the buffer it read from', () => {
    const message = new Iso8583Message('0200', [
      [2, '9704000000000018'],
      [37, '000000000001'],
    ]);
    const buffer = Buffer.from(pack(dialect, message));
    const parsed = parseMessage(dialect, buffer);
    buffer.fill(0);
    expect(parsed.ok && contents(parsed.value)).toEqual(contents(message));
  });

  it('overwrites what it holds as bytes when told, and keeps the texts', () => {
    const whole = pack(
      dialect,
      new Iso8583Message('0200', [
        [2, '9704000000000018'],
        [37, '000000000001'],
      ]),
    );
    const parsed = parseMessage(dialect, whole);
    if (!parsed.ok) throw new Error(parsed.fault.detail);
    const pan = parsed.value.bytes(2) ?? latin1('');
    expect(fromLatin1(pan)).toBe('9704000000000018');
    parsed.value.wipe();
    expect(toHex(pan)).toBe('00'.repeat(16));
    expect(parsed.value.text(37)).toBe('000000000001');
  });

  it('names the element for every place at which a message can be cut', () => {
    const whole = pack(
      dialect,
      new Iso8583Message('0210', [
        [37, '000000000001'],
        [48, '02003abc'],
        [102, 'note'],
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

describe('bit maps', () => {
  const dialect = dialectNamed('every-axis');

  it('a third one stands behind the second when bit 65 is set', () => {
    const packed = pack(dialect, new Iso8583Message('0200', [[130, '1234567']]));
    expect(toHex(packed)).toBe(`F0F2F0F0F8${'F0'.repeat(15)}F8${'F0'.repeat(15)}F4${'F0'.repeat(15)}01234567`);
    expect(parseMessage(dialect, packed)).toMatchObject({ ok: true });
  });

  it('names elements that the dialect has none of', () => {
    const none = packMessage(iso87Ascii, new Iso8583Message('0200', [[130, '1']]));
    expect(none).toMatchObject({ ok: false, fault: { kind: 'unknownElement', element: 130 } });
    const taken = packMessage(dialect, new Iso8583Message('0200', [[65, '1']]));
    expect(taken).toMatchObject({ ok: false, fault: { kind: 'unknownElement', element: 65 } });
  });
});

describe('packed digits', () => {
  it('are filled as the dialect says, and track 2 carries its separator as D', () => {
    const packed = pack(
      dialectNamed('iso87-binary'),
      new Iso8583Message('0200', [
        [23, '1'],
        [32, '123'],
        [35, '9704=31'],
      ]),
    );
    expect(toHex(packed)).toBe('020000000201200000000001031230079704D310');
  });

  it('do not take what has no nibble', () => {
    const message = new Iso8583Message('0200', [[35, '97;04']]);
    expect(packMessage(dialectNamed('iso87-binary'), message)).toMatchObject({
      fault: { kind: 'badContent', element: 35 },
    });
  });
});

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
