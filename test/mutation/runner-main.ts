/**
 * The child of `npm run mutate`: keeps one Vitest, and for each message runs the tests of a file with one mutant in it.
 * A mutant that never ends takes this process with it; the parent starts another.
 */
import path from 'node:path';
import { createVitest } from 'vitest/node';
import type { Mutant } from './mutants.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface MutantTask {
  /** From the root of the project. */
  readonly file: string;
  readonly tests: readonly string[];
  /** Absent: the file as it is, which has to pass. */
  readonly mutant?: Mutant;
}

export type MutantVerdict = 'killed' | 'survived' | 'ready';

let current: MutantTask | undefined;

const vitest = await createVitest(
  {
    root,
    config: false,
    watch: false,
    bail: 1,
    reporters: [{}],
    include: ['src/**/*.test.ts'],
    fileParallelism: false,
    // A busy machine is no reason to call a mutant noticed.
    testTimeout: 60_000,
    // Its key is the file on disk, and that never changes here.
    fsModuleCache: false,
  },
  {
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(code, id) {
          const { file, mutant } = current ?? {};
          if (mutant === undefined || file === undefined || path.relative(root, id) !== file) return null;
          return code.slice(0, mutant.start) + mutant.replacement + code.slice(mutant.end);
        },
      },
    ],
  },
);
await vitest.globTestSpecifications();

async function passes(file: string): Promise<boolean> {
  const specifications = vitest.getModuleSpecifications(path.join(root, file));
  if (specifications.length === 0) throw new Error(`${file} is no test file`);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  // What earlier runs of other files came to is still among them.
  const own = testModules.filter(({ moduleId }) => moduleId === path.join(root, file));
  return unhandledErrors.length === 0 && own.length > 0 && own.every((module) => module.ok());
}

async function judge(task: MutantTask): Promise<MutantVerdict> {
  if (current !== undefined) vitest.invalidateFile(path.join(root, current.file));
  current = task;
  vitest.invalidateFile(path.join(root, task.file));
  for (const test of task.tests) if (!(await passes(test))) return 'killed';
  return 'survived';
}

process.on('message', (task: MutantTask) => {
  void judge(task).then((verdict) => process.send?.(verdict));
});
process.on('disconnect', () => process.exit());
process.send?.('ready' satisfies MutantVerdict);
