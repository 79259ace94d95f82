/** Token buckets by a clock that tests move, and what counts as one source. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import type { Clock } from '../core/base/ports.ts';
import { RateLimit, sourceKey } from './rate-limit.ts';

let nowMs = 0;
const clock: Clock = { now: () => epochMs(0), monotonicMs: () => nowMs, after: () => () => {} };

describe('RateLimit', () => {
  it('gives a burst, then so many each second, to each on its own', () => {
    nowMs = 0;
    const limit = new RateLimit({ perSecond: 2, burst: 3 }, clock);
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false]);
    expect(limit.take('b')).toBe(true);
    expect(limit.retryAfterS('a')).toBe(1);
    nowMs += 499;
    expect(limit.take('a')).toBe(false);
    nowMs += 1;
    expect(limit.take('a')).toBe(true);
    nowMs += 3_600_000;
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false]);
    expect(limit.take('b', 4)).toBe(false);
    expect(limit.take('b', 3)).toBe(true);
  });

  it('remembers a bounded number: made-up sources share one bucket, known ones keep theirs', () => {
    nowMs = 0;
    const limit = new RateLimit({ perSecond: 0.1, burst: 2 }, clock);
    for (let n = 0; n < 10_000; n += 1) limit.take(`made-up ${n}`);
    const taken = Array.from({ length: 100 }, (_, n) => limit.take(`another ${n}`)).filter(Boolean);
    expect(taken).toHaveLength(2);
    expect(limit.take('made-up 5')).toBe(true);
    expect(limit.take('made-up 5')).toBe(false);
    nowMs += 60_000;
    expect(limit.take('another 7')).toBe(true);
    expect(limit.take('another 8')).toBe(true);
    expect(limit.take('another 9')).toBe(true);
  });
});

describe('sourceKey', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, key) => {
    expect(sourceKey(address)).toBe(key);
  });
});
