/**
 * What the terminal brings to a transaction: the configured EMV data of this terminal and, made from it for each
 * sale, the data objects that cards ask for.
 */
import { assert } from '../base/assert.ts';
import { bcd, hex, latin1 } from '../base/bytes.ts';
import type { CivilTime } from '../base/calendar.ts';
import { amountN12, exponent, numericCode, type Money } from '../base/money.ts';
import type { Pan } from '../base/pan.ts';
import type { DataObjects } from '../tlv/dol.ts';
import type { TerminalApplication, TerminalEmvData } from './configuration.ts';
import type { TornRecord } from './torn-record.ts';

export interface SaleInput {
  readonly amount: Money;
  /** Tag 9C, the first two digits of the processing code: `00` for goods and services. */
  readonly transactionType: string;
  /** Local date and time of the terminal. */
  readonly at: CivilTime;
  /** Tag 9F37: four fresh random bytes for every tap. */
  readonly unpredictableNumber: Uint8Array;
  /** Tag 9F41: counts transactions, 1–99,999,999. */
  readonly transactionCounter: number;
  readonly terminal: TerminalEmvData;
  /** A number from 1 to 99, fresh for every transaction: random selection (EMV 4.4 Book 3 §10.6.2). */
  readonly randomNumber: number;
  /** What this card has paid here lately without the host, minor units: floor-limit check (Book 3 §10.6.1). */
  readonly recentAmount: (pan: Pan, panSequenceNumber: string | undefined) => number;
  /** Whether the card is on the terminal's exception file (Book 4 §6.3.5). */
  readonly onExceptionFile: (pan: Pan, panSequenceNumber: string | undefined) => boolean;
  /** The merchant wants the host to decide (Book 4 §6.5.3 "merchant forced transaction online"). */
  readonly merchantForcedOnline: boolean;
  /** Nothing of this kind is approved by the card alone (refund, pre-authorisation). Absent: only goods and services are. */
  readonly onlineOnly?: boolean;
  /** Monotonic milliseconds at the beginning, for the age of torn records. */
  readonly nowMs: number;
  /** Cards that left in the middle of a transaction. */
  readonly tornLog: readonly TornRecord[];
}

/** Only the sale of goods and services may be approved by the card alone. */
export function mustGoOnline(input: SaleInput): boolean {
  return input.merchantForcedOnline || input.onlineOnly === true || input.transactionType !== '00';
}

/**
 * TVR (Book 3 Annex C5) of a transaction without offline data authentication: byte 1 bit 8. The other checks of
 * Book 3 that could set bits are not performed either (kernel.ts).
 */
const tvrOdaNotPerformed = '8000000000';
/** Book 4 Annex A4: no CVM performed. */
const cvmNotPerformed = '3F0000';
/** The terminal's data objects for one application and one sale, by tag. */
export function terminalObjects(input: SaleInput, application: TerminalApplication): DataObjects {
  const { amount, at, terminal, unpredictableNumber, transactionCounter } = input;
  assert(unpredictableNumber.length === 4, 'EMV: the unpredictable number has four bytes');
  assert(/^\d{2}$/.test(input.transactionType), 'EMV: the transaction type has two digits');
  assert(transactionCounter >= 1 && transactionCounter <= 99_999_999, 'EMV: the transaction counter has eight digits');
  const currency = numericCode(amount.currency);
  return new Map([
    ['5F2A', bcd(currency)],
    ['5F36', bcd(String(exponent(amount.currency)))],
    ['95', hex(tvrOdaNotPerformed)],
    ['9A', bcd(at.year.slice(-2) + at.month + at.day)],
    ['9C', bcd(input.transactionType)],
    ['9F02', bcd(amountN12(amount))],
    ['9F03', bcd('000000000000')],
    ['9F09', hex(application.contactless?.version ?? '0000')],
    ['9F1A', bcd(terminal.countryCode)],
    ['9F1E', latin1(terminal.ifdSerialNumber)],
    ['9F21', bcd(at.hour + at.minute + at.second)],
    ['9F33', hex(terminal.terminalCapabilities)],
    ['9F34', hex(cvmNotPerformed)],
    ['9F35', bcd(terminal.terminalType)],
    ['9F37', unpredictableNumber],
    ['9F40', hex(terminal.additionalTerminalCapabilities)],
    ['9F41', bcd(String(transactionCounter).padStart(8, '0'))],
  ]);
}
