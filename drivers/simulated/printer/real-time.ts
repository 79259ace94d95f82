/**
 * Finds real-time commands in the raw bytes, as a printer does: on arrival and wherever they stand, picture data
 * included (ESC/POS Command Reference, "Notes of Real-time Commands").
 */
import { hex } from '../../../src/core/base/bytes.ts';

export type RealTimeCommand =
  /** `DLE EOT n`, n = 1–4. */
  | { readonly kind: 'status'; readonly n: number }
  /** `DLE ENQ n`, n = 1 or 2. */
  | { readonly kind: 'recover'; readonly n: number }
  /** `DLE DC4` fn = 8. */
  | { readonly kind: 'clear' };

function statusRequest(n: number): readonly [Uint8Array, RealTimeCommand] {
  return [Uint8Array.of(0x10, 0x04, n), { kind: 'status', n }];
}

const commands: readonly (readonly [Uint8Array, RealTimeCommand])[] = [
  statusRequest(1),
  statusRequest(2),
  statusRequest(3),
  statusRequest(4),
  [hex('10 05 01'), { kind: 'recover', n: 1 }],
  [hex('10 05 02'), { kind: 'recover', n: 2 }],
  [hex('10 14 08 01 03 14 01 06 02 08'), { kind: 'clear' }],
];

const longest = 10;

export class RealTimeScanner {
  readonly #recent: number[] = [];

  /** The command that ends with this byte, if one does. */
  feed(byte: number): RealTimeCommand | undefined {
    this.#recent.push(byte);
    if (this.#recent.length > longest) this.#recent.shift();
    const found = commands.find(([bytes]) => {
      const from = this.#recent.length - bytes.length;
      return from >= 0 && bytes.every((expected, index) => this.#recent[from + index] === expected);
    });
    return found?.[1];
  }
}
