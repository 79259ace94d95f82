/** How far the people of a scenario have come: counters of three bits in one number. */

const counters = {
  started: 0,
  void: 1,
  increment: 2,
  complete: 3,
  reprint: 4,
  closeBatch: 5,
  sendNow: 6,
  /** 1: the line was down and will come up. */
  linkWillComeUp: 7,
  paid: 8,
} as const;

type Counter = keyof typeof counters;

export function count(progress: number, which: Counter): number {
  return (progress >>> (counters[which] * 3)) & 7;
}

export function counted(progress: number, which: Counter, value: number): number {
  const shift = counters[which] * 3;
  return (progress & ~(7 << shift)) | (value << shift);
}
