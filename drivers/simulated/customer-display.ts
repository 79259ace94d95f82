/** A customer display without hardware: keeps what it shows, for the control strip and for tests. */
import * as z from 'zod/mini';
import type { CustomerDisplay, DisplayContent } from '../../devices/customer-display.ts';
import type { DeviceFault, DeviceHealth } from '../../devices/device.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { Listeners } from '../transport/byte-transport.ts';

export class SimulatedCustomerDisplay implements CustomerDisplay {
  readonly role = 'customerDisplay';
  readonly name: string;
  readonly description = 'Simulated customer display';
  readonly #contentListeners = new Listeners<DisplayContent>();
  readonly #healthListeners = new Listeners<DeviceHealth>();
  #content: DisplayContent = { kind: 'idle' };
  #open = false;

  constructor(name: string) {
    this.name = name;
  }

  async open(): Promise<Result<void, DeviceFault>> {
    this.#setOpen(true);
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#replace({ kind: 'idle' });
    this.#setOpen(false);
  }

  async checkHealth(): Promise<DeviceHealth> {
    return this.#health();
  }

  onHealth(listener: (health: DeviceHealth) => void): () => void {
    return this.#healthListeners.add(listener);
  }

  async show(content: DisplayContent): Promise<Result<void, DeviceFault>> {
    if (!this.#open) return err(fault('notConnected', 'the display is closed', true));
    this.#replace(content);
    return ok(undefined);
  }

  /** What a customer sees now. */
  content(): DisplayContent {
    return this.#content;
  }

  onContent(listener: (content: DisplayContent) => void): () => void {
    return this.#contentListeners.add(listener);
  }

  #replace(content: DisplayContent): void {
    this.#content = content;
    this.#contentListeners.tell(content);
  }

  #setOpen(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    this.#healthListeners.tell(this.#health());
  }

  #health(): DeviceHealth {
    return this.#open ? { state: 'ready', detail: 'ready' } : { state: 'offline', detail: 'not opened' };
  }
}

export const simulatedCustomerDisplay: DriverModule<SimulatedCustomerDisplay> = {
  id: 'simulated-customer-display',
  role: 'customerDisplay',
  summary: 'Customer display without hardware, shown in the control strip',
  create(name, settings) {
    const checked = parseSettings(z.strictObject({}), settings);
    return checked.ok ? ok(new SimulatedCustomerDisplay(name)) : checked;
  },
};
