/**
 * A webhook as bytes to be kept: one line of JSON, then the body as it came. What concerns only the connection, and what
 * a proxy adds to it, is left out; all else goes to the terminal, since only the provider's adapter there knows what it
 * signs. The same request sent again gives the same bytes.
 */
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';

export interface Webhook {
  readonly method: string;
  /** Behind the hook's token, with the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const ofTheConnection =
  /^(?:accept.*|cdn-loop|cf-.*|connection|content-length|cookie|expect|forwarded|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent|via|x-forwarded-.*|x-real-ip)$/;

export function forwardedHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept = Object.entries(headers)
    .filter(([name, value]) => typeof value === 'string' && !ofTheConnection.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept) as Record<string, string>;
}

const line = z.strictObject({ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()) });

export function encodeWebhook({ method, path, headers, body }: Webhook): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ method, path, headers })}\n`), body]);
}

/** Of bytes whose checksum holds: anything else is a bug. */
export function decodeWebhook(content: Buffer): Webhook {
  const end = content.indexOf('\n');
  return { ...line.parse(JSON.parse(content.toString('utf8', 0, end))), body: content.subarray(end + 1) };
}
