/**
 * A person at the demo shell pays with the code of a phone: scanned by the simulated scanner, typed as a scanner in keyboard
 * mode types it, refused with a reason, and scanned when nobody asks.
 */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import { phoneCode } from '../../drivers/simulated/card/phone-code.ts';
import { axeViolations } from '../ui/browser.ts';
import { openDemoShop, type DemoShop } from './demo-shop.ts';

let shop: DemoShop;

beforeAll(async () => {
  shop = await openDemoShop({ hostTimeoutMs: 2000, retryMs: 1000 });
});

afterAll(() => shop.stop());

const sale = () => shop.service.service.view().sale;
const show = (name: RegExp): Locator => shop.strip.getByRole('button', { name });
const heading = (name: string): Locator => shop.cashier.getByRole('heading', { name });

async function begin(): Promise<void> {
  await shop.page.keyboard.type('45000');
  await shop.cashier.getByRole('button', { name: /^Quét mã khách/ }).click();
  await expect.poll(() => sale()?.stage).toBe('presentCard');
  await heading('Quét mã của khách').waitFor();
}

async function next(): Promise<void> {
  await shop.cashier.getByRole('button', { name: 'Giao dịch mới' }).click();
  await expect.poll(() => sale()).toBeNull();
}

it('a code is refused with its reason, and a good one is approved and printed', async () => {
  await begin();
  await shop.picture('code-waiting');
  expect(await axeViolations(shop.page)).toEqual([]);
  await show(/^Thiếu mật mã/).click();
  await shop.cashier.getByText('Mã thiếu mật mã').waitFor();
  expect(sale()).toMatchObject({ stage: 'presentCard', moneyMoved: 'no', reason: 'tryAgain.codeNoCryptogram' });
  await shop.picture('code-refused');
  await show(/^NAPAS/).click();
  await heading('Giao dịch thành công').waitFor();
  await expect.poll(() => sale()?.receipt.state).toBe('printed');
  expect(sale()).toMatchObject({
    moneyMoved: 'yes',
    method: 'card',
    presentment: 'code',
    card: { maskedPan: '970400******0018', interface: 'code' },
  });
  await shop.picture('code-approved');
  await next();
});

it('a scanner in keyboard mode types it into the field, which shows and keeps nothing of it', async () => {
  const cards = loadCardProfiles(defaultCardFile);
  const card = 'problems' in cards ? undefined : cards.find(({ id }) => id === 'visa-credit');
  if (card?.kind !== 'emv') throw new Error('no card');
  const code = phoneCode(card, { atc: 7, unpredictableNumber: Uint8Array.of(1, 2, 3, 4), layout: 'common' });
  await begin();
  // Wherever the focus is: a scanner does not look.
  await shop.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await shop.page.keyboard.type(code);
  const field = shop.cashier.locator('input[name="code"]');
  expect(await field.inputValue()).toBe(code);
  expect(await field.getAttribute('type')).toBe('password');
  await shop.picture('code-typed');
  await shop.page.keyboard.press('Enter');
  await heading('Giao dịch thành công').waitFor();
  expect(sale()).toMatchObject({ card: { maskedPan: '476173******0119', interface: 'code' } });
  expect(JSON.stringify(shop.service.service.view())).not.toContain(code.slice(12, 60));
  await next();
});

it('one that nobody asked for is not kept: neither scanned by a device nor typed into the amount', async () => {
  expect(await shop.service.service.execute({ type: 'simShowCode', code: 'napas-phone' })).toMatchObject({ ok: true });
  const notice = shop.cashier.getByText('Vừa có mã được quét');
  await notice.waitFor();
  expect(sale()).toBeNull();
  await shop.page.keyboard.type('12');
  await shop.page.waitForFunction(() => document.querySelector('.amount-value')?.textContent?.includes('12') === true);
  // A pause as a person makes one before the next thing happens.
  const pressedAt = await shop.page.evaluate(() => performance.now());
  await shop.page.waitForFunction((at) => performance.now() - at > 100, pressedAt);
  await shop.page.keyboard.type('8934588063053');
  await shop.page.keyboard.press('Enter');
  await expect.poll(() => shop.cashier.locator('.amount-value').innerText()).toMatch(/^12\s₫$/);
  expect(sale()).toBeNull();
  await shop.page.keyboard.press('Escape');
  expect(shop.watched.problems).toEqual([]);
});
