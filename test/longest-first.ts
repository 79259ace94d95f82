/**
 * The order of the test files: those that take long begin first, so that no worker waits for one at the end. On a fresh
 * machine Vitest knows nothing of earlier runs and would go by the size of the files.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Most of their time is spent in children, browsers and sockets. Longest first. */
const long: readonly string[] = [
  'test/kill/boundaries.test.ts',
  'test/crash/crash.test.ts',
  'test/kill/random-kills.test.ts',
  'test/matrix/matrix.test.ts',
  'test/ui/screens.test.ts',
  'test/ui/behaviour.test.ts',
  'test/ui/desk.test.ts',
  'test/boundaries.test.ts',
  'test/cli/day.test.ts',
  'test/kill/kill.test.ts',
  'test/e2e/day.test.ts',
  'test/lab/pcsc.test.ts',
];

function rank({ moduleId }: TestSpecification): number {
  const at = long.findIndex((name) => moduleId.endsWith(`/${name}`));
  return at === -1 ? long.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
