/** `node test/assertions/count-main.ts`: assertions and lines of logic, for each folder; `--json` for a program. */
import { countFolders, table } from './count.ts';

function lineOf(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(22) : String(cell).padStart(12))).join('');
}

const counts = countFolders('src/core', 'src/app');
const folders = table(counts).map((row) => ({ ...row, linesEach: Math.round((row.lines / row.assertions) * 10) / 10 }));
if (process.argv.includes('--json')) {
  const files = counts.map(({ file, lines, assertions }) => ({ file, lines, assertions }));
  process.stdout.write(`${JSON.stringify({ folders, files }, null, 2)}\n`);
} else {
  const rows = folders.map((row) => [row.folder, row.files, row.lines, row.assertions, row.linesEach]);
  const head = ['folder', 'files', 'logic lines', 'assertions', 'lines each'];
  process.stdout.write(`${[head, ...rows].map(lineOf).join('\n')}\n`);
  const bare = counts.filter(({ lines, assertions }) => lines > 100 && assertions === 0);
  if (bare.length > 0) process.stdout.write(`\nwithout any: ${bare.map(({ file }) => file).join(', ')}\n`);
}
