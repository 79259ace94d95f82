/**
 * Payments by QR in a real browser, with everything that is more than one code and one transfer: the shop's static code and
 * money without a reference, a second code for the rest, several codes waiting, and a bank that cannot be asked.
 */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashCode } from '../../src/main/supervisors.ts';
import { vi } from '../../ui/i18n/vi.ts';
import { axeViolations, misfits } from '../ui/browser.ts';
import { openDemoShop, type DemoShop } from './demo-shop.ts';

let shop: DemoShop;
let cashier: Locator;
let customer: Locator;
let strip: Locator;

beforeAll(async () => {
  const supervisors = [{ name: 'Lan', codeHash: await hashCode('246810') }];
  shop = await openDemoShop({ providerTimeoutMs: 2000, retryMs: 1000 }, { supervisors });
  ({ cashier, customer, strip } = shop);
});

afterAll(() => shop.stop());

const view = () => shop.service.service.view();
const button = (name: string | RegExp): Locator => cashier.getByRole('button', { name });

async function charge(amount: string): Promise<void> {
  for (const digits of amount.match(/000|\d/g) ?? []) {
    await cashier.getByRole('button', { name: digits, exact: true }).click();
  }
  await button(/^Mã QR/).click();
  await expect.poll(() => view().sale?.stage).toBe('showQr');
}

async function done(): Promise<void> {
  await expect.poll(() => view().sale?.receipt.state).toBe('printed');
  await button(vi.sale.newSale).click();
  await expect.poll(() => view().sale).toBeNull();
}

describe('payments by QR at the demo shell', () => {
  it('paid too little: a second code for the rest, and the bill is paid', async () => {
    await charge('50000');
    await strip.getByRole('button', { name: /49\.000/ }).click();
    await expect.poll(() => view().sale?.stage).toBe('underPaid');
    await shop.picture('qr-under-paid');
    await cashier
      .locator('.rest')
      .getByRole('button', { name: /^Mã QR/ })
      .click();
    await expect.poll(() => view().sale).toMatchObject({ stage: 'showQr', amount: { minorUnits: 1000 } });
    await customer.getByText('1.000').first().waitFor();
    await shop.picture('qr-rest');
    await strip
      .getByRole('button', { name: /1\.000/ })
      .first()
      .click();
    await expect.poll(() => view().sale).toMatchObject({ stage: 'approved', order: { remaining: { minorUnits: 0 } } });
    await done();
    expect(view().worklist).toEqual([]);
  });

  it('by the shop’s static code: shown on request, and its money is the sale’s by one press', async () => {
    await button(vi.top.menu).click();
    await button(vi.qr.staticCode.show).click();
    await customer.getByRole('heading', { name: vi.qr.staticCode.title }).waitFor();
    await expect.poll(() => view().simulator?.display.kind).toBe('qr');
    await shop.picture('static-code');
    expect(await axeViolations(shop.page)).toEqual([]);
    await strip.getByRole('button', { name: vi.qr.staticCode.pay }).click();
    await expect.poll(() => view().worklist).toMatchObject([{ kind: 'unmatchedTransfer', transfer: { fits: [] } }]);
    await charge('45000');
    await customer.getByText('45.000').first().waitFor();
    const one = cashier.getByRole('button', { name: /^Đúng, ghi 45\.000/ });
    await one.waitFor();
    await shop.picture('static-came');
    expect(await misfits(shop.page, '.cashier-main')).toEqual([]);
    expect(await axeViolations(shop.page)).toEqual([]);
    await one.click();
    await expect.poll(() => view().sale).toMatchObject({ stage: 'approved', moneyMoved: 'yes', unverified: null });
    expect(view().worklist).toEqual([]);
    await done();
    expect(view().staticQr?.shown).toBe(false);
  });

  it('several codes wait at once; the one that is paid is told, whatever is on the screen', async () => {
    for (const amount of ['20000', '30000']) {
      await charge(amount);
      await button(vi.qr.nextCustomer).click();
      await expect.poll(() => view().sale).toBeNull();
    }
    await button(/^Đang chờ chuyển khoản/).click();
    await cashier.getByText('20.000').first().waitFor();
    await shop.picture('qr-aside');
    expect(await axeViolations(shop.page)).toEqual([]);
    await strip.getByRole('button', { name: /^Trả đúng 30\.000/ }).click();
    await cashier.getByRole('button', { name: /^Đã nhận 30\.000/ }).click();
    expect(view().aside).toMatchObject([{ amount: { minorUnits: 20_000 } }]);
    await button(/^Đang chờ chuyển khoản/).click();
  });

  it('the bank cannot be asked: said so; a supervisor confirms by hand, and it stays marked', async () => {
    await charge('70000');
    await strip.getByRole('button', { name: vi.demo.unplug }).click();
    await expect
      .poll(() => view().qrLink, { timeout: 10_000 })
      .toMatchObject({ confirms: 'notNow', provider: { answer: 'silent' } });
    await cashier.getByText(vi.qr.link.advice.notNow).waitFor();
    await shop.picture('qr-not-now');
    expect(await misfits(shop.page, '.cashier-main')).toEqual([]);
    expect(await axeViolations(shop.page)).toEqual([]);
    await button(vi.tasks.confirmByHand.name).click();
    await button(vi.qr.confirmNotes[0] ?? '').click();
    await button(vi.tasks.confirmByHand.confirm).click();
    await shop.page.keyboard.type('246810');
    await shop.page.keyboard.press('Enter');
    await expect
      .poll(() => view().sale)
      .toMatchObject({ stage: 'approved', unverified: { approvedBy: 'Lan', verifiedAt: null } });
    await expect.poll(() => view().sale?.receipt.state).toBe('printed');
    await cashier.getByText(vi.qr.unverified('Lan')).waitFor();
    await shop.picture('qr-by-hand');
    expect(view().batches.open.lines.map(({ scheme }) => scheme)).toContain('QR unverified');
    await strip.getByRole('button', { name: vi.demo.plug }).click();
  });

  it('leaves no problem in the console', () => {
    expect(shop.watched.problems).toEqual([]);
  });
});
