/** Every page behind the till on a bad day, in both languages at every size: nothing is cut, small or out of reach. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { en } from '../../ui/i18n/en.ts';
import type { Messages } from '../../ui/i18n/messages.ts';
import { vi } from '../../ui/i18n/vi.ts';
import { axeViolations, misfits, sizes, smallTargets } from './browser.ts';
import { busyView } from './fixtures.ts';
import { withScreens } from './with-screens.ts';

const screens = withScreens(busyView);

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function choose(page: Page, m: Messages, name: string): Promise<void> {
  await button(page, m.top.menu).click();
  await page.locator('.menu-choice', { has: page.getByText(name, { exact: true }) }).click();
}

async function firstDetails(page: Page, m: Messages): Promise<void> {
  await page.getByRole('button', { name: m.tasks.details }).first().click();
}

type Way = (page: Page, m: Messages) => Promise<void>;

/** How to get to each page from the till. */
const ways: Readonly<Record<string, Way>> = {
  menu: (page, m) => button(page, m.top.menu).click(),
  worklist: (page, m) => button(page, `${m.top.worklist} 7`).click(),
  recent: (page, m) => button(page, m.top.recent).click(),
  refundSale: (page, m) => choose(page, m, m.menu.refundSale.name),
  async refund(page, m) {
    await choose(page, m, m.menu.refundSale.name);
    await page.getByRole('button', { name: m.tasks.refund.name }).first().click();
    await page.keyboard.type('99999999999');
  },
  async refundFree(page, m) {
    await choose(page, m, m.menu.refundFree.name);
    await page.keyboard.type('99999999999');
  },
  async approval(page, m) {
    await choose(page, m, m.menu.refundFree.name);
    await page.keyboard.type('45000');
    await page.keyboard.press('Enter');
    await page.getByText(m.supervisor.title).waitFor();
    await page.keyboard.type('123456789012');
  },
  preAuthorization: (page, m) => choose(page, m, m.menu.preAuthorization.name),
  split: (page, m) => choose(page, m, m.menu.split.name),
  async bill(page, m) {
    await choose(page, m, m.menu.split.name);
    await page.keyboard.type('128450000');
    await page.keyboard.press('Enter');
    await page.keyboard.type('999999999999');
  },
  holds: (page, m) => choose(page, m, m.menu.holds.name),
  async hold(page, m) {
    await choose(page, m, m.menu.holds.name);
    await firstDetails(page, m);
  },
  async void(page, m) {
    await choose(page, m, m.menu.holds.name);
    await firstDetails(page, m);
    await button(page, m.tasks.void.name).click();
  },
  stored: (page, m) => choose(page, m, m.menu.stored.name),
  async deadLetter(page, m) {
    await choose(page, m, m.menu.stored.name);
    await firstDetails(page, m);
  },
  async resolve(page, m) {
    await choose(page, m, m.menu.stored.name);
    await firstDetails(page, m);
    await button(page, m.tasks.resolve.name).click();
  },
  day: (page, m) => choose(page, m, m.menu.day.name),
  async closeBatch(page, m) {
    await choose(page, m, m.menu.day.name);
    await button(page, m.day.close).click();
  },
  async confirmClose(page, m) {
    await choose(page, m, m.menu.day.name);
    await button(page, m.day.close).click();
    await page.keyboard.type('2300000');
    await page.keyboard.press('Enter');
    await page.getByText(m.day.confirmTitle(42)).waitFor();
  },
};

/** Lists scroll; forms must not. */
const forms = ['menu', 'refund', 'refundFree', 'approval', 'preAuthorization', 'split', 'void', 'closeBatch'];

test.each([
  ['vi', vi],
  ['en', en],
] as const)('every page fits and passes axe in %s', { timeout: 120_000 }, async (language, m) => {
  const { terminal, open } = screens();
  terminal.show({ ...busyView, terminal: { ...busyView.terminal, defaultLanguage: language } });
  const { page, problems } = await open('cashier.html');
  for (const [name, way] of Object.entries(ways)) {
    await page.setViewportSize(sizes[0]);
    await page.reload();
    await button(page, m.top.menu).waitFor();
    await way(page, m);
    for (const size of sizes) {
      await page.setViewportSize(size);
      const what = `${name} at ${size.width} × ${size.height}`;
      expect(await misfits(page, '.cashier-main'), what).toEqual([]);
      // Words of the top bar are only read out where there is no room for them.
      const bar = await misfits(page, '.topbar');
      expect(
        bar.filter((each) => !each.includes('topbar-word')),
        what,
      ).toEqual([]);
      expect(await smallTargets(page), what).toEqual([]);
      const body = page.locator('.sheet-body');
      if ((await body.count()) > 0) {
        const over = await body.evaluate(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => ({
          wide: scrollWidth - clientWidth,
          high: scrollHeight - clientHeight,
        }));
        expect(over.wide, what).toBe(0);
        if (forms.includes(name)) expect(over.high, what).toBe(0);
      }
      // Words beside the icons of the top bar appear on the widest one. Both languages share the structure and the colours.
      const isNew = language === 'vi' || name === 'menu';
      if (size !== sizes[1] && isNew) expect(await axeViolations(page), what).toEqual([]);
    }
  }
  expect(problems).toEqual([]);
});
