/**
 * VietQR: what is built is read back the same, drawn and decoded the same. Published codes and the folding of others
 * are judged by test/vectors/categories/qr.ts.
 */
import * as fc from 'fast-check';
import { encodeQR } from 'qr';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { money } from '../base/money.ts';
import { crc16Text } from './crc16.ts';
import { parseMpm, writeMpm } from './mpm.ts';
import { referenceFor } from './reference.ts';
import { buildVietQr, readVietQr, type VietQrRequest } from './vietqr.ts';

const request: VietQrRequest = {
  bankBin: '970436',
  account: '1017595600',
  service: 'QRIBFTTA',
  amount: money(45_000, 'VND'),
  reference: 'CH7K3QW9TX',
  purpose: 'Phở bò, bàn 5',
  merchantName: 'Quán Phở Đức Thịnh chi nhánh Hoàn Kiếm',
  merchantCity: 'Hà Nội',
};

function built(change: Partial<VietQrRequest> = {}): string {
  const result = buildVietQr({ ...request, ...change });
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function read(text: string): unknown {
  const result = readVietQr(parseMpm(text));
  return result.ok ? result.value : result.fault.kind;
}

function refused(change: Partial<VietQrRequest>): string {
  const result = buildVietQr({ ...request, ...change });
  return result.ok ? 'built' : `${result.fault.kind}: ${result.fault.detail}`;
}

/** A transfer with any text as its amount. */
function transfer(amount: string): string {
  const fields = [
    { id: '00', value: '01' },
    { id: '01', value: '12' },
    {
      id: '38',
      value: [
        { id: '00', value: 'A000000727' },
        {
          id: '01',
          value: [
            { id: '00', value: '970436' },
            { id: '01', value: '1017595600' },
          ],
        },
        { id: '02', value: 'QRIBFTTA' },
      ],
    },
    { id: '53', value: '704' },
    { id: '54', value: '1' },
    { id: '58', value: 'VN' },
  ];
  const result = writeMpm(fields);
  if (!result.ok) throw new Error(result.fault.detail);
  // The writer takes whole đồng only.
  const checked = result.value.slice(0, -4).replace('54011', `54${String(amount.length).padStart(2, '0')}${amount}`);
  return checked + crc16Text(checked);
}

describe('building', () => {
  it('writes a dynamic code with folded texts; the memo starts with the reference', () => {
    const text = built();
    expect(parseMpm(text).objects.map(({ id, value }) => [id, value])).toEqual([
      ['00', '01'],
      ['01', '12'],
      ['38', ['0010A000000727', '0124', '0006970436', '0110', '1017595600', '0208QRIBFTTA'].join('')],
      ['53', '704'],
      ['54', '45000'],
      ['58', 'VN'],
      ['59', 'QUAN PHO DUC THINH CHI NH'],
      ['60', 'HA NOI'],
      ['62', '0510CH7K3QW9TX0823CH7K3QW9TX PHO BO BAN 5'],
      ['63', expect.stringMatching(/^[0-9A-F]{4}$/)],
    ]);
    expect(parseMpm(text).problems).toEqual([]);
    expect(read(text)).toEqual({
      bankBin: '970436',
      account: '1017595600',
      service: 'QRIBFTTA',
      amount: money(45_000, 'VND'),
      reference: 'CH7K3QW9TX',
      purpose: 'CH7K3QW9TX PHO BO BAN 5',
      merchantName: 'QUAN PHO DUC THINH CHI NH',
      merchantCity: 'HA NOI',
    });
  });

  it('is static without an amount and has no 62 without reference and purpose', () => {
    const result = buildVietQr({ bankBin: '970436', account: '1017595600', service: 'QRIBFTTA' });
    expect(result.ok && parseMpm(result.value).objects.map(({ id }) => id)).toEqual([
      '00',
      '01',
      '38',
      '53',
      '58',
      '63',
    ]);
    expect(result.ok && read(result.value)).toEqual({ bankBin: '970436', account: '1017595600', service: 'QRIBFTTA' });
    expect(result.ok && result.value).toContain('010211');
  });

  it('refuses what banks would not take', () => {
    expect(refused({ amount: money(0, 'VND') })).toMatch(/^badAmount/);
    expect(refused({ amount: money(100, 'USD') })).toMatch(/^badAmount/);
    expect(refused({ amount: money(99_999_999_999_999, 'VND') })).toMatch(/^notWritable: 54/);
    expect(refused({ reference: 'ch-1' })).toMatch(/^badReference/);
    expect(refused({ reference: 'X'.repeat(26) })).toMatch(/^badReference/);
    expect(refused({ bankBin: '97043' })).toMatch(/^notWritable: 38\.01\.00/);
    expect(refused({ account: '' })).toMatch(/^notWritable: 38\.01\.01/);
    expect(refused({ account: '12 34' })).toMatch(/^notWritable: 38\.01\.01/);
    expect(refused({ service: 'QRPUSH' })).toMatch(/^notWritable: 52: .* missing/);
    expect(refused({ service: 'QRPUSH', merchantCategoryCode: '5812' })).toBe('built');
    expect(refused({ service: 'QRCASH', merchantCategoryCode: '6011' })).toMatch(/^notWritable: QRCASH needs/);
    expect(refused({ service: 'QRCASH', merchantCategoryCode: '6011', terminal: 'ATM1' })).toBe('built');
  });

  it('reads back any request it accepts, and the memo always carries the reference', () => {
    const anyRequest = fc.record({
      bankBin: fc.stringMatching(/^\d{6}$/),
      account: fc.stringMatching(/^[A-Za-z0-9]{1,19}$/),
      minorUnits: fc.integer({ min: 1, max: 9_999_999_999_999 }),
      seed: fc.uint8Array({ minLength: 5, maxLength: 5 }),
      purpose: fc.string({ unit: 'grapheme' }),
      merchantName: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(anyRequest, ({ bankBin, account, minorUnits, seed, purpose, merchantName }) => {
        const reference = referenceFor(seed);
        const amount = money(minorUnits, 'VND');
        const text = built({ bankBin, account, amount, reference, purpose, merchantName });
        const parsed = parseMpm(text);
        expect(parsed.problems).toEqual([]);
        const result = readVietQr(parsed);
        expect(result).toMatchObject({ ok: true, value: { bankBin, account, amount, reference } });
        expect(result.ok && result.value.purpose?.startsWith(reference)).toBe(true);
        expect(text).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });

  it('survives being drawn and scanned', () => {
    const text = built();
    const scale = 4;
    const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
    const size = modules.length * scale;
    const data = new Uint8Array(size * size * 4);
    for (let pixel = 0; pixel < size * size; pixel += 1) {
      const dark = modules[Math.floor(pixel / size / scale)]?.[Math.floor((pixel % size) / scale)] === true;
      data.set(dark ? [0, 0, 0, 255] : [255, 255, 255, 255], pixel * 4);
    }
    expect(decodeQR({ width: size, height: size, data })).toBe(text);
  });
});

describe('reading', () => {
  it('takes whole đồng in every notation and refuses a fraction', () => {
    for (const text of ['180000', '180000.', '180000.00']) {
      expect(read(transfer(text))).toMatchObject({ amount: money(180_000, 'VND') });
    }
    expect(read(transfer('180000.50'))).toBe('badAmount');
  });

  it('tells apart what is broken and what is another scheme', () => {
    expect(read(`${built().slice(0, -1)}?`)).toBe('broken');
    expect(read(transfer('1').replace('A000000727', 'A000000775').slice(0, -4))).toBe('broken');
    const fields = [
      { id: '00', value: '01' },
      { id: '01', value: '11' },
      { id: '26', value: [{ id: '00', value: 'org.example' }] },
      { id: '52', value: '5812' },
      { id: '53', value: '704' },
      { id: '58', value: 'VN' },
      { id: '59', value: 'QUAN' },
      { id: '60', value: 'HUE' },
    ];
    const other = writeMpm(fields);
    expect(other.ok && read(other.value)).toBe('notVietQr');
  });
});
