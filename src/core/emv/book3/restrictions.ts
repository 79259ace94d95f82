/** Processing restrictions: may this application be used here, today, for this? EMV 4.4 Book 3 §10.4. */
import type { TransactionData } from '../transaction-data.ts';
import { dateNumber } from '../dates.ts';
import { situationOf, terminalHas, type Situation } from './situation.ts';

/** Sets bits 8 to 5 of byte 2 of the TVR: versions differ, expired, not yet effective, service not allowed. */
export function checkRestrictions(data: TransactionData): void {
  checkVersion(data);
  if (data.card.has('9F07') && !serviceAllowed(data, situationOf(data))) data.tvr.set('serviceNotAllowed');
  checkDates(data);
}

/** §10.4.1: a card that gives no version is presumed compatible. */
function checkVersion(data: TransactionData): void {
  const version = data.card.get('9F08');
  if (version !== undefined && !terminalHas(data, '9F09', version)) data.tvr.set('versionsDiffer');
}

/**
 * Application Usage Control (tag 9F07): bits of byte 1 and 2 by what they allow, Annex C2. Goods and services are one
 * Transaction Type, so that either bit is enough (§10.4.2 Table 36).
 */
const usage = {
  domestic: {
    cash: [[1, 8]],
    purchase: [
      [1, 6],
      [1, 4],
    ],
    cashback: [[2, 8]],
  },
  international: {
    cash: [[1, 7]],
    purchase: [
      [1, 5],
      [1, 3],
    ],
    cashback: [[2, 7]],
  },
} as const;

/** §10.4.2: the place is always checked, what is bought only when the card names its country. */
function serviceAllowed(data: TransactionData, situation: Situation): boolean {
  if (!data.bit('9F07', 1, situation.atm ? 2 : 1)) return false;
  const issuerCountry = data.card.get('5F28');
  if (issuerCountry === undefined) return true;
  const allowed = usage[terminalHas(data, '9F1A', issuerCountry) ? 'domestic' : 'international'];
  return (['cash', 'purchase', 'cashback'] as const).every(
    (kind) => !situation[kind] || allowed[kind].some(([byte, bit]) => data.bit('9F07', byte, bit)),
  );
}

/** §10.4.3: both days themselves are good. A date that is none gives no right to anything. */
function checkDates(data: TransactionData): void {
  const today = dateNumber(data.terminal.get('9A'));
  const effective = data.card.get('5F25');
  if (effective !== undefined && !inOrder(dateNumber(effective), today)) data.tvr.set('notYetEffective');
  const expiration = data.card.get('5F24');
  if (expiration !== undefined && !inOrder(today, dateNumber(expiration))) data.tvr.set('expiredApplication');
}

function inOrder(first: number | undefined, second: number | undefined): boolean {
  return first !== undefined && second !== undefined && first <= second;
}
