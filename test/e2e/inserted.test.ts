/**
 * Inserted cards at the demo shell, in a real browser: the choice of an application, a PIN at the pad, a chip that
 * refuses what the bank approved, and a card without contactless kernel that is asked into the slot.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningService } from '../../src/main/wire.ts';
import { axeViolations } from '../ui/browser.ts';
import { openDemoShop, type DemoShop } from './demo-shop.ts';

let shop: DemoShop;
let service: RunningService;
let page: Page;
let cashier: Locator;
let customer: Locator;
let strip: Locator;

beforeAll(async () => {
  shop = await openDemoShop({ hostTimeoutMs: 4000, retryMs: 1000 });
  ({ service, page, cashier, customer, strip } = shop);
});

afterAll(() => shop.stop());

const view = () => service.service.view();
const sale = () => view().sale;

async function sell(amount: string, card: string): Promise<void> {
  for (const digits of amount.match(/000|\d/g) ?? []) {
    await cashier.getByRole('button', { name: digits, exact: true }).click();
  }
  await cashier.getByRole('button', { name: /^Thẻ/ }).click();
  await expect.poll(() => sale()?.stage).toBe('presentCard');
  await strip.getByRole('button', { name: card }).first().click();
}

/** The next sale begins on an empty screen, with the former card taken out. */
async function next(): Promise<void> {
  const id = sale()?.id ?? '';
  await expect
    .poll(async () => (await service.service.execute({ type: 'closeSale', transactionId: id })).ok)
    .toBe(true);
  await service.service.execute({ type: 'simTakeCard' });
  await expect.poll(() => sale()).toBeNull();
}

const limit = { timeout: 10_000 };

it('lets the customer choose between two applications, and approves only after the chip has agreed', async () => {
  await sell('45000', 'Mastercard + NAPAS');
  await expect.poll(() => view().cardPrompt?.kind, limit).toBe('chooseApplication');
  await customer.getByRole('button', { name: /NAPAS/ }).first().waitFor();
  await shop.picture('choose-application');
  expect(await axeViolations(page)).toEqual([]);
  await customer.getByRole('button', { name: /NAPAS/ }).first().click();
  await expect.poll(() => view().cardPrompt?.kind, limit).toBe('enterPin');
  await shop.picture('enter-pin');
  await service.service.execute({ type: 'simPin', pin: 'right' });
  await expect.poll(() => sale()?.stage, limit).toBe('approved');
  expect(sale()).toMatchObject({ moneyMoved: 'yes', card: { label: expect.stringMatching(/NAPAS/) as string } });
  await expect.poll(() => sale()?.receipt.state, limit).toBe('printed');
  await shop.picture('inserted-approved');
  await next();
});

it('takes nothing when the chip refuses what the bank has approved, and says so', async () => {
  await sell('32000', 'NAPAS từ chối ở cuối');
  await expect
    .poll(async () => {
      if (view().cardPrompt?.kind === 'enterPin') await service.service.execute({ type: 'simPin', pin: 'right' });
      return sale()?.stage;
    }, limit)
    .toBe('reversed');
  expect(sale()?.moneyMoved).toBe('no');
  await shop.picture('chip-refused');
  expect(await axeViolations(page)).toEqual([]);
  expect(view().batches.open.lines.reduce((sum, { booked }) => sum + booked.count, 0)).toBe(1);
  await next();
});

it('asks for the slot when a tap cannot be read, in the same sale', async () => {
  await sell('27000', 'Chạm thẻ JCB');
  await expect.poll(() => sale()?.reason, limit).toMatch(/useAnotherInterface/);
  expect(sale()?.stage).toBe('presentCard');
  await shop.picture('insert-instead');
  const id = sale()?.id;
  await strip.getByRole('button', { name: 'Visa (cắm chip)' }).first().click();
  await expect
    .poll(async () => {
      if (view().cardPrompt?.kind === 'enterPin') await service.service.execute({ type: 'simPin', pin: 'right' });
      return sale()?.stage;
    }, limit)
    .toBe('approved');
  expect(sale()?.id).toBe(id);
  await next();
});
