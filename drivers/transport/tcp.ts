/** Bytes over TCP, as network printers speak on port 9100 (raw printing, also called AppSocket). */
import { connect, type Socket } from 'node:net';
import type { DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { closeTimeoutMs, Listeners, within, type ByteTransport, type TransportFault } from './byte-transport.ts';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export class TcpTransport implements ByteTransport {
  readonly description: string;
  readonly #address: TcpAddress;
  readonly #clock: Clock;
  readonly #data = new Listeners<Uint8Array>();
  readonly #closed = new Listeners<string>();
  #socket: Socket | undefined;

  constructor(address: TcpAddress, clock: Clock) {
    this.#address = address;
    this.#clock = clock;
    this.description = `tcp ${address.host}:${address.port}`;
  }

  async open(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#socket !== undefined) return ok(undefined);
    const socket = connect({ ...this.#address, noDelay: true, keepAlive: true });
    let reason = 'the other side closed the connection';
    // From the first moment on: an error that nobody hears ends the process, also after the wait was given up.
    socket.on('error', (error) => (reason = error.message));
    const opened = await within<void>(this.#clock, options, `connecting to ${this.description}`, true, (settle) => {
      socket.once('connect', () => settle(ok(undefined)));
      socket.once('error', (error) =>
        settle(err(fault('notConnected', `${this.description} does not answer: ${error.message}`, true))),
      );
    });
    if (!opened.ok) {
      socket.destroy();
      return opened;
    }
    this.#socket = socket;
    socket.on('data', (bytes) => this.#data.tell(bytes));
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#closed.tell(`${this.description}: ${reason}`);
    });
    return opened;
  }

  async write(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>> {
    const socket = this.#socket;
    if (socket === undefined) return err(fault('notConnected', `${this.description} is not open`, true));
    return within<void>(this.#clock, options, `writing to ${this.description}`, false, (settle) => {
      socket.write(bytes, (error) =>
        settle(error ? err(fault('lost', `${this.description}: ${error.message}`, false)) : ok(undefined)),
      );
    });
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(listener);
  }

  onClose(listener: (detail: string) => void): () => void {
    return this.#closed.add(listener);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    const limit = { signal: new AbortController().signal, timeoutMs: closeTimeoutMs };
    await within<void>(this.#clock, limit, `closing ${this.description}`, true, (settle) => {
      socket.once('close', () => settle(ok(undefined)));
      socket.end();
    });
    socket.destroy();
  }
}
