/** What is kept of the objects that a card gives (EMV 4.4 Book 3 §5.4, §7.5 and §10.2). */
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../tlv/ber-tlv.ts';
import { collect, type CardObjects } from './card-data.ts';
import { processingOptionsCommand, readFci } from './initiate.ts';
import { TransactionData } from './transaction-data.ts';

const p = (tag: string, value: string): Tlv => primitive(tag, hex(value));

function kept(...objects: readonly Tlv[]): readonly string[] | string {
  const store: CardObjects = new Map();
  const collected = collect(store, objects, 'record');
  return collected.ok ? [...store.keys()] : collected.fault.kind;
}

describe('objects of a record', () => {
  it.each(['8A', '91', '89', '95', '9F02', '9F1B', '9F34', '9F37', '98'])(
    "%s is not a card's to give: ignored, also twice and in any length",
    (tag) => expect(kept(p(tag, '30'), p('5A', '12'), p(tag, '3030'))).toEqual(['5A']),
  );

  it("what kernels call by the tag of another kernel's terminal object is kept", () => {
    expect(kept(p('9F66', '0038'), p('9F6E', '07040000'))).toEqual(['9F66', '9F6E']);
  });

  it.each(['5F20', '9F0B', '42', '9F0C', '9F4D'])(
    '%s in a length that it cannot have: as if it were not there',
    (tag) => expect(kept(p(tag, '20'.repeat(60)), p('5A', '12'))).toEqual(['5A']),
  );

  it('any other in a length that it cannot have, or twice: an error', () => {
    expect(kept(p('5F24', '3112'))).toBe('cardDataError');
    expect(kept(p('5F20', '2020'), p('5F20', '2020'))).toBe('cardDataError');
  });
});

describe('a list of the card', () => {
  it('gets zeros for templates, and for what only the terminal could say', () => {
    const data = new TransactionData(new Map([['9F1A', hex('0704')]]));
    const issuer = constructed('BF0C', [p('9F4D', '0B0A')]);
    const proprietary = constructed('A5', [p('9F38', 'BF0C039F1A028A029F3704'), p('8A', '3030'), issuer]);
    const read = readFci(
      data,
      encodeTlv([constructed('6F', [p('84', 'A0000007271010'), p('9F37', '11223344'), proprietary])]),
    );
    expect(read.ok).toBe(true);
    const command = processingOptionsCommand(data);
    // Lc, 83 and its length; BF0C, 9F1A, 8A and 9F37.
    expect(command.ok && toHex(command.value)).toBe('80A800000D830B000000070400000000000000');
  });
});
