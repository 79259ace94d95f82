/**
 * Leaves out of a run what its violation does not need: halves, quarters, … single moves, as long as the same kind of
 * violation is left. What remains can be told again.
 */
import type { Move } from './moves.ts';
import { run, type RunOptions } from './run.ts';

/** A violation without the names and numbers in it. */
function kindOf(violation: string): string {
  return (violation.split('\n')[0] ?? '').replaceAll(/S-[0-9A-Z]+(-\d+)?|FT[0-9A-F]+|\d+/g, '#').slice(0, 80);
}

export async function shrink(
  options: Omit<RunOptions, 'moves' | 'onProgress'>,
  moves: readonly Move[],
  violation: string,
  mostRuns = 150,
): Promise<readonly Move[]> {
  const wanted = kindOf(violation);
  const left = { runs: mostRuns };
  let kept = moves;
  const fails = async (some: readonly Move[]): Promise<boolean> => {
    left.runs -= 1;
    const { violations } = await run({ ...options, moves: some });
    return violations.some((found) => kindOf(found) === wanted);
  };
  for (let size = Math.ceil(kept.length / 2); ; size = Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && left.runs > 0;) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (without.length > 0 && (await fails(without))) kept = without;
      else at += size;
    }
    if (size === 1 || left.runs <= 0) return kept;
  }
}
