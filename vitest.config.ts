/** One test run for everything: units beside the code, and what crosses files under test/. */
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * What keeps nothing between two tests but what the test itself holds shares a process from file to file: starting one
 * and loading the same modules again costs more than most of these tests.
 */
const shared = ['src/core', 'src/contract', 'src/app', 'devices', 'drivers', 'ui'].map(
  (folder) => `${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Half of the time is spent waiting for children, sockets and browsers: one file at a time would waste it.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // For the programs that tests start: compiling is half of what a start costs.
    env: { NODE_COMPILE_CACHE: path.join(import.meta.dirname, 'node_modules/.cache/node') },
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      { extends: true, test: { name: 'shared', include: shared, isolate: false } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...shared],
        },
      },
    ],
  },
});
