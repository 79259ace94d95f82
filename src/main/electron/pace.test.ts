/** The bound on the rate, whatever the moments of asking. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../core/base/brand.ts';
import type { Clock } from '../../core/base/ports.ts';
import { paced } from './pace.ts';

/** A clock that stands until it is moved, and runs due callbacks in order. */
function manualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    now: () => epochMs(nowMs),
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const due = timers.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined || due.atMs > untilMs) break;
        timers = timers.filter((one) => one !== due);
        nowMs = due.atMs;
        due.callback();
      }
      nowMs = untilMs;
    },
  };
}

describe('paced', () => {
  it('works at once the first time, and again as soon as the interval allows', () => {
    const clock = manualClock();
    const times: number[] = [];
    const ask = paced(clock, 1000, () => times.push(clock.monotonicMs()));
    ask();
    ask();
    ask();
    expect(times).toEqual([0]);
    clock.advance(5000);
    expect(times).toEqual([0, 1000]);
    ask();
    expect(times).toEqual([0, 1000, 5000]);
  });

  it('never works twice within an interval, and always after the last time it was asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1 }), (pauses) => {
        const clock = manualClock();
        const times: number[] = [];
        const ask = paced(clock, 1000, () => times.push(clock.monotonicMs()));
        let lastAskedMs = 0;
        for (const pause of pauses) {
          clock.advance(pause);
          lastAskedMs = clock.monotonicMs();
          ask();
        }
        clock.advance(1000);
        for (const [i, time] of times.slice(1).entries()) {
          expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(1000);
        }
        expect(times.at(-1)).toBeGreaterThanOrEqual(lastAskedMs);
      }),
    );
  });

  it('may ask from within its own work', () => {
    const clock = manualClock();
    let count = 0;
    const ask = paced(clock, 1000, () => {
      count += 1;
      ask();
    });
    ask();
    clock.advance(3500);
    expect(count).toBe(4);
  });
});
