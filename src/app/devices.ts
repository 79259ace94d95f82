/**
 * Device supervision: opens what configuration names, keeps the last known health of each, looks again while
 * nothing else does. A device that is missing at the start is tried again until it is there.
 */
import { assert } from '../core/base/assert.ts';
import type { Device, DeviceHealth } from '../../devices/device.ts';
import type { Clock, Log } from '../core/base/ports.ts';

/** Gap between two looks at a device, and the limit of one look. */
const checkEveryMs = 5000;
const checkTimeoutMs = 2000;

export interface SupervisedDevice {
  readonly device: Device;
  readonly health: DeviceHealth;
}

export class DeviceSupervisor {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #devices: readonly Device[];
  readonly #health = new Map<Device, DeviceHealth>();
  readonly #open = new Set<Device>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #stop = new AbortController();
  #cancelTimer: (() => void) | undefined;

  constructor(devices: readonly Device[], clock: Clock, log: Log) {
    this.#devices = devices;
    this.#clock = clock;
    this.#log = log;
    for (const device of devices) {
      this.#health.set(device, { state: 'offline', detail: 'not opened yet' });
      this.#unsubscribe.push(device.onHealth((health) => this.#note(device, health)));
    }
  }

  get devices(): readonly SupervisedDevice[] {
    return this.#devices.map((device) => ({
      device,
      health: this.#health.get(device) ?? { state: 'offline', detail: 'unknown' },
    }));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens all devices, each within its own limit; a device that fails is offline, not an error. */
  async start(): Promise<void> {
    await this.#look();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelTimer?.();
    for (const end of this.#unsubscribe) end();
    await Promise.all(this.#devices.map((device) => device.close()));
  }

  async #look(): Promise<void> {
    await Promise.all(this.#devices.map((device) => this.#lookAt(device)));
    if (this.#stop.signal.aborted) return;
    assert(this.#health.size <= this.#devices.length, 'devices: only what is supervised has a state');
    this.#cancelTimer = this.#clock.after(checkEveryMs, () => void this.#look());
  }

  async #lookAt(device: Device): Promise<void> {
    const options = { signal: this.#stop.signal, timeoutMs: checkTimeoutMs };
    if (!this.#open.has(device)) {
      const opened = await device.open(options);
      if (!opened.ok) return this.#note(device, { state: 'offline', detail: opened.fault.detail });
      this.#open.add(device);
    }
    return this.#note(device, await device.checkHealth(options));
  }

  #note(device: Device, health: DeviceHealth): void {
    if (this.#stop.signal.aborted) return;
    const before = this.#health.get(device);
    if (before?.state === health.state && before.detail === health.detail) return;
    assert(this.#devices.includes(device), 'devices: only what is supervised is noted');
    this.#health.set(device, health);
    const level = health.state === 'ready' ? 'info' : 'warning';
    this.#log.write(level, `device ${health.state}`, { device: device.name, detail: health.detail });
    for (const listener of this.#listeners) listener();
  }
}
