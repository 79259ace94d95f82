/** Business dates and cut-over, through daylight saving, skipped hours and days, and clocks that are put wrong. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../base/brand.ts';
import { dateOfDay, dayNumber } from '../base/calendar.ts';
import { businessDate, cutOverDue, followingDate, nextCutOver } from './cut-over.ts';

const zones = [
  'Asia/Ho_Chi_Minh',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
];
const zone = fc.constantFrom(...zones);
const cutOver = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const instant = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2037, 0, 1) }).map(epochMs);
const at = (iso: string) => epochMs(Date.parse(iso));
const saigon = (iso: string, time: string) => businessDate(at(iso), 'Asia/Ho_Chi_Minh', time);
const dueInSaigon = (batch: string) => cutOverDue(batch, at('2026-11-21T05:00:00Z'), 'Asia/Ho_Chi_Minh', '00:00');
const dueInBerlin = (iso: string) => cutOverDue('2026-10-25', at(iso), 'Europe/Berlin', '02:30');

describe('calendar days', () => {
  it('count as the platform counts them, there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), (day) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(dayNumber(date)).toBe(day);
        expect(dateOfDay(day)).toBe(date);
      }),
    );
  });
});

describe('business date', () => {
  it('changes at the cut-over time of the shop, not at midnight and not in UTC', () => {
    expect(saigon('2026-11-21T16:59:59Z', '00:00')).toBe('2026-11-21');
    expect(saigon('2026-11-21T17:00:00Z', '00:00')).toBe('2026-11-22');
    expect(saigon('2026-11-21T20:59:59.999Z', '04:00')).toBe('2026-11-21');
    expect(saigon('2026-11-21T21:00:00Z', '04:00')).toBe('2026-11-22');
  });

  it('is one date for every instant, at most one day from the local one', () => {
    fc.assert(
      fc.property(instant, zone, cutOver, (now, timeZone, time) => {
        const local = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
        const date = businessDate(now, timeZone, time);
        expect([0, 1]).toContain(dayNumber(local) - dayNumber(date));
      }),
    );
  });
});

describe('next cut-over', () => {
  it.each([
    // Spring: 02:30 does not exist, so the day ends where the hour that was left out ends.
    ['2026-03-28T12:00:00Z', 'Europe/Berlin', '02:30', '2026-03-29T01:00:00.000Z'],
    // Autumn: 02:30 comes twice, and the first one counts …
    ['2026-10-24T12:00:00Z', 'Europe/Berlin', '02:30', '2026-10-25T00:30:00.000Z'],
    // … and in the repeated half hour the second one is still to come.
    ['2026-10-25T01:15:00Z', 'Europe/Berlin', '02:30', '2026-10-25T01:30:00.000Z'],
    ['2026-03-07T12:00:00Z', 'America/New_York', '02:00', '2026-03-08T07:00:00.000Z'],
    // Half an hour of daylight saving.
    ['2026-10-03T12:00:00Z', 'Australia/Lord_Howe', '02:15', '2026-10-03T15:30:00.000Z'],
    // The whole of 30 December 2011 was left out.
    ['2011-12-29T12:00:00Z', 'Pacific/Apia', '00:00', '2011-12-30T10:00:00.000Z'],
    ['2026-11-21T16:59:59.500Z', 'Asia/Ho_Chi_Minh', '00:00', '2026-11-21T17:00:00.000Z'],
  ])('after %s in %s at %s is %s', (now, timeZone, time, expected) => {
    expect(new Date(nextCutOver(at(now), timeZone, time)).toISOString()).toBe(expected);
  });

  it('is the very first instant of a later business date', () => {
    fc.assert(
      fc.property(instant, zone, cutOver, (now, timeZone, time) => {
        const next = nextCutOver(now, timeZone, time);
        const day = (instant: number) => dayNumber(businessDate(epochMs(instant), timeZone, time));
        expect(next).toBeGreaterThan(now);
        expect(next - now).toBeLessThanOrEqual(49 * 3_600_000);
        expect(day(next)).toBeGreaterThan(day(now));
        expect(day(Math.max(now, next - 1))).toBeLessThanOrEqual(day(now));
      }),
      { numRuns: 500 },
    );
  });
});

describe('cut-over', () => {
  it('is due exactly once for every business date, whenever one looks', () => {
    const looks = fc.array(fc.integer({ min: 0, max: 40 * 60 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(instant, zone, cutOver, looks, (from, timeZone, time, gaps) => {
        let now = from;
        let batch = businessDate(now, timeZone, time);
        const ended = new Set<string>();
        for (const minutes of gaps) {
          now = epochMs(now + minutes * 60_000);
          if (!cutOverDue(batch, now, timeZone, time)) continue;
          expect(ended).not.toContain(batch);
          ended.add(batch);
          const next = followingDate(batch, now, timeZone, time);
          expect(dayNumber(next)).toBeGreaterThan(dayNumber(batch));
          batch = next;
          expect(cutOverDue(batch, now, timeZone, time)).toBe(false);
        }
        expect(dayNumber(batch)).toBeGreaterThanOrEqual(dayNumber(businessDate(now, timeZone, time)));
      }),
    );
  });

  it('misses no date when one looks at every `nextCutOver`', () => {
    fc.assert(
      fc.property(instant, zone, cutOver, (from, timeZone, time) => {
        let now = from;
        let batch = businessDate(now, timeZone, time);
        for (let days = 0; days < 12;) {
          now = nextCutOver(now, timeZone, time);
          if (!cutOverDue(batch, now, timeZone, time)) continue;
          const next = followingDate(batch, now, timeZone, time);
          const skipped = timeZone === 'Pacific/Apia' && batch < '2011-12-30' && next > '2011-12-30';
          expect(dayNumber(next) - dayNumber(batch)).toBe(skipped ? 2 : 1);
          batch = next;
          days += 1;
        }
      }),
    );
  });

  it('the hour that autumn repeats ends nothing twice', () => {
    expect(businessDate(at('2026-10-25T01:10:00Z'), 'Europe/Berlin', '02:30')).toBe('2026-10-24');
    expect(dueInBerlin('2026-10-25T01:10:00Z')).toBe(false);
    expect(followingDate('2026-10-25', at('2026-10-25T01:10:00Z'), 'Europe/Berlin', '02:30')).toBe('2026-10-25');
    expect(dueInBerlin('2026-10-26T01:30:00Z')).toBe(true);
  });

  it('a clock set back by a day changes nothing; by more, or far forward, it ends the batch', () => {
    expect(['2026-11-21', '2026-11-22'].map(dueInSaigon)).toEqual([false, false]);
    expect(['2026-11-23', '2031-01-01', '2026-11-20', '1970-01-01'].map(dueInSaigon)).toEqual([true, true, true, true]);
  });
});
