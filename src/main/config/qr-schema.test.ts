/** The schemes and banks that ship: each scheme is recognised by a code of its own and read at the right places. */
import { describe, expect, it } from 'vitest';
import { parseMpm, writeMpm, type QrField } from '../../core/qr/mpm.ts';
import { readPayment } from '../../core/qr/profile.ts';
import { loadQrCatalogue } from './qr-schema.ts';

const catalogue = loadQrCatalogue();
if (!catalogue.ok) throw new Error(JSON.stringify(catalogue.fault));
const { profiles, banks } = catalogue.value;

function inner(...pairs: readonly (readonly [string, string])[]): readonly QrField[] {
  return pairs.map(([id, value]) => ({ id, value }));
}

function napas(bin: string, account: string, service: string): readonly QrField[] {
  return [
    { id: '00', value: 'A000000727' },
    { id: '01', value: inner(['00', bin], ['01', account]) },
    { id: '02', value: service },
  ];
}

/** A merchant's code; `currency` and `country` as in EMVCo objects 53 and 58. */
function code(template: string, account: readonly QrField[], [currency, country]: readonly [string, string]): string {
  const result = writeMpm([
    { id: '00', value: '01' },
    { id: '01', value: '12' },
    { id: template, value: account },
    { id: '52', value: '5812' },
    { id: '53', value: currency },
    { id: '54', value: '45000' },
    { id: '58', value: country },
    { id: '59', value: 'SHOP' },
    { id: '60', value: 'CITY' },
    { id: '62', value: inner(['01', 'BILL'], ['05', 'REF'], ['07', 'TILL'], ['08', 'WHY']) },
  ]);
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

const vn = ['704', 'VN'] as const;

describe('the schemes that ship', () => {
  it.each([
    [
      'VietQR',
      'QRIBFTTA',
      '38',
      napas('970436', '1017595600', 'QRIBFTTA'),
      vn,
      { bankName: 'Vietcombank', account: '1017595600' },
    ],
    ['VietQR', 'QRIBFTTC', '38', napas('970403', '9704031101234567', 'QRIBFTTC'), vn, { bankName: 'Sacombank' }],
    ['VietQR', 'QRPUSH', '38', napas('970436', 'M1', 'QRPUSH'), vn, { account: 'M1' }],
    ['VietQR', 'QRCASH', '38', napas('970436', 'ATM1', 'QRCASH'), vn, { account: 'ATM1' }],
    ['MoMo', 'wallet', '38', napas('971025', 'PSP1', 'QRIBFTTA'), vn, { bankName: 'MoMo', account: 'PSP1' }],
    ['MoMo', 'through its bank', '38', napas('970454', '99MM24011M1', 'QRIBFTTA'), vn, { account: '99MM24011M1' }],
    ['ZaloPay', 'through its bank', '38', napas('970454', '99ZP24009M0', 'QRIBFTTA'), vn, { account: '99ZP24009M0' }],
    ['VNPAY-QR', 'merchant', '26', inner(['00', 'A000000775'], ['01', 'M1']), vn, { account: 'M1', reference: 'REF' }],
    ['ShopeePay', 'merchant', '26', inner(['00', 'vn.airpay.www'], ['01', 'M1']), vn, { account: 'M1' }],
    [
      'PromptPay',
      'credit transfer',
      '29',
      inner(['00', 'A000000677010111'], ['02', '0105556000001']),
      ['764', 'TH'],
      { account: '0105556000001', currency: 'THB' },
    ],
    [
      'PromptPay',
      'bill payment',
      '30',
      inner(['00', 'A000000677010112'], ['01', '010555600000100'], ['02', 'R1']),
      ['764', 'TH'],
      { account: '010555600000100', reference: 'R1' },
    ],
    [
      'QRIS',
      'merchant',
      '51',
      inner(['00', 'ID.CO.QRIS.WWW'], ['02', 'ID1'], ['03', 'UMI']),
      ['360', 'ID'],
      { account: 'ID1', currency: 'IDR' },
    ],
    [
      'PayNow',
      'SGQR',
      '26',
      inner(['00', 'SG.PAYNOW'], ['01', '2'], ['02', 'UEN1']),
      ['702', 'SG'],
      { account: 'UEN1', currency: 'SGD' },
    ],
    ['SGQR', 'other scheme', '51', inner(['00', 'SG.SGQR'], ['01', 'ID1']), ['702', 'SG'], { account: 'ID1' }],
    [
      'DuitNow',
      'merchant',
      '26',
      inner(['00', 'A0000006150001'], ['01', '603346'], ['02', 'M1']),
      ['458', 'MY'],
      { bankBin: '603346', bankName: null, account: 'M1' },
    ],
    [
      'KHQR',
      'merchant',
      '30',
      inner(['00', 'shop@bank'], ['01', 'M1'], ['02', 'Bank']),
      ['116', 'KH'],
      { account: 'shop@bank', currency: 'KHR' },
    ],
    [
      'KHQR',
      'in dollars',
      '29',
      inner(['00', 'someone@bank']),
      ['840', 'KH'],
      { account: 'someone@bank', currency: 'USD' },
    ],
    [
      'Pix',
      'key',
      '26',
      inner(['00', 'br.gov.bcb.pix'], ['01', 'key'], ['02', 'note']),
      ['986', 'BR'],
      { account: 'key', purpose: 'note' },
    ],
  ] as const)('%s (%s)', (scheme, _kind, template, account, place, expected) => {
    const reading = readPayment(parseMpm(code(template, account, place)), catalogue.value);
    expect(reading.problems).toEqual([]);
    expect(reading.payment).toMatchObject({ scheme, amount: 45_000, merchantName: 'SHOP', ...expected });
    expect(reading.profile?.accountIsCard === true).toBe(scheme === 'VietQR' && _kind === 'QRIBFTTC');
  });

  it('each has a test above', () => {
    expect(new Set(profiles.map(({ scheme }) => scheme))).toEqual(
      new Set([
        'VietQR',
        'MoMo',
        'ZaloPay',
        'VNPAY-QR',
        'ShopeePay',
        'PromptPay',
        'QRIS',
        'PayNow',
        'SGQR',
        'DuitNow',
        'KHQR',
        'Pix',
      ]),
    );
    expect(banks.length).toBeGreaterThan(60);
  });
});
