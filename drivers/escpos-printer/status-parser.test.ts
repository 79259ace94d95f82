/** Status bytes: every kind is recognised on any chunk, nothing is lost, garbage is named as such. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '../../src/core/base/bytes.ts';
import { StatusParser, type StatusToken } from './status-parser.ts';

function parse(...chunks: readonly Uint8Array[]): readonly StatusToken[] {
  const parser = new StatusParser();
  return chunks.flatMap((chunk) => parser.feed(chunk));
}

describe('status parser', () => {
  it('tells the kinds apart (Transmission Status Identification)', () => {
    expect(parse(hex('12 1A 16 72'))).toEqual([0x12, 0x1a, 0x16, 0x72].map((byte) => ({ kind: 'realTime', byte })));
    expect(parse(hex('00 0C 6F'))).toEqual([0x00, 0x0c, 0x6f].map((byte) => ({ kind: 'queued', byte })));
    expect(parse(hex('18 00 0C 00'))).toEqual([{ kind: 'automatic', bytes: [0x18, 0, 0x0c, 0] }]);
    expect(parse(hex('37 25 00'))).toEqual([{ kind: 'block', bytes: [0x37, 0x25, 0] }]);
    expect(parse(hex('FF 81 33'))).toEqual([0xff, 0x81, 0x33].map((byte) => ({ kind: 'discarded', byte })));
  });

  it('never takes a byte of Automatic Status Back for a confirmation', () => {
    expect(parse(hex('14 00 00 00')).map(({ kind }) => kind)).toEqual(['automatic']);
  });

  it('takes header to NUL as one, the power notices too; their NUL confirms nothing', () => {
    for (const block of ['3B 30 00', '3B 31 00', '37 22 30 30 34 32 00']) {
      expect(parse(hex(block))).toEqual([{ kind: 'block', bytes: [...hex(block)] }]);
    }
    expect(parse(hex('37 22 30 30 34 32 33 00')).slice(0, 7)).toEqual(
      [...hex('37 22 30 30 34 32 33')].map((byte) => ({ kind: 'discarded', byte })),
    );
  });

  it('lets flow control pass between any two bytes', () => {
    expect(parse(hex('13 14 00 13 00 11 00'))).toEqual([{ kind: 'automatic', bytes: [0x14, 0, 0, 0] }]);
  });

  it('gives up a broken sequence and goes on with the byte that broke it', () => {
    expect(parse(hex('10 00 12'))).toEqual([
      { kind: 'discarded', byte: 0x10 },
      { kind: 'discarded', byte: 0x00 },
      { kind: 'realTime', byte: 0x12 },
    ]);
    expect(parse(hex('37 12'))).toEqual([
      { kind: 'discarded', byte: 0x37 },
      { kind: 'realTime', byte: 0x12 },
    ]);
  });

  it('any bytes in any chunks: same tokens, every byte accounted for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 8 }), (bytes, cuts) => {
        const whole = parse(bytes);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index] ?? 0, edge));
        expect(parse(...chunks)).toEqual(whole);
        const accounted = whole.reduce((sum, token) => sum + ('bytes' in token ? token.bytes.length : 1), 0);
        const flow = bytes.filter((byte) => byte === 0x11 || byte === 0x13).length;
        const unfinished = bytes.length - flow - accounted;
        expect(unfinished).toBeGreaterThanOrEqual(0);
        expect(unfinished).toBeLessThanOrEqual(6);
      }),
    );
  });
});
