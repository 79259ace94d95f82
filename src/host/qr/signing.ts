/**
 * Signatures as the providers make them: HMAC over a text of the provider's own form, compared in constant time.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type HashName = 'sha256' | 'sha512';

/** Lower-case hexadecimal. */
export function hmacHex(hash: HashName, key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac(hash, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** Of VietQR.vn's check sums; proves nothing against anybody who can collide MD5. */
export function md5Hex(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** Takes the same time wherever they differ; only different lengths show. */
export function sameText(expected: string, found: string | undefined): boolean {
  if (found === undefined) return false;
  const a = Buffer.from(expected);
  const b = Buffer.from(found);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `a=1&b=2` in the order given, values as they are. */
export function joinPairs(pairs: readonly (readonly [string, unknown])[]): string {
  return pairs.map(([key, value]) => `${key}=${plainText(value)}`).join('&');
}

/** Null and undefined are empty; objects are their JSON. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}

/** Keys in the order of their code units, at every depth; lists stay as they are. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
