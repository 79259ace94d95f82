/** Work that may be asked for as often as trouble comes, but is done at a bounded rate. */
import type { Clock } from '../../core/base/ports.ts';

/**
 * The returned function asks for `work`: done at once when the last time is `intervalMs` ago, else when it is.
 * Asking again while a turn is waiting changes nothing.
 */
export function paced(clock: Clock, intervalMs: number, work: () => void): () => void {
  let earliestMs = Number.NEGATIVE_INFINITY;
  let waiting = false;
  const go = (): void => {
    waiting = false;
    earliestMs = clock.monotonicMs() + intervalMs;
    work();
  };
  return () => {
    if (waiting) return;
    const delayMs = earliestMs - clock.monotonicMs();
    if (delayMs <= 0) return go();
    waiting = true;
    clock.after(delayMs, go);
    return undefined;
  };
}
