/** A driver's settings against its schema: either typed values or what is wrong, key by key. */
import * as z from 'zod/v4/core';
import { err, ok, type Result } from '../src/core/base/result.ts';
import type { SettingsProblem } from './driver.ts';

type Problems = readonly SettingsProblem[];

/** No settings at all count as an empty object, so that defaults apply. */
export function parseSettings<S extends z.$ZodType>(schema: S, settings: unknown): Result<z.output<S>, Problems> {
  const parsed = z.safeParse(schema, settings ?? {}, { reportInput: true });
  return parsed.success ? ok(parsed.data) : err(parsed.error.issues.flatMap(problems));
}

function problems(issue: z.$ZodIssue): Problems {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], found: 'an unknown key', expected: 'no such key' }));
  }
  return [{ path, found: JSON.stringify(issue.input) ?? 'nothing', expected: issue.message }];
}
