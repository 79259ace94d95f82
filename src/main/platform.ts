/** The real clock and the real randomness, behind the ports of src/core/base/ports.ts. */
import { createHmac, randomBytes } from 'node:crypto';
import { epochMs } from '../core/base/brand.ts';
import type { Clock, Random } from '../core/base/ports.ts';

/** Longest delay of a Node timer (2^31 − 1 ms); longer waits are taken in steps. */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    let handle: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      const nowMs = Math.min(restMs, longestTimerMs);
      handle = setTimeout(() => (restMs > nowMs ? arm(restMs - nowMs) : callback()), nowMs);
    };
    arm(delayMs);
    return () => clearTimeout(handle);
  },
};

export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

/** A hash under a key that is made now and never leaves: what it gives means nothing to anybody else. */
export function keyedHash(): (bytes: Uint8Array) => string {
  const key = randomBytes(32);
  return (bytes) => createHmac('sha256', key).update(bytes).digest('base64');
}
