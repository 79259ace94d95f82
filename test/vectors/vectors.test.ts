/** Every test vector on this machine, in `npm test`; without the folder it says so and skips. */
import { describe, expect, it } from 'vitest';
import { vectorsFolder } from './category.ts';
import { runVectors } from './runner.ts';

const folder = vectorsFolder();
if (folder === undefined) process.stderr.write('vectors: no folder of test vectors; name one with CHAM_VECTORS\n');

describe.skipIf(folder === undefined)('test vectors', () => {
  const reports = folder === undefined ? [] : runVectors(folder);

  it.each(reports.map((report) => [report.name, report] as const))('%s: no case fails', (_name, report) => {
    expect(report.failures.slice(0, 5)).toEqual([]);
    expect(report.failed).toBe(0);
  });

  it('judges most of the cases of each category it knows', () => {
    const judged = reports.filter(({ passed }) => passed > 0);
    expect(judged.length).toBeGreaterThan(0);
    for (const { name, passed, skipped } of judged) expect(passed, name).toBeGreaterThan(skipped);
  });
});
