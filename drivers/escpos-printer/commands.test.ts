/** Command bytes: raster pieces cover the picture, and no picture can be mistaken for a real-time command. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex } from '../../src/core/base/bytes.ts';
import { bitmapFrom } from '../raster/bitmap.ts';
import { endOfPaper, guardRealTime, rasterBands } from './commands.ts';

describe('raster bands', () => {
  it('GS v 0 with byte and row counts, at most so many rows each', () => {
    const bitmap = bitmapFrom(16, new Uint8Array(2 * 300).fill(0xaa));
    const bands = rasterBands(bitmap, 255);
    expect(bands).toHaveLength(2);
    expect(bands[0]?.subarray(0, 8)).toEqual(hex('1D 76 30 00 02 00 FF 00'));
    expect(bands[1]?.subarray(0, 8)).toEqual(hex('1D 76 30 00 02 00 2D 00'));
    expect(concat(...bands.map((band) => band.subarray(8)))).toEqual(bitmap.data);
  });
});

describe('guard against real-time commands', () => {
  it('adds one dot after DLE before EOT, ENQ and DC4', () => {
    expect(guardRealTime(hex('10 04 10 05 10 14 10 10 04 04'))).toEqual(hex('10 0C 10 0D 10 1C 10 10 0C 04'));
  });

  it('leaves no real-time command in any picture, and only ever adds dots', () => {
    const risky = fc.constantFrom(0x10, 0x04, 0x05, 0x14, 0x01, 0x08);
    fc.assert(
      fc.property(fc.array(fc.oneof(risky, fc.nat(255))), (bytes) => {
        const data = Uint8Array.from(bytes);
        const guarded = guardRealTime(data);
        for (const dangerous of ['1004', '1005', '1014']) {
          expect(Buffer.from(guarded).indexOf(dangerous, 0, 'hex')).toBe(-1);
        }
        for (const [index, byte] of data.entries()) expect((guarded[index] ?? 0) & byte).toBe(byte);
      }),
    );
  });
});

describe('end of paper', () => {
  it('GS V function B, or feed to the tear bar', () => {
    expect(endOfPaper('full')).toEqual(hex('1D 56 41 00'));
    expect(endOfPaper('partial')).toEqual(hex('1D 56 42 00'));
    expect(endOfPaper('none')).toEqual(hex('1B 64 04'));
  });
});
