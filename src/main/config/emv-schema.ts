/** The terminal's EMV data file (config/emv/terminal.json): shape and ranges, checked before the start. */
import * as z from 'zod';
import type { TerminalEmvData } from '../../core/emv/configuration.ts';

const hexBytes = (least: number, most: number): z.ZodString =>
  z
    .string()
    .regex(
      new RegExp(`^(?:[0-9A-F]{2}){${least},${most}}$`),
      least === most ? `${least} bytes of upper-case hex` : `${least} to ${most} bytes of upper-case hex`,
    );

const minorUnits = z.int().min(0).max(999_999_999_999);
const percentage = z.int().min(0).max(99);
const actionCode = hexBytes(5, 5);
const tac = z.strictObject({ denial: actionCode, online: actionCode, default: actionCode });

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
  kernelId: hexBytes(1, 3),
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

export const emvSchema = z.strictObject({
  /** Where the values come from; not read by the terminal. */
  source: z.string().min(1),
  countryCode: z.string().regex(/^\d{3}$/, '3 digits (ISO 3166-1 numeric)'),
  terminalType: z.string().regex(/^\d{2}$/, '2 digits (EMV Book 4 Annex A1)'),
  terminalCapabilities: hexBytes(3, 3),
  additionalTerminalCapabilities: hexBytes(5, 5),
  ifdSerialNumber: z.string().regex(/^[A-Za-z0-9]{8}$/, '8 letters or digits'),
  merchantCategoryCode: z
    .string()
    .regex(/^\d{4}$/, '4 digits (ISO 18245)')
    .exactOptional(),
  merchantNameAndLocation: z.string().min(1).max(100).exactOptional(),
  applications: z
    .array(
      z.strictObject({
        aid: hexBytes(5, 16),
        name: z.string().min(1).max(16),
        selection: z.enum(['partial', 'exact']),
        contact: contact.exactOptional(),
        contactless: contactless.exactOptional(),
      }),
    )
    .min(1),
  caPublicKeys: z.array(
    z.strictObject({
      rid: hexBytes(5, 5),
      index: hexBytes(1, 1),
      modulus: hexBytes(64, 248),
      exponent: z.enum(['03', '010001']),
      expires: z.iso.date().exactOptional(),
    }),
  ),
  revokedCertificates: z.array(z.strictObject({ rid: hexBytes(5, 5), index: hexBytes(1, 1), serial: hexBytes(3, 3) })),
}) satisfies z.ZodType<TerminalEmvData>;
