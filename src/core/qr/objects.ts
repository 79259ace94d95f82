/**
 * The data objects of merchant-presented QR codes as tables: EMV QRCPS Merchant-Presented Mode v1.1
 * (November 2020), and inside template 38 the objects of NAPAS (QR Switching Technical Specifications v1.5.2
 * Part IV, "QR Code Format"). Lengths are in characters.
 */
import { assert } from '../base/assert.ts';

/** §3.2: N digits; ans the Common Character Set of EMV Book 4 Annex B; S any Unicode character. */
export type QrFormat = 'N' | 'ans' | 'S';

export interface QrObjectRow {
  /** First and last ID that the row stands for, two digits each. */
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly format: QrFormat;
  readonly minLength: number;
  readonly maxLength: number;
  readonly mandatory: boolean;
  /** What a value has to look like beyond its format, and how to say so. */
  readonly pattern?: RegExp;
  readonly expected?: string;
  /** Rows of the objects inside. A firm template must hold objects; a loose one is often used for plain text. */
  readonly template?: { readonly rows: readonly QrObjectRow[]; readonly firm: boolean };
}

type Extra = Pick<QrObjectRow, 'pattern' | 'expected' | 'template'>;
type Length = number | readonly [number, number];

function row(ids: string, name: string, format: QrFormat, length: Length, presence: 'M' | 'O', extra?: Extra) {
  const [minLength, maxLength] = typeof length === 'number' ? [length, length] : length;
  const [from = '', to = from] = ids.split('-');
  assert(minLength >= 1 && minLength <= maxLength && maxLength <= 99, 'qr: a length has two digits');
  assert(from <= to && /^\d\d$/.test(from) && /^\d\d$/.test(to), 'qr: IDs of a table have two digits');
  return { from, to, name, format, minLength, maxLength, mandatory: presence === 'M', ...extra };
}

/** §4.7, Transaction Amount: digits and at most one `.`, not zero; "98.73", "98" and "98." are valid. */
const amount: Extra = { pattern: /^(?=.*[1-9])\d+(\.\d*)?$/, expected: 'a decimal number above zero' };

/** Table "Data Objects for Merchant Account Information Templates (IDs 26 to 51)". */
const accountRows: readonly QrObjectRow[] = [
  row('00', 'Globally Unique Identifier', 'ans', [1, 32], 'M'),
  row('01-99', 'Payment network specific', 'S', [1, 99], 'O'),
];

/** NAPAS QR Code Format v1.5.2, template 38, object 01. */
const napasBeneficiaryRows: readonly QrObjectRow[] = [
  row('00', 'Beneficiary BIN', 'N', 6, 'M'),
  row('01', 'Beneficiary account, card or merchant ID', 'ans', [1, 19], 'M', {
    pattern: /^[A-Za-z0-9]+$/,
    expected: 'letters and digits',
  }),
];

/** NAPAS QR Code Format v1.5.2, template 38. */
const napasRows: readonly QrObjectRow[] = [
  row('00', 'Globally Unique Identifier', 'ans', [1, 32], 'M'),
  row('01', 'Beneficiary', 'ans', [1, 99], 'M', { template: { rows: napasBeneficiaryRows, firm: true } }),
  row('02', 'Service', 'ans', [1, 10], 'O', {
    pattern: /^QR(IBFTT[AC]|PUSH|CASH)$/,
    expected: 'QRIBFTTA, QRIBFTTC, QRPUSH or QRCASH',
  }),
];

/** Table "Data Objects for Payment System Specific Templates and Unreserved Templates". */
const contextRows: readonly QrObjectRow[] = [
  row('00', 'Globally Unique Identifier', 'ans', [1, 32], 'M'),
  row('01-99', 'Context specific data', 'S', [1, 99], 'O'),
];

/** Table "Data Objects for Additional Data Field Template (ID 62)". */
const additionalDataRows: readonly QrObjectRow[] = [
  row('01', 'Bill Number', 'ans', [1, 25], 'O'),
  row('02', 'Mobile Number', 'ans', [1, 25], 'O'),
  row('03', 'Store Label', 'ans', [1, 25], 'O'),
  row('04', 'Loyalty Number', 'ans', [1, 25], 'O'),
  row('05', 'Reference Label', 'ans', [1, 25], 'O'),
  row('06', 'Customer Label', 'ans', [1, 25], 'O'),
  row('07', 'Terminal Label', 'ans', [1, 25], 'O'),
  row('08', 'Purpose of Transaction', 'ans', [1, 25], 'O'),
  row('09', 'Additional Consumer Data Request', 'ans', [1, 3], 'O', { pattern: /^[AME]+$/, expected: 'A, M or E' }),
  row('10', 'Merchant Tax ID', 'ans', [1, 20], 'O'),
  row('11', 'Merchant Channel', 'ans', 3, 'O'),
  row('12-49', 'Reserved for EMVCo', 'S', [1, 99], 'O'),
  row('50-99', 'Payment System specific template', 'S', [1, 99], 'O', { template: { rows: contextRows, firm: false } }),
];

/** Table "Data Objects for Merchant Information – Language Template (ID 64)". */
const languageRows: readonly QrObjectRow[] = [
  row('00', 'Language Preference', 'ans', 2, 'M'),
  row('01', 'Merchant Name, alternate language', 'S', [1, 25], 'M'),
  row('02', 'Merchant City, alternate language', 'S', [1, 15], 'O'),
  row('03-99', 'Reserved for EMVCo', 'S', [1, 99], 'O'),
];

/** Table "Data Objects Under the Root of a QR Code"; values: §4.7.1 (00), §4.7.2 (01), §4.7.3 (63). */
export const rootRows: readonly QrObjectRow[] = [
  row('00', 'Payload Format Indicator', 'N', 2, 'M'),
  row('01', 'Point of Initiation Method', 'N', 2, 'O', { pattern: /^1[12]$/, expected: '11 or 12' }),
  row('02-25', 'Merchant Account Information', 'ans', [1, 99], 'O'),
  row('26-51', 'Merchant Account Information template', 'S', [1, 99], 'O', {
    template: { rows: accountRows, firm: true },
  }),
  row('52', 'Merchant Category Code', 'N', 4, 'M'),
  row('53', 'Transaction Currency', 'N', 3, 'M'),
  row('54', 'Transaction Amount', 'ans', [1, 13], 'O', amount),
  row('55', 'Tip or Convenience Indicator', 'N', 2, 'O', { pattern: /^0[123]$/, expected: '01, 02 or 03' }),
  row('56', 'Value of Convenience Fee Fixed', 'ans', [1, 13], 'O', amount),
  row('57', 'Value of Convenience Fee Percentage', 'ans', [1, 5], 'O', amount),
  row('58', 'Country Code', 'ans', 2, 'M', { pattern: /^[A-Z]{2}$/, expected: 'two letters' }),
  row('59', 'Merchant Name', 'ans', [1, 25], 'M'),
  row('60', 'Merchant City', 'ans', [1, 15], 'M'),
  row('61', 'Postal Code', 'ans', [1, 10], 'O'),
  row('62', 'Additional Data Field Template', 'S', [1, 99], 'O', {
    template: { rows: additionalDataRows, firm: true },
  }),
  row('63', 'CRC', 'ans', 4, 'M'),
  row('64', 'Merchant Information – Language Template', 'S', [1, 99], 'O', {
    template: { rows: languageRows, firm: true },
  }),
  row('65-79', 'Reserved for EMVCo', 'S', [1, 99], 'O'),
  row('80-99', 'Unreserved Template', 'S', [1, 99], 'O', { template: { rows: contextRows, firm: false } }),
];

/** Globally Unique Identifier of NAPAS: its application provider identifier (RID) as registered in ISO/IEC 7816-5. */
export const napasGuid = 'A000000727';

/** The payment network named by object 00 of an account template decides what its other objects mean. */
export function networkRows(guid: string): readonly QrObjectRow[] | undefined {
  return guid.toUpperCase() === napasGuid ? napasRows : undefined;
}

export function rowFor(rows: readonly QrObjectRow[], id: string): QrObjectRow | undefined {
  return rows.find((candidate) => candidate.from <= id && id <= candidate.to);
}

const alphabets: Readonly<Record<QrFormat, { readonly pattern: RegExp; readonly name: string }>> = {
  N: { pattern: /^\d*$/, name: 'digits' },
  ans: { pattern: /^[\x20-\x7e]*$/, name: 'characters of the Common Character Set' },
  S: { pattern: /^/, name: 'any character' },
};

/** What is wrong with a value, or undefined. */
export function valueProblem(rule: QrObjectRow, value: string): string | undefined {
  const length = Array.from(value).length;
  const { minLength, maxLength } = rule;
  if (length < minLength || length > maxLength) {
    const allowed = minLength === maxLength ? `${minLength}` : `${minLength} to ${maxLength}`;
    return `${rule.name}: ${length} characters, expected ${allowed}`;
  }
  const alphabet = alphabets[rule.format];
  if (!alphabet.pattern.test(value)) return `${rule.name}: expected only ${alphabet.name}`;
  if (rule.pattern !== undefined && !rule.pattern.test(value)) return `${rule.name}: expected ${rule.expected}`;
  return undefined;
}
