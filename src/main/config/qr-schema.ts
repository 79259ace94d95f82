/** Payment schemes and banks of QR codes (config/qr/*.json): shape, checked where they are read. */
import path from 'node:path';
import * as z from 'zod';
import { ok, type Result } from '../../core/base/result.ts';
import type { QrBank } from '../../core/qr/banks.ts';
import type { QrCatalogue, QrProfile } from '../../core/qr/profile.ts';
import { loadJson, type ConfigFault } from './load.ts';

function isExpression(text: string): boolean {
  try {
    return whole(text).source !== '';
  } catch {
    return false;
  }
}

/** Matches a whole value, letters in either case. */
function whole(text: string): RegExp {
  return new RegExp(`^(?:${text})$`, 'i');
}

const expression = z.string().min(1).refine(isExpression, 'a regular expression').transform(whole);
const place = z.string().regex(/^(?:\.\d\d|\d\d)(?:\.\d\d)*$/, 'IDs such as 62.05, or .01 inside the account template');
const places = z.array(place);
/** Where the data come from; not read by the terminal. */
const source = z.string().min(1);
const accountId = z.string().regex(/^(?:2[6-9]|[34]\d|5[01])$/, 'an ID from 26 to 51');

const profile = z.strictObject({
  scheme: z.string().min(1),
  name: z.string().min(1),
  country: z.string().regex(/^[A-Z]{2}$/, 'two letters (ISO 3166-1)'),
  currencies: z.record(
    z.string().regex(/^\d{3}$/, 'three digits (ISO 4217)'),
    z.string().regex(/^[A-Z]{3}$/, 'three letters (ISO 4217)'),
  ),
  templates: z.tuple([accountId, accountId]),
  guid: expression,
  when: z.record(place, expression).optional(),
  accountIsCard: z.boolean().optional(),
  fields: z.strictObject({ bankBin: places, account: places, reference: places, purpose: places }),
  objects: z.record(place, z.strictObject({ name: z.string().min(1), pattern: expression.optional() })),
  required: z.array(places.min(1)),
  requiredWhenDynamic: z.array(places.min(1)).optional(),
  write: z.strictObject({ template: accountId, fixed: z.record(place, z.string().min(1)) }),
}) satisfies z.ZodType<QrProfile>;

const bank = z.strictObject({
  bin: z.string().regex(/^\d{6}$/, 'six digits'),
  shortName: z.string().min(1),
  name: z.string().min(1),
  codes: z.array(z.string().min(1)),
}) satisfies z.ZodType<QrBank>;

function distinct(values: readonly string[]): boolean {
  return new Set(values.map((value) => value.toLowerCase())).size === values.length;
}

const profilesSchema = z.strictObject({ source, profiles: z.array(profile).min(1) });
const banksSchema = z.strictObject({
  source,
  banks: z
    .array(bank)
    .refine((banks) => distinct(banks.map(({ bin }) => bin)), 'each BIN once')
    .refine((banks) => distinct(banks.map(({ shortName }) => shortName)), 'each short name once'),
});

const folder = path.resolve(import.meta.dirname, '../../../config/qr');

export function loadQrCatalogue(): Result<QrCatalogue, ConfigFault> {
  const profiles = loadJson(path.join(folder, 'profiles.json'), profilesSchema);
  if (!profiles.ok) return profiles;
  const banks = loadJson(path.join(folder, 'banks.json'), banksSchema);
  if (!banks.ok) return banks;
  return ok({ profiles: profiles.value.profiles, banks: banks.value.banks });
}
