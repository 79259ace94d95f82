/** The counting rule that both kinds of DUKPT share: counters with too many one bits are left out. */

export function oneBits(counter: number): number {
  let bits = 0;
  for (let rest = counter >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits += 1;
  return bits;
}

/** The set bits of a counter below 2^32, from the most significant on. */
export function setBits(counter: number): readonly number[] {
  return Array.from({ length: 32 }, (_, index) => 2 ** (31 - index)).filter((bit) => (counter & bit) >>> 0 !== 0);
}

/** The next counter with at most `maxOneBits` bits set, or undefined when it would exceed `last`. */
export function nextCounter(counter: number, maxOneBits: number, last: number): number | undefined {
  let next = counter + 1;
  // Adding the lowest set bit skips every counter in between, all of which have more bits: at most 32 rounds.
  while (next <= last && oneBits(next) > maxOneBits) next += (next & -next) >>> 0;
  return next <= last ? next : undefined;
}
