/**
 * How the picture lies in a Linux framebuffer: from configuration, or as the kernel tells it in
 * `/sys/class/graphics/fbN` (fbsysfs.c: `virtual_size`, `bits_per_pixel`, `stride`). What the kernel does not tell there
 * is the order of the colours; RGB565 and XRGB8888, both little-endian, are what panels on SPI and DRM's own framebuffer
 * have. Others are refused by name.
 */
import { assert } from '../../src/core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';

export interface Geometry {
  /** Pixels of the panel as it is wired, before any rotation. */
  readonly width: number;
  readonly height: number;
  /** 16: RGB565; 32: XRGB8888. */
  readonly bitsPerPixel: 16 | 32;
  /** Bytes from one row to the next; rows may end in unused bytes. */
  readonly strideBytes: number;
}

export type GeometryFault = Fault<'notConnected' | 'refused'>;

/** Larger than any panel on a counter: a mistyped number would ask for gigabytes. */
export const mostPixelsAside = 8192;
/** Below that a code has no room for modules that a camera can tell apart. */
export const leastPixelsAside = 128;

/** The files of `/sys/class/graphics/fbN`, by name, as text; undefined where there is none. */
export type ReadAttribute = (name: 'virtual_size' | 'bits_per_pixel' | 'stride') => string | undefined;

/** `device` names it in messages. */
export function geometryFromKernel(device: string, read: ReadAttribute): Result<Geometry, GeometryFault> {
  const size = /^(\d{1,5}),(\d{1,5})\s*$/.exec(read('virtual_size') ?? '');
  const bits = /^(\d{1,2})\s*$/.exec(read('bits_per_pixel') ?? '');
  const stride = /^(\d{1,6})\s*$/.exec(read('stride') ?? '');
  if (size === null || bits === null || stride === null) {
    const detail = `the kernel tells no geometry of ${device}: is the display connected and its overlay loaded? Otherwise set devices.customerDisplay.settings.geometry`;
    return err(fault('notConnected', detail, true));
  }
  const numbers = [size[1], size[2], bits[1], stride[1]].map(Number);
  const [width = 0, height = 0, bitsPerPixel = 0, strideBytes = 0] = numbers;
  return checkGeometry(device, { width, height, bitsPerPixel, strideBytes });
}

/** Whether a picture can be drawn with it. */
export function checkGeometry(
  device: string,
  { width, height, bitsPerPixel, strideBytes }: { readonly [K in keyof Geometry]: number },
): Result<Geometry, GeometryFault> {
  const refuse = (why: string): Result<never, GeometryFault> => err(fault('refused', `${device} ${why}`, true));
  if (bitsPerPixel !== 16 && bitsPerPixel !== 32) {
    return refuse(`has ${bitsPerPixel} bits a pixel; set it to 16 (RGB565) or 32 (XRGB8888), for example with fbset`);
  }
  if (Math.min(width, height) < leastPixelsAside || Math.max(width, height) > mostPixelsAside) {
    return refuse(
      `has ${width} × ${height} pixels; ${leastPixelsAside} to ${mostPixelsAside} on each side can be drawn`,
    );
  }
  const row = (width * bitsPerPixel) / 8;
  if (strideBytes < row || strideBytes > row * 4) {
    return refuse(`has rows of ${strideBytes} bytes, but ${width} pixels need ${row}: the geometry is wrong`);
  }
  return ok({ width, height, bitsPerPixel, strideBytes });
}

export function frameBytes({ height, strideBytes }: Geometry): number {
  assert(height > 0 && strideBytes > 0, 'framebuffer: a frame has rows');
  return height * strideBytes;
}
