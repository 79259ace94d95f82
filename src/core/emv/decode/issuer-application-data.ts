/**
 * Issuer Application Data (tag 9F10), where its layout is public: CCD (EMV 4.4 Book 3 Annex C7 and C8), Visa IAD
 * formats 0/1/3 and the heads of 2 and 4, Mastercard M/Chip 4 and M/Chip Advance. Everything else belongs to the
 * issuer and is not guessed at.
 */
import { assert } from '../../base/assert.ts';
import { toHex } from '../../base/bytes.ts';
import { bit, explainBits, type BitField, type BitRow } from './bit-field.ts';

const firstAndSecond = (byte: number, first: string): readonly BitRow[] => [
  [byte, 0xc0, 0x00, 'Second GENERATE AC returned AAC'],
  [byte, 0xc0, 0x40, 'Second GENERATE AC returned TC'],
  [byte, 0xc0, 0x80, 'Second GENERATE AC Not Requested'],
  [byte, 0x30, 0x00, `${first} returned AAC`],
  [byte, 0x30, 0x10, `${first} returned TC`],
  [byte, 0x30, 0x20, `${first} returned ARQC`],
];

const counter = (byte: number, high: boolean, text: string): readonly BitRow[] =>
  Array.from({ length: 16 }, (_, n) => [byte, high ? 0xf0 : 0x0f, high ? n << 4 : n, `${text} ${n}`] as const);

/** Card Verification Results of a CCD-compliant application. */
const ccdCvr: BitField = {
  spec: 'EMV 4.4 Book 3 Annex C8.3',
  bytes: 5,
  rows: [
    ...firstAndSecond(1, 'First GENERATE AC'),
    bit(1, 4, 'Combined DDA/Application Cryptogram Generation (CDA) Performed'),
    bit(1, 3, 'Offline Dynamic Data Authentication (DDA) Performed'),
    bit(1, 2, 'Issuer Authentication Not Performed'),
    bit(1, 1, 'Issuer Authentication Failed'),
    ...counter(2, true, 'PIN Try Counter is'),
    bit(2, 4, 'Offline PIN Verification Performed'),
    bit(2, 3, 'Offline PIN Verification Performed and PIN Not Successfully Verified'),
    bit(2, 2, 'PIN Try Limit Exceeded'),
    bit(2, 1, 'Last Online Transaction Not Completed'),
    bit(3, 8, 'Lower Offline Transaction Count Limit Exceeded'),
    bit(3, 7, 'Upper Offline Transaction Count Limit Exceeded'),
    bit(3, 6, 'Lower Cumulative Offline Amount Limit Exceeded'),
    bit(3, 5, 'Upper Cumulative Offline Amount Limit Exceeded'),
    bit(3, 4, 'Issuer-discretionary bit 1'),
    bit(3, 3, 'Issuer-discretionary bit 2'),
    bit(3, 2, 'Issuer-discretionary bit 3'),
    bit(3, 1, 'Issuer-discretionary bit 4'),
    ...counter(4, true, 'Successfully Processed Issuer Script Commands Containing Secure Messaging:').slice(1),
    bit(4, 4, 'Issuer Script Processing Failed'),
    bit(4, 3, 'Offline Data Authentication Failed on Previous Transaction'),
    bit(4, 2, 'Go Online on Next Transaction Was Set'),
    bit(4, 1, 'Unable to go Online'),
  ],
};

/** Visa's CVR begins with its length. */
const visaCvr: BitField = {
  spec: 'Visa Integrated Circuit Card Specification, Appendix A: Card Verification Results',
  bytes: 4,
  rows: [
    [1, 0xff, 0x03, 'Length: 3 bytes'],
    ...firstAndSecond(2, 'First GENERATE AC'),
    bit(2, 4, 'Issuer Authentication performed and failed'),
    bit(2, 3, 'Offline PIN verification performed'),
    bit(2, 2, 'Offline PIN verification failed'),
    bit(2, 1, 'Unable to go online'),
    bit(3, 8, 'Last online transaction not completed'),
    bit(3, 7, 'PIN Try Limit exceeded'),
    bit(3, 6, 'Exceeded velocity checking counters'),
    bit(3, 5, 'New card'),
    bit(3, 4, 'Issuer Authentication failure on last online transaction'),
    bit(3, 3, 'Issuer Authentication not performed after online authorization'),
    bit(3, 2, 'Application blocked by card because PIN Try Limit exceeded'),
    bit(3, 1, 'Offline static data authentication failed on last transaction and transaction declined offline'),
    ...counter(4, true, 'Issuer Script Commands processed on last transaction:').slice(1),
    bit(4, 4, 'Issuer Script processing failed on last transaction'),
    bit(4, 3, 'Offline dynamic data authentication failed on last transaction and transaction declined offline'),
    bit(4, 2, 'Offline dynamic data authentication performed'),
  ],
};

const mchipCvr: BitField = {
  spec: 'M/Chip 4 and M/Chip Advance (byte 4 bit 8) Card Application Specifications: Card Verification Results',
  bytes: 6,
  rows: [
    ...firstAndSecond(1, 'First GENERATE AC'),
    bit(1, 3, 'Offline PIN Verification Performed'),
    bit(1, 2, 'Offline Encrypted PIN Verification Performed'),
    bit(1, 1, 'Offline PIN Verification Successful'),
    bit(2, 8, 'DDA Returned'),
    bit(2, 7, 'Combined DDA/Application Cryptogram Generation (CDA) Returned in First GENERATE AC'),
    bit(2, 6, 'Combined DDA/Application Cryptogram Generation (CDA) Returned in Second GENERATE AC'),
    bit(2, 5, 'Issuer Authentication Performed'),
    bit(2, 4, 'CIAC-Default Skipped On CAT3'),
    ...counter(3, true, 'Script Counter is').slice(1),
    ...counter(3, false, 'PIN Try Counter is'),
    bit(4, 8, 'Last Online Transaction Not Completed'),
    bit(4, 7, 'Unable To Go Online Indicated'),
    bit(4, 6, 'Offline PIN Verification Not Performed'),
    bit(4, 5, 'Offline PIN Verification Failed'),
    bit(4, 4, 'PIN Try Limit Exceeded'),
    bit(4, 3, 'International Transaction'),
    bit(4, 2, 'Domestic Transaction'),
    bit(4, 1, 'Terminal Erroneously Considers Offline PIN OK'),
    bit(5, 8, 'Lower Consecutive Offline Limit Exceeded'),
    bit(5, 7, 'Upper Consecutive Offline Limit Exceeded'),
    bit(5, 6, 'Lower Cumulative Offline Limit Exceeded'),
    bit(5, 5, 'Upper Cumulative Offline Limit Exceeded'),
    bit(5, 4, 'Go Online On Next Transaction Was Set'),
    bit(5, 3, 'Issuer Authentication Failed'),
    bit(5, 2, 'Script Received'),
    bit(5, 1, 'Script Failed'),
    bit(6, 2, 'Match Found In Additional Check Table'),
    bit(6, 1, 'No Match Found In Additional Check Table'),
  ],
};

/** Lines for the layouts known; one line that says so for the rest. */
export function explainIssuerApplicationData(value: Uint8Array): string[] {
  const [first = 0, second = 0, third = 0, fourth = 0] = value;
  if (value.length === 32 && first === 0x0f && (second & 0xf0) === 0xa0) return ccd(value);
  if (value.length >= 7 && first === 0x06 && fourth === 0x03) return visa(value);
  if (value.length === 32 && first === 0x1f) {
    return [
      'Application: Visa Smart Debit/Credit (VSDC)',
      `IAD Format: ${second >> 4}`,
      `Cryptogram Version Number (CVN): ${byte(second)}`,
      `Derivation Key Index (DKI): ${byte(third)}`,
    ];
  }
  if ([18, 20, 26, 28].includes(value.length)) return mchip(value);
  return ['Unknown IAD format'];
}

/** Book 3 Annex C7.2: length 0F, Common Core Identifier, DKI, CVR of five bytes, counters. */
function ccd(value: Uint8Array): string[] {
  const cci = value[1] ?? 0;
  const versions: Readonly<Record<number, string>> = { 0xa5: 'TDES', 0xa6: 'AES' };
  return [
    'Application: CCD-Compliant',
    'IAD Format: CCD Version 4.1',
    `Cryptogram Version: ${versions[cci] ?? `Unknown ${byte(cci)}`}`,
    `Derivation Key Index (DKI): ${byte(value[2] ?? 0)}`,
    ...cvr(ccdCvr, value.subarray(3, 8)),
  ];
}

/** Visa formats 0, 1 and 3: length 06, DKI, CVN, CVR with its length 03. The high digit of the CVN is the format. */
function visa(value: Uint8Array): string[] {
  const cvn = value[2] ?? 0;
  return [
    'Application: Visa Smart Debit/Credit (VSDC)',
    `IAD Format: ${cvn >> 4}`,
    `Derivation Key Index (DKI): ${byte(value[1] ?? 0)}`,
    `Cryptogram Version Number (CVN): ${byte(cvn)} (CVN${String(cvn).padStart(2, '0')})`,
    ...cvr(visaCvr, value.subarray(3, 7)),
  ];
}

/** M/Chip: DKI, CVN, CVR of six bytes, DAC or ICC dynamic number (2), counters. */
function mchip(value: Uint8Array): string[] {
  return [
    'Application: Mastercard M/Chip',
    `Derivation Key Index (DKI): ${byte(value[0] ?? 0)}`,
    `Cryptogram Version Number (CVN): ${byte(value[1] ?? 0)}`,
    ...cvr(mchipCvr, value.subarray(2, 8)),
  ];
}

function cvr(field: BitField, value: Uint8Array): string[] {
  assert(value.length === field.bytes, 'IAD: the Card Verification Results are as long as their format');
  return explainBits(field, value).map((line) => `Card Verification Results (CVR) ${line}`);
}

function byte(value: number): string {
  return toHex(Uint8Array.of(value));
}
