/** What the relay has counted since it was started: numbers for operators, nothing of merchants or payments. */

const names = [
  /** Webhooks answered as taken: new ones, and repeats of what is there already. */
  'stored',
  'duplicate',
  /** Webhooks turned away: no room; too many at once; too many from one source or for one hook. */
  'full',
  'busy',
  'limited',
  /** No such hook; not signed as the operator's secret for this provider would have it; not readable. */
  'unknownHook',
  'badSignature',
  'malformed',
  /** Streams opened, and terminals that could not prove themselves. */
  'streams',
  'unauthorized',
  /** Notices sent to terminals, repeats included, and those whose checksum did not hold. */
  'sent',
  'damaged',
] as const;

export type Counter = (typeof names)[number];

export class Counters {
  readonly #values = new Map<Counter, number>(names.map((name) => [name, 0]));

  add(name: Counter, count = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + count);
  }

  get(name: Counter): number {
    return this.#values.get(name) ?? 0;
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#values);
  }
}
