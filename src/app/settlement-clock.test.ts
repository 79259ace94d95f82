/** The batch ends by itself with the business day, whatever the clock does. */
import { expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { startSettlementClock } from './settlement-clock.ts';

const policy = { timeZone: 'Asia/Ho_Chi_Minh', currency: 'VND', cutOverTime: '00:00' } as const;

/** A terminal as far as the clock sees it; `at` is moved by hand, `tick` runs what is due to be looked at. */
function given(at: string, cutOverTime: string | null = policy.cutOverTime) {
  let now = Date.parse(at);
  let look: (() => void) | undefined;
  const open = { number: 1, opened: { at: epochMs(now), businessDate: '2026-11-21' } };
  const closed: string[] = [];
  const terminal = {
    state: { settlement: { open } },
    handle(input: { readonly because: string; readonly batch: number }) {
      closed.push(`${input.batch} ${input.because}`);
      open.number += 1;
      open.opened.businessDate = '2026-11-22';
    },
  };
  const clock = {
    now: () => epochMs(now),
    monotonicMs: () => now,
    after: (_delayMs: number, callback: () => void) => {
      look = callback;
      return () => {
        look = undefined;
      };
    },
  };
  const end = startSettlementClock(terminal as never, clock, { ...policy, cutOverTime });
  return {
    closed,
    end,
    at(time: string) {
      now = Date.parse(time);
      look?.();
      return this;
    },
  };
}

it('closes once at the cut-over, also when the machine slept through it', () => {
  const day = given('2026-11-21T10:00:00+07:00').at('2026-11-21T23:59:59+07:00');
  expect(day.closed).toEqual([]);
  day.at('2026-11-22T00:00:10+07:00').at('2026-11-22T00:00:30+07:00').at('2026-11-22T09:00:00+07:00');
  expect(day.closed).toEqual(['1 cutOver']);
});

it('closes at once at a start after the cut-over', () => {
  expect(given('2026-11-22T08:00:00+07:00').closed).toEqual(['1 cutOver']);
});

it('is not closed again by a clock that is put right by a little', () => {
  const day = given('2026-11-21T10:00:00+07:00').at('2026-11-22T00:00:05+07:00').at('2026-11-21T23:59:58+07:00');
  expect(day.at('2026-11-22T00:00:02+07:00').closed).toEqual(['1 cutOver']);
});

it('never looks where a person closes, nor after its end', () => {
  expect(given('2026-11-25T10:00:00+07:00', null).closed).toEqual([]);
  const day = given('2026-11-21T10:00:00+07:00');
  day.end();
  expect(day.at('2026-11-23T10:00:00+07:00').closed).toEqual([]);
});
