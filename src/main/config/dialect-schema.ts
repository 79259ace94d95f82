/** The acquirers' ISO 8583 dialects (config/acquirers/*.json): shape, checked where they are read. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { DialectDescription } from '../../core/iso8583/description.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import { loadJson, type ConfigFault } from './load.ts';

const encoding = z.enum([
  'ascii',
  'ebcdic',
  'bcd-left',
  'bcd-right',
  'bcd-left-f',
  'bcd-right-f',
  'binary',
  'hex',
  'hex-ebcdic',
]);
const length = z.enum(['ascii', 'ebcdic', 'bcd', 'binary']);
const format = z
  .string()
  .regex(/^(?:n|an|ans|z|b|x\+n)(?: |\.{1,4})[1-9]\d{0,3}$/, 'a format such as "n 6", "ans..25" or "b...999"');
const part = z.strictObject({ format, name: z.string().min(1), encoding: encoding.optional() });
const parts = z.record(z.string().regex(/^(?:[1-9]|[1-5]\d|6[0-4])$/, 'a part from 1 to 64'), part);

const composite = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['positional', 'bitmap']), bitmap: z.enum(['binary', 'hex']).optional(), parts }),
  z.strictObject({
    kind: z.literal('tlv'),
    tagDigits: z.int().min(1).max(4),
    lengthDigits: z.int().min(1).max(4),
  }),
]);

const element = z.strictObject({
  format: format.optional(),
  name: z.string().min(1).optional(),
  encoding: encoding.optional(),
  length: length.optional(),
  counts: z.enum(['positions', 'bytes']).optional(),
  padding: z.enum(['zeros-left', 'spaces-right', 'none']).optional(),
  checked: z.boolean().optional(),
  composite: composite.optional(),
});

const dialectSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and hyphens'),
  note: z.string().optional(),
  parent: z.string().optional(),
  version: z.enum(['1987', '1993', '2003']).optional(),
  mti: encoding.optional(),
  bitmap: z.enum(['binary', 'hex', 'hex-ebcdic']).optional(),
  bitmaps: z.union([z.literal(2), z.literal(3)]).optional(),
  encodings: z.partialRecord(z.enum(['n', 'n..', 'an', 'ans', 'z', 'b', 'b..', 'x+n']), encoding).optional(),
  lengths: length.optional(),
  checked: z.boolean().optional(),
  exponents: z.record(z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'), z.int().min(0).max(4)).optional(),
  frame: z
    .strictObject({
      length: z.enum(['binary-2', 'bcd-2', 'ascii-4']),
      tpdu: z
        .string()
        .regex(/^[0-9A-F]{10}$/, 'five bytes of upper-case hex')
        .optional(),
    })
    .optional(),
  elements: z
    .record(
      z.string().regex(/^(?:[2-9]|[1-9]\d|1[0-8]\d|19[0-2])$/, 'a data element from 2 to 192'),
      element.nullable(),
    )
    .optional(),
}) satisfies z.ZodType<DialectDescription>;

const acquirersFolder = path.resolve(import.meta.dirname, '../../../config/acquirers');

/** The standard dialects and those in config/acquirers, in that order, for `resolveDialect` to choose from. */
export function loadDialects(folder: string = acquirersFolder): Result<readonly DialectDescription[], ConfigFault> {
  const all: DialectDescription[] = [...standardDialects];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    const loaded = loadJson(path.join(folder, name), dialectSchema);
    if (!loaded.ok) return err(loaded.fault);
    all.push(loaded.value);
  }
  return ok(all);
}
