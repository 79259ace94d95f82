/** Chance from a seed: the same for the same seed. */
import { assert } from '../../src/core/base/assert.ts';
import type { Random } from '../../src/core/base/ports.ts';
import { randomFrom } from '../crash/images.ts';

export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomFrom(seed);
  }

  /** From 0 up to 1. */
  fraction(): number {
    return this.#next();
  }

  /** True in so many of a hundred. */
  percent(share: number): boolean {
    return this.#next() * 100 < share;
  }

  /** A whole number from `least` up to and including `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  of<T>(choices: readonly T[]): T {
    const chosen = choices[Math.floor(this.#next() * choices.length)];
    assert(chosen !== undefined, 'chance: there is something to choose from');
    return chosen;
  }

  /** A name in proportion to its weight. */
  weighed<T extends string>(weights: Readonly<Record<T, number>>): T {
    const names = Object.keys(weights) as T[];
    let rest = this.#next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      rest -= weights[name];
      if (rest < 0) return name;
    }
    return this.of(names);
  }

  /** As the terminal's source of randomness; not for keys that matter. */
  get random(): Random {
    return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.#next() * 256)) };
  }
}
