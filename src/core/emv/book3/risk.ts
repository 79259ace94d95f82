/**
 * Terminal risk management: what the terminal itself finds suspicious. EMV 4.4 Book 3 §10.6, Book 4 §6.3.5 and §6.5.3.
 * It is always performed, whatever the card's profile says (§10.6); an acquirer switches random selection off, for a
 * terminal that need not have it, with percentages of 0.
 */
import { assert } from '../../base/assert.ts';
import { ok } from '../../base/result.ts';
import { panSequenceNumber, readAccount } from '../account.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import type { ContactSettings } from '../configuration.ts';
import type { SaleInput } from '../terminal-data.ts';
import type { TransactionData } from '../transaction-data.ts';
import { getData } from './get-data.ts';
import { amountAuthorised } from './situation.ts';

/** Of `SaleInput`, what this step needs. */
export type RiskInput = Pick<SaleInput, 'randomNumber' | 'recentAmount' | 'onExceptionFile' | 'merchantForcedOnline'>;
export type RiskSettings = Pick<ContactSettings, 'floorLimit' | 'randomSelection'>;

/**
 * Sets TVR bytes 1, 2 and 4 and the TSI bit, and gives the terminal the data objects that say what it compared: 9F1B,
 * and 81 when only 9F02 was there. A card that is gone, or that answers nonsense, ends it.
 */
export function* manageRisk(
  channel: CardChannel,
  data: TransactionData,
  input: RiskInput,
  settings: RiskSettings,
): Steps<void> {
  if (input.merchantForcedOnline) data.tvr.set('merchantForcedOnline');
  const recent = checkCard(data, input);
  assert(recent >= 0, 'risk: what was paid lately is not negative');
  const amount = amountAuthorised(data);
  describeAmounts(data, amount, settings.floorLimit);
  // Without an amount nothing speaks for being below a limit.
  if (amount === undefined || amount + recent >= settings.floorLimit) data.tvr.set('floorLimitExceeded');
  if (amount !== undefined && randomlySelected(amount, input.randomNumber, settings)) data.tvr.set('randomlySelected');
  const checked = yield* checkVelocity(channel, data);
  if (checked.ok) data.tsi.set('terminalRiskManagementPerformed');
  return checked;
}

/** The exception file (Book 4 §6.3.5), and what the card has paid lately (§10.6.1, against split sales). */
function checkCard(data: TransactionData, input: RiskInput): number {
  const account = readAccount(data.card);
  // A card without PAN does not come this far; one whose PAN cannot be read is in no file.
  if (!account.ok) return 0;
  const { pan, track2 } = account.value;
  const sequenceNumber = panSequenceNumber(data.card);
  if (input.onExceptionFile(pan, sequenceNumber)) data.tvr.set('onExceptionFile');
  const recent = input.recentAmount(pan, sequenceNumber);
  pan.wipe();
  track2?.fill(0);
  return recent;
}

const largestBinary = 0xff_ff_ff_ff;

function describeAmounts(data: TransactionData, amount: number | undefined, floorLimit: number): void {
  const describe = (tag: string, value: number): void => {
    if (!data.terminal.has(tag)) data.terminal.set(tag, binary(value));
  };
  describe('9F1B', Math.min(floorLimit, largestBinary));
  // An amount that does not fit is left out: a smaller one would be a lie.
  if (amount !== undefined && amount <= largestBinary) describe('81', amount);
}

function binary(value: number): Uint8Array {
  assert(Number.isInteger(value) && value >= 0 && value <= largestBinary, 'risk: a number that four bytes hold');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/**
 * §10.6.2: below the threshold by the target percentage; from there to the floor limit by one that rises evenly to the
 * maximum. Both sides of the comparison are multiplied by the range, so that nothing is divided.
 */
export function randomlySelected(amount: number, randomNumber: number, settings: RiskSettings): boolean {
  const { floorLimit, randomSelection } = settings;
  const { threshold, targetPercentage, maximumTargetPercentage } = randomSelection;
  assert(randomNumber >= 1 && randomNumber <= 99, 'risk: a random number from 1 to 99');
  if (amount < threshold) return randomNumber <= targetPercentage;
  if (amount >= floorLimit) return false;
  const rise = (maximumTargetPercentage - targetPercentage) * (amount - threshold);
  return (randomNumber - targetPercentage) * (floorLimit - threshold) <= rise;
}

/** §10.6.3, and §7.5 Table 35 for the counters that are missing. */
function* checkVelocity(channel: CardChannel, data: TransactionData): Steps<void> {
  const lower = data.card.get('9F14')?.[0];
  const upper = data.card.get('9F23')?.[0];
  if (lower === undefined || upper === undefined) return ok(undefined);
  const counter = yield* getData(channel, '9F36', 2);
  if (!counter.ok) return counter;
  const lastOnline = yield* getData(channel, '9F13', 2);
  if (!lastOnline.ok) return lastOnline;
  const now = number(counter.value);
  const before = number(lastOnline.value);
  if (now === undefined || before === undefined) data.tvr.set('iccDataMissing');
  if (before === 0) data.tvr.set('newCard');
  // A counter that did not move, or that nobody knows, has exceeded everything.
  const offline = now === undefined || before === undefined || now <= before ? Number.POSITIVE_INFINITY : now - before;
  if (offline <= lower) return ok(undefined);
  data.tvr.set('lowerOfflineLimitExceeded');
  if (offline > upper) data.tvr.set('upperOfflineLimitExceeded');
  return ok(undefined);
}

function number(value: Uint8Array | undefined): number | undefined {
  assert(value === undefined || value.length === 2, 'risk: a counter has two bytes');
  return value === undefined ? undefined : new DataView(value.buffer, value.byteOffset).getUint16(0);
}
