/**
 * What the objects of a merchant-presented code have to be to each other: EMV QRCPS MPM v1.1 §4.6 (order and presence)
 * and §4.7 (amount, tip and convenience fee). An amount that cannot be paid exactly as it stands is an error, because
 * every app would guess something else; other deviations are said and read.
 */
import { assert } from '../base/assert.ts';
import { currencyOf } from './currency.ts';
import { decimal, napasGuid, rootObjects, type QrObjectRow, type QrObjectTable } from './objects.ts';
import type { QrObject, QrReport } from './mpm.ts';

type Objects = readonly QrObject[];

function valueOf(objects: Objects, wanted: string): string | undefined {
  for (const { id, value } of objects) if (id === wanted) return value;
  return undefined;
}

export function isAccount(id: string): boolean {
  return id.length === 2 && id >= '02' && id <= '51';
}

export function checkRoot(objects: Objects, report: QrReport): void {
  const [first] = objects;
  // §4.6.1, §4.7.1: the first object says how to read all others, and 01 is the only way defined.
  if (first?.id !== '00') report('error', '00', 'Payload Format Indicator is not the first object');
  else if (first.value !== '01') report('error', '00', `Payload Format Indicator ${first.value} is not defined`);
  if (!objects.some((object) => isAccount(object.id))) {
    report('error', '02', 'no Merchant Account Information: the code names nobody to pay');
  }
  for (const rule of mandatoryAtRoot(objects)) {
    // 00 and 63 are judged on their own.
    if (rule.from !== '00' && rule.from !== '63') reportAbsent(objects, rule, '', report);
  }
  checkAmounts(objects, report);
}

export function reportMissing(objects: Objects, table: QrObjectTable, path: string, report: QrReport): void {
  for (const rule of table.mandatory) reportAbsent(objects, rule, path, report);
}

function reportAbsent(objects: Objects, rule: QrObjectRow, path: string, report: QrReport): void {
  if (valueOf(objects, rule.from) !== undefined) return;
  // A currency that is left out is that of the scheme; the beneficiary of a transfer is not anybody's to guess.
  const severity = rule.vital && path !== '' ? 'error' : 'warning';
  report(severity, path === '' ? rule.from : `${path}.${rule.from}`, `${rule.name} is missing`);
}

const mandatoryForTransfer = rootObjects.mandatory.filter(({ from }) => !['52', '59', '60'].includes(from));

/** NAPAS QR Code Format v1.5.2: a transfer to an account or card may leave out 52, 59 and 60. */
function mandatoryAtRoot(objects: Objects): readonly QrObjectRow[] {
  const template = objects.find(({ id }) => id === '38')?.children ?? [];
  const transfer =
    valueOf(template, '00')?.toUpperCase() === napasGuid && /^QRIBFTT[AC]$/.test(valueOf(template, '02') ?? '');
  return transfer ? mandatoryForTransfer : rootObjects.mandatory;
}

function checkAmounts(objects: Objects, report: QrReport): void {
  const numeric = valueOf(objects, '53');
  const amount = valueOf(objects, '54');
  const tip = valueOf(objects, '55');
  const fixed = valueOf(objects, '56');
  const percent = valueOf(objects, '57');
  const currency = currencyOf(numeric);
  if (numeric !== undefined && currency === undefined) report('warning', '53', `${numeric} is no currency of ISO 4217`);
  if (amount !== undefined && checkDecimals(amount, '54', numeric, report) && isZero(amount)) {
    report('warning', '54', 'Transaction Amount is zero, read as left to the payer');
  }
  if (fixed !== undefined && checkDecimals(fixed, '56', numeric, report) && isZero(fixed)) {
    report('warning', '56', 'Value of Convenience Fee Fixed is zero');
  }
  if (percent !== undefined && decimal.test(percent) && (isZero(percent) || Number(percent) >= 100)) {
    report('warning', '57', 'Value of Convenience Fee Percentage: expected 00.01 to 99.99');
  }
  checkFee('56', '02', tip, fixed, report);
  checkFee('57', '03', tip, percent, report);
}

function isZero(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

/** 56 goes with indicator 02 and 57 with 03, each only then and always then. */
function checkFee(
  id: string,
  indicator: string,
  tip: string | undefined,
  fee: string | undefined,
  report: QrReport,
): void {
  if (tip === indicator && fee === undefined) {
    report('error', id, `missing, although the Tip or Convenience Indicator is ${indicator}: the sum is not known`);
  } else if (tip !== indicator && fee !== undefined) {
    report('warning', id, `stands without Tip or Convenience Indicator ${indicator}`);
  }
}

/** False when the text is no amount of that currency, which is or has been reported. */
function checkDecimals(text: string, id: string, numeric: string | undefined, report: QrReport): boolean {
  if (!decimal.test(text)) return false;
  if (/^0\d/.test(text)) report('note', id, 'written with leading zeros');
  const currency = currencyOf(numeric);
  const decimals = text.split('.')[1] ?? '';
  if (currency === undefined || decimals.length <= currency.exponent) return true;
  const { code, exponent } = currency;
  assert(exponent >= 0 && exponent <= 4, 'qr: no currency of ISO 4217 has so many decimals');
  const has = exponent === 0 ? 'no decimals' : `${exponent} decimals`;
  if (/[1-9]/.test(decimals.slice(exponent))) {
    report('error', id, `${code} has ${has}, found ${text}`);
    return false;
  }
  report('note', id, `${code} has ${has}, found ${text}`);
  return true;
}
