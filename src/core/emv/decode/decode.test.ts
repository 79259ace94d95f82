/** Decoders: every table complete and consistent, the lines that the Books' examples give, any bytes answered. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '../../base/bytes.ts';
import { luhnValid } from '../../base/pan.ts';
import { identify } from '../../tlv/tags.ts';
import { bit, explainBits, type BitField } from './bit-field.ts';
import * as card from './card-fields.ts';
import { parseCvmList } from './cvm.ts';
import { explain } from './explain.ts';
import * as terminal from './terminal-fields.ts';
import { parseTrack2 } from './track2.ts';

const pan = '4761739001010119';

function lines(tag: string, value: string): readonly string[] {
  return explain(tag, hex(value), identify(tag, hex(value)));
}

describe('explainBits', () => {
  const field: BitField = {
    spec: 'a test',
    bytes: 2,
    rows: [bit(1, 8, 'top'), [1, 0x30, 0x00, 'neither'], [1, 0x30, 0x20, 'second'], [2, 0xff, 0x01, 'one']],
  };

  it.each([
    ['8000', ['byte 1 bit 8: top', 'byte 1 bits 6-5: neither']],
    ['2001', ['byte 1 bits 6-5: second', 'byte 2: one']],
    ['41', ['byte 1 bits 6-5: neither', 'byte 1 bit 7: RFU', 'byte 1 bit 1: RFU']],
    ['300004', ['byte 1 bit 6: RFU', 'byte 1 bit 5: RFU', 'byte 3 bit 3: RFU']],
  ])('%s', (value, expected) => {
    expect(explainBits(field, hex(value))).toEqual(expected);
  });
});

const tables = Object.entries<BitField>({ ...card, ...terminal });

describe('tables', () => {
  it.each(tables)('%s: cites its Book, rows stay inside the field, no row says the same twice', (_, field) => {
    expect(field.spec).toMatch(/Book/);
    const keys = field.rows.map(([byte, mask, value]) => `${byte} ${mask} ${value}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const [byte, mask, value, meaning] of field.rows) {
      expect(byte).toBeGreaterThanOrEqual(1);
      expect(byte).toBeLessThanOrEqual(field.bytes);
      expect(value & ~mask).toBe(0);
      expect(meaning).not.toBe('');
    }
  });

  it.each(tables)('%s: every bit that is set is told', (_, field) => {
    for (let at = 0; at < field.bytes * 8; at += 1) {
      const value = new Uint8Array(field.bytes);
      value[at >> 3] = 0x80 >> (at & 7);
      const bitNumber = 8 - (at & 7);
      const told = explainBits(field, value).some((line) => {
        const [, byte, high = '8', low = high === '8' ? '1' : high] =
          /^byte (\d)(?: bits? (\d)(?:-(\d))?)?: /.exec(line) ?? [];
        const lowest = line.includes('bits') || !line.includes('bit ') ? Number(low) : Number(high);
        return Number(byte) === (at >> 3) + 1 && bitNumber <= Number(high) && bitNumber >= lowest;
      });
      expect(told, `byte ${(at >> 3) + 1} bit ${bitNumber}`).toBe(true);
    }
  });
});

describe('explain', () => {
  it.each([
    [
      '95',
      '8000048000',
      [
        'byte 1 bit 8: Offline data authentication was not performed',
        'byte 3 bit 3: Online CVM captured',
        'byte 4 bit 8: Transaction exceeds floor limit',
      ],
    ],
    ['9F27', '80', ['byte 1 bits 8-7: Application Cryptogram (AC) type: Authorisation Request Cryptogram (ARQC)']],
    [
      '9F35',
      '22',
      [
        'byte 1 bits 8-5: Operational Control: Merchant',
        'byte 1 bits 4-1: Environment: Attended, offline with online capability',
      ],
    ],
    [
      '94',
      '0802020010010401',
      ['SFI 1, record 2', 'SFI 2, record 1 to 4, 1 record used for offline data authentication'],
    ],
    ['94', '080202', ['Malformed: AFL of 3 bytes']],
    [
      '8E',
      '000186A0000003E842061F03',
      [
        'If transaction is in the application currency and is under 100000 value; Enciphered PIN verified online; Apply succeeding CV Rule if this CVM is unsuccessful',
        'If terminal supports the CVM; No CVM required; Fail cardholder verification if this CVM is unsuccessful',
      ],
    ],
    ['8E', '00', ['Not a CVM List: a CVM List of 1 bytes']],
    ['9F34', '3F0002', ['CVM Performed: CVM not performed', 'CVM Condition: Always', 'CVM Result: Successful']],
    [
      '9F34',
      '208003',
      [
        'CVM Performed: Payment system-specific CVM 20',
        'CVM Condition: Payment system-specific condition 80',
        'CVM Result: RFU 03',
      ],
    ],
    [
      '9F38',
      '9F66049F0206',
      ['9F66 Terminal Transaction Qualifiers (TTQ) [4]', '9F02 Amount, Authorised (Numeric) [6]'],
    ],
    ['9F4A', '82', ['82 Application Interchange Profile (AIP)']],
    ['9F4A', '9F', ['Malformed: TLV at offset 0: the data ends inside a tag']],
    ['9F02', '000000045000', ['45000']],
    ['5F24', '491231', ['2049-12-31']],
    ['5F25', '500101', ['1950-01-01']],
    ['9F21', '111542', ['11:15:42']],
    ['50', '56495341', ['"VISA"']],
    ['84', '325041592E5359532E4444463031', ['2PAY.SYS.DDF01']],
    ['9F2A', '820978', ['Kernel C-2, Domestic, EMVCo format']],
    ['91', 'FC436535D614F3730010', ['Authorisation Response Cryptogram (ARPC): FC436535D614F373', 'Issuer data: 0010']],
    ['86', '8424000200', ['PIN CHANGE/UNBLOCK']],
    [
      '9F10',
      '1F43FE82A0000000000000000003075300000000000000000000000000000000',
      [
        'Application: Visa Smart Debit/Credit (VSDC)',
        'IAD Format: 4',
        'Cryptogram Version Number (CVN): 43',
        'Derivation Key Index (DKI): FE',
      ],
    ],
    ['9F10', 'AABB', ['Unknown IAD format']],
    [
      '9F6E',
      '238C0000',
      expect.arrayContaining(['byte 1 bits 5-1: Consumer Payment Device Form Factor: Consumer mobile phone']),
    ],
    ['9F6E', '9CD04003', expect.arrayContaining(['byte 4 bits 3-1: C-4 kernel version 2.7 or later'])],
    ['9F69', '01ABCDEF120000', ['fDDA Version Number: 1', 'Card Unpredictable Number: ABCDEF12']],
    ['9F69', '9F3704', ['9F37 Unpredictable Number [4]']],
    ['DF01', '00', []],
  ])('%s %s', (tag, value, expected) => {
    expect(lines(tag, value)).toEqual(expected);
  });

  it('response format 1 of GET PROCESSING OPTIONS and of GENERATE AC', () => {
    expect(lines('80', '78000802020010010400')).toEqual(
      expect.arrayContaining([
        'AFL SFI 1, record 2',
        'AIP byte 1 bit 7: Static Data Authentication (SDA) is supported',
      ]),
    );
    expect(lines('80', `80002A${'11'.repeat(8)}06010A03A0B80000`)).toEqual(
      expect.arrayContaining([
        'ATC 002A',
        'Application Cryptogram 1111111111111111',
        'IAD Cryptogram Version Number (CVN): 0A (CVN10)',
      ]),
    );
  });

  it('never shows a PAN', () => {
    expect(lines('57', `${pan}D22122011758928889`)).toEqual([
      'PAN 476173******0119',
      'Expiration (YYMM) 2212',
      'Service code 201',
      '10 digits of discretionary data',
    ]);
    expect(lines('5A', pan)).toEqual(['PAN 476173******0119']);
    for (const tag of ['57', '5A', '56', '9F6B', '9F1F', '9F20']) {
      expect(lines(tag, `${pan}D221220117589288`).join(' ')).not.toContain(pan);
    }
  });

  it('any tag with any bytes: an answer, and no whole PAN in it that was not printed as a number', () => {
    const tag = fc.constantFrom(
      ...'57 5A 9F6B 80 82 84 86 87 8C 8E 91 94 95 9A 9B 9F02 9F07 9F10 9F1D 9F27 9F2A 9F30 9F33 9F34 9F35 9F38 9F40 9F4A 9F4D 9F5B 9F5D 9F66 9F68 9F69 9F6C 9F6D 9F6E 9F7C 9F7E 50 5F24 DF8120'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(tag, fc.uint8Array({ maxLength: 260 }), (one, value) => {
        const told = explain(one, value, identify(one, value));
        expect(told.every((line) => line.length > 0)).toBe(true);
        if (['57', '5A', '9F6B'].includes(one)) {
          expect(
            told
              .join('\n')
              .match(/\d{13,}/g)
              ?.some(luhnValid) ?? false,
          ).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseCvmList (Book 3 §10.5)', () => {
  it.each(['', '000186A0000003E8', '000186A0000003E81E'])('refuses %s', (value) => {
    expect(parseCvmList(hex(value)).ok).toBe(false);
  });

  it('reads large amounts as they are', () => {
    const list = parseCvmList(hex('FFFFFFFF800000001E03'));
    expect(list.ok && list.value).toEqual({
      amountX: 0xffffffff,
      amountY: 0x80000000,
      rules: [{ cvm: 0x1e, condition: 3 }],
    });
  });
});

describe('parseTrack2', () => {
  it('reads the parts', () => {
    expect(parseTrack2(hex(`${pan}D22122011758928889`))).toEqual({
      pan,
      expiry: '2212',
      serviceCode: '201',
      discretionary: '1758928889',
    });
  });

  it.each(['', 'D22122011', `${pan}D2212`, `${pan}D22A2201F`])('refuses %s', (value) => {
    expect(parseTrack2(hex(value.length % 2 === 0 ? value : `${value}F`))).toBeUndefined();
  });
});
