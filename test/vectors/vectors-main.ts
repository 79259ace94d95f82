/**
 * `npm run vectors [-- --json]`: every vector file in the folder that CHAM_VECTORS names, by category. Exit 1 when a
 * case failed; without a folder it says so and has nothing to complain about.
 */
import { vectorsFolder } from './category.ts';
import { runVectors, type CategoryReport } from './runner.ts';

/** Failures and reasons printed per category; --json has them all. */
const shownPerCategory = 10;

const json = process.argv.includes('--json');
const folder = vectorsFolder();
const reports = folder === undefined ? [] : runVectors(folder);
if (json) {
  process.stdout.write(`${JSON.stringify({ categories: reports }, null, 2)}\n`);
} else if (folder === undefined) {
  process.stdout.write('There is no folder of test vectors on this machine; name one with CHAM_VECTORS.\n');
} else {
  process.stdout.write(`${folder}\n\n${reports.map(formatReport).join('\n')}\n`);
}
process.exitCode = reports.some(({ failed }) => failed > 0) ? 1 : 0;

function formatReport({ name, passed, failed, skipped, failures, skips }: CategoryReport): string {
  const lines = [`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`];
  for (const { file, case: what, expected, found } of failures.slice(0, shownPerCategory)) {
    lines.push(`  FAILED ${file}: ${what}`, `    expected ${cut(expected)}`, `    found    ${cut(found)}`);
  }
  if (failures.length > shownPerCategory) lines.push(`  … and ${failures.length - shownPerCategory} more`);
  const reasons = new Map<string, number>();
  for (const { file, case: what, why } of skips) {
    const reason = what === undefined ? `${file}: ${why}` : why;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [why, count] of reasons) lines.push(`  skipped ${count}: ${why}`);
  return lines.join('\n');
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
