/**
 * The `qr.service` section of the configuration: which QR provider, and what it has given the shop. Keys are in files for
 * their owner only, one key a file.
 */
import * as z from 'zod';

const text = (most: number): z.ZodString => z.string().trim().min(1).max(most);
/** Relative paths start at the configuration file. */
const file = text(4096);
const url = z
  .url({ protocol: /^https?$/, error: 'an http or https URL' })
  .refine((value) => !/[/?#]$/.test(value), { error: 'a URL without a slash at its end' })
  .refine((value) => /^https:|^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(value), {
    error: 'an https URL: keys are sent there, in the clear only to this machine',
  });
const field = text(80);

export const qrServiceSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('payos'),
    apiBase: url.default('https://api-merchant.payos.vn'),
    clientId: text(100),
    apiKeyFile: file,
    checksumKeyFile: file,
  }),
  z.strictObject({
    name: z.literal('sepay'),
    apiBase: url.default('https://my.sepay.vn/userapi'),
    apiTokenFile: file,
    /** How SePay proves its notices: HMAC-SHA256 over time and body, or an API key in a header. */
    webhookAuth: z.enum(['hmac', 'apikey']).default('hmac'),
    webhookKeyFile: file,
  }),
  z.strictObject({
    name: z.literal('casso'),
    apiBase: url.default('https://oauth.casso.vn/v2'),
    apiKeyFile: file,
    webhookKeyFile: file,
  }),
  z.strictObject({
    name: z.literal('vietqr-vn'),
    apiBase: url,
    bankCode: text(20),
    username: text(100),
    passwordFile: file,
    /** Left out: no refunds. */
    refundKeyFile: file.optional(),
    noticeUsername: text(100),
    noticePasswordFile: file,
  }),
  z.strictObject({
    name: z.literal('momo'),
    apiBase: url.default('https://payment.momo.vn'),
    partnerCode: text(50),
    accessKeyFile: file,
    secretKeyFile: file,
  }),
  z.strictObject({
    name: z.literal('zalopay'),
    apiBase: url.default('https://openapi.zalopay.vn'),
    appId: z.int().min(1).max(999_999_999),
    key1File: file,
    key2File: file,
  }),
  z.strictObject({
    name: z.literal('vnpay'),
    apiBase: url,
    queryBase: url,
    tmnCode: text(20),
    hashSecretFile: file,
  }),
  z.strictObject({
    name: z.literal('bank-feed'),
    apiBase: url,
    target: z.string().max(1000).regex(/^\//, 'a path that begins with a slash'),
    format: z.enum(['json', 'csv']).default('json'),
    list: z.string().min(0).max(200).default(''),
    fields: z.strictObject({
      id: field,
      amount: field,
      memo: field,
      time: field,
      account: field.optional(),
      payer: field.optional(),
      direction: z.strictObject({ field, incoming: text(40) }).optional(),
    }),
    time: z.enum(['local', 'iso', 'epochMs', 'epochSeconds']).default('local'),
    thousands: z.enum(['', ',', '.']).default(''),
    pageSize: z.int().min(0).max(1000).default(0),
    authHeader: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'the name of a header in lower case')
      .default('authorization'),
    authValueFile: file,
  }),
]);

export type QrServiceConfig = z.infer<typeof qrServiceSchema>;
