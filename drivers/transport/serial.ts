/**
 * Bytes over a serial line: RS-232, USB adapters, CDC-ACM, pseudo-terminals. Modem lines are neither read nor
 * set, because many of these have none (the ioctl fails with ENOTTY). A hang-up that falls between two reads may
 * be noticed only at the next write: serialport then reads "nothing" over and over (node-serialport #1939).
 *
 * A write ends when the line has taken the bytes, not the kernel: its buffer of 4096 bytes takes four seconds at
 * 9600 baud, and the answer to a question would be waited for while the question still stands in the queue.
 */
import type { SerialPort } from 'serialport';
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

/** What a USB adapter may still hold after the kernel's buffer is empty. */
const adapterBytes = 512;

/** Fits into the kernel's buffer: serialport's wait for room in a full one now and then never ends. */
const pieceBytes = 2048;

/** Start bit, eight data bits, stop bit. */
const bitsPerByte = 10;

function openFault(description: string, error: Error): TransportFault {
  const { message } = error;
  if (/lock|busy/i.test(message)) return fault('busy', `${description} is in use: ${message}`, true);
  if (/permission|denied/i.test(message)) return fault('refused', `${description} may not be opened: ${message}`, true);
  return fault('notConnected', `${description} cannot be opened: ${message}`, true);
}

export class SerialTransport implements ByteTransport {
  readonly description: string;
  readonly lagMs: number;
  readonly #settings: SerialSettings;
  readonly #clock: Clock;
  readonly #data = new Listeners<Uint8Array>();
  readonly #closed = new Listeners<string>();
  #port: SerialPort | undefined;
  /** tcdrain(3) is running. It holds a thread and cannot be stopped, so there is never a second one. */
  #draining = false;

  constructor(settings: SerialSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.description = `serial ${settings.path} ${settings.baudRate} baud`;
    this.lagMs = Math.ceil((adapterBytes * bitsPerByte * 1000) / settings.baudRate);
  }

  async open(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#port !== undefined) return ok(undefined);
    if (this.#draining) return err(this.#stuck());
    const { path, baudRate, flowControl } = this.#settings;
    const flow = { rtscts: flowControl === 'rtscts', xon: flowControl === 'xonxoff' };
    // Few terminals have a serial line, and loading what it takes costs every start.
    const serialport = await import('serialport');
    const port = new serialport.SerialPort({ path, baudRate, ...flow, autoOpen: false });
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
    if (this.#draining) return err(this.#stuck());
    let leave: (() => void) | undefined;
    let over = false;
    const written = await within<void>(this.#clock, options, `writing to ${this.description}`, false, (settle) => {
      // A write cut off by a hang-up may never call back; the `close` event then tells.
      leave = this.onClose((detail) => settle(err(fault('lost', detail, false))));
      const sendFrom = (at: number): void => {
        const end = at + pieceBytes;
        port.write(Buffer.from(bytes.subarray(at, end)), (error) => {
          if (error) this.#drop(port, `${this.description}: ${error.message}`);
          else if (!over) {
            this.#drain(port, (sent) => (sent.ok && end < bytes.length && !over ? sendFrom(end) : settle(sent)));
          }
        });
      };
      sendFrom(0);
    });
    leave?.();
    over = true;
    // Throws away what is left: it frees the thread in tcdrain(3), and the next write does not come after an old one.
    if (!written.ok && port.isOpen) port.flush(() => undefined);
    return written;
  }

  #drain(port: SerialPort, settle: (result: Result<void, TransportFault>) => void): void {
    if (!port.isOpen) return;
    this.#draining = true;
    port.drain((error) => {
      this.#draining = false;
      if (error) this.#drop(port, `${this.description}: ${error.message}`);
      // Closing throws away what is left, and ends tcdrain(3) that way.
      else if (this.#port !== port) settle(err(fault('lost', `${this.description} was closed`, false)));
      else settle(ok(undefined));
    });
  }

  #stuck(): TransportFault {
    return fault('busy', `${this.description} still holds what was written before`, true);
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
      port.flush(() => port.close(() => settle(ok(undefined))));
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
