/**
 * The short form of the exhaustive check: each family of scenarios in a small form, explored to the end. The counts are
 * asserted so that a change of the machine, or of what is explored, is seen: when it is meant, write down the new ones.
 */
import { expect, it } from 'vitest';
import { mistakes } from './mistakes.ts';
import { everything } from './run.ts';

it('no reachable state breaks an invariant, and what is planted is found', { timeout: 300_000 }, () => {
  const summary = everything({ short: true });
  for (const { scenario, violations, exhausted } of summary.reports) {
    expect(violations, scenario).toEqual([]);
    expect(exhausted, scenario).toBe(true);
  }
  expect(Object.fromEntries(summary.reports.map(({ scenario, states }) => [scenario, states]))).toMatchInlineSnapshot(`
    {
      "a host that cannot decide, and forgets": 21751,
      "a host that forgets what it has not seen": 2541,
      "cash, and a refund of it": 2252,
      "one QR sale": 47554,
      "one pre-authorisation": 34850,
      "one sale by code, where cards may be stored": 4206,
      "one sale, card inserted": 20985,
      "one sale, card tapped": 5865,
      "one stored payment": 20690,
      "the day ends during a sale": 8265,
      "two sales, one being undone behind the other": 60251,
    }
  `);
  // The reductions and the folding were put to the proof, and not with nothing.
  for (const { scenario, merges, audited, replayed } of summary.reports) {
    expect(merges, scenario).toBeGreaterThan(0);
    expect(audited, scenario).toBeGreaterThan(0);
    expect(replayed, scenario).toBeGreaterThanOrEqual(100);
  }
  expect(summary.mistakes.filter(({ found }) => found === null)).toEqual([]);
  expect(summary.mistakes).toHaveLength(mistakes.length);
});
