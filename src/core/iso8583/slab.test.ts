/** Messages share a slab, so what one leaves behind or wipes must never be another's. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { latin1, toHex } from '../base/bytes.ts';
import { packMessage, parseMessage } from './codec.ts';
import { splitElement } from './composite.ts';
import { iso87Ascii, resolveDialect, type Dialect } from './dialect.ts';
import { Iso8583Message } from './message.ts';
import { slab } from './slab.ts';
import { standardDialects } from './standard-dialects.ts';

const pan = '5413330089604111';
const dialects = standardDialects.map(({ id }) => dialectNamed(id));

function dialectNamed(id: string): Dialect {
  const dialect = resolveDialect(standardDialects, id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

function pack(dialect: Dialect, message: Iso8583Message): Uint8Array {
  const packed = packMessage(dialect, message);
  if (!packed.ok) throw new Error(packed.fault.detail);
  return packed.value;
}

function parse(dialect: Dialect, bytes: Uint8Array): Iso8583Message {
  const parsed = parseMessage(dialect, bytes);
  if (!parsed.ok) throw new Error(parsed.fault.detail);
  return parsed.value;
}

function sale(rrn: string): Iso8583Message {
  return new Iso8583Message('0200', [
    [2, pan],
    [37, rrn],
  ]);
}

/** The digits as characters, in ASCII or EBCDIC, or packed. */
function holdsPan(bytes: Uint8Array): boolean {
  return [toHex(latin1(pan)), pan.replaceAll(/./g, 'F$&'), pan].some((digits) => toHex(bytes).includes(digits));
}

function expectNothingBehind(): void {
  expect(slab.bytes.subarray(slab.used).some((octet) => octet !== 0)).toBe(false);
}

beforeEach(() => {
  // A fresh slab, so that what a test finds in it is the test's own.
  slab.ensure(slab.bytes.length + 1);
});

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))('%s', (_id, dialect) => {
  it('holds nothing of a message that was packed, parsed and wiped', () => {
    const { bytes } = slab;
    const whole = pack(dialect, sale('000000000001'));
    expect(holdsPan(bytes)).toBe(true);
    const message = parse(dialect, whole);
    whole.fill(0);
    expect(holdsPan(bytes)).toBe(true);
    message.wipe();
    expect(slab.bytes).toBe(bytes);
    expect(holdsPan(bytes)).toBe(false);
  });

  it('holds nothing of a message that was refused', () => {
    const whole = pack(dialect, sale('000000000001'));
    const bytes = new Uint8Array([...whole, 0]);
    whole.fill(0);
    expect(parseMessage(dialect, bytes)).toMatchObject({ ok: false, fault: { kind: 'trailingBytes' } });
    const unfit = new Iso8583Message('0200', [
      [2, pan],
      [37, 'too long for DE 37'],
    ]);
    expect(packMessage(dialect, unfit)).toMatchObject({ ok: false, fault: { kind: 'badLength', element: 37 } });
    expect(holdsPan(slab.bytes)).toBe(false);
    expectNothingBehind();
  });

  it('wiping one message touches no other', () => {
    const packed = Array.from({ length: 3 }, (_none, n) => pack(dialect, sale(`00000000000${n}`)));
    const [first, second, third] = packed.map((bytes) => parse(dialect, bytes));
    second?.wipe();
    packed[1]?.fill(0);
    for (const [message, rrn] of [
      [first, '000000000000'],
      [third, '000000000002'],
    ] as const) {
      expect(message?.text(37)).toBe(rrn);
      expect(message?.bytes(2)).toEqual(latin1(pan));
    }
    expect(packed[0]).toEqual(pack(dialect, sale('000000000000')));
  });

  it('keeps a thousand messages apart, over the ends of slabs', () => {
    const messages = Array.from({ length: 1000 }, (_none, n) =>
      parse(dialect, pack(dialect, sale(String(n).padStart(12, '0')))),
    );
    expect(messages.map((message) => Number(message.text(37)))).toEqual(messages.map((_message, n) => n));
    expect(messages.every((message) => toHex(message.bytes(2) ?? latin1('')) === toHex(latin1(pan)))).toBe(true);
  });

  it('leaves zeros behind what is used, whatever is parsed', () => {
    const whole = pack(dialect, sale('000000000001'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(whole.length), (rest, cut) => {
        parseMessage(dialect, Uint8Array.from([...whole.subarray(0, cut), ...rest]));
        expectNothingBehind();
      }),
    );
  });
});

describe('the slab', () => {
  it('takes messages that are longer than it is', () => {
    const dialect = dialectNamed('iso2003-binary');
    const values = [43, 44, 49, 50, 51].map((element): [number, Uint8Array] => [
      element,
      new Uint8Array(9999).fill(element),
    ]);
    const whole = pack(dialect, new Iso8583Message('2200', values));
    const message = parse(dialect, whole);
    expect(whole.length).toBeGreaterThan(5 * 9999);
    for (const [element, value] of values) expect(message.bytes(element)).toEqual(value);
    expectNothingBehind();
  });

  it('moves a message that outgrows it, and overwrites what it leaves', () => {
    const before = slab.bytes;
    slab.used = before.length - 1100;
    const whole = pack(
      iso87Ascii,
      new Iso8583Message('0200', [
        [2, pan],
        [48, 'x'.repeat(999)],
        [60, 'y'.repeat(999)],
      ]),
    );
    expect(slab.bytes).not.toBe(before);
    expect(holdsPan(before)).toBe(false);
    const message = parse(iso87Ascii, whole);
    expect([message.text(48), message.text(60)]).toEqual(['x'.repeat(999), 'y'.repeat(999)]);
    expectNothingBehind();
  });

  it('keeps nothing of an element that was taken apart', () => {
    const tlv = { kind: 'positional', parts: iso87Ascii.elements } as const;
    const { used } = slab;
    splitElement(tlv, 48, latin1(`16${pan}`));
    expect(slab.used).toBe(used);
    expectNothingBehind();
  });
});
