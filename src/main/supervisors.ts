/**
 * Who may approve what a cashier may not do alone. Codes are kept as scrypt hashes in the configuration
 * (`cham supervisor` makes one); after too many wrong codes nobody can try that name for a while.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SupervisorPort } from '../app/ports.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import type { Clock } from '../core/base/ports.ts';

const derive = promisify(scrypt) as (
  code: string,
  salt: Buffer,
  length: number,
  cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Buffer>;

/** RFC 7914 parameters: about 50 ms and 16 MiB on a Raspberry Pi 4. */
const cost = { N: 2 ** 14, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const hashLength = 32;
const maxWrong = 5;
const lockMs = 15 * 60_000;

/** `scrypt:` salt `:` hash, both hexadecimal. */
export const codeHashPattern = /^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/;

export async function hashCode(code: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const hash = await derive(code, salt, hashLength, cost);
  return `scrypt:${salt.toString('hex')}:${hash.toString('hex')}`;
}

export interface Supervisor {
  readonly name: string;
  /** As `hashCode` makes it. */
  readonly codeHash: string;
}

export class Supervisors implements SupervisorPort {
  readonly #known: readonly Supervisor[];
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { count: number; lockedUntil: EpochMs }>();

  constructor(known: readonly Supervisor[], clock: Clock) {
    this.#known = known;
    this.#clock = clock;
  }

  names(): readonly string[] {
    return this.#known.map(({ name }) => name);
  }

  async check(name: string, code: string): Promise<'right' | 'wrong' | { readonly lockedUntil: EpochMs }> {
    const known = this.#known.find((supervisor) => supervisor.name === name);
    if (known === undefined) return 'wrong';
    const tries = this.#wrong.get(name) ?? { count: 0, lockedUntil: epochMs(0) };
    if (tries.lockedUntil > this.#clock.now()) return { lockedUntil: tries.lockedUntil };
    // Counted before the slow part, so that many tries at once gain nothing.
    const count = tries.count + 1;
    const locks = count >= maxWrong;
    const lockedUntil = epochMs(locks ? this.#clock.now() + lockMs : 0);
    this.#wrong.set(name, { count: locks ? 0 : count, lockedUntil });
    const salt = Buffer.from(known.codeHash.split(':')[1] ?? '', 'hex');
    const found = Buffer.from(await hashCode(code, salt));
    if (!timingSafeEqual(found, Buffer.from(known.codeHash))) return locks ? { lockedUntil } : 'wrong';
    this.#wrong.delete(name);
    return 'right';
  }
}
