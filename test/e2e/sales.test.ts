/**
 * The whole house in a real browser: the real service with simulated devices, its real screens in Chromium, and a
 * person's clicks. Both sales from amount to printed receipt, and the things that go wrong.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalFolder } from '../../src/main/folders.ts';
import type { RunningService } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { axeViolations, type WatchedPage } from '../ui/browser.ts';
import { openDemoShop, type DemoShop } from './demo-shop.ts';

let shop: DemoShop;
let service: RunningService;
let dataFolder = '';
let watched: WatchedPage;
let page: Page;
let cashier: Locator;
let customer: Locator;
let strip: Locator;

beforeAll(async () => {
  // Shorter limits than a shop would set, so that the unknown outcome does not take half a minute.
  shop = await openDemoShop({ hostTimeoutMs: 2000, providerTimeoutMs: 2000, retryMs: 1000 });
  ({ service, dataFolder, watched, page, cashier, customer, strip } = shop);
});

afterAll(() => shop.stop());

const picture = (name: string): Promise<void> => shop.picture(name);

async function enter(amount: string): Promise<void> {
  for (const digits of amount.match(/000|\d/g) ?? []) {
    await cashier.getByRole('button', { name: digits, exact: true }).click();
  }
}

const sale = () => service.service.view().sale;

describe('a person at the demo shell', () => {
  it('takes a contactless card sale from amount to printed receipt', async () => {
    await enter('45000');
    await cashier.getByText('45.000').first().waitFor();
    await picture('amount');
    await cashier.getByRole('button', { name: /^Thẻ/ }).click();
    await customer.getByText('45.000').first().waitFor();
    await expect.poll(() => sale()?.stage).toBe('presentCard');
    await picture('tap-card');
    await strip
      .getByRole('button', { name: /^NAPAS/ })
      .first()
      .click();
    await cashier.getByRole('heading', { name: 'Giao dịch thành công' }).waitFor();
    await expect.poll(() => sale()?.receipt.state).toBe('printed');
    expect(sale()).toMatchObject({ stage: 'approved', moneyMoved: 'yes', approvalCode: 'T00001' });
    expect(sale()).toMatchObject({ card: { maskedPan: '970400******0018' } });
    await strip.getByRole('img').first().waitFor();
    await picture('approved');
    expect(await axeViolations(page)).toEqual([]);
    await cashier.getByRole('button', { name: 'Giao dịch mới' }).click();
    await expect.poll(() => sale()).toBeNull();
  });

  it('takes a VietQR sale confirmed by the bank', async () => {
    await enter('129000');
    await cashier.getByRole('button', { name: /^Mã QR/ }).click();
    await expect.poll(() => sale()?.stage).toBe('showQr');
    await customer.getByText('129.000').first().waitFor();
    await picture('qr');
    expect(await axeViolations(page)).toEqual([]);
    await strip.getByRole('button', { name: /^Trả đúng 129\.000/ }).click();
    await expect.poll(() => sale()?.receipt.state).toBe('printed');
    expect(sale()).toMatchObject({ stage: 'approved', method: 'qr', moneyMoved: 'yes' });
    await picture('qr-paid');
    const { id } = sale() ?? {};
    await cashier.getByRole('button', { name: 'Thao tác khác' }).click();
    await cashier.getByRole('button', { name: 'Hoàn qua nhà cung cấp QR' }).click();
    await cashier.getByRole('button', { name: 'Hoàn ngay' }).click();
    await expect.poll(() => sale()?.receipt.state).toBe('printed');
    expect(sale()).toMatchObject({ stage: 'approved', kind: 'refund', method: 'qr', moneyMoved: 'yes' });
    expect(service.training?.provider?.refunds()).toMatchObject([{ amountMinorUnits: 129_000 }]);
    expect(service.service.view().recent.find((each) => each.id === id)).toMatchObject({
      refundable: { minorUnits: 0 },
    });
    await picture('qr-refunded');
    await cashier.getByRole('button', { name: 'Giao dịch mới' }).click();
  });

  it('under-paid: shows what arrived and what is missing, and keeps it on the worklist', async () => {
    await enter('50000');
    await cashier.getByRole('button', { name: /^Mã QR/ }).click();
    await expect.poll(() => sale()?.stage).toBe('showQr');
    await strip.getByRole('button', { name: /^Trả thiếu 49\.000/ }).click();
    await expect.poll(() => sale()?.stage).toBe('underPaid');
    await cashier
      .getByText(/1\.000/)
      .first()
      .waitFor();
    await picture('under-paid');
    const id = sale()?.id ?? '';
    expect((await service.service.execute({ type: 'closeSale', transactionId: id })).ok).toBe(true);
    expect(service.service.view().worklist).toMatchObject([{ kind: 'underPaid', amount: { minorUnits: 1000 } }]);
  });

  it('cancelled, then paid too late: kept, and "was I charged?" says yes', async () => {
    await enter('60000');
    await cashier.getByRole('button', { name: /^Mã QR/ }).click();
    await expect.poll(() => sale()?.stage).toBe('showQr');
    await cashier.getByRole('button', { name: 'Hủy giao dịch' }).click();
    await expect.poll(() => sale()?.stage).toBe('cancelled');
    expect(sale()?.moneyMoved).toBe('no');
    await strip.getByRole('button', { name: /^Trả đúng 60\.000/ }).click();
    await expect.poll(() => sale()?.moneyMoved).toBe('yes');
    expect(service.service.view().worklist).toContainEqual(
      expect.objectContaining({ kind: 'lateTransfer', amount: { minorUnits: 60_000, currency: 'VND' } }),
    );
    await picture('late');
    await service.service.execute({ type: 'closeSale', transactionId: sale()?.id ?? '' });
  });

  it('no paper: the sale stays approved, says that nothing was printed, and prints after paper is in', async () => {
    await strip.getByRole('button', { name: 'Hết giấy' }).click();
    await enter('30000');
    await cashier.getByRole('button', { name: /^Thẻ/ }).click();
    await expect.poll(() => sale()?.stage).toBe('presentCard');
    await strip.getByRole('button', { name: /^Visa/ }).first().click();
    await expect.poll(() => sale()?.receipt).toMatchObject({ state: 'failed', trouble: 'paperOut' });
    await picture('no-paper');
    await strip.getByRole('button', { name: 'Hết giấy' }).click();
    await cashier.getByRole('button', { name: 'In lại phiếu' }).click();
    await expect.poll(() => sale()?.receipt).toMatchObject({ state: 'printed', copies: 1 });
    await cashier.getByRole('button', { name: 'Giao dịch mới' }).click();
  });

  it('declined by the bank, and a card taken away too early', async () => {
    await enter('20000');
    await cashier.getByRole('button', { name: /^Thẻ/ }).click();
    await expect.poll(() => sale()?.stage).toBe('presentCard');
    await strip.getByRole('button', { name: /rút sớm/ }).click();
    await expect.poll(() => sale()?.reason).toBe('tryAgain.removedTooEarly');
    await picture('try-again');
    await strip.getByRole('button', { name: /^JCB/ }).click();
    await expect.poll(() => sale()?.stage, { timeout: 5_000 }).toBe('declined');
    expect(sale()).toMatchObject({ moneyMoved: 'no', responseCode: '51' });
    await picture('declined');
    await service.service.execute({ type: 'closeSale', transactionId: sale()?.id ?? '' });
  });

  it('plug pulled during the authorization: unknown, never shown as failed, then undone once the plug is back', async () => {
    await enter('70000');
    await cashier.getByRole('button', { name: /^Thẻ/ }).click();
    await expect.poll(() => sale()?.stage).toBe('presentCard');
    await strip.getByRole('button', { name: 'Rút dây mạng' }).click();
    await expect.poll(() => service.service.view().simulator?.networkConnected).toBe(false);
    await strip
      .getByRole('button', { name: /^NAPAS/ })
      .first()
      .click();
    await expect.poll(() => sale()?.stage, { timeout: 10_000 }).toBe('unknown');
    expect(sale()).toMatchObject({ moneyMoved: 'unknown', reason: 'unknown.noReply' });
    await picture('unknown');
    await strip.getByRole('button', { name: 'Cắm dây mạng' }).click();
    await expect.poll(() => sale()?.stage, { timeout: 15_000 }).toBe('reversed');
    expect(sale()?.moneyMoved).toBe('no');
    await picture('reversed');
    await service.service.execute({ type: 'closeSale', transactionId: sale()?.id ?? '' });
  });

  it('both books agree', () => {
    const approved = service.service
      .view()
      .recent.filter(({ method, stage }) => method === 'card' && stage === 'approved');
    const captured = service.training?.acquirer?.captured().filter(({ reversed }) => !reversed) ?? [];
    expect(approved.map(({ stan }) => stan).toReversed()).toEqual(captured.map(({ stan }) => stan));
  });

  it('leaves no problem in the console and a journal that verifies', async () => {
    expect(watched.problems).toEqual([]);
    expect(verifyJournal(journalFiles(journalFolder(dataFolder)).journal)).toMatchObject({ verified: true });
    const html = await page.content();
    expect(html).not.toMatch(/970400\d{6}0018|476173\d{6}0119/);
  });
});
