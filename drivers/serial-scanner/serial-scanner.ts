/**
 * A scanner on a serial or USB-CDC port that ends each code with CR or LF. It is only listened to: nothing is ever written to
 * it, so whether it is still there is asked of its device file.
 */
import { statSync } from 'node:fs';
import * as z from 'zod';
import type { CodeScanner, Scan } from '../../devices/code-scanner.ts';
import type { DeviceFault, DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { Listeners, type ByteTransport, type TransportFault } from '../transport/byte-transport.ts';
import { SerialTransport } from '../transport/serial.ts';
import { ScanLines } from './scan-lines.ts';

const affix = z.string().max(16);

const settingsSchema = z.strictObject({
  /** Device file, best a stable name below `/dev/serial/by-id`. */
  path: z.string().min(1).startsWith('/', 'an absolute path'),
  /** USB-CDC ports have no speed of their own and take any. */
  baudRate: z.literal([1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200]).default(9600),
  flowControl: z.enum(['none', 'rtscts', 'xonxoff']).default('none'),
  /** What the scanner is set to send before and behind each code, besides the end of the line. */
  prefix: affix.default(''),
  suffix: affix.default(''),
  /** Longest code, in bytes. */
  maxLength: z.int().min(16).max(4296).default(2048),
  /** A line that stands still for so long has no end any more. */
  lineGapMs: z.int().min(50).max(10_000).default(1000),
});

type Settings = z.infer<typeof settingsSchema>;

/** How a transport's fault looks to the application. */
const faults: Readonly<Record<TransportFault['kind'], DeviceFault['kind']>> = {
  notConnected: 'notConnected',
  lost: 'notConnected',
  busy: 'busy',
  refused: 'refused',
  timeout: 'timeout',
  aborted: 'aborted',
};

class SerialScanner implements CodeScanner {
  readonly role = 'codeScanner';
  readonly name: string;
  readonly description: string;
  readonly #settings: Settings;
  readonly #transport: ByteTransport;
  readonly #clock: Clock;
  readonly #lines: ScanLines;
  readonly #scans = new Listeners<Scan>();
  readonly #healthListeners = new Listeners<DeviceHealth>();
  /** What the device file was when it was opened: one that was plugged in again is another. */
  #opened: string | undefined;
  #stopGap: (() => void) | undefined;

  constructor(name: string, settings: Settings, transport: ByteTransport, clock: Clock) {
    this.name = name;
    this.description = `Scanner on ${transport.description}`;
    this.#settings = settings;
    this.#transport = transport;
    this.#clock = clock;
    this.#lines = new ScanLines(settings);
    transport.onData((bytes) => this.#heard(bytes));
    transport.onClose((detail) => this.#lost(detail));
  }

  onScan(listener: (scan: Scan) => void): () => void {
    return this.#scans.add(listener);
  }

  async open(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    if (this.#opened !== undefined) return ok(undefined);
    const identity = identityOf(this.#settings.path);
    if (identity === undefined) {
      return err(fault('notConnected', `${this.#settings.path} is not there; is the scanner plugged in?`, true));
    }
    const opened = await this.#transport.open(options);
    if (!opened.ok) return err(fault(faults[opened.fault.kind], opened.fault.detail, true));
    this.#opened = identity;
    this.#forgetLine();
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#opened = undefined;
    this.#forgetLine();
    await this.#transport.close();
  }

  /** Opens it again where it was unplugged and is back. */
  async checkHealth(options: DeviceOptions): Promise<DeviceHealth> {
    if (this.#opened !== undefined && this.#opened !== identityOf(this.#settings.path)) {
      await this.close();
      this.#healthListeners.tell(offline(`${this.#settings.path} is gone`));
    }
    const opened = await this.open(options);
    return opened.ok ? { state: 'ready', detail: 'listening' } : offline(opened.fault.detail);
  }

  onHealth(listener: (health: DeviceHealth) => void): () => void {
    return this.#healthListeners.add(listener);
  }

  #heard(bytes: Uint8Array): void {
    const scans = this.#lines.push(bytes);
    bytes.fill(0);
    this.#stopGap?.();
    this.#stopGap = this.#lines.begun ? this.#clock.after(this.#settings.lineGapMs, () => this.#gap()) : undefined;
    for (const scan of scans) this.#scans.tell(scan);
  }

  #gap(): void {
    this.#stopGap = undefined;
    const scan = this.#lines.giveUp();
    if (scan !== undefined) this.#scans.tell(scan);
  }

  #forgetLine(): void {
    this.#stopGap?.();
    this.#stopGap = undefined;
    this.#lines.reset();
  }

  #lost(detail: string): void {
    this.#opened = undefined;
    this.#forgetLine();
    this.#healthListeners.tell(offline(detail));
  }
}

function offline(detail: string): DeviceHealth {
  return { state: 'offline', detail };
}

/** Undefined when it is not there. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.rdev}`;
}

export const serialScanner: DriverModule<CodeScanner> = {
  id: 'serial-scanner',
  role: 'codeScanner',
  summary: 'Scanner on a serial or USB-CDC port, codes ended by CR or LF',
  create(name, settings, { clock }) {
    const checked = parseSettings(settingsSchema, settings);
    if (!checked.ok) return checked;
    const { path, baudRate, flowControl } = checked.value;
    const transport = new SerialTransport({ path, baudRate, flowControl }, clock);
    return ok(new SerialScanner(name, checked.value, transport, clock));
  },
};
