/** Whether the simulator sees a planted bug, and after how many seeds. */
import { assert } from '../../src/core/base/assert.ts';
import { plantedBugs } from './bugs.ts';
import { run } from './run.ts';

/** Within so many seeds each bug has to be found. */
const mostSeeds = 20;
export const stepsOfABug = 2500;

export interface Found {
  readonly seed: number;
  readonly violation: string;
}

/** Seeds from 1 on; undefined when none of them finds it. */
export async function seedsUntilFound(name: string, steps: number, from = 1): Promise<Found | undefined> {
  const bug = plantedBugs[name];
  assert(bug !== undefined, 'a bug of the list');
  for (let seed = from; seed < from + mostSeeds; seed += 1) {
    const { violations } = await run({ seed, steps, bug });
    const [violation] = violations;
    if (violation !== undefined) return { seed, violation: violation.split('\n')[0] ?? '' };
  }
  return undefined;
}
