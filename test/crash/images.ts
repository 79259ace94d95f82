/**
 * Which images a power cut may leave at one moment. While they are few, all of them; else those that are most telling of
 * each file (all writes, none, all but one, one alone, the first so many, each torn in every way that its sectors
 * allow) crossed with each other, and then random subsets, up to the number asked for.
 */
import { sectorsOf, type Change, type Choice, type Disk, type Reached, type Trash } from './disk.ts';

/** Numbers from 0 up to 1; the same for the same seed. */
export type Random = () => number;

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Up to as many pending writes of a file, every subset of them. */
const everySubsetUpTo = 6;
/** Of more pending writes as many are left out, or written alone, in turn. */
const singledOut = 16;
/** Up to as many sectors of a write, every way to tear it. */
const everyTearUpTo = 4;
/** What a card may spoil around a write: an erase block of its flash, or a page. */
const trashSizes = [4096, 65_536];

/**
 * @param last the file that the last call was about: it is varied most.
 * @param most so many at most; the same image may come twice.
 */
export function* choices(
  disk: Disk,
  last: number | undefined,
  { most, random, trash }: { readonly most: number; readonly random: Random; readonly trash: boolean },
): Generator<Choice> {
  const { names, files } = disk.pending();
  const options = [...files].map(([file, changes]) => ({ file, changes, reached: telling(changes) }));
  options.sort((a, b) => Number(b.file === last) - Number(a.file === last));
  const spoils = trash ? trashOf(files) : [];
  const lengths = [names + 1, spoils.length + 1, ...options.map(({ reached }) => reached.length)];
  const total = lengths.reduce((product, length) => product * length, 1);
  const choose = (digits: readonly number[]): Choice => {
    const [first = 0, second = 0, ...others] = digits;
    const spoil = spoils[second - 1];
    const reached = options.flatMap(({ file, reached }, index) => {
      const one = reached[others[index] ?? 0];
      return one === undefined ? [] : [[file, one] as const];
    });
    return { names: first, files: new Map(reached), ...(spoil !== undefined && { trash: spoil }) };
  };
  if (total <= most) {
    for (let number = 0; number < total; number += 1) yield choose(digitsOf(number, lengths));
    return;
  }
  for (let number = 0; number < most; number += 1) {
    const digits = lengths.map((length) => Math.floor(random() * length));
    const choice = choose(digits);
    // Every third with subsets of any kind.
    yield number % 3 === 2 ? { ...choice, files: randomSubsets(files, random) } : choice;
  }
}

function digitsOf(number: number, lengths: readonly number[]): readonly number[] {
  let rest = number;
  return lengths.map((length) => {
    const digit = rest % length;
    rest = Math.floor(rest / length);
    return digit;
  });
}

function telling(changes: readonly Change[]): readonly Reached[] {
  const count = changes.length;
  const all = [...changes.keys()];
  const subsets: number[][] = [];
  if (count <= everySubsetUpTo) {
    for (let mask = 0; mask < 1 << count; mask += 1) subsets.push(all.filter((index) => (mask >> index) & 1));
  } else {
    subsets.push(all, []);
    for (const index of someOf(all))
      subsets.push(
        [index],
        all.slice(0, index),
        all.filter((other) => other !== index),
      );
  }
  const whole = subsets.map((subset): Reached => ({ changes: new Set(subset) }));
  const torn = someOf(all).flatMap((index) => {
    const change = changes[index];
    if (change === undefined) return [];
    const before = new Set(all.slice(0, index + 1));
    return tears(change).flatMap((sectors): readonly Reached[] => [
      { changes: before, torn: { change: index, sectors } },
      { changes: new Set(all), torn: { change: index, sectors } },
    ]);
  });
  return [...whole, ...torn];
}

/** Of a long list the first and the last few, and some in between. */
function someOf(all: readonly number[]): readonly number[] {
  const step = Math.ceil(all.length / singledOut);
  return all.filter((index) => index % step === 0 || index < 2 || index >= all.length - 3);
}

/** Some of its sectors, not none and not all. */
function tears(change: Change): readonly ReadonlySet<number>[] {
  if (change.type !== 'write') return [];
  const count = sectorsOf(change);
  const all = Array.from({ length: count }, (_, index) => index);
  if (count <= everyTearUpTo) {
    const masks = Array.from({ length: Math.max(0, (1 << count) - 2) }, (_, index) => index + 1);
    return masks.map((mask) => new Set(all.filter((index) => (mask >> index) & 1)));
  }
  const half = count >> 1;
  return [
    all.slice(0, 1),
    all.slice(0, half),
    all.slice(half),
    all.slice(1),
    all.filter((index) => index % 2 === 0),
  ].map((sectors) => new Set(sectors));
}

function randomSubsets(files: ReadonlyMap<number, readonly Change[]>, random: Random): ReadonlyMap<number, Reached> {
  return new Map(
    [...files].map(([file, changes]) => {
      const kept = random();
      return [file, { changes: new Set([...changes.keys()].filter(() => random() < kept)) }];
    }),
  );
}

/** One block at a time: only one write can be in flight in a medium without a cache. */
function trashOf(files: ReadonlyMap<number, readonly Change[]>): readonly Trash[] {
  return [...files].flatMap(([file, changes]) =>
    changes.flatMap((change, index) =>
      change.type === 'write' ? trashSizes.map((bytes): Trash => ({ file, change: index, bytes })) : [],
    ),
  );
}
