/**
 * The PIN of a contact card: VERIFY, plain and enciphered, and the counter of tries. EMV 4.4 Book 3 §6.5.12, Book 2 §7.
 */
import { equalBytes } from '../../../src/core/base/bytes.ts';
import { refuse, type Command } from './command.ts';
import type { RsaKey } from './crypto/rsa.ts';
import { readPinBlock2 } from './crypto/secure-messaging.ts';

export type VerifyResult =
  | { readonly kind: 'verified' }
  /** SW 63Cx. */
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'blocked' }
  /** No PIN block could be read: not a try. */
  | { readonly kind: 'unreadable' };

const blockLength = 8;
const dataHeader = 0x7f;

export class OfflinePin {
  readonly #limit: number;
  #digits: string;
  #triesLeft: number;

  constructor(digits: string, tries: number) {
    this.#digits = digits;
    this.#triesLeft = tries;
    // A card that begins with its tries used up is unblocked to the usual three.
    this.#limit = tries === 0 ? 3 : tries;
  }

  get triesLeft(): number {
    return this.#triesLeft;
  }

  get digits(): string {
    return this.#digits;
  }

  /** `block` in ISO 9564-1 format 2. */
  verify(block: Uint8Array): VerifyResult {
    if (this.#triesLeft === 0) return { kind: 'blocked' };
    const digits = readPinBlock2(block);
    if (digits === undefined) return { kind: 'unreadable' };
    if (digits === this.#digits) {
      this.#triesLeft = this.#limit;
      return { kind: 'verified' };
    }
    this.#triesLeft -= 1;
    return { kind: 'wrong', triesLeft: this.#triesLeft };
  }

  /** Book 2 §7.2: under the card's key lie 7F, PIN block, the card's challenge, and random padding. */
  verifyEnciphered(data: Uint8Array, key: RsaKey, challenge: Uint8Array): VerifyResult {
    if (this.#triesLeft === 0) return { kind: 'blocked' };
    const clear = decipher(key, data);
    if (clear?.[0] !== dataHeader || !equalBytes(clear.subarray(1 + blockLength, 1 + 2 * blockLength), challenge)) {
      return { kind: 'unreadable' };
    }
    return this.verify(clear.subarray(1, 1 + blockLength));
  }

  unblock(): void {
    this.#triesLeft = this.#limit;
  }

  change(digits: string): void {
    this.#digits = digits;
    this.unblock();
  }
}

/** Undefined for what no modulus-long number less than the modulus is. */
function decipher(key: RsaKey, data: Uint8Array): Uint8Array | undefined {
  if (data.length !== key.length) return undefined;
  const less = Buffer.compare(data, key.modulus) < 0;
  return less ? key.apply(data) : undefined;
}

export interface VerifyContext {
  readonly pin: OfflinePin;
  /** For enciphered PINs; undefined for a card without keys. */
  readonly key: RsaKey | undefined;
  /** Of the GET CHALLENGE before; undefined when there was none. */
  readonly challenge: Uint8Array | undefined;
}

export interface VerifyAnswer {
  readonly answer: Uint8Array;
  /** Undefined when the command was not carried out at all. */
  readonly result: VerifyResult['kind'] | undefined;
}

/** Qualifiers in P2 (Book 3 Table 24). */
const verifyPlain = 0x80;
export const verifyEnciphered = 0x88;

/** The command VERIFY. */
export function verifyCommand({ p1, p2, data }: Command, { pin, key, challenge }: VerifyContext): VerifyAnswer {
  if (p1 !== 0 || (p2 !== verifyPlain && p2 !== verifyEnciphered)) {
    return { answer: refuse('wrongParameters'), result: undefined };
  }
  if (p2 === verifyPlain) return answered(pin.verify(data));
  if (key === undefined || challenge === undefined) {
    return { answer: refuse('conditionsNotSatisfied'), result: undefined };
  }
  return answered(pin.verifyEnciphered(data, key, challenge));
}

function answered(result: VerifyResult): VerifyAnswer {
  const words = { verified: 'success', blocked: 'methodBlocked', unreadable: 'wrongData' } as const;
  const { kind } = result;
  if (kind === 'wrong') return { answer: Uint8Array.of(0x63, 0xc0 | result.triesLeft), result: kind };
  return { answer: refuse(words[kind]), result: kind };
}
