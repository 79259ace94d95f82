/**
 * The smallest port that a byte-oriented device needs: open, write, hear bytes, hear the end, close. Serial, TCP
 * and in-memory links all look like this to a protocol driver.
 */
import type { DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, type Fault, type Result } from '../../src/core/base/result.ts';

/**
 * - `notConnected`: nothing is there, or it is not open.
 * - `busy`: another program holds the port; `refused`: this program may not open it.
 * - `lost`: the other end went away. After `lost`, `timeout` and `aborted` a write may be partly out.
 */
export type TransportFault = Fault<'notConnected' | 'busy' | 'refused' | 'timeout' | 'aborted' | 'lost'>;

export interface ByteTransport {
  /** For people, e.g. `tcp 192.0.2.7:9100`. */
  readonly description: string;
  /** Longest that bytes may still be on their way after `write`, in ms; absent where that is not worth counting. */
  readonly lagMs?: number;
  /** Opening an open transport is a success. */
  open(options: DeviceOptions): Promise<Result<void, TransportFault>>;
  /** Resolves when every byte has left the system's own buffers, or TCP has taken it. One write at a time. */
  write(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>>;
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /** The link ended without `close` having been called. */
  onClose(listener: (detail: string) => void): () => void;
  /** Never fails, waits at most one second. */
  close(): Promise<void>;
}

/** Longest that `close` waits for an orderly end. */
export const closeTimeoutMs = 1000;

/**
 * Runs `start` until it settles, the time is over or the signal says stop, whichever comes first. Only the first
 * answer counts. `what` begins the sentence of the fault, e.g. `connecting to …`; `retrySafe` is for both faults.
 */
export function within<T>(
  clock: Clock,
  options: DeviceOptions,
  what: string,
  retrySafe: boolean,
  start: (settle: (result: Result<T, TransportFault>) => void) => void,
): Promise<Result<T, TransportFault>> {
  return new Promise((resolve) => {
    if (options.signal.aborted) return resolve(err(fault('aborted', `${what} was stopped`, true)));
    const finish = (result: Result<T, TransportFault>): void => {
      cancelTimer();
      options.signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = (): void => finish(err(fault('aborted', `${what} was stopped`, retrySafe)));
    const cancelTimer = clock.after(options.timeoutMs, () =>
      finish(err(fault('timeout', `${what} took too long`, retrySafe))),
    );
    options.signal.addEventListener('abort', abort);
    start(finish);
  });
}

/** A list of callbacks with the usual way to leave it. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
