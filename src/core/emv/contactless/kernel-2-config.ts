/**
 * Kernel 2: its configuration data objects (EMV Contactless Book C-2 Annex A.1), less what this terminal does not have.
 * PURE takes the same ones.
 */
import { hex } from '../../base/bytes.ts';
import type { Kernel2Settings } from '../configuration.ts';
import type { KernelContext } from './kernel-context.ts';
import { onlinePin, signature } from './pre-processing.ts';

export interface Kernel2Config {
  readonly emvMode: boolean;
  readonly magStripe: boolean;
  readonly onDeviceCvm: boolean;
  /** Bytes 1 and 3 of Terminal Capabilities (DF8117, DF811F). */
  readonly cardDataInput: number;
  readonly security: number;
  /** Byte 2 of Terminal Capabilities above the CVM required limit, and up to it (DF8118, DF8119). */
  readonly cvmRequired: number;
  readonly cvmNotRequired: number;
  readonly tornRecords: number;
  readonly tornLifetimeMs: number;
}

/** EMV mode and on-device CVM, no mag-stripe mode; no torn-transaction log. */
const defaults: Kernel2Settings = {
  kernelConfiguration: 'A0',
  cardDataInputCapability: '20',
  cvmCapabilityRequired: '60',
  cvmCapabilityNotRequired: '08',
  securityCapability: '08',
  tornRecords: 0,
  tornLifetimeSeconds: 300,
};

/** What the kernel performs: of CVMs online PIN, signature and none; of data authentication CDA. */
const performedCvms = 0x68;
const performedOda = 0x08;
/** Terminal Capabilities byte 1 bit 6: IC with contacts. */
export const contactChip = 0x20;

export function kernel2Config({ settings, input, application }: KernelContext): Kernel2Config {
  const configured = settings.kernel2 ?? defaults;
  const flags = byte(configured.kernelConfiguration);
  const methods = hex(input.terminal.terminalCapabilities)[1] ?? 0;
  // Without PIN pad no online PIN, without paper no signature; "no CVM" needs nothing.
  const available = performedCvms & ~((onlinePin | signature) & ~methods);
  return {
    emvMode: (flags & 0x40) === 0,
    magStripe: (flags & 0x80) === 0,
    onDeviceCvm: (flags & 0x20) !== 0,
    cardDataInput: byte(configured.cardDataInputCapability) & (application.contact === undefined ? ~contactChip : 0xff),
    security: byte(configured.securityCapability) & performedOda,
    cvmRequired: byte(configured.cvmCapabilityRequired) & available,
    cvmNotRequired: byte(configured.cvmCapabilityNotRequired) & available,
    tornRecords: configured.tornRecords,
    tornLifetimeMs: configured.tornLifetimeSeconds * 1000,
  };
}

function byte(text: string): number {
  return hex(text)[0] ?? 0;
}
