/** One test run for everything: units beside the code, and what crosses files under test/. */
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'devices/**/*.test.ts',
      'drivers/**/*.test.ts',
      'ui/**/*.test.ts',
      'test/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Half of the time is spent waiting for children, sockets and browsers: one file at a time would waste it.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
  },
});
