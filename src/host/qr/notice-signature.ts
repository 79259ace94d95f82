/**
 * How terminal and QR provider sign what they send each other: HMAC-SHA256 over `timestamp + "." + content`, as
 * SePay does for its webhooks. The content of a notice is its raw body; that of an API request also names method
 * and target, so that neither can be replayed as the other.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { EpochMs } from '../../core/base/brand.ts';

/** Milliseconds since 1970, decimal. */
const timestampHeader = 'x-cham-timestamp';
/** `sha256=` and 64 lower-case hexadecimal digits. */
const signatureHeader = 'x-cham-signature';

/** A message that claims to be older or newer than this is refused, so a recorded one cannot be used later. */
export const maxSkewMs = 5 * 60_000;

export type SignatureProblem = 'missing' | 'stale' | 'wrong';

export function requestContent(method: string, target: string, body: string): string {
  return `${method} ${target}\n${body}`;
}

export function signatureHeaders(
  secret: Uint8Array,
  content: string | Uint8Array,
  at: EpochMs,
): Record<string, string> {
  const timestamp = String(at);
  return { [timestampHeader]: timestamp, [signatureHeader]: signature(secret, timestamp, content) };
}

/** Undefined when the headers prove that who sent `content` has the secret and sent it now. */
export function signatureProblem(
  secret: Uint8Array,
  content: string | Uint8Array,
  headers: IncomingHttpHeaders,
  now: EpochMs,
): SignatureProblem | undefined {
  const timestamp = headers[timestampHeader];
  const given = headers[signatureHeader];
  if (typeof timestamp !== 'string' || typeof given !== 'string') return 'missing';
  const expected = Buffer.from(signature(secret, timestamp, content));
  const found = Buffer.from(given);
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return 'wrong';
  if (!/^\d{1,15}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > maxSkewMs) return 'stale';
  return undefined;
}

function signature(secret: Uint8Array, timestamp: string, content: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(content).digest('hex')}`;
}
