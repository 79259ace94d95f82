/** Formats of hosts' and banks' lists (config/reconciliation/*.json): shape, checked where they are read. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { currencyCodes } from '../../core/base/money.ts';
import type { Result } from '../../core/base/result.ts';
import type { StatementFormat } from '../../core/settlement/statement.ts';
import { loadJson, type ConfigFault } from './load.ts';

/** A regular expression whose first group is the batch number. */
function hasOneGroup(text: string): boolean {
  try {
    // Matches the empty text by its second half, and so tells how many groups there are.
    return new RegExp(`${text}|`).exec('')?.length === 2;
  } catch {
    return false;
  }
}

const title = z.string().min(1);
const optional = title.optional();

const formatSchema = z
  .strictObject({
    /** For people; not read by the terminal. */
    about: z.string().min(1),
    book: z.enum(['host', 'bank']),
    currency: z.enum(currencyCodes),
    separator: z.enum([',', ';', '\t', '|']),
    date: z.enum(['YYYY-MM-DD', 'YYYYMMDD', 'DD/MM/YYYY', 'DD-MM-YYYY']),
    group: z.enum(['', '.', ',', ' ', "'"]),
    decimal: z.enum(['.', ',']),
    columns: z.strictObject({
      date: title,
      amount: title,
      type: optional,
      terminalId: optional,
      stan: optional,
      rrn: optional,
      approvalCode: optional,
      batch: optional,
      id: optional,
      memo: optional,
    }),
    signs: z.record(z.string().min(1), z.union([z.literal(1), z.literal(-1), z.literal(0)])).optional(),
    payout: z.string().refine(hasOneGroup, 'a regular expression with one group, the batch number').optional(),
  })
  .refine(({ group, decimal }) => group !== decimal, 'different separators for thousands and decimals')
  .refine(({ columns, signs }) => (columns.type === undefined) === (signs === undefined), 'type and signs together')
  .refine(
    ({ book, columns: { stan, rrn, id, memo } }) =>
      book === 'host' ? (stan ?? rrn) !== undefined : (id ?? memo) !== undefined,
    'a column to know payments by: stan or rrn of a host, id or memo of a bank',
  ) satisfies z.ZodType<StatementFormat>;

const folder = path.resolve(import.meta.dirname, '../../../config/reconciliation');

export function statementFormatNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.basename(name, '.json'))
    .sort();
}

/** `name` is one of `statementFormatNames`. */
export function loadStatementFormat(name: string): Result<StatementFormat, ConfigFault> {
  return loadJson(path.join(folder, `${name}.json`), formatSchema);
}
