/**
 * Token buckets, one for each source or hook. How many are remembered is bounded: when the table is full of buckets that
 * are not full again, all newcomers share one, so that many made-up sources do not buy anybody more.
 */
import type { Clock } from '../core/base/ports.ts';

export interface Rate {
  readonly perSecond: number;
  /** How many at once after a pause. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  /** Monotonic milliseconds of the last change. */
  at: number;
}

const maxBuckets = 10_000;
const newcomers = '';

export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Takes `cost` tokens of `key`; false when there are not that many, and then takes none. */
  take(key: string, cost = 1): boolean {
    const bucket = this.#bucket(key);
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }

  /** Seconds until there is a token again, rounded up, at least 1. */
  retryAfterS(key: string): number {
    return Math.max(1, Math.ceil((1 - this.#bucket(key).tokens) / this.#rate.perSecond));
  }

  #bucket(key: string): Bucket {
    const now = this.#clock.monotonicMs();
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      known.tokens = this.#refilled(known, now);
      known.at = now;
      return known;
    }
    if (this.#buckets.size >= maxBuckets) this.#forgetFull(now);
    if (this.#buckets.size >= maxBuckets && key !== newcomers) return this.#bucket(newcomers);
    const bucket = { tokens: this.#rate.burst, at: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #refilled({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#rate.burst, tokens + ((now - at) / 1000) * this.#rate.perSecond);
  }

  /** A full bucket says no more than none does. */
  #forgetFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#refilled(bucket, now) >= this.#rate.burst) this.#buckets.delete(key);
    }
  }
}

/** What counts as one source: an IPv4 address, or the /64 in which an IPv6 address lies, since a host has all of it. */
export function sourceKey(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (!v4.includes(':')) return v4;
  const [head = '', tail] = v4.split('%', 1).join('').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
