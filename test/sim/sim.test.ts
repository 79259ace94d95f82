/**
 * The simulator in short: a few seeds without a violation, the same seed twice, and planted bugs that it has to find. The
 * long form is `npm run sim`.
 */
import { describe, expect, it } from 'vitest';
import { plantedBugs } from './bugs.ts';
import { seedsUntilFound, stepsOfABug } from './find-bugs.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';

/** Those that are found soonest; all of them in `npm run sim -- --bugs`. */
const quickBugs: readonly string[] = [
  'skips the sync',
  'acts before it has appended',
  'takes no answer for a certain no',
];

describe('simulated terminal', { timeout: 120_000 }, () => {
  it.each([101, 102, 103])('seed %d: no violation', async (seed) => {
    const { violations, transactions } = await run({ seed, steps: 1500 });
    expect(violations).toEqual([]);
    expect(transactions).toBeGreaterThan(0);
  });

  it('the same seed gives the same events at the same times', async () => {
    const [first, second] = [await run({ seed: 7, steps: 600 }), await run({ seed: 7, steps: 600 })];
    expect(second.digest).toBe(first.digest);
    expect(second.moves).toEqual(first.moves);
    const other = await run({ seed: 8, steps: 600 });
    expect(other.digest).not.toBe(first.digest);
  });

  it.each(quickBugs)('finds a terminal that %s', async (name) => {
    expect(await seedsUntilFound(name, stepsOfABug)).toBeDefined();
  });

  it('a violation is told again with fewer moves', async () => {
    const bug = plantedBugs['takes no answer for a certain no'];
    if (bug === undefined) throw new Error('the bug is in the list');
    const options = { seed: 2, steps: stepsOfABug, bug };
    const { moves, violations } = await run(options);
    expect(violations).not.toEqual([]);
    const shortest = await shrink(options, moves, violations[0] ?? '', 12);
    expect(shortest.length).toBeLessThan(moves.length);
    const again = await run({ ...options, moves: shortest });
    expect(again.violations).not.toEqual([]);
  });
});
