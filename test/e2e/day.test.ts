/**
 * A cashier's day on the real service in a real browser: a payment taken without the bank and delivered, a refund that a
 * supervisor approves, a deposit that is held and completed, cash, and the end of the day, in balance with the bank.
 */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalFolder } from '../../src/main/folders.ts';
import type { RunningService } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { vi } from '../../ui/i18n/vi.ts';
import { axeViolations } from '../ui/browser.ts';
import { openDemoShop, type DemoShop } from './demo-shop.ts';

/** That of the embedded configuration's training supervisor. */
const supervisorCode = '246810';
/** The terminal looks for the line before it takes a payment without it. */
const waits = { timeout: 15_000 };

let shop: DemoShop;
let service: RunningService;
let page: Page;
let cashier: Locator;
let strip: Locator;

beforeAll(async () => {
  const offline = {
    maxAmount: 500_000,
    maxSum: 5_000_000,
    maxCount: 20,
    maxAgeMs: 86_400_000,
    maxPerCard: 5,
    perCardWindowMs: 86_400_000,
  };
  shop = await openDemoShop({ hostTimeoutMs: 5000, retryMs: 500, offline });
  ({ service, page, cashier, strip } = shop);
});

afterAll(() => shop.stop());

const view = () => service.service.view();
const button = (name: string): Locator => cashier.getByRole('button', { name, exact: true });

const picture = (name: string): Promise<void> => shop.picture(name);

async function press(amount: string): Promise<void> {
  for (const digits of amount.match(/000|\d/g) ?? []) await button(digits).first().click();
}

async function choose(name: string): Promise<void> {
  await button(vi.top.menu).click();
  await cashier.locator('.menu-choice', { has: page.getByText(name, { exact: true }) }).click();
}

async function tap(): Promise<void> {
  await expect.poll(() => view().sale?.stage, waits).toBe('presentCard');
  // The reader may still be switching on.
  const card = strip.getByRole('button', { name: /^NAPAS/ }).first();
  await expect
    .poll(async () => {
      if (view().sale?.stage === 'presentCard') await card.click();
      return view().sale?.stage;
    }, waits)
    .not.toBe('presentCard');
}

async function reached(stage: string): Promise<void> {
  await expect.poll(() => view().sale?.stage, waits).toBe(stage);
  await expect.poll(() => view().sale?.receipt.state, waits).toBe('printed');
}

async function next(): Promise<void> {
  await button(vi.sale.newSale).or(button(vi.sale.nextCustomer)).or(button(vi.sale.close)).first().click();
  await expect.poll(() => view().sale, waits).toBeNull();
}

describe("a cashier's day", () => {
  it('takes a payment while the line is down, says what is at risk, and delivers it when the line is back', async () => {
    await strip.getByRole('button', { name: 'Rút dây mạng' }).click();
    await expect.poll(() => view().acquirerLink, waits).toBe('down');
    await press('45000');
    await cashier.getByRole('button', { name: /^Thẻ/ }).click();
    await tap();
    await reached('stored');
    expect(view().sale).toMatchObject({ moneyMoved: 'unknown', stored: { manner: 'deferred' } });
    await picture('stored');
    expect(await axeViolations(page)).toEqual([]);
    await next();
    expect(view().outbox.exposure).toMatchObject({ count: 1, sum: { minorUnits: 45_000 } });
    await choose(vi.menu.stored.name);
    await cashier.getByText(view().outbox.exposure.sentence.vi).waitFor();
    await picture('outbox');
    await strip.getByRole('button', { name: 'Cắm dây mạng' }).click();
    await expect.poll(() => view().outbox.count, waits).toBe(0);
    expect(view().recent[0]).toMatchObject({ stage: 'approved', moneyMoved: 'yes' });
    // Back to the menu, and out of it.
    await button(vi.lists.close).click();
    await button(vi.lists.close).click();
  });

  it('refunds without a sale only with a supervisor', async () => {
    await choose(vi.menu.refundFree.name);
    await press('20000');
    await button(vi.tasks.refundTo.card).click();
    await button('Trưởng ca').click();
    await press(supervisorCode);
    await picture('supervisor');
    await button(vi.supervisor.confirm).click();
    await tap();
    await reached('approved');
    expect(view().sale).toMatchObject({ kind: 'refund', moneyMoved: 'yes' });
    await next();
  });

  it('holds a deposit and completes it with less', async () => {
    await choose(vi.menu.preAuthorization.name);
    await press('500000');
    await button(vi.tasks.preAuthorization.confirm).click();
    await tap();
    await reached('held');
    expect(view().sale).toMatchObject({ moneyMoved: 'no', held: { minorUnits: 500_000 } });
    await picture('held');
    await button(vi.tasks.more).click();
    await button(vi.tasks.complete.name).click();
    await press('450000');
    await button(vi.tasks.complete.confirm).click();
    await reached('completed');
    expect(view().sale).toMatchObject({ moneyMoved: 'yes', charged: { minorUnits: 450_000 } });
    await next();
  });

  it('takes cash and says the change', async () => {
    await press('60000');
    await cashier.getByRole('button', { name: new RegExp(`^${vi.entry.cash}`) }).click();
    await expect.poll(() => view().sale?.stage, waits).toBe('takeCash');
    await press('100000');
    await button(vi.cash.confirm).click();
    await reached('approved');
    expect(view().sale?.cash).toMatchObject({ change: { minorUnits: 40_000 } });
    await next();
  });

  it('closes the day: the drawer is counted, the bank agrees, the Z report is printed', async () => {
    await choose(vi.menu.day.name);
    await picture('day');
    await button(vi.day.close).click();
    await press('60000');
    await button(vi.day.withCount).click();
    await button(vi.day.confirm).click();
    await expect.poll(() => view().batches.settled[0], waits).toMatchObject({ number: 1, balance: 'inBalance' });
    expect(view().batches.open.number).toBe(2);
    expect(view().worklist).toEqual([]);
    await strip.getByRole('img').first().waitFor();
    await picture('closed');
    expect(await axeViolations(page)).toEqual([]);
  });

  it('left no code on any screen, no error in the browser, and a journal that verifies', async () => {
    expect(await page.content()).not.toContain(supervisorCode);
    expect(shop.watched.problems).toEqual([]);
    const file = journalFiles(journalFolder(shop.dataFolder)).journal;
    expect(verifyJournal(file)).toMatchObject({ verified: true, problems: [] });
    expect(readFileSync(file).includes(supervisorCode)).toBe(false);
  });
});
