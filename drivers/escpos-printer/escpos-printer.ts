/** The ESC/POS receipt printer as configuration names it: settings, profile and transport put together. */
import * as z from 'zod/mini';
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import { ok } from '../../src/core/base/result.ts';
import type { DriverModule } from '../driver.ts';
import { SerialTransport } from '../transport/serial.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { EscPosPrinter } from './printer.ts';
import { loadProfile } from './profile.ts';
import { parseSettings } from '../settings.ts';

const settingsSchema = z.strictObject({
  transport: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('tcp'),
      host: z.string().check(z.minLength(1), z.maxLength(253)),
      port: z.int().check(z.minimum(1), z.maximum(65_535)),
    }),
    z.strictObject({
      kind: z.literal('serial'),
      path: z.string().check(z.startsWith('/dev/')),
      // A receipt is a picture of some 55 KB: 57,600 baud print it within the usual 15 s, 9,600 take a minute.
      baudRate: z.int().check(z.minimum(9600), z.maximum(4_000_000)),
      flowControl: z.optional(z.enum(['none', 'rtscts', 'xonxoff'])),
    }),
  ]),
  profile: z.string(),
});

export const escposPrinter: DriverModule<ReceiptPrinter> = {
  id: 'escpos-printer',
  role: 'receiptPrinter',
  summary: 'ESC/POS receipt printer on the network (port 9100) or on a serial line',
  create(name, settings, host) {
    const checked = parseSettings(settingsSchema, settings);
    if (!checked.ok) return checked;
    const profile = loadProfile(checked.value.profile);
    if (!profile.ok) return profile;
    const { transport } = checked.value;
    const link =
      transport.kind === 'tcp'
        ? new TcpTransport(transport, host.clock)
        : new SerialTransport({ ...transport, flowControl: transport.flowControl ?? 'none' }, host.clock);
    return ok(new EscPosPrinter(name, profile.value, link, host.clock));
  },
};
