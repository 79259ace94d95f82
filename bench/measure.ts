/** Small helpers of all benches: nearest-rank percentiles, a table, and the options every bench script takes. */

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Nearest-rank percentile of samples in any unit; `fraction` from 0 to 1. Not a number when there are none. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

export function summarize(samples: readonly number[]): Summary {
  return { count: samples.length, p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

/** Runs `work` once and adds its duration in microseconds to `samples`. */
export function timed<T>(samples: number[], work: () => T): T {
  const start = performance.now();
  const result = work();
  samples.push((performance.now() - start) * 1000);
  return result;
}

/** Two digits after the point, as in `1.25`. */
export function ratio(measured: number, limit: number): number {
  return Math.round((measured / limit) * 100) / 100;
}

/** Columns padded with spaces, the first to the left, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

/** With `--json` one JSON document, otherwise what a person reads. */
export function print(result: unknown, text: string): void {
  console.log(process.argv.includes('--json') ? JSON.stringify(result, null, 2) : text);
}
