/**
 * Reads a configuration file, or stops the start with everything that is wrong in it: file, path to the key,
 * what was found, what is expected. Never fills in what a person has mistyped.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as z from 'zod';
import { err, ok, type Result } from '../../core/base/result.ts';
import { configSchema, type Config } from './schema.ts';

export interface ConfigProblem {
  /** Dotted path of the key, or empty for the file itself. */
  readonly key: string;
  readonly found: string;
  readonly expected: string;
}

export interface ConfigFault {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
}

export const embeddedConfigFile = path.resolve(import.meta.dirname, '../../../config/embedded.json');

export function loadConfig(file: string): Result<Config, ConfigFault> {
  return loadJson(file, configSchema);
}

/** For every JSON file that people edit: same reading, same messages. */
export function loadJson<S extends z.ZodType>(file: string, schema: S): Result<z.output<S>, ConfigFault> {
  const one = (found: string, expected: string) => err({ file, problems: [{ key: '', found, expected }] });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return one(code === 'ENOENT' ? 'no such file' : `not readable (${code})`, 'a JSON configuration file');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return one(error instanceof Error ? error.message : String(error), 'valid JSON');
  }
  const parsed = schema.safeParse(json, { reportInput: false });
  if (parsed.success) return ok(parsed.data);
  return err({ file, problems: parsed.error.issues.flatMap((issue) => describe(issue, json)) });
}

const at = (keys: readonly PropertyKey[]): string => keys.map(String).join('.');

function describe(issue: z.core.$ZodIssue, json: unknown): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      key: at([...issue.path, key]),
      found: 'a key that does not exist',
      expected: 'no such key here; check the spelling',
    }));
  }
  return [problemAt(json, issue.path, expected(issue))];
}

/** A problem with the value at a path of what was read. */
export function problemAt(json: unknown, keys: readonly PropertyKey[], wanted: string): ConfigProblem {
  return { key: at(keys), found: shown(valueAt(json, keys)), expected: wanted };
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'too_small') return `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue.code === 'invalid_value') {
    return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  }
  return issue.message;
}

function valueAt(json: unknown, keys: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A value as JSON, cut short: enough to recognise it by. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function formatConfigFault(found: ConfigFault): string {
  return formatFileFault(found, 'The configuration cannot be used, so the terminal has not started.');
}

/** @param what has happened, in a sentence. */
export function formatFileFault({ file, problems }: ConfigFault, what: string): string {
  const lines = problems.map(({ key, found, expected: wanted }) =>
    key === '' ? `  found ${found}; expected ${wanted}` : `  ${key}: found ${found}; expected ${wanted}`,
  );
  return `${what}\n${file}\n${lines.join('\n')}`;
}
