/**
 * Explicit-state search, breadth first: all states that a model can reach, each exactly once and kept whole (no state is
 * lost to a hash that collides). The way to a state is kept as its parent and which of the parent's steps it was, so the
 * first violation has the shortest trace there is. Afterwards: from every state, does what goes well lead to rest?
 */

export interface Step {
  /** Set when the step itself is wrong, whatever state it leads to. */
  readonly problem: string | null;
  /** A step of a world that behaves: nothing is lost, nobody changes their mind. */
  readonly good: boolean;
}

export interface Model {
  /** Numbers of a state. */
  readonly width: number;
  readonly initial: Uint32Array;
  /** Calls `sink` for each step, always in the same order. `next` is only borrowed. */
  successors(state: Uint32Array, sink: (next: Uint32Array, step: Step) => void): void;
  /** What is wrong with a state, or null. */
  violation(state: Uint32Array): string | null;
  /** Nothing is under way and nothing is owed. */
  atRest(state: Uint32Array): boolean;
}

export interface Violation {
  readonly what: string;
  /** Steps from the beginning. */
  readonly depth: number;
  /** Which step of each state on the way, from the beginning. */
  readonly way: readonly number[];
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly atRest: number;
  /** False when it was ended by `maxStates` or a violation: then nothing is proved. */
  readonly exhausted: boolean;
  readonly violations: readonly Violation[];
}

export interface ExploreOptions {
  readonly maxStates: number;
  readonly maxViolations: number;
  /** Called now and then. */
  readonly onProgress?: (states: number, depth: number, waiting: number) => void;
}

const progressEvery = 50_000;

export class Explorer {
  readonly #model: Model;
  readonly #width: number;
  #states: Uint32Array;
  #parents: Uint32Array;
  #ordinals: Uint16Array;
  #table = new Uint32Array(1 << 16);
  #count = 0;
  /** Steps of a world that behaves, by their origin: what follows from state i lies from #goodFrom[i] on. */
  #goodFrom: Uint32Array;
  #goodTo = new Uint32Array(1 << 14);
  #goods = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#width = model.width;
    const capacity = 1 << 14;
    this.#states = new Uint32Array(capacity * this.#width);
    this.#parents = new Uint32Array(capacity);
    this.#ordinals = new Uint16Array(capacity);
    this.#goodFrom = new Uint32Array(capacity + 1);
  }

  get count(): number {
    return this.#count;
  }

  state(index: number): Uint32Array {
    return this.#states.subarray(index * this.#width, (index + 1) * this.#width);
  }

  run({ maxStates, maxViolations, onProgress }: ExploreOptions): Exploration {
    const model = this.#model;
    const violations: Violation[] = [];
    let [transitions, atRest, depth, levelEnd] = [0, 0, 0, 1];
    const report = (what: string, index: number, last: readonly number[] = []): void => {
      const way = [...this.way(index), ...last];
      violations.push({ what, depth: way.length, way });
    };
    this.#add(model.initial, 0, 0);
    let next = 0;
    while (next < this.#count && this.#count < maxStates && violations.length < maxViolations) {
      if (next === levelEnd) {
        depth += 1;
        levelEnd = this.#count;
      }
      const index = next;
      next += 1;
      // A copy: the array may move when states are added.
      const state = this.state(index).slice();
      const wrong = model.violation(state);
      if (wrong !== null) {
        report(wrong, index);
        continue;
      }
      if (model.atRest(state)) atRest += 1;
      this.#goodFrom[index] = this.#goods;
      let ordinal = 0;
      model.successors(state, (following, { problem, good }) => {
        transitions += 1;
        if (problem !== null) {
          if (violations.length < maxViolations) report(problem, index, [ordinal]);
        } else {
          const found = this.#add(following, index, ordinal);
          if (good && found !== index) this.#addGood(found);
        }
        ordinal += 1;
      });
      this.#goodFrom[index + 1] = this.#goods;
      if (index % progressEvery === 0) onProgress?.(this.#count, depth, this.#count - next);
    }
    const exhausted = next === this.#count && violations.length === 0;
    if (exhausted) {
      const stuck = this.#stuck();
      if (stuck !== undefined) report('stuck: nothing that goes well leads to rest from here', stuck);
    }
    return { states: this.#count, transitions, depth, atRest, exhausted, violations };
  }

  /** Which step of each state leads to `index`, from the beginning. */
  way(index: number): readonly number[] {
    const way: number[] = [];
    for (let at = index; at !== 0; at = this.#parents[at] ?? 0) way.push(this.#ordinals[at] ?? 0);
    return way.toReversed();
  }

  /** The first state from which rest cannot be reached by what goes well. */
  #stuck(): number | undefined {
    const count = this.#count;
    const into = new Uint32Array(count + 2);
    for (let edge = 0; edge < this.#goods; edge += 1) {
      const to = this.#goodTo[edge] ?? 0;
      into[to + 2] = (into[to + 2] ?? 0) + 1;
    }
    for (let index = 2; index < into.length; index += 1) into[index] = (into[index] ?? 0) + (into[index - 1] ?? 0);
    const origins = new Uint32Array(this.#goods);
    for (let from = 0; from < count; from += 1) {
      const end = this.#goodFrom[from + 1] ?? 0;
      for (let edge = this.#goodFrom[from] ?? 0; edge < end; edge += 1) {
        const to = this.#goodTo[edge] ?? 0;
        const place = into[to + 1] ?? 0;
        origins[place] = from;
        into[to + 1] = place + 1;
      }
    }
    const reaches = new Uint8Array(count);
    const queue = new Uint32Array(count);
    let [head, tail] = [0, 0];
    for (let index = 0; index < count; index += 1) {
      if (!this.#model.atRest(this.state(index))) continue;
      reaches[index] = 1;
      queue[tail] = index;
      tail += 1;
    }
    while (head < tail) {
      const to = queue[head] ?? 0;
      head += 1;
      for (let place = into[to] ?? 0; place < (into[to + 1] ?? 0); place += 1) {
        const from = origins[place] ?? 0;
        if (reaches[from] === 1) continue;
        reaches[from] = 1;
        queue[tail] = from;
        tail += 1;
      }
    }
    const first = reaches.indexOf(0);
    return first < 0 ? undefined : first;
  }

  #add(state: Uint32Array, parent: number, ordinal: number): number {
    const mask = this.#table.length - 1;
    let at = hashOf(state) & mask;
    for (;;) {
      const entry = this.#table[at] ?? 0;
      if (entry === 0) break;
      if (this.#same(entry - 1, state)) return entry - 1;
      at = (at + 1) & mask;
    }
    const index = this.#count;
    if (index >= this.#parents.length) this.#growStates();
    this.#states.set(state, index * this.#width);
    this.#parents[index] = parent;
    this.#ordinals[index] = ordinal;
    this.#count += 1;
    this.#table[at] = index + 1;
    if (this.#count * 2 > this.#table.length) this.#growTable();
    return index;
  }

  #same(index: number, state: Uint32Array): boolean {
    const base = index * this.#width;
    for (let place = 0; place < this.#width; place += 1) {
      if (this.#states[base + place] !== state[place]) return false;
    }
    return true;
  }

  #addGood(to: number): void {
    if (this.#goods >= this.#goodTo.length) this.#goodTo = grown(this.#goodTo, this.#goodTo.length * 2);
    this.#goodTo[this.#goods] = to;
    this.#goods += 1;
  }

  #growStates(): void {
    const capacity = this.#parents.length * 2;
    this.#states = grown(this.#states, capacity * this.#width);
    this.#parents = grown(this.#parents, capacity);
    this.#goodFrom = grown(this.#goodFrom, capacity + 1);
    const ordinals = new Uint16Array(capacity);
    ordinals.set(this.#ordinals);
    this.#ordinals = ordinals;
  }

  #growTable(): void {
    const table = new Uint32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let index = 0; index < this.#count; index += 1) {
      let at = hashOf(this.state(index)) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = index + 1;
    }
    this.#table = table;
  }
}

function grown(old: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(old);
  return larger;
}

function hashOf(state: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (const value of state) {
    hash = Math.imul(hash ^ value, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
