/** A driver's settings against its schema: either typed values or what is wrong, key by key. */
import type * as z from 'zod';
import { err, ok, type Result } from '../src/core/base/result.ts';
import type { SettingsProblem } from './driver.ts';

/** No settings at all count as an empty object, so that defaults apply. */
export function parseSettings<T>(schema: z.ZodType<T>, settings: unknown): Result<T, readonly SettingsProblem[]> {
  const parsed = schema.safeParse(settings ?? {}, { reportInput: true });
  if (parsed.success) return ok(parsed.data);
  return err(
    parsed.error.issues.map((issue) => ({
      path: issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
      found: JSON.stringify(issue.input) ?? 'nothing',
      expected: issue.message,
    })),
  );
}
