/**
 * Judges the cryptographic vectors: ANSI X9.24-1 and X9.24-3 (DUKPT), MACs, PIN blocks and key blocks. The two kinds
 * of files have their own judges: values by name (crypto-values.ts) and recorded calls (crypto-calls.ts).
 */
import type { VectorCategory, VectorVerdict } from '../category.ts';
import { judgeRecordedCalls } from './crypto-calls.ts';
import { judgeNamedValues } from './crypto-values.ts';

function parseJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function judge(file: string, content: Uint8Array): Iterable<VectorVerdict> | undefined {
  if (!file.endsWith('.json')) return undefined;
  const document = parseJson(content);
  if (!isRecord(document)) return undefined;
  const { tests, vectors } = document;
  if (Array.isArray(tests)) return judgeRecordedCalls(tests);
  if (isRecord(tests)) {
    return Object.entries(tests).flatMap(([name, group]) =>
      isRecord(group) && isRecord(group['vectors']) ? [...judgeNamedValues(name, group['vectors'])] : [],
    );
  }
  return isRecord(vectors) ? judgeNamedValues('', vectors) : undefined;
}

export const cryptoVectors: VectorCategory = { name: 'crypto', folder: 'crypto', judge };
