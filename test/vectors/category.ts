/**
 * What a category of test vectors is: files from outside, read from the folder that CHAM_VECTORS names and never
 * copied into the project, and a function that judges every case a file holds.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

export interface VectorFailure {
  /** Path below the vectors folder. */
  readonly file: string;
  readonly case: string;
  readonly expected: string;
  readonly found: string;
}

/** One judged case; `skipped` says why it could not be judged. */
export type VectorVerdict =
  | { readonly case: string; readonly outcome: 'passed' }
  | { readonly case: string; readonly outcome: 'failed'; readonly expected: string; readonly found: string }
  | { readonly case: string; readonly outcome: 'skipped'; readonly why: string };

export interface VectorCategory {
  /** As printed, e.g. `iso8583`. */
  readonly name: string;
  /** Folder below the vectors folder; every file in it is offered to `judge`. */
  readonly folder: string;
  /** All verdicts for one file, or undefined when the file is of a kind this category does not know. */
  judge(file: string, content: Uint8Array): Iterable<VectorVerdict> | undefined;
}

/** The folder of vectors, or undefined when this machine has none. */
export function vectorsFolder(): string | undefined {
  const folder = path.resolve(process.env['CHAM_VECTORS'] ?? path.join(import.meta.dirname, '../../../shared/vectors'));
  return existsSync(folder) ? folder : undefined;
}
