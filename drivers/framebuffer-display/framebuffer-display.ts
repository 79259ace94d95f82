/**
 * A customer display on a Linux framebuffer (`/dev/fbN`): the small panels on SPI, DSI or HDMI that a shop puts in front of
 * the customer. It is drawn here and written whole; a display that was unplugged is found again and shows the present
 * sale. What it cannot show is its own trouble: the customer's screen and the sale go on.
 */
import * as z from 'zod/mini';
import type { CustomerDisplay } from '../../devices/customer-display.ts';
import { ok } from '../../src/core/base/result.ts';
import type { DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { FramebufferDisplay } from './display.ts';
import { leastPixelsAside, mostPixelsAside } from './geometry.ts';

const pixels = z.int().check(z.minimum(leastPixelsAside), z.maximum(mostPixelsAside));

const settingsSchema = z.strictObject({
  device: z.string().check(z.startsWith('/'), z.maxLength(4096)),
  rotate: z.optional(z.literal([0, 90, 180, 270])),
  geometry: z.optional(
    z.strictObject({
      width: pixels,
      height: pixels,
      bitsPerPixel: z.literal([16, 32]),
      strideBytes: z.optional(z.int().check(z.minimum(1), z.maximum(mostPixelsAside * 16))),
    }),
  ),
});

export const framebufferDisplay: DriverModule<CustomerDisplay> = {
  id: 'framebuffer-display',
  role: 'customerDisplay',
  summary: 'Graphic customer display on a Linux framebuffer (/dev/fbN), 16 or 32 bits a pixel',
  create(name, settings, host) {
    const checked = parseSettings(settingsSchema, settings);
    if (!checked.ok) return checked;
    const { device, rotate = 0, geometry } = checked.value;
    const wired = geometry && {
      ...geometry,
      strideBytes: geometry.strideBytes ?? (geometry.width * geometry.bitsPerPixel) / 8,
    };
    return ok(new FramebufferDisplay({ name, device, rotation: rotate, geometry: wired, clock: host.clock }));
  },
};
