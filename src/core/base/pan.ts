/**
 * Primary Account Number. The digits live in bytes that can be wiped, never in a string property, and every
 * usual way of printing the object shows the masked form: first 6 and last 4 (PCI SSC FAQ 1091).
 * The clear value leaves only through `use()`, which exists for the host link's message builder; it is never a string,
 * because JavaScript strings cannot be erased.
 */
import { assert } from './assert.ts';
import { latin1 } from './bytes.ts';
import type { Brand } from './brand.ts';
import { err, fault, ok, type Fault, type Result } from './result.ts';

/** First six and last four digits, `*` between; the only form that may be stored, shown or logged. */
export type MaskedPan = Brand<string, 'MaskedPan'>;

export type PanFault = Fault<'notAPan'>;

/** Masks digits that are 13 to 19 long; anything shorter shows only the last four (or nothing). */
export function maskPan(digits: string): MaskedPan {
  const shown = digits.length >= 13 ? 6 : 0;
  const tail = digits.length >= 8 ? 4 : 0;
  const masked = digits.slice(0, shown) + '*'.repeat(digits.length - shown - tail) + digits.slice(digits.length - tail);
  return masked as MaskedPan;
}

/** ISO/IEC 7812-1 Annex B. */
export function luhnValid(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const value = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? value * 2 : value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

export class Pan {
  readonly #digits: Uint8Array;
  readonly masked: MaskedPan;
  #wiped = false;

  private constructor(digits: Uint8Array, masked: MaskedPan) {
    this.#digits = digits;
    this.masked = masked;
  }

  /** Accepts 8 to 19 digits (ISO/IEC 7812-1); the fault never repeats the input. */
  static parse(digits: string): Result<Pan, PanFault> {
    if (!/^\d{8,19}$/.test(digits)) {
      return err(fault('notAPan', `expected 8 to 19 digits, found ${digits.length} characters`, false));
    }
    return ok(new Pan(latin1(digits), maskPan(digits)));
  }

  /**
   * Hands the clear digits to `reader`, one byte each, and returns what it returns. The bytes are this object's own:
   * copy what has to outlive the call, and overwrite the copy.
   */
  use<T>(reader: (digits: Uint8Array) => T): T {
    assert(!this.#wiped, 'pan: used after it was wiped');
    return reader(this.#digits);
  }

  /** Overwrites the digits; `masked` stays readable. */
  wipe(): void {
    this.#digits.fill(0);
    this.#wiped = true;
  }

  toString(): string {
    return this.masked;
  }

  toJSON(): string {
    return this.masked;
  }
}
