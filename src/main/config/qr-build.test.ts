/** Codes of every scheme that ships: made, read again the same, and no change of a character goes unseen. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { money } from '../../core/base/money.ts';
import { buildCode, type QrOrder } from '../../core/qr/build.ts';
import { crc16Text } from '../../core/qr/crc16.ts';
import { findObject, firstError, parseMpm } from '../../core/qr/mpm.ts';
import { readPayment, type QrProfile } from '../../core/qr/profile.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import { loadQrCatalogue } from './qr-schema.ts';

const loaded = loadQrCatalogue();
if (!loaded.ok) throw new Error(JSON.stringify(loaded.fault));
const catalogue = loaded.value;
const { profiles } = catalogue;

/** Accounts that exist in each scheme, and its bank where it names one. */
const accounts: Readonly<Record<string, readonly [account: fc.Arbitrary<string>, bankBin?: fc.Arbitrary<string>]>> = {
  'VietQR to a MoMo wallet': [fc.stringMatching(/^PSP\d{1,16}$/), fc.constant('971025')],
  'VietQR to a MoMo wallet through its bank': [fc.stringMatching(/^99MM[A-Z0-9]{1,15}$/), fc.constant('970454')],
  'VietQR to a ZaloPay wallet through its bank': [fc.stringMatching(/^99ZP[A-Z0-9]{1,15}$/), fc.constant('970454')],
  'transfer to an account (QRIBFTTA)': [
    fc.stringMatching(/^[A-Z0-8][A-Za-z0-9]{0,18}$/),
    fc.stringMatching(/^970[0-8]\d\d$/),
  ],
  'transfer to a card (QRIBFTTC)': [fc.stringMatching(/^9704\d{12}(\d{3})?$/), fc.stringMatching(/^970[0-8]\d\d$/)],
  'cash at an ATM (QRCASH)': [fc.stringMatching(/^[A-Z0-8][A-Z0-9]{0,18}$/), fc.stringMatching(/^970[0-8]\d\d$/)],
  'payment to a merchant (QRPUSH)': [
    fc.stringMatching(/^[A-Z0-8][A-Z0-9]{0,18}$/),
    fc.stringMatching(/^970[0-8]\d\d$/),
  ],
  'credit transfer': [fc.stringMatching(/^(00\d{11}|[1-9]\d{12}|[1-9]\d{14}|[1-9]\d{9})$/)],
  'bill payment': [fc.stringMatching(/^\d{15}$/)],
  'VNPAY-QR payment to a merchant': [fc.stringMatching(/^[A-Z0-9]{8,20}$/)],
  'ShopeePay payment to a merchant': [fc.stringMatching(/^[A-Za-z0-9]{8,40}$/)],
  'QRIS payment to a merchant': [fc.stringMatching(/^ID\d{13}$/)],
  'SGQR for PayNow': [fc.stringMatching(/^\d{9}[A-Z]$/)],
  'payment to a merchant by any scheme inside': [fc.stringMatching(/^[A-Z0-9]{12}$/)],
  'DuitNow payment to a merchant': [fc.stringMatching(/^[A-Z0-9]{5,28}$/), fc.stringMatching(/^\d{6}$/)],
  'payment to a Bakong account': [fc.stringMatching(/^[a-z]{3,12}@[a-z]{3,6}$/)],
  'instant payment': [fc.stringMatching(/^([a-z0-9]{8}-[a-z0-9]{12}|pix\.example\.com\/qr\/v2\/[a-z0-9]{8,32})$/)],
};

const words = fc.constantFrom('A', '7', 'QUAN', 'PHO', 'BAN', '12', 'BO');

/** Words and single spaces, up to `length` characters. */
function text(length: number): fc.Arbitrary<string> {
  return fc.array(words, { minLength: 1, maxLength: 8 }).map((list) => list.join(' ').slice(0, length).trimEnd());
}

function orderFor(profile: QrProfile): fc.Arbitrary<QrOrder> {
  const { scheme, name, currencies } = profile;
  const [account, bankBin] = accounts[name] ?? accounts[`${scheme} ${name}`] ?? [];
  if (account === undefined) throw new Error(`${scheme} ${name} has no account here`);
  return fc.constantFrom(...Object.values(currencies)).chain((currency) => {
    const whole = fc.stringMatching(/^[1-9]\d{0,8}$/);
    const amount = currency === 'VND' ? whole : fc.oneof(whole, fc.stringMatching(/^[1-9]\d{0,6}\.\d\d$/));
    return fc.record(
      {
        account,
        amount,
        currency: fc.constant(currency),
        reference: fc.stringMatching(/^[A-Z0-9]{1,20}$/),
        purpose: text(12),
        merchantName: text(25),
        merchantCity: text(15),
        merchantCategoryCode: fc.stringMatching(/^\d{4}$/),
        values: fc.constant({
          '62.07': 'TILL1',
          '64.00': 'VI',
          '64.01': 'Quán Phở',
          '80.00': 'org.example',
          '80.01': 'x',
        }),
        ...(bankBin === undefined ? {} : { bankBin }),
      },
      {
        requiredKeys: [
          'account',
          'merchantName',
          'merchantCity',
          'merchantCategoryCode',
          'values',
          'reference',
          ...(bankBin === undefined ? [] : (['bankBin'] as const)),
        ],
      },
    ) as fc.Arbitrary<QrOrder>;
  });
}

function made(profile: QrProfile, order: QrOrder): string {
  const result = buildCode(profile, order);
  if (!result.ok) throw new Error(`${JSON.stringify(order)}: ${result.fault.detail}`);
  return result.value;
}

describe.each(profiles.map((profile) => [`${profile.scheme}: ${profile.name}`, profile] as const))(
  '%s',
  (_, profile) => {
    it('made and read is the same, and nothing is left to remark', () => {
      fc.assert(
        fc.property(orderFor(profile), (order) => {
          const parsed = parseMpm(made(profile, order));
          const reading = readPayment(parsed, catalogue);
          expect([...parsed.problems, ...reading.problems]).toEqual([]);
          expect(reading.profile).toBe(profile);
          expect(reading.payment).toMatchObject({
            scheme: profile.scheme,
            bankBin: order.bankBin ?? null,
            account: order.account,
            amount: order.amount === undefined ? null : Number(order.amount),
            currency: order.currency ?? Object.values(profile.currencies)[0],
            reference: order.reference,
            purpose: order.purpose ?? null,
            merchantName: order.merchantName,
          });
          expect(findObject(parsed.objects, '01')).toBe(order.amount === undefined ? '11' : '12');
          expect(findObject(parsed.objects, '64.01')).toBe('Quán Phở');
        }),
        { numRuns: 30 },
      );
    });

    it('no single character can be changed unseen', () => {
      const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
      const unusual = fc.constantFrom('é', '๔', '４', '\u0000', '\n', '\ud83c', '\u0301');
      fc.assert(
        fc.property(orderFor(profile), fc.nat(), fc.oneof(printable, unusual), (order, place, character) => {
          const code = made(profile, order);
          const at = place % code.length;
          fc.pre(code.charAt(at) !== character);
          const changed = code.slice(0, at) + character + code.slice(at + 1);
          const parsed = parseMpm(changed);
          expect(parsed.problems).not.toEqual([]);
          // Only the case of a letter in the CRC itself leaves a code that may be used.
          const inCrc = changed.toUpperCase() === code.toUpperCase() && at >= code.length - 4;
          expect(firstError(parsed) === undefined).toBe(inCrc);
          // And where somebody makes the CRC right again, it is another code or there is something to remark.
          const body = changed.slice(0, -4);
          const sealed = parseMpm(body + crc16Text(body));
          if (at < body.length && sealed.problems.length === 0)
            expect(sealed.objects).not.toEqual(parseMpm(code).objects);
        }),
        { numRuns: 50 },
      );
    });
  },
);

function of(name: string): QrProfile {
  const profile = profiles.find((one) => `${one.scheme} ${one.name}`.startsWith(name));
  if (profile === undefined) throw new Error(name);
  return profile;
}

describe('buildCode', () => {
  const shop = { merchantName: 'Quán Phở', merchantCity: 'Hà Nội', merchantCategoryCode: '5812' } as const;

  it('writes what buildVietQr writes', () => {
    const account = { bankBin: '970436', account: '1017595600', reference: 'CH7K3QW9TX', merchantName: 'Quán Phở' };
    const one = made(of('VietQR transfer to an account'), { ...account, amount: '45000', purpose: 'CH7K3QW9TX PHO' });
    const two = buildVietQr({ ...account, service: 'QRIBFTTA', amount: money(45_000, 'VND'), purpose: 'Phở' });
    expect(two).toEqual({ ok: true, value: one });
  });

  it.each([
    ['VietQR payment', { account: 'M1', bankBin: '970436' }, /52: .* missing/],
    ['VietQR transfer to an account', { account: '1' }, /needs a bank/],
    ['VNPAY-QR', { account: 'M1', bankBin: '970436', ...shop }, /has no bank/],
    ['VNPAY-QR', { account: 'M1', amount: '1.5', ...shop }, /VND has no decimals/],
    ['VNPAY-QR', { account: 'M1', amount: '0', ...shop }, /amount is zero/i],
    ['VNPAY-QR', { account: 'M1', currency: 'USD', ...shop }, /moves VND/],
    ['PromptPay credit', { account: '12', ...shop }, /the account is not one of PromptPay/],
    ['PromptPay credit', { account: '0066801111111', amount: '20.155', ...shop }, /THB has 2 decimals/],
    ['Pix', { account: 'key', reference: '***', ...shop }, /would be read as/],
    ['VNPAY-QR', { account: 'M1', values: { '62.12': 'x' }, ...shop }, /62\.12: reserved/],
    ['VNPAY-QR', { account: 'M1', values: { '55': '02' }, ...shop }, /56: missing/],
    [
      'VNPAY-QR',
      { account: 'M1', values: { '59': '' }, merchantCity: 'X', merchantCategoryCode: '5812' },
      /59: .*missing/,
    ],
    ['VNPAY-QR', { account: 'x'.repeat(100), ...shop }, /longer than 99/],
  ] as const)('%s refuses %j', (name, order, reason) => {
    const result = buildCode(of(name), order);
    expect(result.ok ? 'made' : result.fault.detail).toMatch(reason);
  });

  it('takes any other object of EMVCo', () => {
    const values = { '55': '02', '56': '5000', '61': '100000', '62.01': 'HD1', '62.09': 'ME', '62.11': '400' };
    const objects = parseMpm(made(of('VNPAY-QR'), { account: 'M1', amount: '1', values, ...shop })).objects;
    for (const [path, value] of Object.entries(values)) expect(findObject(objects, path)).toBe(value);
  });
});
