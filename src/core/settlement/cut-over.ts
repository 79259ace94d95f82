/**
 * Business dates: the day a batch belongs to ends at the shop's cut-over time, not at midnight UTC. Made to hold when
 * clocks change: through daylight saving, skipped and repeated hours, and a clock that is set back or far forward.
 */
import { assert } from '../base/assert.ts';
import { epochMs, type EpochMs } from '../base/brand.ts';
import { dateOfDay, dayNumber, wallClockMs } from '../base/calendar.ts';

const dayMs = 86_400_000;

/** `HH:MM` to milliseconds after midnight. */
function timeOfDayMs(cutOverTime: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(cutOverTime);
  assert(match !== null, `cut-over: "${cutOverTime}" is not HH:MM`);
  return (Number(match[1]) * 60 + Number(match[2])) * 60_000;
}

function businessDay(at: EpochMs, timeZone: string, cutOverTime: string): number {
  return Math.floor((wallClockMs(at, timeZone) - timeOfDayMs(cutOverTime)) / dayMs);
}

/** `YYYY-MM-DD`: the local date, where whatever comes before the cut-over time still belongs to the day before. */
export function businessDate(at: EpochMs, timeZone: string, cutOverTime: string): string {
  return dateOfDay(businessDay(at, timeZone, cutOverTime));
}

/**
 * Whether a batch of `batchDate` must close by itself. One day back is no reason: that is the hour that autumn repeats,
 * or a clock put right by a little, and closing again for a date already closed would give that date two ends. More
 * than a day back means that the batch was opened under a wrong date.
 */
export function cutOverDue(batchDate: string, at: EpochMs, timeZone: string, cutOverTime: string): boolean {
  const ahead = businessDay(at, timeZone, cutOverTime) - dayNumber(batchDate);
  return ahead > 0 || ahead < -1;
}

/** The business date of the batch that follows one of `batchDate` closed at `at`. */
export function followingDate(batchDate: string, at: EpochMs, timeZone: string, cutOverTime: string): string {
  return cutOverDue(batchDate, at, timeZone, cutOverTime) ? businessDate(at, timeZone, cutOverTime) : batchDate;
}

/**
 * The first instant after `at` with a later business date than `at` has. In an hour that spring leaves out it is the
 * end of that hour. Sets a timer; `cutOverDue` decides when it has run.
 */
export function nextCutOver(at: EpochMs, timeZone: string, cutOverTime: string): EpochMs {
  const wanted = (businessDay(at, timeZone, cutOverTime) + 1) * dayMs + timeOfDayMs(cutOverTime);
  const offsetAt = (instant: number): number => {
    // Whole seconds: a wall clock shows no less, and the difference must not depend on the milliseconds.
    const second = Math.floor(instant / 1000) * 1000;
    return wallClockMs(epochMs(second), timeZone) - second;
  };
  // Zones are at most 14 hours from UTC, so the wall clock shows `wanted` within a day of this.
  const [early, late] = [wanted - dayMs, wanted + dayMs];
  const [before, after] = [offsetAt(early), offsetAt(late)];
  const shown = [wanted - before, wanted - after].filter(
    (instant) => instant > at && instant + offsetAt(instant) === wanted,
  );
  if (shown.length > 0) return epochMs(Math.min(...shown));
  // The wall clock jumps over `wanted`: find the second in which it does.
  let [low, high] = [Math.floor(early / 1000), Math.floor(late / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000) === before) low = middle;
    else high = middle;
  }
  return epochMs(high * 1000);
}
