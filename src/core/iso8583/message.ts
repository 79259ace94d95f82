/**
 * An ISO 8583 message in memory, built so that card data cannot be printed by accident:
 * - values live in private fields, which neither JSON, nor string conversion, nor Node's inspect can reach;
 *   `describe()` is the one printed form and shows only the elements that the element tables call harmless;
 * - elements that hold card or PIN data are kept as bytes, never as strings, and `wipe()` overwrites them.
 *   JavaScript strings cannot be overwritten: a string from which such an element was made stays in memory until
 *   the garbage collector reuses the place, so makers keep it in no variable.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, latin1 } from '../base/bytes.ts';
import { maskPan, type MaskedPan } from '../base/pan.ts';
import type { ElementRow } from './element-row.ts';
import { elements1987 } from './elements-1987.ts';
import { elements1993 } from './elements-1993.ts';
import { elements2003 } from './elements-2003.ts';
import { textOf } from './text.ts';

/** The directories by the first digit of the MTI, which is the version (ISO 8583, message type identifier). */
const versions: readonly (readonly ElementRow[])[] = [elements1987, elements1993, elements2003];

/** The last element that three bit maps can name. */
const lastElement = 192;

/** PAN, tracks and PIN: secret in one version is secret in all, whatever version a host claims to speak. */
const secretElements: readonly boolean[] = Array.from({ length: lastElement + 1 }, (_none, element) =>
  versions.flat().some(([row, , , exposure]) => row === element && (exposure === 'pan' || exposure === 'secret')),
);

/** By version, the elements whose text `describe()` shows. All others show only their length. */
const shownElements: readonly ReadonlySet<number>[] = versions.map(
  (rows) => new Set(rows.filter(([, , , exposure]) => exposure === 'shown').map(([element]) => element)),
);

/** True when the value is bytes although its content is text. */
export function isSecretElement(element: number): boolean {
  return secretElements[element] === true;
}

type Field = readonly [element: number, value: string | Uint8Array];
type Fields = Iterable<Field>;

/** Elements that a parser found, all in one array, part of which belongs to the message. */
export interface ParsedElements {
  /** Ascending. */
  readonly elements: readonly number[];
  /** Start and end in `symbols` of each. */
  readonly bounds: readonly number[];
  readonly symbols: Uint8Array;
  readonly view: DataView;
  /** What of `symbols` is the message's. */
  readonly start: number;
  readonly end: number;
  /** By element, which of them are bytes. */
  readonly specs: readonly ({ readonly asBytes: boolean } | undefined)[];
}

export class Iso8583Message {
  /** Message type identifier: version, class, function, origin; four digits. */
  readonly mti: string;
  readonly #elements: readonly number[];
  /** By place in `#elements`; undefined while a parsed element has not been asked for. */
  readonly #values: (string | Uint8Array | undefined)[];
  readonly #parsed: ParsedElements | undefined;

  /**
   * Elements 2 to 192, text as strings, binary elements and secret ones as bytes (a secret one's characters, one
   * byte each). The byte arrays are taken over, not copied. Of what a parser found, strings are made only when they
   * are asked for.
   */
  constructor(mti: string, fields: Fields | ParsedElements) {
    this.mti = mti;
    if ('symbols' in fields) {
      this.#elements = fields.elements;
      this.#values = [];
      this.#parsed = fields;
      return;
    }
    this.#parsed = undefined;
    const list: readonly Field[] = Array.isArray(fields) ? fields : [...fields];
    const elements = list.map((field) => field[0]);
    const values = list.map((field) => {
      const value = field[1];
      return typeof value === 'string' && isSecretElement(field[0]) ? latin1(value) : value;
    });
    let last = 0;
    let ascending = true;
    for (const element of elements) {
      if (!(element >= 2 && element <= lastElement)) assert(false, `iso8583: there is no DE ${element} to set`);
      if (element <= last) ascending = false;
      last = element;
    }
    // Makers mostly list elements as they stand; of one given twice the last counts.
    const places = ascending ? undefined : [...new Map(elements.map((element, place) => [element, place]))];
    places?.sort(([a], [b]) => a - b);
    this.#elements = places?.map(([element]) => element) ?? elements;
    this.#values = places?.map(([, place]) => values[place]) ?? values;
  }

  /** Numbers of the elements present, ascending. */
  elements(): readonly number[] {
    return this.#elements;
  }

  has(element: number): boolean {
    return this.#elements.includes(element);
  }

  /** A text element; undefined when absent, binary or secret. */
  text(element: number): string | undefined {
    const value = this.value(element);
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * A binary or secret element, not copied; undefined when absent or text. What a parser found lies in a buffer with
   * other messages (slab.ts): whoever hands on the buffer itself, and not the bytes, hands on those too.
   */
  bytes(element: number): Uint8Array | undefined {
    const value = this.value(element);
    return typeof value === 'string' ? undefined : value;
  }

  /** Whichever of the two the element is; undefined when absent. */
  value(element: number): string | Uint8Array | undefined {
    return this.#valueAt(this.#elements.indexOf(element));
  }

  /** All elements, ascending, until `visit` answers false. */
  forEach(visit: (element: number, value: string | Uint8Array) => boolean): void {
    for (let place = 0; place < this.#elements.length; place += 1) {
      if (!visit(this.#elements[place] ?? 0, this.#valueAt(place) ?? '')) return;
    }
  }

  #valueAt(place: number): string | Uint8Array | undefined {
    if (place < 0) return undefined;
    const known = this.#values[place];
    if (known !== undefined || this.#parsed === undefined) return known;
    const { elements, bounds, symbols, view, specs } = this.#parsed;
    const from = bounds[place * 2] ?? 0;
    const to = bounds[place * 2 + 1] ?? from;
    assert(from >= this.#parsed.start && to <= this.#parsed.end, 'iso8583: an element lies in its own message');
    const asBytes = specs[elements[place] ?? 0]?.asBytes === true;
    const value = asBytes ? symbols.subarray(from, to) : textOf(view, from, to);
    this.#values[place] = value;
    return value;
  }

  /** One line for logs: MTI and elements, with nothing in it that may not be stored. */
  describe(): string {
    return [this.mti, ...this.#elements.map((element) => `${element}=${this.describeElement(element)}`)].join(' ');
  }

  /** One element as `describe()` prints it: in clear, masked, or only its length. */
  describeElement(element: number): string {
    const value = this.value(element) ?? '';
    if (element === 2 && typeof value !== 'string') return maskedPan(value);
    return this.shows(element) && typeof value === 'string' ? value : `<${value.length}>`;
  }

  /** True when the element tables call the element harmless, so that text in it is printed in clear. */
  shows(element: number): boolean {
    return shownElements[Number(this.mti.charAt(0))]?.has(element) === true;
  }

  /** Overwrites every element held as bytes, and what a parser copied. */
  wipe(): void {
    this.forEach((_element, value) => {
      if (typeof value !== 'string') value.fill(0);
      return true;
    });
    this.#parsed?.symbols.fill(0, this.#parsed.start, this.#parsed.end);
  }

  toString(): string {
    return this.describe();
  }

  toJSON(): string {
    return this.describe();
  }
}

/** The middle is blanked before a string exists, so masking leaves no clear copy. */
export function maskedPan(digits: Uint8Array): MaskedPan {
  return maskPan(fromLatin1(new Uint8Array(digits).fill(0x30, 6, Math.max(6, digits.length - 4))));
}
