/** The virtual printer keeps to the rules of a real one: online, offline, in the middle of a picture, when cleared. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { bitmapFrom, bitmapToPng } from '../../raster/bitmap.ts';
import { VirtualPrinter } from './virtual-printer.ts';

function setUp(dots = 16): { printer: VirtualPrinter; replies: () => string; papers: Uint8Array[] } {
  let replies = '';
  const papers: Uint8Array[] = [];
  const printer = new VirtualPrinter({
    dots,
    reply: (bytes) => (replies += toHex(bytes)),
    onPaper: (png) => papers.push(png),
  });
  const take = (): string => {
    const text = replies;
    replies = '';
    return text;
  };
  return { printer, replies: take, papers };
}

const askAll = hex('100401 100402 100403 100404');
const mark = hex('1D7201');
const cut = hex('1D564200');
const clear = hex('10 14 08 01 03 14 01 06 02 08');
/** Four rows of 16 dots. */
const image = hex('1D7630 00 0200 0400 FFFF 8001 8001 FFFF');
const imageDots = hex('FFFF 8001 8001 FFFF');
const picture = (...rows: readonly Uint8Array[]): Uint8Array => bitmapToPng(bitmapFrom(16, concat(...rows)));

describe('virtual printer', () => {
  it('prints a picture, cuts and answers in turn', () => {
    const { printer, replies, papers } = setUp();
    printer.receive(concat(hex('1B40'), image, cut, mark));
    expect(papers).toEqual([picture(imageDots)]);
    expect(replies()).toBe('00');
  });

  it('answers a process ID after what stood before it, and no other function of GS (', () => {
    const { printer, replies } = setUp();
    printer.setFault('paperOut', true);
    printer.receive(concat(image, hex('1D 28 48 06 00 30 30 30 30 34 32')));
    expect(replies()).toBe('');
    printer.setFault('paperOut', false);
    expect(replies()).toBe('37223030343200');
    printer.receive(hex('1D 28 41 02 00 00 02'));
    expect(replies()).toBe('');
    expect(printer.ignored()).toEqual(new Set(['GS (']));
  });

  it('answers real-time status, each fault in its own bits', () => {
    const { printer, replies } = setUp();
    const status = (): string => {
      printer.receive(askAll);
      return replies();
    };
    expect(status()).toBe('12121212');
    printer.setFault('coverOpen', true);
    expect(status()).toBe('1A161212');
    printer.setFault('coverOpen', false);
    printer.setFault('paperOut', true);
    expect(status()).toBe('1A321272');
    printer.setFault('paperOut', false);
    printer.setFault('jam', true);
    expect(status()).toBe('1A521A12');
  });

  it('offline: buffers, does not answer GS r, goes on when paper is there again', () => {
    const { printer, replies, papers } = setUp();
    printer.setFault('paperOut', true);
    printer.receive(concat(image, cut, mark));
    expect(papers).toEqual([]);
    expect(replies()).toBe('');
    printer.setFault('paperOut', false);
    expect(papers).toEqual([picture(imageDots)]);
    expect(replies()).toBe('00');
  });

  it('paper out in the middle of a picture: two pieces of paper, no row lost, none twice', () => {
    const { printer, papers } = setUp();
    printer.setFaultAfterRows('paperOut', 3);
    printer.receive(concat(image, cut));
    expect(printer.faults()).toEqual(new Set(['paperOut']));
    printer.setFault('paperOut', false);
    expect(papers).toEqual([picture(imageDots.subarray(0, 6)), picture(imageDots.subarray(6))]);
  });

  it('a cutter error stays until DLE ENQ: 1 goes on, 2 forgets', () => {
    for (const [n, expected] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const { printer, replies, papers } = setUp();
      printer.setFault('jam', true);
      printer.receive(concat(image, cut));
      printer.receive(Uint8Array.of(0x10, 0x05, n));
      printer.setFault('jam', false);
      printer.receive(hex('100403'));
      expect(replies()).toBe('1A');
      printer.receive(Uint8Array.of(0x10, 0x05, n));
      printer.receive(hex('100403'));
      expect(replies()).toBe('12');
      expect(papers).toHaveLength(expected);
    }
  });

  it('clears its buffers on DLE DC4, also in the middle of a command', () => {
    const { printer, replies, papers } = setUp();
    printer.receive(image.subarray(0, 12));
    printer.receive(clear);
    expect(replies()).toBe('372500');
    printer.receive(concat(image, cut, mark));
    expect(papers).toEqual([picture(imageDots)]);
    expect(replies()).toBe('00');
  });

  it('obeys real-time commands hidden in picture data, as real printers do', () => {
    const { printer, replies } = setUp();
    printer.receive(hex('1D7630 00 0300 0100 100401'));
    expect(replies()).toBe('12');
  });

  it('reports changes by itself once asked to, and no longer after ESC @', () => {
    const { printer, replies } = setUp();
    printer.receive(hex('1D610E'));
    expect(replies()).toBe('10000000');
    printer.setFault('coverOpen', true);
    expect(replies()).toBe('38000000');
    printer.setFault('coverOpen', false);
    expect(replies()).toBe('10000000');
    printer.receive(hex('1B40'));
    printer.setFault('paperOut', true);
    expect(replies()).toBe('');
  });

  it('prints plain text', () => {
    const { printer, papers } = setUp(384);
    printer.receive(concat(latin1('Hello'), hex('0A'), cut));
    expect(papers).toHaveLength(1);
    printer.receive(concat(hex('0A0A'), cut));
    expect(papers).toHaveLength(1);
  });

  it('says what it does not carry out', () => {
    const { printer } = setUp();
    printer.receive(concat(hex('1B4501'), hex('1B7F')));
    expect([...printer.ignored()]).toEqual(['ESC E', '1b 7f']);
  });

  it('survives any bytes, and is itself again after DLE ENQ, DLE DC4 and ESC @', () => {
    const lead = fc.constantFrom(0x1b, 0x1d, 0x10, 0x0a, 0x04, 0x76, 0x30, 0x56, 0x72, 0x40, 0x61, 0x01, 0x00);
    fc.assert(
      fc.property(fc.array(fc.oneof(lead, fc.nat(255)), { maxLength: 400 }), (bytes) => {
        const { printer, replies, papers } = setUp();
        printer.receive(Uint8Array.from(bytes));
        printer.receive(clear);
        printer.receive(hex('1B40'));
        replies();
        const before = papers.length;
        printer.receive(concat(cut, image, cut, mark));
        expect(papers.at(-1)).toEqual(picture(imageDots));
        expect(papers.length).toBeGreaterThan(before);
        expect(replies()).toBe('00');
      }),
    );
  });
});

const vectors = path.join(
  process.env['CHAM_VECTORS'] ?? path.resolve(import.meta.dirname, '../../../../shared/vectors'),
  'receipt/escpos-php',
);

describe.skipIf(!existsSync(vectors))(`streams of escpos-php (${vectors})`, () => {
  const files = existsSync(vectors) ? readdirSync(vectors).filter((file) => file.endsWith('.bin')) : [];

  it.each(files)('%s comes out on paper', (file) => {
    const { printer, replies, papers } = setUp(576);
    printer.receive(readFileSync(path.join(vectors, file)));
    printer.receive(mark);
    expect(replies().endsWith('00')).toBe(true);
    expect(papers.length).toBeGreaterThan(0);
  });
});
