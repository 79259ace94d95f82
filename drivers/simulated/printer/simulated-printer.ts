/**
 * A receipt printer without hardware. It is the real ESC/POS driver, joined in memory to a virtual ESC/POS
 * printer: everything between receipt and paper is the code that a shop's printer runs.
 */
import * as z from 'zod/mini';
import type { Clock } from '../../../src/core/base/ports.ts';
import { err, ok } from '../../../src/core/base/result.ts';
import type { DriverModule } from '../../driver.ts';
import { EscPosPrinter } from '../../escpos-printer/printer.ts';
import { loadProfile, type PrinterProfile } from '../../escpos-printer/profile.ts';
import { parseSettings } from '../../settings.ts';
import { Listeners } from '../../transport/byte-transport.ts';
import { MemoryTransport } from '../../transport/memory.ts';
import { VirtualPrinter, type PrinterTroubleSwitch } from './virtual-printer.ts';

/** A piece of paper in the hand; `jobId` is the job during which it was printed. */
export interface PrintedPaper {
  readonly jobId?: string;
  readonly png: Uint8Array;
}

export class SimulatedPrinter extends EscPosPrinter {
  readonly #virtual: VirtualPrinter;
  readonly #papers = new Listeners<PrintedPaper>();

  constructor(name: string, profile: PrinterProfile, clock: Clock) {
    const transport = new MemoryTransport('in memory');
    let jobId: string | undefined;
    super(name, profile, transport, clock, (started) => (jobId = started));
    this.#virtual = new VirtualPrinter({
      dots: profile.dotsPerLine,
      reply: (bytes) => transport.deliver(bytes),
      onPaper: (png) => this.#papers.tell(jobId === undefined ? { png } : { jobId, png }),
    });
    transport.onSent((bytes) => this.#virtual.receive(bytes));
  }

  /** Makes or ends trouble at the printer, as a person could. */
  setFault(fault: PrinterTroubleSwitch, on: boolean): void {
    this.#virtual.setFault(fault, on);
  }

  faults(): ReadonlySet<PrinterTroubleSwitch> {
    return this.#virtual.faults();
  }

  /** Every piece of paper that was cut, or torn off while trouble was put right. */
  onPaper(listener: (paper: PrintedPaper) => void): () => void {
    return this.#papers.add(listener);
  }
}

const settingsSchema = z.strictObject({ profile: z.optional(z.string()) });

export const simulatedPrinter: DriverModule<SimulatedPrinter> = {
  id: 'simulated-printer',
  role: 'receiptPrinter',
  summary: 'Receipt printer without hardware; the paper comes out as a picture',
  create(name, settings, host) {
    const checked = parseSettings(settingsSchema, settings);
    if (!checked.ok) return checked;
    const profileName = checked.value.profile ?? 'virtual-80mm';
    const profile = loadProfile(profileName);
    if (!profile.ok) return profile;
    if (profile.value.cut === 'none') {
      return err([{ path: ['profile'], found: profileName, expected: 'the profile of a printer that cuts' }]);
    }
    return ok(new SimulatedPrinter(name, profile.value, host.clock));
  },
};
