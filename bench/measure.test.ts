/** A bench is only as good as its arithmetic. */
import { describe, expect, it } from 'vitest';
import { percentile, ratio, summarize, table, timed } from './measure.ts';

describe('measure', () => {
  it('nearest-rank percentiles of unsorted samples', () => {
    const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(samples, 0.5)).toBe(50);
    expect(summarize(samples)).toEqual({ count: 100, p50: 50, p99: 99 });
    expect(percentile([7], 0)).toBe(7);
    expect(percentile([7], 1)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('times in microseconds and hands the result on', () => {
    const samples: number[] = [];
    const start = performance.now();
    expect(timed(samples, () => 'done')).toBe('done');
    const elapsed = (performance.now() - start) * 1000;
    expect(samples).toHaveLength(1);
    expect(samples[0]).toBeLessThanOrEqual(elapsed);
  });

  it('rounds ratios and aligns tables', () => {
    expect(ratio(10, 3)).toBe(3.33);
    expect(
      table(
        ['name', 'p50'],
        [
          ['a', 1],
          ['longer', 12345],
        ],
      ),
    ).toBe('name      p50\na           1\nlonger  12345');
  });
});
