/** A scanner's keys are told from a person's by their pace, and undone. */
import { describe, expect, it } from 'vitest';
import { createScannerKeys } from './scanner-keys.ts';

/** Presses `count` keys, `gapMs` apart; what each run did is undone by its number. */
function pressed(count: number, gapMs: number, rig = newRig()): ReturnType<typeof newRig> {
  for (let n = 0; n < count; n += 1) {
    rig.atMs += gapMs;
    const run = rig.keys.length;
    rig.keys.push(rig.scanner.isScanner('7', rig.atMs, () => rig.undone.push(run)));
  }
  return rig;
}

function newRig() {
  const told = { times: 0 };
  const scanner = createScannerKeys(() => {
    told.times += 1;
  });
  return { scanner, told, atMs: 1000, keys: [] as boolean[], undone: [] as number[] };
}

describe('keys of a scanner', () => {
  it('are let pass up to the thirteenth; then the run is undone from its first key, and told once', () => {
    const rig = pressed(40, 5);
    expect(rig.keys.indexOf(true)).toBe(12);
    expect(rig.keys.slice(12).every(Boolean)).toBe(true);
    expect(rig.undone).toEqual([0]);
    expect(rig.told.times).toBe(1);
    expect(rig.scanner.isScanner('Enter', rig.atMs + 5, () => undefined)).toBe(true);
    pressed(30, 5, rig);
    expect(rig.undone).toEqual([0, 40]);
    expect(rig.told.times).toBe(2);
  });

  it('are not those of a person, however many, nor the twelve digits of the largest amount typed at once', () => {
    expect(pressed(60, 60).keys).not.toContain(true);
    const rig = pressed(12, 1);
    expect(rig.scanner.isScanner('Enter', rig.atMs + 1, () => undefined)).toBe(false);
    pressed(12, 1, rig);
    expect(rig.keys).not.toContain(true);
    expect(rig.undone).toEqual([]);
  });
});
