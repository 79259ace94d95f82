/** Recognising a scheme and reading a payment, with two invented schemes; the real ones are tested with their data. */
import { describe, expect, it } from 'vitest';
import { crc16Text } from './crc16.ts';
import { parseMpm } from './mpm.ts';
import { readPayment, type QrProfile } from './profile.ts';

const fields: QrProfile['fields'] = {
  bankBin: ['.01'],
  account: ['.02', '.03'],
  reference: ['62.05'],
  purpose: ['62.08'],
};
const shared = {
  country: 'VN',
  currencies: { '704': 'VND' },
  templates: ['26', '30'],
  guid: /^org\.example$/i,
  fields,
  objects: { '.02': { name: 'Shop', pattern: /^[A-Z0-9]+$/ } },
  write: { template: '26', fixed: { '.00': 'org.example' } },
} as const;
const profiles: readonly QrProfile[] = [
  {
    ...shared,
    scheme: 'Second',
    name: 'with a service',
    when: { '.09': /^[BC]$/ },
    required: [['.02', '.04'], ['62.07']],
    requiredWhenDynamic: [['54']],
  },
  { ...shared, scheme: 'First', name: 'without', required: [] },
];
const banks = [{ bin: '970436', shortName: 'Vietcombank', name: 'Ngân hàng TMCP Ngoại Thương Việt Nam', codes: [] }];

function object(id: string, ...parts: readonly string[]): string {
  const value = parts.join('');
  return id + String(value.length).padStart(2, '0') + value;
}

function read(...objects: readonly string[]) {
  const checked = `000201${objects.join('')}6304`;
  const parsed = parseMpm(checked + crc16Text(checked));
  const { payment, problems } = readPayment(parsed, { profiles, banks });
  const amount = parsed.problems.filter(({ id }) => id === '54');
  return {
    ...payment,
    said: [...amount, ...problems].map(({ severity, id, message }) => `${severity} ${id}: ${message}`),
  };
}

const guid = object('00', 'ORG.EXAMPLE');
const currency = object('53', '704');

describe('readPayment', () => {
  it('takes the first profile that matches, its fields, and the bank by its BIN', () => {
    const account = object('28', guid, object('01', '970436'), object('03', 'SHOP1'));
    expect(read(account, currency, object('54', '45000'), object('59', 'QUAN'))).toEqual({
      scheme: 'First',
      bankBin: '970436',
      bankName: 'Vietcombank',
      account: 'SHOP1',
      amount: 45_000,
      currency: 'VND',
      reference: null,
      purpose: null,
      merchantName: 'QUAN',
      said: [],
    });
    expect(read(object('28', guid, object('09', 'C')), currency).scheme).toBe('Second');
    expect(read(object('28', guid, object('09', 'CC')), currency).scheme).toBe('First');
    expect(read(object('31', guid), currency).scheme).toBeNull();
    expect(read(object('28', object('00', 'orgXexample')), currency).scheme).toBeNull();
    expect(read(object('28', object('00', 'org.example.net')), currency).scheme).toBeNull();
  });

  it('does not refuse an unknown bank, and reads what every code may have when the scheme is unknown', () => {
    expect(read(object('28', guid, object('01', '979999')), currency)).toMatchObject({
      bankBin: '979999',
      bankName: null,
      said: [],
    });
    const additional = object('62', object('01', 'BILL7'), object('08', 'COFFEE'));
    expect(read(currency, object('54', '1'), additional)).toMatchObject({
      scheme: null,
      reference: 'BILL7',
      purpose: 'COFFEE',
      amount: 1,
    });
    expect(read(object('53', '978')).currency).toBe('EUR');
    expect(read(object('53', '999')).currency).toBe('999');
  });

  it('warns of what the scheme does not have', () => {
    expect(read(object('28', guid, object('09', 'B')), object('53', '840'), object('58', 'US')).said).toEqual([
      'warning 53: Second moves VND, found currency 840',
      'warning 58: Second is of VN, found US',
      'warning 28.02: missing, and Second (with a service) wants it',
      'warning 62.07: missing, and Second (with a service) wants it',
    ]);
    const dynamic = object('01', '12') + object('28', guid, object('02', 'a-b'), object('09', 'B'));
    expect(read(dynamic, currency, object('62', object('07', 'T'))).said).toEqual([
      'warning 54: missing, and Second (with a service) wants it',
      'warning 28.02: Shop: not as Second writes it',
    ]);
    expect(
      read(object('28', guid, object('04', 'X'), object('09', 'B')), object('62', object('07', 'T'))).said,
    ).toEqual([]);
  });

  it('leaves open what the payer fills in, and refuses a fraction of a currency that has none', () => {
    expect(read(currency, object('54', '0'), object('62', object('05', '***')))).toMatchObject({
      amount: null,
      reference: null,
      said: ['warning 54: Transaction Amount is zero, read as left to the payer'],
    });
    expect(read(currency, object('54', '180000.00'))).toMatchObject({
      amount: 180_000,
      said: ['note 54: VND has no decimals, found 180000.00'],
    });
    expect(read(object('53', '764'), object('54', '20.15')).amount).toBe(20.15);
    expect(read(currency, object('54', '1.5'))).toMatchObject({
      amount: null,
      said: ['error 54: VND has no decimals, found 1.5'],
    });
    expect(read(currency, object('54', '45,000')).amount).toBeNull();
  });

  it('says nothing of a code whose objects cannot be told apart', () => {
    expect(read(currency, object('59', 'QUAN'), '5').merchantName).toBeNull();
    expect(read(currency, object('59', 'QUAN'), object('59', 'OTHER')).merchantName).toBeNull();
  });
});
