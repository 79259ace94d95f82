/** A framebuffer display, with a file in place of the device: what is written, and what it says when it cannot be. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DisplayContent } from '../../devices/customer-display.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { FramebufferDisplay } from './display.ts';
import { framebufferDisplay } from './framebuffer-display.ts';
import type { Geometry } from './geometry.ts';

const clock: Clock = { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined };
const geometry: Geometry = { width: 320, height: 240, bitsPerPixel: 16, strideBytes: 640 };
const bytes = 640 * 240;
const limit = { signal: new AbortController().signal, timeoutMs: 5000 };
const code: DisplayContent = { kind: 'qr', payload: '00020101021163041234', lines: ['45.000 đ', 'Quét mã để trả'] };

let folder = '';
let device = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-fb-'));
  device = path.join(folder, 'fb1');
  writeFileSync(device, new Uint8Array(bytes).fill(0x55));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function display(change: Partial<ConstructorParameters<typeof FramebufferDisplay>[0]> = {}): FramebufferDisplay {
  return new FramebufferDisplay({ name: 'display', device, rotation: 0, geometry, clock, ...change });
}

const dark = (): boolean => readFileSync(device).every((byte) => byte === 0);

describe('framebuffer display', () => {
  it('is dark while idle, shows what it is given, and goes dark when it is closed', async () => {
    const one = display();
    expect(await one.open(limit)).toEqual({ ok: true, value: undefined });
    expect(dark()).toBe(true);
    expect(await one.show(code, limit)).toEqual({ ok: true, value: undefined });
    const shown = readFileSync(device);
    expect([shown.length, shown.readUInt16LE(0)]).toEqual([bytes, 0xffff]);
    await one.show({ kind: 'text', lines: ['45.000 đ', 'Đã thanh toán'], answer: 'yes' }, limit);
    expect(readFileSync(device).readUInt16LE(0)).toBe(0x0285);
    expect(await one.checkHealth(limit)).toEqual({ state: 'ready', detail: 'ready' });
    await one.close();
    expect(dark()).toBe(true);
    expect(await one.checkHealth(limit)).toEqual({ state: 'offline', detail: 'not opened' });
  });

  it('writes pictures in their order, the newest last', async () => {
    const one = display();
    await one.open(limit);
    const shows = [one.show(code, limit), one.show({ kind: 'idle' }, limit)];
    expect((await Promise.all(shows)).every(({ ok }) => ok)).toBe(true);
    expect(dark()).toBe(true);
  });

  it('takes the geometry that the kernel tells of the device behind a name', async () => {
    const kernelFolder = path.join(folder, 'graphics');
    mkdirSync(path.join(kernelFolder, 'fb1'), { recursive: true });
    const tell = (name: string, value: string): void => writeFileSync(path.join(kernelFolder, 'fb1', name), value);
    tell('virtual_size', '320,240\n');
    tell('bits_per_pixel', '16\n');
    tell('stride', '640\n');
    symlinkSync(device, path.join(folder, 'qr-display'));
    const one = display({ device: path.join(folder, 'qr-display'), geometry: undefined, kernelFolder });
    expect(await one.open(limit)).toEqual({ ok: true, value: undefined });
    await one.show(code, limit);
    // The mode changes under it: drawn anew by the next look.
    tell('bits_per_pixel', '32\n');
    tell('stride', '1280\n');
    expect((await one.checkHealth(limit)).state).toBe('ready');
    expect(readFileSync(device)).toHaveLength(1280 * 240);
  });

  it('says that it was unplugged, and shows the present sale when it is back', async () => {
    const one = display();
    const health: string[] = [];
    one.onHealth(({ state }) => health.push(state));
    await one.open(limit);
    await one.show(code, limit);
    renameSync(device, `${device}-away`);
    expect(await one.checkHealth(limit)).toEqual({
      state: 'offline',
      detail: `there is no ${device}: connect the display, and load its driver (dtoverlay)`,
    });
    const refused = await one.show({ kind: 'text', lines: ['45.000 đ', 'Đã thanh toán'], answer: 'yes' }, limit);
    expect(refused.ok ? undefined : refused.fault.kind).toBe('notConnected');
    writeFileSync(device, new Uint8Array(bytes));
    expect((await one.checkHealth(limit)).state).toBe('ready');
    expect(readFileSync(device).readUInt16LE(0)).toBe(0x0285);
    expect(health).toEqual(['ready', 'offline', 'ready']);
  });

  it('that is connected later begins with what is to be seen', async () => {
    renameSync(device, `${device}-away`);
    const one = display();
    expect((await one.open(limit)).ok).toBe(false);
    expect((await one.show(code, limit)).ok).toBe(false);
    renameSync(`${device}-away`, device);
    expect((await one.open(limit)).ok).toBe(true);
    expect(readFileSync(device).readUInt16LE(0)).toBe(0xffff);
    await one.close();
  });

  it('goes dark and says why when a code is too dense, rather than leave the last sale’s code there', async () => {
    const one = display({ geometry: { width: 128, height: 128, bitsPerPixel: 16, strideBytes: 256 } });
    await one.open(limit);
    await one.show(code, limit);
    const refused = await one.show({ ...code, payload: 'A'.repeat(400) }, limit);
    expect(refused.ok ? undefined : refused.fault.detail).toContain('too dense for 128 × 128 pixels');
    expect((await one.checkHealth(limit)).state).toBe('attention');
    expect(
      readFileSync(device)
        .subarray(0, 256 * 128)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it.each([
    ['a device that takes no more than it has', '/dev/full', '/dev/full does not take a picture of this size (ENOSPC)'],
    ['a folder', '/proc/self/fd', 'may not be written|is a folder'],
    ['none', '/dev/fb-none', 'there is no /dev/fb-none: connect the display'],
  ])('names the device and says what to do: %s', async (_, path, why) => {
    const one = display({ device: path });
    const opened = await one.open(limit);
    expect(opened.ok ? 'opened' : opened.fault.detail).toMatch(new RegExp(why.replaceAll(/[()]/g, '\\$&')));
    await one.close();
  });

  it('refuses settings that no display has', () => {
    const host = { clock, random: { bytes: () => new Uint8Array() }, log: { write: () => undefined } };
    const made = framebufferDisplay.create('display', { device: 'fb1', rotate: 45, geometry: { width: 1 } }, host);
    expect(made.ok ? [] : made.fault.map(({ path }) => path.join('.'))).toEqual([
      'device',
      'rotate',
      'geometry.width',
      'geometry.height',
      'geometry.bitsPerPixel',
    ]);
  });
});
