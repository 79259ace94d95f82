/**
 * The shop's static code: one code for every payment, for which the customer types the amount. Showing it asks for nothing,
 * so it is in no journal; money that comes by it names no sale, and a person says which it is for.
 */
import { assert } from '../core/base/assert.ts';

export interface StaticCodeOptions {
  readonly payload: string;
  /** Shown between sales by itself; otherwise when a cashier asks for it, until the next sale begins. */
  readonly whenIdle: boolean;
}

export class StaticCode {
  readonly payload: string;
  readonly #whenIdle: boolean;
  readonly #listeners = new Set<() => void>();
  #asked = false;

  constructor({ payload, whenIdle }: StaticCodeOptions) {
    assert(payload !== '', 'static code: it says something');
    this.payload = payload;
    this.#whenIdle = whenIdle;
  }

  /** Whether it is to be seen when nothing else is. */
  get shown(): boolean {
    return this.#whenIdle || this.#asked;
  }

  ask(shown: boolean): void {
    if (this.#asked === shown) return;
    this.#asked = shown;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
