/**
 * VietQR: the NAPAS profile of merchant-presented codes (NAPAS QR Switching Technical Specifications v1.5.2
 * Part IV "QR Code Format"; base standard TCCS 03:2018/NHNNVN). The beneficiary stands in template 38, the
 * reference in 62.05, the memo of the transfer in 62.08.
 */
import { assert } from '../base/assert.ts';
import { money, numericCode, type Money } from '../base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { findObject, firstError, writeMpm, type ParsedQr, type QrField } from './mpm.ts';
import { napasGuid } from './objects.ts';
import { normaliseMemo } from './reference.ts';

/** Transfer to an account, transfer to a card, payment to a merchant. */
export type VietQrService = 'QRIBFTTA' | 'QRIBFTTC' | 'QRPUSH';

export interface VietQrRequest {
  /** Six digits. */
  readonly bankBin: string;
  /** 1 to 19 letters and digits. */
  readonly account: string;
  readonly service: VietQrService;
  /** In VND and above zero; makes the code dynamic. Without it the payer types the amount. */
  readonly amount?: Money;
  /** 1 to 25 of `[A-Z0-9]`. */
  readonly reference?: string;
  /** Folded to `[A-Z0-9 ]`; cut so that it fits 25 characters together with the reference. */
  readonly purpose?: string;
  /** Folded and cut to 25 characters. Name, city and category are mandatory for QRPUSH. */
  readonly merchantName?: string;
  /** Folded and cut to 15 characters. */
  readonly merchantCity?: string;
  /** ISO 18245, four digits. */
  readonly merchantCategoryCode?: string;
}

export type VietQrBuildFault = Fault<'badAmount' | 'badReference' | 'notWritable'>;

export function buildVietQr(request: VietQrRequest): Result<string, VietQrBuildFault> {
  const { amount, reference, purpose = '', merchantName = '', merchantCity = '', merchantCategoryCode } = request;
  if (amount !== undefined && (amount.currency !== 'VND' || amount.minorUnits <= 0)) {
    return err(fault('badAmount', `VietQR needs VND above zero, found ${amount.minorUnits} ${amount.currency}`, false));
  }
  if (reference !== undefined && !/^[A-Z0-9]{1,25}$/.test(reference)) {
    return err(fault('badReference', 'a reference has 1 to 25 upper-case letters and digits', false));
  }
  // Which of 62.05 and 62.08 a payer's bank keeps differs; the memo is what comes back, so it starts with the
  // reference, where no cut can reach it.
  const memo = [reference ?? '', normaliseMemo(purpose)].join(' ').trim().slice(0, 25).trimEnd();
  assert(memo.length <= 25 && memo.startsWith(reference ?? ''), 'vietqr: the memo keeps the whole reference');
  const additionalData = present([
    ['05', reference],
    ['08', memo],
  ]);
  const beneficiary: readonly QrField[] = [
    { id: '00', value: request.bankBin },
    { id: '01', value: request.account },
  ];
  return writeMpm([
    { id: '00', value: '01' },
    { id: '01', value: amount === undefined ? '11' : '12' },
    {
      id: '38',
      value: [
        { id: '00', value: napasGuid },
        { id: '01', value: beneficiary },
        { id: '02', value: request.service },
      ],
    },
    ...present([
      ['52', merchantCategoryCode],
      ['53', numericCode('VND')],
      ['54', amount === undefined ? undefined : String(amount.minorUnits)],
      ['58', 'VN'],
      ['59', normaliseMemo(merchantName).slice(0, 25).trimEnd()],
      ['60', normaliseMemo(merchantCity).slice(0, 15).trimEnd()],
    ]),
    ...(additionalData.length === 0 ? [] : [{ id: '62', value: additionalData }]),
  ]);
}

/** Empty and absent values are left out: an object has at least one character (EMV QRCPS MPM v1.1 §3.2). */
function present(fields: readonly (readonly [string, string | undefined])[]): QrField[] {
  return fields.flatMap(([id, value]) => (value === undefined || value === '' ? [] : [{ id, value }]));
}

export interface VietQr {
  readonly bankBin: string;
  readonly account: string;
  /** As in the code; a code without it is a merchant payment. */
  readonly service: string;
  /** Absent when the payer types it, which a code says by leaving it out or by zero. */
  readonly amount?: Money;
  readonly reference?: string;
  readonly purpose?: string;
  readonly merchantName?: string;
  readonly merchantCity?: string;
}

export type VietQrReadFault = Fault<'broken' | 'notVietQr' | 'badAmount'>;

/** What a payer's bank takes from a code. */
export function readVietQr(parsed: ParsedQr): Result<VietQr, VietQrReadFault> {
  const problem = firstError(parsed);
  if (problem !== undefined) return err(fault('broken', `${problem.id}: ${problem.message}`, false));
  const find = (path: string): string | undefined => findObject(parsed.objects, path);
  const bankBin = find('38.01.00');
  const account = find('38.01.01');
  if (find('38.00')?.toUpperCase() !== napasGuid || bankBin === undefined || account === undefined) {
    return err(fault('notVietQr', 'no NAPAS beneficiary in template 38', false));
  }
  if (find('53') !== numericCode('VND')) return err(fault('notVietQr', `currency ${find('53')} is not VND`, false));
  const dong = wholeDong(find('54') ?? '0');
  if (dong === undefined) return err(fault('badAmount', `${find('54')} is not a number of whole đồng`, false));
  assert(Number.isSafeInteger(dong) && dong >= 0, 'vietqr: an amount is a number of đồng');
  const reference = find('62.05');
  const purpose = find('62.08');
  const merchantName = find('59');
  const merchantCity = find('60');
  return ok({
    bankBin,
    account,
    service: find('38.02') ?? 'QRPUSH',
    ...(dong === 0 ? {} : { amount: money(dong, 'VND') }),
    ...(reference === undefined ? {} : { reference }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(merchantName === undefined ? {} : { merchantName }),
    ...(merchantCity === undefined ? {} : { merchantCity }),
  });
}

/** "180000", "180000." and "180000.00" are the same; a fraction of a đồng does not exist. */
function wholeDong(text: string): number | undefined {
  const match = /^(\d{1,13})(\.0*)?$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}
