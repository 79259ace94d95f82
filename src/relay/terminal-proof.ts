/**
 * How a terminal proves itself to the relay: challenges, each good once and for half a minute, and what a terminal
 * signed over one. A challenge carries its own time and a MAC under a key of this process, so that asking for challenges
 * costs the relay no memory; only those that a terminal has really signed are remembered until they expire. Unknown
 * terminal and wrong signature take the same way and get the same answer.
 */
import { createHmac, generateKeyPairSync, randomBytes, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { Clock } from '../core/base/ports.ts';
import { streamProofText, type StreamCredentials } from '../core/relay/wire.ts';

const challengeLifeMs = 30_000;
const timeLength = 8;
const nonceLength = 16;
const macLength = 16;

export type ProofProblem = 'challenge' | 'signature';

export class TerminalProof {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  /** Signed challenges, and when each expires; monotonic milliseconds. */
  readonly #used = new Map<string, number>();
  /** Stands in for the key of a terminal that there is not. */
  readonly #nobody = generateKeyPairSync('ed25519').publicKey;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  challenge(): string {
    const told = Buffer.concat([Buffer.alloc(timeLength), randomBytes(nonceLength)]);
    told.writeDoubleBE(this.#clock.monotonicMs());
    return Buffer.concat([told, this.#mac(told)]).toString('base64url');
  }

  /** Undefined when the holder of `key` has signed this request now. `key`: undefined for an unknown terminal. */
  problem(
    { terminal, challenge, signature }: StreamCredentials,
    audience: string,
    key: KeyObject | undefined,
  ): ProofProblem | undefined {
    const now = this.#clock.monotonicMs();
    const expiresAt = this.#expiry(challenge);
    const text = Buffer.from(streamProofText({ audience, terminal, challenge }));
    const signed = verify(null, text, key ?? this.#nobody, Buffer.from(signature, 'base64url'));
    if (expiresAt === undefined || expiresAt <= now || this.#used.has(challenge)) return 'challenge';
    if (!signed || key === undefined) return 'signature';
    for (const [old, at] of this.#used) {
      if (at > now) break;
      this.#used.delete(old);
    }
    this.#used.set(challenge, expiresAt);
    return undefined;
  }

  /** Undefined for what this process has not made. */
  #expiry(challenge: string): number | undefined {
    const bytes = Buffer.from(challenge, 'base64url');
    if (bytes.length !== timeLength + nonceLength + macLength || bytes.toString('base64url') !== challenge) {
      return undefined;
    }
    const told = bytes.subarray(0, timeLength + nonceLength);
    if (!timingSafeEqual(this.#mac(told), bytes.subarray(told.length))) return undefined;
    return told.readDoubleBE() + challengeLifeMs;
  }

  #mac(told: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(told).digest().subarray(0, macLength);
  }
}
