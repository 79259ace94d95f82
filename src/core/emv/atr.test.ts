/** Answers to reset: what they say by ISO/IEC 7816-3, and which of them EMV 4.4 Book 1 §8.3 takes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../base/bytes.ts';
import { parseAtr, type Atr } from './atr.ts';

function read(atr: string): Atr {
  const parsed = parseAtr(hex(atr));
  if (!parsed.ok) throw new Error(parsed.fault.detail);
  return parsed.value;
}

/** With the check character that the bytes before it need. */
function checked(atr: string): string {
  const sum = hex(atr.slice(2)).reduce((all, byte) => all ^ byte, 0);
  return atr + toHex(Uint8Array.of(sum));
}

describe('an answer to reset', () => {
  it('with T=0: interface bytes, historical bytes, no check character', () => {
    expect(read('3B6400004348414D')).toEqual({
      convention: 'direct',
      interfaceBytes: [
        { name: 'TB1', value: 0 },
        { name: 'TC1', value: 0 },
      ],
      protocols: [0],
      historicalBytes: hex('4348414D'),
      notEmv: [],
    });
  });

  it('with T=1, in the inverse convention', () => {
    const atr = read(checked('3FE000FF81317C41'));
    expect(atr.convention).toBe('inverse');
    expect(atr.protocols).toEqual([1]);
    expect(atr.interfaceBytes.map(({ name }) => name)).toEqual(['TB1', 'TC1', 'TD1', 'TD2', 'TA3', 'TB3']);
    expect(atr.notEmv).toEqual([]);
  });

  it.each([
    ['TB1 is not 00', '3B602500'],
    ['TB1 is not 00', '3B400A'],
    ['TD1 names neither T=0 nor T=1', checked('3BE000000E')],
    ['TA2 asks for a specific mode that EMV does not have', checked('3BE00000911031FE41')],
    ['TB2 is present', checked('3BE000FFA100317C41')],
    ['TC2 is not 0A', '3BE000004014'],
    ['TB3 is missing', checked('3BE000FF81117C')],
    ['TA3 is not a size of blocks', checked('3BE000FF81310F41')],
    ['TB3 asks for longer waiting times than EMV has', checked('3BE000FF81317C55')],
    ['TB3 asks for a shorter waiting time than the guard time allows', checked('3BE0000481317C41')],
    ['TC3 asks for a check code other than LRC', checked('3BE000FF81717C4101')],
  ])('%s', (why, atr) => {
    expect(read(atr).notEmv).toContain(why);
  });

  it.each([
    ['nothing', ''],
    ['no format character', '3B'],
    ['another initial character', '3C6400004348414D'],
    ['historical bytes missing', '3B640000434841'],
    ['something behind the end', '3B6400004348414D00'],
    ['check character wrong', '3BE000FF81317C4193'],
    ['too long', `3B6F0000${'00'.repeat(32)}`],
  ])('malformed: %s', (_, atr) => {
    expect(parseAtr(hex(atr)).ok).toBe(false);
  });

  it('any bytes are an answer or a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const parsed = parseAtr(bytes);
        expect(parsed.ok ? parsed.value.historicalBytes.length : 0).toBeLessThan(16);
      }),
    );
  });
});
