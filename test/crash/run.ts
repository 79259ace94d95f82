/** Starts the two explorations of this folder as processes of their own, and gathers what they found. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from './explore-main.ts';
import type { FaultSummary } from './faults-main.ts';
import { recorderLibrary } from './recording.ts';

/** As many as a terminal has cores, at least. */
const processes = 2;

/** What several processes found of every crash image; with `progress` they say on standard error how far they are. */
export async function exploreImages(images: number, seed: number, progress = false): Promise<readonly Summary[]> {
  const parts = Array.from({ length: processes }, (_, index) => `${index + 1}/${processes}`);
  const each = String(Math.ceil(images / processes));
  const program = join(import.meta.dirname, 'explore-main.ts');
  return Promise.all(
    parts.map(async (part) => {
      const text = await outputOf(
        [
          program,
          '--images',
          each,
          '--seed',
          String(seed),
          '--part',
          part,
          '--json',
          ...(progress ? ['--progress'] : []),
        ],
        {},
      );
      return JSON.parse(text) as Summary;
    }),
  );
}

/** Undefined without a C compiler. */
export async function failCalls(runs: number, seed: number): Promise<FaultSummary | undefined> {
  const library = recorderLibrary();
  if (library === undefined) return undefined;
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cham-faults-'));
  try {
    const program = join(import.meta.dirname, 'faults-main.ts');
    const env = { LD_PRELOAD: library, CRASH_ROOT: root };
    return JSON.parse(await outputOf([program, root, String(runs), String(seed)], env)) as FaultSummary;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function outputOf(line: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, line, {
    stdio: ['ignore', 'pipe', 'inherit'],
    // What the test runner sets for its own workers is not for these.
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const ended = once(child, 'close');
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  await ended;
  return Buffer.concat(parts).toString('utf8');
}
