/**
 * Things as small numbers: equal things get the same number, so that a state of the whole world is a handful of integers,
 * and what was computed for one is found again without being computed.
 */

export class Interner<T> {
  readonly values: T[] = [];
  readonly #ids = new Map<string, number>();

  /** The number of what `key` stands for; `make` is asked for it the first time. */
  id(key: string, make: () => T): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.values.length;
    this.#ids.set(key, id);
    this.values.push(make());
    return id;
  }

  of(id: number): T {
    const value = this.values[id];
    if (value === undefined) throw new Error(`nothing has the number ${id}`);
    return value;
  }
}

/** Plain data by its JSON. */
export class JsonInterner<T> extends Interner<T> {
  add(value: T): number {
    return this.id(JSON.stringify(value), () => value);
  }
}

/** Sets of numbers, each set a number itself; 0 is the empty one. */
export class SetInterner {
  readonly #sets = new Interner<readonly number[]>();
  readonly #added = new PairMemo();
  readonly #removed = new PairMemo();

  constructor() {
    this.#id([]);
  }

  #id(members: readonly number[]): number {
    return this.#sets.id(members.join(','), () => members);
  }

  /** In ascending order. */
  members(set: number): readonly number[] {
    return this.#sets.of(set);
  }

  with(set: number, member: number): number {
    const known = this.#added.get(set, member);
    if (known >= 0) return known;
    const members = this.members(set);
    const result = members.includes(member) ? set : this.#id([...members, member].sort((a, b) => a - b));
    this.#added.set(set, member, result);
    return result;
  }

  without(set: number, member: number): number {
    const known = this.#removed.get(set, member);
    if (known >= 0) return known;
    const result = this.#id(this.members(set).filter((each) => each !== member));
    this.#removed.set(set, member, result);
    return result;
  }
}

const pairLimit = 2 ** 21;

/** From two numbers to one, with open addressing in typed arrays: millions of entries cost tens of megabytes. */
export class PairMemo {
  #keys = new Float64Array(1024).fill(-1);
  #values = new Int32Array(1024);
  #size = 0;

  get(a: number, b: number): number {
    const key = a * pairLimit + b;
    const mask = this.#keys.length - 1;
    for (let at = slot(a, b) & mask; ; at = (at + 1) & mask) {
      const found = this.#keys[at];
      if (found === key) return this.#values[at] ?? -1;
      if (found === -1) return -1;
    }
  }

  set(a: number, b: number, value: number): void {
    if (b >= pairLimit) throw new Error(`${b} is too large for a pair`);
    if (this.#size * 3 > this.#keys.length * 2) this.#grow();
    this.#put(a, b, value);
    this.#size += 1;
  }

  #put(a: number, b: number, value: number): void {
    const mask = this.#keys.length - 1;
    let at = slot(a, b) & mask;
    while (this.#keys[at] !== -1) at = (at + 1) & mask;
    this.#keys[at] = a * pairLimit + b;
    this.#values[at] = value;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#values = new Int32Array(values.length * 2);
    for (const [index, key] of keys.entries()) {
      if (key >= 0) this.#put(Math.floor(key / pairLimit), key % pairLimit, values[index] ?? -1);
    }
  }
}

function slot(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
