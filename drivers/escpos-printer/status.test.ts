/** From status bits to what a technician reads and what the sale is told. */
import { describe, expect, it } from 'vitest';
import { automaticStatus, healthOf, realTimeStatus, troubleOf } from './status.ts';

const kindOf = (...answers: number[]): string | undefined => troubleOf(realTimeStatus(answers))?.kind;

describe('DLE EOT 1–4', () => {
  it('finds the cause', () => {
    expect(kindOf(0x12, 0x12, 0x12, 0x12)).toBeUndefined();
    expect(kindOf(0x1a, 0x16, 0x12, 0x12)).toBe('coverOpen');
    expect(kindOf(0x1a, 0x32, 0x12, 0x72)).toBe('paperOut');
    expect(kindOf(0x12, 0x12, 0x12, 0x72)).toBe('paperOut');
    expect(kindOf(0x1a, 0x52, 0x1a, 0x12)).toBe('jam');
    expect(kindOf(0x1a, 0x52, 0x32, 0x12)).toBe('failed');
    expect(kindOf(0x1a, 0x52, 0x52, 0x12)).toBe('offline');
    expect(kindOf(0x1a, 0x1a, 0x12, 0x12)).toBe('offline');
    expect(kindOf(0x1a, 0x12, 0x12, 0x12)).toBe('offline');
  });

  it('calls an open cover an open cover, although the sensor sees no paper then', () => {
    expect(kindOf(0x1a, 0x36, 0x12, 0x7e)).toBe('coverOpen');
  });

  it('is ready when the roll is only nearly empty, and says so', () => {
    expect(healthOf(realTimeStatus([0x12, 0x12, 0x12, 0x1e]))).toEqual({
      state: 'ready',
      detail: 'ready; the paper roll is nearly empty',
    });
  });
});

describe('Automatic Status Back', () => {
  it('finds the same causes', () => {
    expect(troubleOf(automaticStatus([0x14, 0, 0, 0]))).toBeUndefined();
    expect(troubleOf(automaticStatus([0x38, 0, 0, 0]))?.kind).toBe('coverOpen');
    expect(troubleOf(automaticStatus([0x18, 0, 0x0c, 0]))?.kind).toBe('paperOut');
    expect(troubleOf(automaticStatus([0x18, 0x08, 0, 0]))?.kind).toBe('jam');
    expect(troubleOf(automaticStatus([0x18, 0x20, 0, 0]))?.kind).toBe('failed');
    expect(automaticStatus([0x10, 0, 0x03, 0]).paperNearEnd).toBe(true);
  });
});
