/**
 * A one-bit picture as a thermal head needs it: rows of dots, eight to a byte, leftmost dot in the highest bit,
 * 1 is black. The same packing as ESC/POS `GS v 0`.
 */
import { assert } from '../../src/core/base/assert.ts';
import { drawingLibrary } from './canvas.ts';

export interface Bitmap {
  /** Dots; a multiple of 8. */
  readonly width: number;
  readonly height: number;
  /** `height` rows of `width / 8` bytes. */
  readonly data: Uint8Array<ArrayBuffer>;
}

export function bitmapFrom(width: number, data: Uint8Array<ArrayBuffer>): Bitmap {
  assert(width > 0 && width % 8 === 0, `bitmap: ${width} dots are not whole bytes`);
  assert(data.length % (width / 8) === 0, 'bitmap: the last row is not complete');
  return { width, height: data.length / (width / 8), data };
}

/** Packs RGBA pixels: a dot is black where the pixel is darker than `threshold` (0–255), on a white ground. */
export function bitmapFromPixels(width: number, pixels: Uint8ClampedArray, threshold: number): Bitmap {
  const data = new Uint8Array(pixels.length / 4 / 8);
  for (let dot = 0; dot < pixels.length / 4; dot += 1) {
    const byte = dot >> 3;
    if ((pixels[dot * 4] ?? 255) < threshold) data[byte] = (data[byte] ?? 0) | (0x80 >> (dot & 7));
  }
  return bitmapFrom(width, data);
}

/** RGBA as one little-endian word. */
const opaqueBlack = 0xff00_0000;
const opaqueWhite = 0xffff_ffff;

/** A PNG of the paper, one pixel a dot, black on white. */
export function bitmapToPng(bitmap: Bitmap): Uint8Array {
  assert(bitmap.height > 0, 'bitmap: no rows');
  const canvas = drawingLibrary().createCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(bitmap.width, bitmap.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let dot = 0; dot < pixels.length; dot += 1) {
    const black = ((bitmap.data[dot >> 3] ?? 0) & (0x80 >> (dot & 7))) !== 0;
    pixels[dot] = black ? opaqueBlack : opaqueWhite;
  }
  context.putImageData(image, 0, 0);
  return new Uint8Array(canvas.toBuffer('image/png'));
}
