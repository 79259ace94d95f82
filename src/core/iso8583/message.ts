/**
 * An ISO 8583 message in memory, built so that card data cannot be printed by accident:
 * - values live in a private field, which neither JSON, nor string conversion, nor Node's inspect can reach;
 *   `describe()` is the one printed form and shows only the elements listed as harmless below;
 * - elements that hold card or PIN data are kept as bytes, never as strings, and `wipe()` overwrites them.
 *   JavaScript strings cannot be overwritten: a string from which such an element was made stays in memory until
 *   the garbage collector reuses the place, so makers keep it in no variable.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, latin1 } from '../base/bytes.ts';
import { maskPan, type MaskedPan } from '../base/pan.ts';

/** PAN, PAN extended, tracks 2, 3 and 1, PIN data: ISO 8583:1987 DE 2, 34, 35, 36, 45, 52. */
const secretElements: ReadonlySet<number> = new Set([2, 34, 35, 36, 45, 52]);

/**
 * Shown in clear by `describe()`: amounts, times, references and codes, by ISO 8583:1987 data element number. All
 * others show only their length, so an element that a host fills in its own way (48, 55, 60-63) prints nothing.
 */
const harmlessElements: ReadonlySet<number> = new Set([
  3, 4, 7, 11, 12, 13, 15, 22, 23, 24, 25, 37, 38, 39, 41, 42, 49, 70,
]);

/** True when the value is bytes although its content is text. */
export function isSecretElement(element: number): boolean {
  return secretElements.has(element);
}

export class Iso8583Message {
  /** Message type identifier: version, class, function, origin; four digits. */
  readonly mti: string;
  readonly #fields: ReadonlyMap<number, string | Uint8Array>;

  /**
   * Elements 2 to 128, text as strings, binary elements and secret ones as bytes (a secret one's characters, one
   * byte each). The byte arrays are taken over, not copied.
   */
  constructor(mti: string, fields: Iterable<readonly [element: number, value: string | Uint8Array]>) {
    this.mti = mti;
    const sorted = [...fields].sort(([a], [b]) => a - b);
    this.#fields = new Map(
      sorted.map(([element, value]) => {
        assert(element >= 2 && element <= 128, `iso8583: there is no DE ${element} to set`);
        return [element, typeof value === 'string' && secretElements.has(element) ? latin1(value) : value];
      }),
    );
  }

  /** Numbers of the elements present, ascending. */
  elements(): readonly number[] {
    return [...this.#fields.keys()];
  }

  has(element: number): boolean {
    return this.#fields.has(element);
  }

  /** A text element; undefined when absent, binary or secret. */
  text(element: number): string | undefined {
    const value = this.#fields.get(element);
    return typeof value === 'string' ? value : undefined;
  }

  /** A binary or secret element, not copied; undefined when absent or text. */
  bytes(element: number): Uint8Array | undefined {
    const value = this.#fields.get(element);
    return typeof value === 'string' ? undefined : value;
  }

  /** One line for logs: MTI and elements, with nothing in it that may not be stored. */
  describe(): string {
    const parts = [...this.#fields].map(([element, value]) => `${element}=${describeValue(element, value)}`);
    return [this.mti, ...parts].join(' ');
  }

  /** Overwrites every element held as bytes. */
  wipe(): void {
    for (const value of this.#fields.values()) if (typeof value !== 'string') value.fill(0);
  }

  toString(): string {
    return this.describe();
  }

  toJSON(): string {
    return this.describe();
  }
}

function describeValue(element: number, value: string | Uint8Array): string {
  if (element === 2 && typeof value !== 'string') return maskedPan(value);
  if (harmlessElements.has(element) && typeof value === 'string') return value;
  return `<${value.length}>`;
}

/** The middle is blanked before a string exists, so masking leaves no clear copy. */
export function maskedPan(digits: Uint8Array): MaskedPan {
  return maskPan(fromLatin1(new Uint8Array(digits).fill(0x30, 6, Math.max(6, digits.length - 4))));
}
