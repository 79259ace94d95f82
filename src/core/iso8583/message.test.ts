/** A message never prints card data, however it is printed, and forgets it when told. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../base/bytes.ts';
import { Iso8583Message } from './message.ts';

const pan = '9704000000000018';
const track2 = `${pan}=31122010000`;

function sale(): Iso8583Message {
  return new Iso8583Message('0200', [
    [55, `5A08${pan}`],
    [2, pan],
    [35, latin1(track2)],
    [45, `B${pan}^NGUYEN VAN A^3112`],
    [52, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])],
    [48, pan],
    [4, '000000045000'],
    [41, 'TERM0001'],
  ]);
}

describe('Iso8583Message', () => {
  it('prints masked in every usual way', () => {
    const message = sale();
    const printed = [
      String(message),
      JSON.stringify({ message }),
      inspect(message, { depth: 9, showHidden: true }),
      message.describe(),
    ];
    for (const text of printed) expect(text).not.toContain(pan);
    expect(message.describe()).toBe(
      '0200 2=970400******0018 4=000000045000 35=<28> 41=TERM0001 45=<35> 48=<16> 52=<8> 55=<20>',
    );
  });

  it.each(['0', '1', '2', '9'])(
    'of version %s: tracks, PIN and what the directory calls secret stay hidden',
    (version) => {
      const message = new Iso8583Message(`${version}200`, [
        [2, pan],
        [11, '000001'],
        [34, pan],
        [35, track2],
        [36, track2],
        [45, track2],
        [52, '12345678'],
        [55, pan],
        [63, pan],
      ]);
      expect(message.describe()).not.toContain(pan.slice(6, 12));
      expect(message.describe()).toContain(version === '9' ? '11=<6>' : '11=000001');
      expect(message.describe()).toContain('52=<8>');
    },
  );

  it('does not show verification data, which the 2003 directory has where 1987 has the currency', () => {
    expect(new Iso8583Message('0200', [[49, '704']]).describe()).toBe('0200 49=704');
    expect(new Iso8583Message('2200', [[49, '704']]).describe()).toBe('2200 49=<3>');
  });

  it('does not change a value by printing it, whatever kind of array it is', () => {
    const digits = Buffer.from(pan, 'latin1');
    expect(new Iso8583Message('0200', [[2, digits]]).describe()).toBe('0200 2=970400******0018');
    expect(digits.toString('latin1')).toBe(pan);
  });

  it('keeps card and PIN data as bytes only, and overwrites them', () => {
    const message = sale();
    expect(message.text(2)).toBeUndefined();
    const held = [2, 35, 45, 52].map((element) => message.bytes(element) ?? new Uint8Array(0));
    expect(fromLatin1(held[0] ?? new Uint8Array(0))).toBe(pan);
    message.wipe();
    for (const bytes of held) {
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.every((octet) => octet === 0)).toBe(true);
    }
    expect(message.text(4)).toBe('000000045000');
  });

  it('orders elements and refuses numbers that are no element', () => {
    expect(sale().elements()).toEqual([2, 4, 35, 41, 45, 48, 52, 55]);
    expect(() => new Iso8583Message('0200', [[1, '']])).toThrow(/DE 1/);
    expect(() => new Iso8583Message('0200', [[193, '']])).toThrow(/DE 193/);
  });
});
