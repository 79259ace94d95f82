/**
 * The four files of EMV data (config/emv): shapes and ranges, checked before the start. What only makes sense together
 * is checked in emv-checks.ts.
 */
import * as z from 'zod';
import type { CaPublicKey, RevokedCertificate, TerminalApplication } from '../../core/emv/configuration.ts';

const hexBytes = (least: number, most: number): z.ZodString =>
  z
    .string()
    .regex(
      new RegExp(`^(?:[0-9A-F]{2}){${least},${most}}$`),
      least === most
        ? `${least} byte${least === 1 ? '' : 's'} of upper-case hex`
        : `${least} to ${most} bytes of upper-case hex`,
    );

const minorUnits = z.int().min(0).max(999_999_999_999);
const percentage = z.int().min(0).max(99);
const actionCode = hexBytes(5, 5);
const tac = z.strictObject({ denial: actionCode, online: actionCode, default: actionCode });
const sentence = z.string().min(1).max(500);

/** Where values come from. `keys` are dotted paths; one stands for all below it, the longest that fits decides. */
const origins = z
  .array(z.strictObject({ keys: z.array(z.string().min(1)).min(1), source: sentence, verified: z.boolean() }))
  .default([]);

export type Origins = z.infer<typeof origins>;

const contact = z.strictObject({
  version: hexBytes(2, 2),
  tac,
  floorLimit: minorUnits,
  randomSelection: z
    .strictObject({ threshold: minorUnits, targetPercentage: percentage, maximumTargetPercentage: percentage })
    .refine((each) => each.targetPercentage <= each.maximumTargetPercentage, 'a maximum not below the target'),
  defaultDdol: hexBytes(2, 252).exactOptional(),
  defaultTdol: hexBytes(2, 252).exactOptional(),
});

const contactless = z.strictObject({
  kernelId: z.union([hexBytes(1, 1), hexBytes(3, 3)], '1 or 3 bytes of upper-case hex'),
  kernel: z.enum(['kernel2', 'kernel3', 'kernel8', 'pure', 'none']),
  version: hexBytes(2, 2),
  transactionLimit: minorUnits.exactOptional(),
  onDeviceTransactionLimit: minorUnits.exactOptional(),
  cvmRequiredLimit: minorUnits,
  floorLimit: minorUnits,
  statusCheck: z.boolean(),
  zeroAmountAllowed: z.boolean(),
  terminalTransactionQualifiers: hexBytes(4, 4),
  tac,
  kernel2: z
    .strictObject({
      kernelConfiguration: hexBytes(1, 1),
      cardDataInputCapability: hexBytes(1, 1),
      cvmCapabilityRequired: hexBytes(1, 1),
      cvmCapabilityNotRequired: hexBytes(1, 1),
      securityCapability: hexBytes(1, 1),
      tornRecords: z.int().min(0).max(5),
      tornLifetimeSeconds: z.int().min(0).max(7200),
    })
    .exactOptional(),
});

const application = z.strictObject({
  aid: hexBytes(5, 16),
  name: z.string().regex(/^[ -~]{1,16}$/, '1 to 16 plain characters, as cards label themselves'),
  selection: z.enum(['partial', 'exact']),
  contact: contact.exactOptional(),
  contactless: contactless.exactOptional(),
  origins,
}) satisfies z.ZodType<TerminalApplication>;

const caKey = z.strictObject({
  scheme: sentence,
  rid: hexBytes(5, 5),
  index: hexBytes(1, 1),
  /** Test keys vouch for anybody's test cards: they belong into a laboratory. */
  use: z.enum(['live', 'test']),
  exponent: z.enum(['03', '010001']),
  modulus: hexBytes(64, 248),
  /** Book 2 §11.2.2, Certification Authority Public Key Check Sum. */
  sha1: hexBytes(20, 20),
  expires: z.iso.date('a date YYYY-MM-DD').exactOptional(),
  verified: z.strictObject({ key: z.boolean(), expiry: z.boolean() }),
  sources: z.array(sentence).min(1),
}) satisfies z.ZodType<CaPublicKey>;

export type CaKeyEntry = z.infer<typeof caKey>;
export type ApplicationEntry = z.infer<typeof application>;
export type TerminalEntry = z.infer<typeof emvFiles.terminal>;

/** By name of the file, without `.json`. */
export const emvFiles = {
  terminal: z.strictObject({
    about: sentence,
    countryCode: z.string().regex(/^\d{3}$/, '3 digits (ISO 3166-1 numeric)'),
    terminalType: z.string().regex(/^[123][1-6]$/, 'two digits, 1 to 3 and 1 to 6 (EMV Book 4 Annex A1)'),
    terminalCapabilities: hexBytes(3, 3),
    additionalTerminalCapabilities: hexBytes(5, 5),
    ifdSerialNumber: z.string().regex(/^[A-Za-z0-9]{8}$/, '8 letters or digits'),
    merchantCategoryCode: z
      .string()
      .regex(/^\d{4}$/, '4 digits (ISO 18245)')
      .exactOptional(),
    merchantNameAndLocation: z
      .string()
      .regex(/^[ -~]{1,100}$/, '1 to 100 plain characters')
      .exactOptional(),
    origins,
  }),
  applications: z.strictObject({ about: sentence, applications: z.array(application).min(1) }),
  'ca-keys': z.strictObject({ about: sentence, keys: z.array(caKey) }),
  'revoked-certificates': z.strictObject({
    about: sentence,
    certificates: z.array(
      z.strictObject({
        rid: hexBytes(5, 5),
        index: hexBytes(1, 1),
        serial: hexBytes(3, 3),
      }) satisfies z.ZodType<RevokedCertificate>,
    ),
  }),
};
