/** The terminal's EMV data file (config/emv/terminal.json): shape and ranges, checked before the start. */
import * as z from 'zod';
import type { TerminalEmvData } from '../../core/emv/terminal-data.ts';

const hexBytes = (least: number, most: number): z.ZodString =>
  z
    .string()
    .regex(
      new RegExp(`^(?:[0-9A-F]{2}){${least},${most}}$`),
      least === most ? `${least} bytes of upper-case hex` : `${least} to ${most} bytes of upper-case hex`,
    );

export const emvSchema = z.strictObject({
  /** Where the values come from; not read by the terminal. */
  source: z.string().min(1),
  countryCode: z.string().regex(/^\d{3}$/, '3 digits (ISO 3166-1 numeric)'),
  terminalType: z.string().regex(/^\d{2}$/, '2 digits (EMV Book 4 Annex A1)'),
  terminalCapabilities: hexBytes(3, 3),
  additionalTerminalCapabilities: hexBytes(5, 5),
  ifdSerialNumber: z.string().regex(/^[A-Za-z0-9]{8}$/, '8 letters or digits'),
  applications: z
    .array(
      z.strictObject({
        aid: hexBytes(5, 16),
        name: z.string().min(1).max(16),
        kernelId: hexBytes(1, 3),
        version: hexBytes(2, 2),
        terminalTransactionQualifiers: hexBytes(4, 4),
      }),
    )
    .min(1),
}) satisfies z.ZodType<TerminalEmvData>;
