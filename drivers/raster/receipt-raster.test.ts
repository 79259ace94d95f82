/** Raster: what is drawn can be read again, Vietnamese letters all differ, and nothing falls off the paper. */
import { loadImage } from '@napi-rs/canvas';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import type { ReceiptLine } from '../../src/core/receipt/receipt.ts';
import { bitmapToPng, type Bitmap } from './bitmap.ts';
import { receiptRaster } from './receipt-raster.ts';

const narrow = { dots: 384, columns: 32 };
const wide = { dots: 576, columns: 48 };

function text(content: string, size: 'normal' | 'double' = 'normal', bold = false): ReceiptLine {
  return { kind: 'text', text: content, align: 'left', bold, size };
}

/** Every letter of Vietnamese, small and capital. */
const bases = ['a', 'ă', 'â', 'e', 'ê', 'i', 'o', 'ô', 'ơ', 'u', 'ư', 'y'];
const tones = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];
const small = [...bases.flatMap((base) => tones.map((tone) => (base + tone).normalize('NFC'))), 'đ'];
const letters = [...small, ...small.map((letter) => letter.toUpperCase())];

function draw(lines: readonly ReceiptLine[], paper = narrow): readonly Bitmap[] {
  const drawn = receiptRaster(lines, paper);
  if (!drawn.ok) throw new Error(drawn.fault.detail);
  return drawn.value;
}

function only(bitmaps: readonly Bitmap[]): Bitmap {
  const [first] = bitmaps;
  if (first === undefined || bitmaps.length !== 1) throw new Error(`${bitmaps.length} pieces`);
  return first;
}

const ink = (bitmap: Bitmap): number =>
  bitmap.data.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

/** RGBA pixels, as a camera would see them. */
function pixels({ width, height, data }: Bitmap): { width: number; height: number; data: Uint8Array } {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let dot = 0; dot < width * height; dot += 1) {
    if ((data[dot >> 3] ?? 0) & (0x80 >> (dot & 7))) rgba.fill(0, dot * 4, dot * 4 + 3);
  }
  return { width, height, data: rgba };
}

function refused(lines: readonly ReceiptLine[]): string {
  const drawn = receiptRaster(lines, narrow);
  return drawn.ok ? 'drawn' : drawn.fault.kind;
}

describe('receipt raster', () => {
  it('has the width of the paper and gives the same dots every time', () => {
    const lines = [text('Chạm Coffee', 'double'), text('Cảm ơn quý khách!'), { kind: 'rule' } as const];
    for (const paper of [narrow, wide]) {
      const bitmap = only(draw(lines, paper));
      expect(bitmap.width).toBe(paper.dots);
      expect(bitmap.data.length).toBe((bitmap.width / 8) * bitmap.height);
      expect(only(draw(lines, paper))).toEqual(bitmap);
    }
  });

  it('draws every Vietnamese letter, each unlike the others', () => {
    for (const bold of [false, true]) {
      const seen = new Map<string, string>();
      for (const letter of letters) {
        const bitmap = only(draw([text(letter, 'normal', bold)]));
        const dots = Buffer.from(bitmap.data).toString('hex');
        expect(seen.get(dots), `${letter} looks like another letter`).toBeUndefined();
        seen.set(dots, letter);
      }
      expect(seen.size).toBe(146);
    }
  });

  it('keeps every letter inside its own line', () => {
    for (const size of ['normal', 'double'] as const) {
      for (const letter of [...letters, 'g', 'Q', '|', '(']) {
        const one = only(draw([text(letter, size)]));
        const framed = only(draw([text(' '), text(letter, size), text(' ')]));
        expect(ink(framed), `${letter} is cut off in ${size} size`).toBe(ink(one));
      }
    }
  });

  it('draws a QR code that can be read, with modules of whole dots', () => {
    const payload = '00020101021238540010A00000072701240006970436011010175956000208QRIBFTTA530370454054500058';
    for (const paper of [narrow, wide]) {
      const bitmap = only(draw([{ kind: 'qr', text: payload }], paper));
      expect(decodeQR(pixels(bitmap))).toBe(payload);
    }
  });

  it('starts a new piece of paper at each cut', () => {
    const pieces = draw([text('one'), { kind: 'cut' }, text('two'), { kind: 'cut' }]);
    expect(pieces).toHaveLength(2);
    expect(draw([{ kind: 'cut' }])).toHaveLength(0);
  });

  it('makes a banner mostly black, and PNGs of the same size', async () => {
    const bitmap = only(draw([{ kind: 'banner', lines: ['HUẤN LUYỆN', 'KHÔNG CÓ GIÁ TRỊ THANH TOÁN'] }]));
    expect(ink(bitmap)).toBeGreaterThan((bitmap.width * bitmap.height) / 2);
    const image = await loadImage(Buffer.from(bitmapToPng(bitmap)));
    expect([image.width, image.height]).toEqual([bitmap.width, bitmap.height]);
  });

  it('refuses what does not fit instead of cutting it off', () => {
    expect(refused([text('x'.repeat(32))])).toBe('drawn');
    expect(refused([text('x'.repeat(33))])).toBe('lineTooWide');
    expect(refused([text('x'.repeat(17), 'double')])).toBe('lineTooWide');
    expect(refused([{ kind: 'banner', lines: ['x'.repeat(33)] }])).toBe('lineTooWide');
    expect(refused([{ kind: 'qr', text: 'x'.repeat(1200) }])).toBe('qrTooLarge');
    expect(refused([{ kind: 'qr', text: 'x'.repeat(5000) }])).toBe('qrTooLarge');
    expect(refused([{ kind: 'feed', lines: 10_000 }])).toBe('tooLong');
  });
});
