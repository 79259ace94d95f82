/**
 * Civil date and time of an instant in a time zone, without the Date object: core receives instants as
 * numbers and needs local fields for EMV (9A, 9F21), ISO 8583 (DE 7, 12, 13) and receipts.
 */
import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';

/** Decimal digits, zero-filled: year 4, the others 2. */
export interface CivilTime {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  let found = formats.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, found);
  }
  return found;
}

/** `timeZone` is an IANA name such as `Asia/Ho_Chi_Minh`; configuration has checked it. */
export function civilTime(at: EpochMs, timeZone: string): CivilTime {
  const parts = new Map(
    format(timeZone)
      .formatToParts(at)
      .map((part) => [part.type as string, part.value]),
  );
  const field = (name: string): string => {
    const value = parts.get(name);
    assert(value !== undefined, `calendar: no ${name}`);
    return value;
  };
  return {
    year: field('year').padStart(4, '0'),
    month: field('month'),
    day: field('day'),
    hour: field('hour'),
    minute: field('minute'),
    second: field('second'),
  };
}
