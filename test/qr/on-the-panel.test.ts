/**
 * A whole terminal with a display on a framebuffer: the code of the sale is read from its bytes, and a display that goes
 * away in the middle of the sale is named with what to do, while the sale is paid all the same.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { readWithZbar } from './zbar.ts';

const [width, height] = [480, 320];
let folder = '';
let device = '';
let running: RunningTerminal;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-panel-'));
  device = path.join(folder, 'fb1');
  writeFileSync(device, new Uint8Array(width * height * 4));
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<'devices' | 'qr', object>;
  const settings = { device, geometry: { width, height, bitsPerPixel: 32 } };
  const customerDisplay = { driver: 'framebuffer-display', name: 'panel', settings };
  const configFile = path.join(folder, 'config.json');
  const devices = { ...embedded.devices, customerDisplay };
  writeFileSync(configFile, JSON.stringify({ ...embedded, devices, qr: { ...embedded.qr, staticCode: 'idle' } }));
  const log = { write: () => {} };
  const started = await startTerminal({
    configFile,
    dataFolder: path.join(folder, 'data'),
    clock: systemClock,
    random: systemRandom,
    log,
  });
  if (!started.ok) throw new Error(started.fault.detail);
  running = started.value;
});
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What is read from the panel, and whether it is green. */
function panel(): { readonly codes: readonly string[]; readonly corner: number } {
  const frame = readFileSync(device);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let at = 0; at < frame.length; at += 4) {
    image.data.set([frame[at + 2] ?? 0, frame[at + 1] ?? 0, frame[at] ?? 0, 255], at);
  }
  context.putImageData(image, 0, 0);
  return { codes: readWithZbar(canvas.toBuffer('image/png')), corner: frame.readUInt32LE(0) };
}

it('shows the shop’s code, then the sale’s, then that it is paid; without it the next sale is paid, too', async () => {
  const { service } = running;
  const view = () => service.view();
  const sell = async (key: string, amountMinorUnits: number): Promise<string> => {
    await service.execute({ type: 'startSale', key, amountMinorUnits, method: 'qr' });
    await expect.poll(() => view().sale).toMatchObject({ stage: 'showQr', amount: { minorUnits: amountMinorUnits } });
    return view().sale?.qr?.payload ?? '';
  };
  const pay = async (amountMinorUnits: number): Promise<void> => {
    const reference = view().sale?.qr?.reference ?? '';
    expect((await service.execute({ type: 'simPayQr', reference, amountMinorUnits })).ok).toBe(true);
    await expect.poll(() => view().sale?.stage).toBe('approved');
  };
  await expect.poll(() => panel().codes).toEqual([view().staticQr?.payload]);
  const payload = await sell('one', 45_000);
  expect(payload).not.toBe(view().staticQr?.payload);
  await expect.poll(() => panel().codes).toEqual([payload]);
  await pay(45_000);
  await expect.poll(panel).toEqual({ codes: [], corner: 0x07522d });
  rmSync(device);
  await sell('two', 30_000);
  await pay(30_000);
  // Looked at every five seconds.
  await expect
    .poll(() => view().devices.find(({ name }) => name === 'panel'), { timeout: 10_000, interval: 200 })
    .toMatchObject({ state: 'offline', detail: expect.stringContaining(`there is no ${device}: connect the display`) });
  expect(view().sale).toMatchObject({ stage: 'approved', moneyMoved: 'yes' });
});
