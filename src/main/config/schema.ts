/** The configuration file: every key, its type and its range. What is not listed here is refused. */
import * as z from 'zod';
import { currencyCodes } from '../../core/base/money.ts';
import { codeHashPattern } from '../supervisors.ts';
import { acquirerSchema } from './acquirer-schema.ts';
import { qrServiceSchema } from './qr-provider-schema.ts';
import { qrRelaySchema } from './qr-relay.ts';

const digits = (length: number): z.ZodString => z.string().regex(new RegExp(`^\\d{${length}}$`), `${length} digits`);
const printable = (least: number, most: number): z.ZodString => z.string().trim().min(least).max(most);
const ms = (least: number, most: number): z.ZodNumber => z.int().min(least).max(most);
const minorUnits = z.int().min(1).max(999_999_999_999);
const bin = z.string().regex(/^\d{1,6}$/, 'one to six digits');
const port = z.int().min(0).max(65_535);

const device = z.strictObject({
  /** Id of a driver in drivers/registry.ts. */
  driver: printable(1, 40),
  name: printable(1, 40),
  /** Passed to the driver, which checks them. */
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** By which the terminals on one account tell their transfers apart: a figure, the first symbol of each reference. */
const mark = z.string().regex(/^[2-9]$/, 'a figure from 2 to 9');
const marks = { mark: mark.optional(), otherMarks: z.array(mark).max(7).default([]) };

/** When the shop's static code is shown to the customer; `onRequest`: a cashier asks for it. */
const staticCode = z.enum(['never', 'onRequest', 'idle']).default('never');

const configShape = z.strictObject({
  terminal: z.strictObject({
    /** DE 41, Card Acceptor Terminal Identification. */
    id: z.string().regex(/^[A-Z0-9]{8}$/, '8 letters A–Z or digits'),
    /** DE 42, Card Acceptor Identification Code. */
    merchantId: z.string().regex(/^[A-Z0-9]{1,15}$/, '1 to 15 letters A–Z or digits'),
    merchantName: printable(1, 40),
    addressLines: z.array(printable(1, 60)).max(3),
    currency: z.enum(currencyCodes as [(typeof currencyCodes)[number]]),
    language: z.enum(['vi', 'en']),
    timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as Asia/Ho_Chi_Minh'),
    /** Whom to call about a payment, printed on follow-up slips: the acquirer's name and hotline. */
    callCenter: printable(1, 60).optional(),
    /** Largest amount of one sale, in minor units. */
    maxAmountMinorUnits: z.int().min(1).max(999_999_999_999),
  }),
  policy: z.strictObject({
    presentCardMs: ms(5000, 300_000),
    /** Of an inserted card: its own time, the cardholder's choices and PIN included. */
    insertedCardMs: ms(10_000, 600_000).default(120_000),
    /** Of an inserted card: to hear what the host has answered. */
    completeCardMs: ms(1000, 60_000).default(15_000),
    hostTimeoutMs: ms(1000, 120_000),
    qrExpiryMs: ms(2000, 3_600_000),
    /** Above `qrLongFrom` (minor units): the payer's bank asks for a face check, which takes time. */
    qrLongExpiryMs: ms(2000, 3_600_000).default(600_000),
    qrLongFrom: minorUnits.default(10_000_000),
    providerTimeoutMs: ms(500, 60_000),
    retryMs: ms(100, 600_000),
    retryMaxMs: ms(100, 3_600_000),
    printTimeoutMs: ms(1000, 120_000),
    autoCloseMs: ms(1000, 600_000),
    /** Whether an approval of a part of the amount is offered to the cashier; else it is given back. */
    partialApprovals: z.boolean().default(false),
    /** Unanswered attempts after which a person is called. */
    alarmAfterAttempts: z.int().min(2).max(1000).default(12),
    /** Stored payments under way at one time while they are delivered. */
    forwardWindow: z.int().min(1).max(32).default(4),
    /** Payments without the bank, at the merchant's risk. Off unless it is there; amounts in minor units. */
    offline: z
      .strictObject({
        maxAmount: minorUnits,
        maxSum: minorUnits,
        maxCount: z.int().min(1).max(100_000),
        maxAgeMs: ms(60_000, 30 * 86_400_000),
        maxPerCard: z.int().min(1).max(100),
        perCardWindowMs: ms(60_000, 30 * 86_400_000),
        allowedBins: z.array(bin).max(1000).default([]),
        deniedBins: z.array(bin).max(1000).default([]),
      })
      .optional(),
    /** Shop-local `HH:MM` at which the batch is closed by itself; left out: only a person or the host closes it. */
    cutOverTime: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
      .optional(),
  }),
  journal: z
    .strictObject({
      /** Days after which it forgets what it says of settled payments; its chain stays verifiable. Left out: never. */
      retentionDays: z.int().min(30).max(36_500).optional(),
      /** Folder of the journal's mirror, as a rule on another medium. Left out: beside the journal. */
      mirrorFolder: z.string().startsWith('/', 'an absolute path').optional(),
    })
    .default({}),
  /** Who may approve refunds without a sale, and settle by hand. `cham supervisor` makes the hash of a code. */
  supervisors: z
    .array(
      z.strictObject({
        name: printable(1, 40),
        codeHash: z.string().regex(codeHashPattern, 'what `cham supervisor` prints'),
      }),
    )
    .max(50)
    .default([]),
  devices: z.strictObject({
    cardReader: device.optional(),
    /** For codes that customers show. */
    codeScanner: device.optional(),
    /** For cards that are inserted. */
    pinPad: device.optional(),
    receiptPrinter: device.optional(),
    customerDisplay: device.optional(),
  }),
  emv: z
    .strictObject({
      /** Relative paths start at the configuration file. */
      folder: printable(1, 4096).optional(),
    })
    .default({}),
  acquirer: acquirerSchema,
  qr: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('training'),
      bankBin: digits(6),
      account: z.string().regex(/^[A-Z0-9]{6,19}$/, '6 to 19 letters A–Z or digits'),
      staticCode,
      ...marks,
    }),
    z.strictObject({
      kind: z.literal('provider'),
      bankBin: digits(6),
      account: z.string().regex(/^[A-Z0-9]{6,19}$/, '6 to 19 letters A–Z or digits'),
      staticCode,
      ...marks,
      noticePort: port,
      /** The public address that a relay or a router has for notices; left out: that of the listener. */
      noticeUrl: z.url({ protocol: /^https?$/, error: 'an http or https URL' }).optional(),
      /** Through which notices arrive where no provider can reach this terminal. */
      relay: qrRelaySchema.optional(),
      /** Which provider; left out: one that speaks this terminal's own protocol, at `apiBase` with `secretFile`. */
      service: qrServiceSchema.optional(),
      /** Scheme, host and port only. */
      apiBase: z.url({ protocol: /^https?$/, error: 'an http or https URL' }).optional(),
      /** File with the shared secret; relative paths start at the configuration file. */
      secretFile: printable(1, 4096).optional(),
    }),
  ]),
  /**
   * How payment codes of wallets are told, which this terminal has no way to take: so that the message says what was scanned.
   * The first is that of WeChat Pay, whose documents say so; those of others are for whoever knows them.
   */
  walletCodes: z
    .array(
      z
        .strictObject({
          name: printable(1, 40),
          prefixes: z
            .array(z.string().regex(/^[A-Za-z0-9]{1,20}$/, '1 to 20 letters or digits'))
            .min(1)
            .max(50),
          minLength: z.int().min(4).max(100),
          maxLength: z.int().min(4).max(100),
        })
        .refine(({ minLength, maxLength }) => minLength <= maxLength, 'minLength is at most maxLength'),
    )
    .max(50)
    .default([{ name: 'WeChat Pay', prefixes: ['10', '11', '12', '13', '14', '15'], minLength: 18, maxLength: 18 }]),
  server: z.strictObject({
    /** Loopback port of the screens; 0 takes a free one. */
    port,
  }),
});

/** What single keys cannot say: values that only make sense together. */
export const configSchema = configShape.superRefine((config, context) => {
  const wrong = (path: readonly string[], message: string): void =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const { acquirer, qr, policy, terminal } = config;
  if (policy.retryMs > policy.retryMaxMs) {
    wrong(['policy', 'retryMs'], `at most policy.retryMaxMs (${policy.retryMaxMs})`);
  }
  const { offline } = policy;
  if (offline !== undefined && offline.maxAmount > offline.maxSum) {
    wrong(['policy', 'offline', 'maxAmount'], `at most policy.offline.maxSum (${offline.maxSum})`);
  }
  const names = config.supervisors.map(({ name }) => name);
  if (new Set(names).size !== names.length) wrong(['supervisors'], 'each name once');
  if ((acquirer.kind === 'training') !== (qr.kind === 'training')) {
    wrong(['qr', 'kind'], 'training exactly when acquirer.kind is: real and training money are never mixed');
  }
  if (qr.kind === 'provider') {
    for (const key of ['apiBase', 'secretFile'] as const) {
      if (qr.service === undefined && qr[key] === undefined) {
        wrong(
          ['qr', key],
          `${key === 'apiBase' ? 'an http or https URL' : 'a file'}, or qr.service with a provider's name`,
        );
      }
      if (qr.service !== undefined && qr[key] !== undefined) wrong(['qr', key], 'nothing: qr.service has its own');
    }
  }
  if (qr.otherMarks.length > 0 && (qr.mark === undefined || qr.otherMarks.includes(qr.mark))) {
    wrong(['qr', 'mark'], 'a figure of its own, which is none of qr.otherMarks');
  }
  if (terminal.currency !== 'VND') wrong(['terminal', 'currency'], '"VND": the QR provider takes VietQR only');
});

export type Config = z.infer<typeof configShape>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
