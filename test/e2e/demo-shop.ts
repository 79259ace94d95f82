/** The real service with simulated devices and its demo page in a real browser, for the tests of this folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startService, type RunningService } from '../../src/main/wire.ts';
import { openBrowser, watch, type WatchedPage } from '../ui/browser.ts';

/** Set to a folder to keep screenshots of the real screens (for the README, and to look at). */
const pictures = process.env['CHAM_PICTURES'];

export interface DemoShop {
  readonly service: RunningService;
  readonly dataFolder: string;
  readonly watched: WatchedPage;
  readonly page: Page;
  readonly cashier: Locator;
  readonly customer: Locator;
  readonly strip: Locator;
  picture(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded configuration with other limits, and whatever else is changed. */
export async function openDemoShop(limits: object, changes: object = {}): Promise<DemoShop> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'cham-e2e-'));
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as { readonly policy: object };
  const configFile = path.join(dataFolder, 'config.json');
  writeFileSync(configFile, JSON.stringify({ ...embedded, ...changes, policy: { ...embedded.policy, ...limits } }));
  const started = await startService({
    configFile,
    dataFolder,
    port: 0,
    clock: systemClock,
    random: systemRandom,
    log: { write: () => {} },
  });
  if (!started.ok) throw new Error(started.fault.detail);
  const service = started.value;
  const browser = await openBrowser();
  const watched = await watch(await browser.newContext({ viewport: { width: 1280, height: 800 } }));
  const { page } = watched;
  await page.goto(service.server.url('demo'));
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  return {
    service,
    dataFolder,
    watched,
    page,
    cashier: page.getByRole('region', { name: 'Màn hình thu ngân' }),
    customer: page.getByRole('region', { name: 'Màn hình khách hàng' }),
    strip: page.getByRole('region', { name: 'Mô phỏng', exact: true }),
    async picture(name) {
      if (pictures === undefined) return;
      await page.evaluate(stillness);
      await page.screenshot({ path: path.join(pictures, `${name}.png`) });
    },
    async stop() {
      await browser.close();
      await service.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** In the page: until everything that moves once (the paper that comes out) has come to its end. */
async function stillness(): Promise<void> {
  const once = document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(once.map(async (each) => each.finished));
}
