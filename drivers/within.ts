/** One way for every wait of a driver to end: by itself, by its limit, or because the caller gives up. */
import type { DeviceFault, DeviceOptions } from '../devices/device.ts';
import type { Clock } from '../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../src/core/base/result.ts';

type Begin<T> = (settle: (result: Result<T, DeviceFault>) => void) => () => void;

/**
 * Runs `begin` until it settles, the limit passes (`timeout`, worded by `whenLate`) or the signal aborts
 * (`aborted`). `begin` returns what undoes it; that runs exactly once, however the wait ends.
 */
export function within<T>(
  clock: Clock,
  { signal, timeoutMs }: DeviceOptions,
  whenLate: string,
  begin: Begin<T>,
): Promise<Result<T, DeviceFault>> {
  return new Promise((resolve) => {
    const undo: (() => void)[] = [];
    const settle = (result: Result<T, DeviceFault>): void => {
      for (const step of undo.splice(0)) step();
      resolve(result);
    };
    const abort = (): void => settle(err(fault('aborted', 'the caller gave up', true)));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    undo.push(
      () => signal.removeEventListener('abort', abort),
      clock.after(timeoutMs, () => settle(err(fault('timeout', whenLate, true)))),
      begin(settle),
    );
  });
}

/** Work that goes on by itself, for `within`: nothing undoes it. */
export function promised<T>(work: Promise<Result<T, DeviceFault>>): Begin<T> {
  return (settle) => {
    void work.then(settle);
    return () => undefined;
  };
}

/** Waits for work that must not be waited for too long; afterwards it is left to itself. */
export async function atMost(clock: Clock, limitMs: number, work: Promise<void>): Promise<void> {
  const options = { signal: new AbortController().signal, timeoutMs: limitMs };
  const finished = async (): Promise<Result<void, DeviceFault>> => ok(await work);
  await within(clock, options, 'left to itself', promised(finished()));
}
