/**
 * Civil date and time of an instant in a time zone, without the Date object: core receives instants as
 * numbers and needs local fields for EMV (9A, 9F21), ISO 8583 (DE 7, 12, 13) and receipts.
 */
import { assert } from './assert.ts';
import { epochMs, type EpochMs } from './brand.ts';

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

/**
 * Days since 1970-01-01 of a civil date `YYYY-MM-DD` (proleptic Gregorian), so that dates can be compared and counted.
 * Method: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
export function dayNumber(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  assert(match !== null, `calendar: "${date}" is not YYYY-MM-DD`);
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The civil date of a day number: the inverse of `dayNumber`. */
export function dateOfDay(day: number): string {
  const { year, month, day: dayOfMonth } = civilTime(epochMs(day * 86_400_000), 'UTC');
  return `${year}-${month}-${dayOfMonth}`;
}

/** Milliseconds since 1970-01-01 00:00 as a wall clock in `timeZone` counts them, to the second. */
export function wallClockMs(at: EpochMs, timeZone: string): number {
  const { year, month, day, hour, minute, second } = civilTime(at, timeZone);
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return dayNumber(`${year}-${month}-${day}`) * 86_400_000 + seconds * 1000;
}
