/** The relay's configuration file: shape, limits and defaults. What is left out is good for a small server. */
import * as z from 'zod';

const ms = (least: number, most: number): z.ZodInt => z.int().min(least).max(most);
const file = z.string().trim().min(1).max(4096);

const rate = (perSecond: number, burst: number) =>
  z
    .strictObject({
      perSecond: z.number().min(0.1).max(100_000),
      burst: z.int().min(1).max(1_000_000),
    })
    .default({ perSecond, burst });

export const relaySettingsSchema = z
  .strictObject({
    listen: z
      .strictObject({
        host: z.string().min(1).max(253).default('127.0.0.1'),
        /** 0 takes a free one. */
        port: z.int().min(0).max(65_535).default(8790),
        /** PEM files; read again when they change. Left out: HTTP without TLS, on loopback behind a proxy. */
        tls: z.strictObject({ certFile: file, keyFile: file }).optional(),
        /** Plain HTTP on an address that others can reach: anybody on the way can read notices. */
        plainHttpToAnybody: z.boolean().default(false),
      })
      .prefault({}),
    /** Scheme, host and port under which providers and terminals reach the relay. Left out: where it listens. */
    publicUrl: z
      .url({ protocol: /^https?$/, error: 'an http or https URL' })
      .refine((text) => new URL(text).origin === text, {
        error: 'scheme, host and port only, without a slash at the end',
      })
      .optional(),
    /** Store and list of terminals; relative paths start at this file. */
    dataFolder: file.optional(),
    /** Addresses of reverse proxies whose X-Forwarded-For is believed. */
    trustedProxies: z
      .array(z.union([z.ipv4(), z.ipv6()]))
      .max(20)
      .default([]),
    limits: z
      .strictObject({
        maxBodyBytes: z.int().min(1024).max(1_048_576).default(65_536),
        maxConnections: z.int().min(8).max(100_000).default(1024),
        maxConnectionsPerSource: z.int().min(4).max(100_000).default(256),
        /** Requests of one source (an IPv4 address or an IPv6 /64) to /v1, /health and unknown addresses. */
        perSource: rate(20, 120),
        /** Webhooks of one hook, whoever sends them. */
        perHook: rate(50, 500),
        /** Notices, and their bytes, that wait for one terminal. */
        maxWaiting: z.int().min(10).max(1_000_000).default(20_000),
        maxWaitingBytes: z.int().min(65_536).max(10_000_000_000).default(67_108_864),
        /** What the disk must keep free; with less, webhooks are answered 503. */
        leastFreeBytes: z.int().min(0).max(100_000_000_000).default(33_554_432),
        /** Acknowledged notices that are kept for a terminal that asks again: at most so many hours, and so many. */
        keepHours: z.int().min(0).max(720).default(24),
        keepCount: z.int().min(0).max(100_000).default(1000),
        /** Notices sent to a terminal that it has not acknowledged yet. */
        window: z.int().min(1).max(1000).default(64),
      })
      .prefault({}),
    timings: z
      .strictObject({
        beatMs: ms(100, 60_000).default(15_000),
        stallMs: ms(100, 300_000).default(30_000),
        maxStreamAgeMs: ms(1000, 86_400_000).default(3_600_000),
      })
      .prefault({}),
  })
  .superRefine(({ listen }, context) => {
    if (listen.tls !== undefined || listen.plainHttpToAnybody || isLoopback(listen.host)) return;
    context.addIssue({
      code: 'custom',
      path: ['listen', 'host'],
      message:
        'a loopback address (127.0.0.1) behind a reverse proxy, or listen.tls, or listen.plainHttpToAnybody: true where ' +
        'something else protects the way',
    });
  });

export type RelaySettings = z.output<typeof relaySettingsSchema>;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
