/** Pixels arrive where the panel has them, whichever way it is mounted and however long its rows are. */
import { describe, expect, it } from 'vitest';
import { frameOf, pictureSize, type Rotation } from './frame.ts';
import { checkGeometry, geometryFromKernel, type Geometry } from './geometry.ts';

/** 3 × 2: red, green, blue; white, black, grey. */
const colours = [0xff0000, 0x00ff00, 0x0000ff, 0xffffff, 0x000000, 0x808080];

function seen(geometry: Geometry, rotation: Rotation): readonly number[] {
  const { width, height } = pictureSize(geometry, rotation);
  const rgba = new Uint8ClampedArray(colours.flatMap((one) => [one >> 16, (one >> 8) & 255, one & 255, 255]));
  const frame = frameOf({ width, height, rgba }, geometry, rotation);
  const view = new DataView(frame.buffer);
  const numbers: number[] = [];
  for (let y = 0; y < geometry.height; y += 1) {
    for (let x = 0; x < geometry.width; x += 1) {
      const at = y * geometry.strideBytes + (x * geometry.bitsPerPixel) / 8;
      numbers.push(geometry.bitsPerPixel === 16 ? view.getUint16(at, true) : view.getUint32(at, true));
    }
  }
  return numbers;
}

const wide = { width: 3, height: 2, bitsPerPixel: 32, strideBytes: 16 } as const;
const tall = { width: 2, height: 3, bitsPerPixel: 32, strideBytes: 8 } as const;

describe('a frame', () => {
  it('has the picture as it is, as XRGB8888 or RGB565, whatever follows in each row', () => {
    expect(seen(wide, 0)).toEqual(colours);
    expect(seen({ ...wide, bitsPerPixel: 16, strideBytes: 10 }, 0)).toEqual([
      0xf800, 0x07e0, 0x001f, 0xffff, 0x0000, 0x8410,
    ]);
  });

  it('is turned clockwise', () => {
    const [red, green, blue, white, black, grey] = colours;
    expect(seen(tall, 90)).toEqual([white, red, black, green, grey, blue]);
    expect(seen(wide, 180)).toEqual([grey, black, white, blue, green, red]);
    expect(seen(tall, 270)).toEqual([blue, grey, green, black, red, white]);
  });
});

describe('the geometry', () => {
  const told = { virtual_size: '480,320\n', bits_per_pixel: '16\n', stride: '960\n' };

  it('is read as the kernel tells it', () => {
    expect(geometryFromKernel('/dev/fb1', (name) => told[name])).toEqual({
      ok: true,
      value: { width: 480, height: 320, bitsPerPixel: 16, strideBytes: 960 },
    });
  });

  it.each([
    [{ virtual_size: '' }, 'the kernel tells no geometry of /dev/fb1'],
    [{ bits_per_pixel: '8\n' }, '/dev/fb1 has 8 bits a pixel'],
    [{ stride: '959\n' }, '480 pixels need 960'],
    [{ virtual_size: '480,32\n' }, '/dev/fb1 has 480 × 32 pixels'],
  ])('that cannot be drawn is refused with its reason: %o', (change, why) => {
    const read = geometryFromKernel('/dev/fb1', (name) => ({ ...told, ...change })[name]);
    expect(read.ok ? 'taken' : read.fault.detail).toContain(why);
  });

  it('has a limit in what a mistyped number could ask for', () => {
    const huge = { width: 8192, height: 8192, bitsPerPixel: 16, strideBytes: 900_000 };
    expect(checkGeometry('/dev/fb1', huge).ok).toBe(false);
  });
});
