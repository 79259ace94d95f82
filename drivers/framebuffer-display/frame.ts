/** A picture as the bytes of a framebuffer: turned as the panel is mounted, packed as its pixels are. */
import { assert } from '../../src/core/base/assert.ts';
import { frameBytes, type Geometry } from './geometry.ts';

/** How far the picture is turned clockwise on the panel, in degrees. */
export type Rotation = 0 | 90 | 180 | 270;

/** What a person sees: red, green, blue and alpha, a byte each, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

/** Size of the picture that fills the panel once it is turned. */
export function pictureSize({ width, height }: Geometry, rotation: Rotation): { width: number; height: number } {
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Unused bytes at the ends of rows are zero. */
export function frameOf(picture: Picture, geometry: Geometry, rotation: Rotation): Uint8Array {
  const { width, height, bitsPerPixel, strideBytes } = geometry;
  const size = pictureSize(geometry, rotation);
  assert(picture.width === size.width && picture.height === size.height, 'framebuffer: the picture fills the panel');
  assert(picture.rgba.length === picture.width * picture.height * 4, 'framebuffer: every pixel has four bytes');
  const frame = new Uint8Array(frameBytes(geometry));
  const view = new DataView(frame.buffer);
  // Of the picture: where the panel's first pixel is, and how far one step along its row and its column goes.
  const { start, across, down } = walk(picture, rotation);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (start + x * across + y * down) * 4;
      const red = picture.rgba[at] ?? 0;
      const green = picture.rgba[at + 1] ?? 0;
      const blue = picture.rgba[at + 2] ?? 0;
      if (bitsPerPixel === 16) {
        view.setUint16(y * strideBytes + x * 2, ((red >> 3) << 11) | ((green >> 2) << 5) | (blue >> 3), true);
      } else {
        view.setUint32(y * strideBytes + x * 4, (red << 16) | (green << 8) | blue, true);
      }
    }
  }
  return frame;
}

function walk({ width, height }: Picture, rotation: Rotation): { start: number; across: number; down: number } {
  switch (rotation) {
    case 0:
      return { start: 0, across: 1, down: width };
    case 90:
      return { start: (height - 1) * width, across: -width, down: 1 };
    case 180:
      return { start: width * height - 1, across: -1, down: -width };
    case 270:
      return { start: width - 1, across: width, down: -1 };
    default:
      return rotation satisfies never;
  }
}
