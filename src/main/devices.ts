/** Builds the devices that configuration names, or says which setting is wrong. Touches no hardware. */
import type { CardReader } from '../../devices/card-reader.ts';
import type { CodeScanner } from '../../devices/code-scanner.ts';
import type { CustomerDisplay } from '../../devices/customer-display.ts';
import type { Device } from '../../devices/device.ts';
import type { PinPad } from '../../devices/pin-pad.ts';
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import type { DriverHost, DriverModule } from '../../drivers/driver.ts';
import {
  cardReaderDrivers,
  codeScannerDrivers,
  customerDisplayDrivers,
  pinPadDrivers,
  receiptPrinterDrivers,
} from '../../drivers/registry.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { ConfigProblem } from './config/load.ts';
import type { Config } from './config/schema.ts';

export interface Devices {
  readonly cardReader: CardReader | undefined;
  readonly codeScanner: CodeScanner | undefined;
  readonly pinPad: PinPad | undefined;
  readonly receiptPrinter: ReceiptPrinter | undefined;
  readonly customerDisplay: CustomerDisplay | undefined;
}

type DeviceConfig = NonNullable<Config['devices']['cardReader']>;

export function buildDevices(config: Config['devices'], host: DriverHost): Result<Devices, readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const build = <D extends Device>(
    role: keyof Config['devices'],
    wanted: DeviceConfig | undefined,
    drivers: readonly DriverModule<D>[],
  ): D | undefined => {
    if (wanted === undefined) return undefined;
    const driver = drivers.find(({ id }) => id === wanted.driver);
    if (driver === undefined) {
      const known = drivers.map(({ id }) => JSON.stringify(id)).join(', ');
      problems.push({
        key: `devices.${role}.driver`,
        found: JSON.stringify(wanted.driver),
        expected: `one of ${known}`,
      });
      return undefined;
    }
    const built = driver.create(wanted.name, wanted.settings, host);
    if (built.ok) return built.value;
    for (const { path, found, expected } of built.fault) {
      problems.push({ key: ['devices', role, 'settings', ...path].join('.'), found, expected });
    }
    return undefined;
  };
  const devices: Devices = {
    cardReader: build('cardReader', config.cardReader, cardReaderDrivers),
    codeScanner: build('codeScanner', config.codeScanner, codeScannerDrivers),
    pinPad: build('pinPad', config.pinPad, pinPadDrivers),
    receiptPrinter: build('receiptPrinter', config.receiptPrinter, receiptPrinterDrivers),
    customerDisplay: build('customerDisplay', config.customerDisplay, customerDisplayDrivers),
  };
  return problems.length === 0 ? ok(devices) : err(problems);
}
