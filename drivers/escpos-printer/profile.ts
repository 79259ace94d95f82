/**
 * What differs from one ESC/POS printer model to the next, read from `config/printers/<name>.json` and checked
 * here. All models must answer `DLE EOT` and `GS r`: without them no printer can confirm a job.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../src/core/base/result.ts';
import type { SettingsProblem } from '../driver.ts';

const printerProfile = z.strictObject({
  description: z.string().check(z.minLength(1)),
  /** Characters of the normal font on one line. */
  columns: z.int().check(z.minimum(24), z.maximum(96)),
  /** Dots of one row, a multiple of 8. */
  dotsPerLine: z.int().check(z.minimum(256), z.maximum(1024), z.multipleOf(8)),
  /** Most rows in one `GS v 0`; smaller pieces let the driver look at the printer more often. */
  maxRasterRows: z.int().check(z.minimum(8), z.maximum(2047)),
  /** `none`: the paper is fed out to the tear bar. */
  cut: z.enum(['full', 'partial', 'none']),
  /** The printer reports changes by itself once asked to (`GS a`). */
  automaticStatusBack: z.boolean(),
  /** The printer can throw away a job that was cut short (`DLE DC4` fn = 8). */
  clearBuffers: z.boolean(),
  /** The printer confirms a job by its number (`GS ( H` fn = 48); without, two `GS r` confirm it. */
  processId: z.optional(z.boolean()),
});

export type PrinterProfile = Readonly<z.infer<typeof printerProfile>>;

const folder = new URL('../../config/printers/', import.meta.url);

function problem(found: string, expected: string): Result<never, readonly SettingsProblem[]> {
  return err([{ path: ['profile'], found, expected }]);
}

export function loadProfile(name: string): Result<PrinterProfile, readonly SettingsProblem[]> {
  const expected = 'the name of a file in config/printers, without .json';
  if (!/^[a-z0-9-]{1,64}$/.test(name)) return problem(JSON.stringify(name), expected);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  } catch (error) {
    return problem(`${name} (${error instanceof Error ? error.message : 'unreadable'})`, expected);
  }
  const parsed = printerProfile.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return problem(`${name}.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, 'a valid printer profile');
}
