/**
 * The RSA keys of the simulated cards, of their issuer and of the certification authority above it. Made once by
 * make-keys.ts, public, and worth nothing: a terminal that takes real cards must not know this authority, so only
 * training adds its keys to those of the schemes.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { CaPublicKey } from '../../../../src/core/emv/configuration.ts';
import { RsaKey } from '../crypto/rsa.ts';

const hexNumber = z.string().regex(/^(?:[0-9A-F]{2})+$/, 'upper-case hex');

const keyFile = z.strictObject({
  notice: z.string(),
  /** Which key stands under which index; none of the indexes belongs to a key that a scheme has published. */
  authorities: z.array(
    z.strictObject({
      rid: z.string().regex(/^[0-9A-F]{10}$/, 'five bytes'),
      index: z.string().regex(/^[0-9A-F]{2}$/, 'one byte'),
      key: z.string(),
      expires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD'),
    }),
  ),
  keys: z.record(
    z.string(),
    z.strictObject({
      modulus: hexNumber,
      exponent: z.enum(['03', '010001']),
      primes: z.tuple([hexNumber, hexNumber]),
    }),
  ),
});

export const trainingKeyFile = new URL('../../../../config/simulated/card-keys.json', import.meta.url);

/** Read when the first card is made that needs them; a file of the product that cannot be read is a bug. */
let content: z.infer<typeof keyFile> | undefined;
const made = new Map<string, RsaKey>();

function keyFileContent(): z.infer<typeof keyFile> {
  content ??= keyFile.parse(JSON.parse(readFileSync(trainingKeyFile, 'utf8')));
  return content;
}

/** Undefined when there is none of that name. */
export function trainingKey(name: string): RsaKey | undefined {
  const known = made.get(name);
  if (known !== undefined) return known;
  const data = keyFileContent().keys[name];
  if (data === undefined) return undefined;
  const key = new RsaKey(data);
  made.set(name, key);
  return key;
}

/** Whether the file has it; without the work of making it usable. */
export function isTrainingKey(name: string): boolean {
  return name in keyFileContent().keys;
}

export interface TrainingAuthority {
  readonly index: string;
  readonly key: RsaKey;
}

/** The authority of a scheme whose key has that name. */
export function trainingAuthority(rid: string, keyName: string): TrainingAuthority | undefined {
  const found = keyFileContent().authorities.find((each) => each.rid === rid && each.key === keyName);
  const key = found === undefined ? undefined : trainingKey(found.key);
  return found === undefined || key === undefined ? undefined : { index: found.index, key };
}

/** For a terminal in training, and only there. */
export function trainingCaKeys(): readonly CaPublicKey[] {
  const { authorities, keys } = keyFileContent();
  return authorities.flatMap(({ rid, index, key, expires }) => {
    const found = keys[key];
    return found === undefined ? [] : [{ rid, index, modulus: found.modulus, exponent: found.exponent, expires }];
  });
}
