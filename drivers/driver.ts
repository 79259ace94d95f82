/**
 * What a driver module declares about itself. The registry is an explicit list of these; nothing registers
 * itself and nothing is found by writing to an unknown port.
 */
import type { Clock, Log, Random } from '../src/core/base/ports.ts';
import type { Result } from '../src/core/base/result.ts';
import type { Device, DeviceRole } from '../devices/device.ts';

/** What a driver is given to live in. */
export interface DriverHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What is wrong with a driver's settings, by key, for the configuration error that stops the start. */
export interface SettingsProblem {
  /** Path below `settings`, e.g. `["baudRate"]`. */
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly expected: string;
}

export interface DriverModule<D extends Device> {
  /** The `driver` value in configuration, e.g. `pcsc-reader`. */
  readonly id: string;
  readonly role: DeviceRole;
  /** One line for `cham doctor` and the documentation. */
  readonly summary: string;
  /** Checks `settings` and builds a closed device; touches no hardware. */
  create(name: string, settings: unknown, host: DriverHost): Result<D, readonly SettingsProblem[]>;
}
