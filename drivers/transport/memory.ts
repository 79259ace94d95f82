/**
 * Two ends of a link inside the process: the driver's end is a ByteTransport, the other belongs to a virtual
 * device. Bytes arrive in a later microtask, never inside the call that sent them, as on a real line.
 */
import type { DeviceOptions } from '../../devices/device.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { Listeners, type ByteTransport, type TransportFault } from './byte-transport.ts';

export class MemoryTransport implements ByteTransport {
  readonly description: string;
  readonly #data = new Listeners<Uint8Array>();
  readonly #closed = new Listeners<string>();
  readonly #sent = new Listeners<Uint8Array>();
  #open = false;

  constructor(description: string) {
    this.description = description;
  }

  async open(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (options.signal.aborted) return err(fault('aborted', `opening ${this.description} was stopped`, true));
    this.#open = true;
    return ok(undefined);
  }

  async write(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (options.signal.aborted) return err(fault('aborted', `writing to ${this.description} was stopped`, true));
    if (!this.#open) return err(fault('notConnected', `${this.description} is not open`, true));
    const copy = bytes.slice();
    queueMicrotask(() => this.#sent.tell(copy));
    return ok(undefined);
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(listener);
  }

  onClose(listener: (detail: string) => void): () => void {
    return this.#closed.add(listener);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  /** The device's end: hears what the driver wrote. */
  onSent(listener: (bytes: Uint8Array) => void): () => void {
    return this.#sent.add(listener);
  }

  /** The device's end: answers. Bytes for a closed driver are lost, as on a real line. */
  deliver(bytes: Uint8Array): void {
    const copy = bytes.slice();
    queueMicrotask(() => {
      if (this.#open) this.#data.tell(copy);
    });
  }

  /** The device's end: the cable is pulled. */
  drop(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed.tell(`${this.description}: the other side went away`);
  }
}
