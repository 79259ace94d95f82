/**
 * Bytes over a serial line: RS-232, USB adapters, CDC-ACM, pseudo-terminals. Modem lines are neither read nor
 * set, because many of these have none (the ioctl fails with ENOTTY). A hang-up that falls between two reads may
 * be noticed only at the next write: serialport then reads "nothing" over and over (node-serialport #1939).
 */
import { SerialPort } from 'serialport';
import type { DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { closeTimeoutMs, Listeners, within, type ByteTransport, type TransportFault } from './byte-transport.ts';

export interface SerialSettings {
  /** Device file, best a stable name below `/dev/serial/by-id`. */
  readonly path: string;
  readonly baudRate: number;
  /** How the device holds us back when its buffer is full. XON/XOFF applies to what it sends us, so data stays raw. */
  readonly flowControl: 'none' | 'rtscts' | 'xonxoff';
}

function openFault(description: string, error: Error): TransportFault {
  const { message } = error;
  if (/lock|busy/i.test(message)) return fault('busy', `${description} is in use: ${message}`, true);
  if (/permission|denied/i.test(message)) return fault('refused', `${description} may not be opened: ${message}`, true);
  return fault('notConnected', `${description} cannot be opened: ${message}`, true);
}

export class SerialTransport implements ByteTransport {
  readonly description: string;
  readonly #settings: SerialSettings;
  readonly #clock: Clock;
  readonly #data = new Listeners<Uint8Array>();
  readonly #closed = new Listeners<string>();
  #port: SerialPort | undefined;

  constructor(settings: SerialSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.description = `serial ${settings.path} ${settings.baudRate} baud`;
  }

  async open(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#port !== undefined) return ok(undefined);
    const { path, baudRate, flowControl } = this.#settings;
    const flow = { rtscts: flowControl === 'rtscts', xon: flowControl === 'xonxoff' };
    const port = new SerialPort({ path, baudRate, ...flow, autoOpen: false });
    let reason = 'the device went away';
    port.on('error', (error) => (reason = error.message));
    let abandoned = false;
    const opened = await within<void>(this.#clock, options, `opening ${this.description}`, true, (settle) => {
      port.open((error) => {
        if (abandoned && !error) port.close(() => undefined);
        settle(error ? err(openFault(this.description, error)) : ok(undefined));
      });
    });
    if (!opened.ok) {
      abandoned = true;
      return opened;
    }
    this.#port = port;
    port.on('data', (bytes: Uint8Array) => this.#data.tell(bytes));
    port.once('close', () => this.#drop(port, `${this.description}: ${reason}`));
    return opened;
  }

  async write(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>> {
    const port = this.#port;
    if (port === undefined) return err(fault('notConnected', `${this.description} is not open`, true));
    let leave: (() => void) | undefined;
    const written = await within<void>(this.#clock, options, `writing to ${this.description}`, false, (settle) => {
      // A write cut off by a hang-up may never call back; the `close` event then tells.
      leave = this.onClose((detail) => settle(err(fault('lost', detail, false))));
      port.write(Buffer.from(bytes), (error) => {
        if (error) this.#drop(port, `${this.description}: ${error.message}`);
        else settle(ok(undefined));
      });
    });
    leave?.();
    return written;
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(listener);
  }

  onClose(listener: (detail: string) => void): () => void {
    return this.#closed.add(listener);
  }

  async close(): Promise<void> {
    const port = this.#port;
    if (port === undefined) return;
    this.#port = undefined;
    const limit = { signal: new AbortController().signal, timeoutMs: closeTimeoutMs };
    await within<void>(this.#clock, limit, `closing ${this.description}`, true, (settle) => {
      port.close(() => settle(ok(undefined)));
    });
  }

  /** The line is dead: lets the port go and tells so, once. */
  #drop(port: SerialPort, detail: string): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    if (port.isOpen) port.close(() => undefined);
    this.#closed.tell(detail);
  }
}
