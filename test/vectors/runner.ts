/** Runs every file of the vectors folder through the category it belongs to, and counts. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cryptoVectors } from './categories/crypto.ts';
import { emvVectors } from './categories/emv.ts';
import { iso8583Vectors } from './categories/iso8583.ts';
import { qrVectors } from './categories/qr.ts';
import type { VectorCategory, VectorFailure } from './category.ts';

/** What has been written so far; a folder of another name is counted as skipped. */
const categories: readonly VectorCategory[] = [iso8583Vectors, cryptoVectors, qrVectors, emvVectors];

export interface VectorSkip {
  readonly file: string;
  /** Absent when the whole file is of an unknown kind. */
  readonly case?: string;
  readonly why: string;
}

export interface CategoryReport {
  readonly name: string;
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: VectorFailure[];
  readonly skips: VectorSkip[];
}

export function runVectors(folder: string): readonly CategoryReport[] {
  const reports = new Map<string, CategoryReport>();
  for (const category of categories) reports.set(category.folder, emptyReport(category.name));
  for (const file of filesBelow(folder)) {
    const [top = ''] = file.split('/');
    const name = file.includes('/') ? top : 'other';
    const category = categories.find((each) => each.folder === top);
    const report = reports.get(top) ?? reports.get(name) ?? emptyReport(name);
    reports.set(category?.folder ?? name, report);
    judge(report, category, folder, file);
  }
  return [...reports.values()];
}

function judge(report: CategoryReport, category: VectorCategory | undefined, folder: string, file: string): void {
  const verdicts = category?.judge(file, readFileSync(path.join(folder, file)));
  if (verdicts === undefined) {
    report.skipped += 1;
    report.skips.push({ file, why: category === undefined ? 'no category yet' : 'a file of unknown kind' });
    return;
  }
  for (const verdict of verdicts) {
    report[verdict.outcome] += 1;
    if (verdict.outcome === 'failed') {
      report.failures.push({ file, case: verdict.case, expected: verdict.expected, found: verdict.found });
    } else if (verdict.outcome === 'skipped') {
      report.skips.push({ file, case: verdict.case, why: verdict.why });
    }
  }
}

function emptyReport(name: string): CategoryReport {
  return { name, passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
}

/** Paths below the folder with `/` between the parts, in a fixed order. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
