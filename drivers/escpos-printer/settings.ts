/** Checks driver settings against a schema and says what is wrong by key, as the configuration error prints it. */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../src/core/base/result.ts';
import type { SettingsProblem } from '../driver.ts';

type Problems = readonly SettingsProblem[];

function problems(issue: z.core.$ZodIssue): Problems {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], found: 'an unknown key', expected: 'no such key' }));
  }
  return [{ path, found: JSON.stringify(issue.input) ?? 'nothing', expected: issue.message }];
}

export function checkSettings<S extends z.ZodMiniType>(schema: S, settings: unknown): Result<z.infer<S>, Problems> {
  const parsed = schema.safeParse(settings, { reportInput: true });
  return parsed.success ? ok(parsed.data) : err(parsed.error.issues.flatMap(problems));
}
