/** What a cashier does besides selling: parts, cash, refunds, holds, bills, stored payments, the end of the day. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { en } from '../../ui/i18n/en.ts';
import { vi } from '../../ui/i18n/vi.ts';
import { busyView, idleView, saleViewWith, viewWith } from './fixtures.ts';
import { fixtureNow, fullSales, kindSales, stageSales, vnd } from './sales.ts';
import { withScreens } from './with-screens.ts';

const screens = withScreens();

async function cashier(view?: TerminalView): Promise<Page> {
  const { terminal, open } = screens();
  if (view !== undefined) terminal.show(view);
  const { page } = await open('cashier.html');
  await page.locator('.cashier-main').waitFor();
  return page;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const amount = (page: Page): Promise<string> => page.locator('.amount output').innerText();

async function choose(page: Page, name: string): Promise<void> {
  await button(page, vi.top.menu).click();
  await page.locator('.menu-choice', { has: page.getByText(name, { exact: true }) }).click();
}

/** Opens the page of the first transaction in a list. */
async function details(page: Page): Promise<void> {
  await page.getByRole('button', { name: vi.tasks.details }).first().click();
  await page.locator('.sale-page').waitFor();
}

describe('a part approved', () => {
  test('is taken or given back, by its buttons and not by Escape or Enter', async () => {
    const page = await cashier(saleViewWith(stageSales.partlyApproved));
    const take = page.getByRole('button', { name: vi.sale.takePart('30.000\u00a0₫') });
    await expect.poll(() => take.isEnabled()).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    expect(screens().terminal.commands).toEqual([]);
    const shown = await page.locator('.sale').innerText();
    for (const word of ['30.000', '45.000', '15.000', vi.money.part.cashier]) expect(shown).toContain(word);
    await take.click();
    expect(await screens().sent('acceptPartial', 1)).toEqual([{ type: 'acceptPartial', transactionId: 'sale-1' }]);
    await button(page, vi.sale.givePartBack).click();
    expect(await screens().sent('cancelSale', 1)).toEqual([{ type: 'cancelSale', transactionId: 'sale-1' }]);
  });

  test('does not take a press meant for what stood there before', async () => {
    const page = await cashier(saleViewWith(stageSales.authorising));
    await page.locator('h2', { hasText: vi.waiting.authorising.title }).waitFor();
    screens().terminal.show(saleViewWith(stageSales.partlyApproved));
    const take = page.getByRole('button', { name: vi.sale.takePart('30.000\u00a0₫') });
    await take.waitFor();
    expect(await take.isDisabled()).toBe(true);
    expect(await button(page, vi.sale.givePartBack).isDisabled()).toBe(true);
  });
});

describe('cash', () => {
  test('starts from the till', async () => {
    const page = await cashier();
    await page.keyboard.type('45000');
    await page.getByRole('button', { name: new RegExp(`^${vi.entry.cash}`) }).click();
    expect(await screens().sent('startSale', 1)).toMatchObject([
      { amountMinorUnits: 45_000, method: 'cash', order: null },
    ]);
  });

  test('works out what is missing and what goes back, and sends it once', async () => {
    screens().terminal.answer = () => undefined;
    const page = await cashier(saleViewWith(stageSales.takeCash));
    const facts = page.locator('.take-in-facts');
    await page.keyboard.type('40000');
    await expect.poll(() => facts.innerText()).toContain(vi.cash.missing);
    expect(await facts.innerText()).toContain('5.000\u00a0₫');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Backspace');
    await button(page, '000').click();
    // 4.000.000: the customer lays down more than is due.
    await expect.poll(() => facts.innerText()).toContain(vi.cash.change);
    expect(await facts.innerText()).toContain('3.955.000\u00a0₫');
    expect(screens().terminal.commands).toEqual([]);
    await button(page, vi.cash.confirm).dblclick();
    await page.keyboard.press('Enter');
    expect(await screens().sent('tenderCash', 1)).toEqual([
      { type: 'tenderCash', transactionId: 'sale-1', tenderedMinorUnits: 4_000_000 },
    ]);
  });

  test('takes the exact amount at one press; Escape cancels', async () => {
    const page = await cashier(saleViewWith(stageSales.takeCash));
    await button(page, vi.cash.exact).click();
    expect(await screens().sent('tenderCash', 1)).toMatchObject([{ tenderedMinorUnits: 45_000 }]);
    await page.keyboard.press('Escape');
    await screens().sent('cancelSale', 1);
  });

  test('shows the change to both after it was taken', async () => {
    const page = await cashier(saleViewWith(fullSales.cashPaid));
    await page.locator('h2', { hasText: vi.results.approved.title }).waitFor();
    expect(await page.locator('.qr-money').innerText()).toContain('155.000');
    const customer = await screens().open('customer.html');
    expect(await customer.page.locator('.pay').innerText()).toContain('155.000');
  });

  test('is paid out in full for a refund, and says where voided cash goes', async () => {
    const page = await cashier(saleViewWith(kindSales.refundPaidOut));
    await button(page, vi.cash.payOut('45.000\u00a0₫')).click();
    expect(await screens().sent('tenderCash', 1)).toMatchObject([{ tenderedMinorUnits: 45_000 }]);
    screens().terminal.show(saleViewWith(fullSales.cashVoided));
    await page.getByText(vi.sale.cashBack('45.000\u00a0₫')).waitFor();
    const customer = await screens().open('customer.html');
    await customer.page.locator('.pay').getByText(vi.cashVoided.customer).waitFor();
  });
});

describe('a refund', () => {
  test('of a recent sale goes back the way it was paid, at most what is left of it', async () => {
    const page = await cashier();
    await choose(page, vi.menu.refundSale.name);
    await page.getByRole('button', { name: vi.tasks.refund.name }).first().click();
    expect(await amount(page)).toBe('65.000\u00a0₫');
    await page.keyboard.type('70000');
    await page.getByText(vi.tasks.atMost('65.000\u00a0₫')).waitFor();
    await page.keyboard.press('Enter');
    expect(await button(page, vi.tasks.refundTo.card).isDisabled()).toBe(true);
    for (let digit = 0; digit < 5; digit += 1) await page.keyboard.press('Backspace');
    await page.keyboard.type('20000');
    expect(await amount(page)).toBe('20.000\u00a0₫');
    screens().terminal.answer = () => ({ ok: false, reason: 'busy', detail: 'another sale' });
    await button(page, vi.tasks.refundTo.card).click();
    await page.getByText(vi.trouble.commands.busy).waitFor();
    screens().terminal.answer = () => ({ ok: true, transactionId: 'refund-1' });
    await button(page, vi.tasks.refundTo.card).click();
    const [first, second] = await screens().sent('startRefund', 2);
    expect(second).toMatchObject({ amountMinorUnits: 20_000, method: 'card', originalId: 'sale-0', supervisor: null });
    expect(second?.key).toBe(first?.key);
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
  });

  test('without a sale needs a supervisor, whose code is sent once and then nowhere', async () => {
    const page = await cashier();
    await choose(page, vi.menu.refundFree.name);
    await page.keyboard.type('45000');
    await button(page, vi.tasks.refundTo.cash).click();
    await page.getByText(vi.supervisor.title).waitFor();
    expect(screens().terminal.commands).toEqual([]);
    const approve = button(page, vi.supervisor.confirm);
    await page.keyboard.type('7391');
    await page.getByText(vi.supervisor.typed(4), { exact: true }).waitFor();
    expect(await approve.isDisabled()).toBe(true);
    await button(page, 'Minh Quân').click();
    expect(await page.content()).not.toContain('7391');
    screens().terminal.answer = () => ({ ok: false, reason: 'supervisorWrong', detail: '' });
    await approve.click();
    await page.getByText(vi.trouble.commands.supervisorWrong).waitFor();
    // Forgotten at once: it has to be entered anew.
    expect(await page.locator('.code-dots').innerText()).toBe('');
    expect(await approve.isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    screens().terminal.answer = () => ({ ok: true, transactionId: 'refund-1' });
    for (const digit of ['7', '3', '9', '2']) await button(page, digit).click();
    await page.keyboard.press('Enter');
    const [wrong, right] = await screens().sent('startRefund', 2);
    expect(wrong?.supervisor).toEqual({ name: 'Minh Quân', code: '7391' });
    expect(right).toMatchObject({
      amountMinorUnits: 45_000,
      method: 'cash',
      originalId: null,
      supervisor: { name: 'Minh Quân', code: '7392' },
    });
    expect(right?.key).toBe(wrong?.key);
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
    const left = await page.evaluate(
      () =>
        document.documentElement.outerHTML +
        JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)]),
    );
    expect(left).not.toMatch(/739[12]/);
  });

  test.each(['supervisorLocked', 'printerTrouble'] as const)('words the refusal %s', async (reason) => {
    const page = await cashier();
    screens().terminal.answer = () => ({ ok: false, reason, detail: '' });
    await page.keyboard.type('45000');
    await page.keyboard.press('Enter');
    await page.getByText(vi.trouble.commands[reason]).waitFor();
  });
});

describe('a transaction looked up', () => {
  test('is voided at one press, with a supervisor only when the terminal asks for one', async () => {
    const page = await cashier();
    await button(page, vi.top.recent).click();
    await details(page);
    await button(page, vi.tasks.void.name).click();
    await page.getByText(vi.tasks.voidHints.sale).waitFor();
    screens().terminal.answer = (command) =>
      command.type === 'voidTransaction' && command.supervisor === null
        ? { ok: false, reason: 'supervisorNeeded', detail: '' }
        : { ok: true, transactionId: 'sale-0' };
    await button(page, vi.tasks.void.confirm).click();
    await page.getByText(vi.supervisor.title).waitFor();
    await button(page, 'Lan').click();
    await page.keyboard.type('4812');
    await page.keyboard.press('Enter');
    expect(await screens().sent('voidTransaction', 2)).toEqual([
      { type: 'voidTransaction', transactionId: 'sale-0', supervisor: null },
      { type: 'voidTransaction', transactionId: 'sale-0', supervisor: { name: 'Lan', code: '4812' } },
    ]);
    expect(await page.content()).not.toContain('4812');
  });

  test('a hold is raised, and completed with at most what is held', async () => {
    const page = await cashier(viewWith({ holds: [{ ...stageSales.held, id: 'hold-1' }] }));
    await choose(page, vi.menu.holds.name);
    await details(page);
    await button(page, vi.tasks.increment.name).click();
    await page.keyboard.type('500000');
    await page.keyboard.press('Enter');
    expect(await screens().sent('incrementHold', 1)).toEqual([
      { type: 'incrementHold', transactionId: 'hold-1', amountMinorUnits: 500_000 },
    ]);
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
    await choose(page, vi.menu.holds.name);
    await details(page);
    await button(page, vi.tasks.complete.name).click();
    expect(await amount(page)).toBe('2.000.000\u00a0₫');
    await page.keyboard.type('2000001');
    await page.getByText(vi.tasks.atMost('2.000.000\u00a0₫')).waitFor();
    await button(page, vi.entry.clear).click();
    await page.keyboard.type('1650000');
    await button(page, vi.tasks.complete.confirm).click();
    expect(await screens().sent('completeHold', 1)).toEqual([
      { type: 'completeHold', transactionId: 'hold-1', amountMinorUnits: 1_650_000 },
    ]);
  });

  test('is settled by hand with a note and a supervisor; a slip and a copy are printed', async () => {
    const page = await cashier(busyView);
    await button(page, `${vi.menu.stored.name} 7`).click();
    await details(page);
    await page.getByText(fullSales.deadLetter.deadLetter.why).first().waitFor();
    await button(page, vi.tasks.printFollowUp).click();
    await screens().sent('printFollowUp', 1);
    await button(page, vi.sale.reprint).click();
    await screens().sent('reprintReceipt', 1);
    await button(page, vi.tasks.resolve.name).click();
    const note = page.getByRole('textbox', { name: vi.tasks.note });
    await note.fill('  ok 12 ');
    // Digits belong to the note while it has the focus.
    await note.press('3');
    expect(await note.inputValue()).toBe('  ok 12 3');
    await button(page, vi.tasks.resolve.confirm).click();
    await button(page, 'Lan').click();
    await page.keyboard.type('481299');
    await page.keyboard.press('Enter');
    expect(await screens().sent('resolveByHand', 1)).toEqual([
      {
        type: 'resolveByHand',
        transactionId: 'dead-1',
        note: 'ok 12 3',
        supervisor: { name: 'Lan', code: '481299' },
      },
    ]);
    await page.locator('.sale-page').waitFor();
  });

  test('is reached from the sale on the screen, and pages go back one by one', async () => {
    const page = await cashier(saleViewWith(stageSales.completed));
    await button(page, vi.tasks.more).click();
    await button(page, vi.tasks.refund.name).click();
    await page.locator('.form').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.sale-page').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.sale').waitFor();
    // Escape never ended the sale.
    expect(screens().terminal.commands).toEqual([]);
  });
});

test('a pre-authorisation is asked for by its own form', async () => {
  const page = await cashier();
  await choose(page, vi.menu.preAuthorization.name);
  await page.keyboard.type('2000000');
  screens().terminal.answer = () => undefined;
  await button(page, vi.tasks.preAuthorization.confirm).dblclick();
  expect(await screens().sent('startPreAuthorization', 1)).toMatchObject([{ amountMinorUnits: 2_000_000 }]);
});

const part = (id: string, paid: number): SaleView['order'] => ({
  id,
  total: vnd(150_000),
  paid: vnd(paid),
  pending: vnd(0),
  remaining: vnd(150_000 - paid),
});

describe('a bill of several payments', () => {
  test('asks for the total once and shows what remains after each payment', async () => {
    const page = await cashier();
    await choose(page, vi.menu.split.name);
    await page.keyboard.type('150000');
    await page.keyboard.press('Enter');
    const strip = page.getByRole('region', { name: vi.bill.title });
    expect(await strip.innerText()).toContain('150.000');
    await page.keyboard.type('160000');
    await page.getByText(vi.bill.over('150.000\u00a0₫')).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.type('45000');
    await page.keyboard.press('Enter');
    const [first] = await screens().sent('startSale', 1);
    expect(first).toMatchObject({ amountMinorUnits: 45_000, order: { totalMinorUnits: 150_000 } });
    const id = first?.order?.id ?? '';
    expect(id).toMatch(/^B-[A-Z2-9]{6}$/);
    const paid: SaleView = { ...stageSales.approved, order: part(id, 45_000) };
    screens().terminal.show(saleViewWith(paid));
    await page.getByText(vi.billOpen, { exact: true }).waitFor();
    expect(await page.locator('.qr-money').innerText()).toContain('105.000');
    screens().terminal.show(viewWith({ recent: [paid] }));
    await strip.waitFor();
    expect(await strip.innerText()).toContain('105.000');
    await button(page, vi.bill.rest).click();
    expect(await amount(page)).toBe('105.000\u00a0₫');
    await page.getByRole('button', { name: new RegExp(`^${vi.entry.cash}`) }).click();
    const [, rest] = await screens().sent('startSale', 2);
    expect(rest).toMatchObject({
      amountMinorUnits: 105_000,
      method: 'cash',
      order: { id, totalMinorUnits: 150_000 },
    });
    screens().terminal.show(viewWith({ recent: [{ ...paid, order: part(id, 150_000) }] }));
    await page.getByText(vi.bill.done(id)).waitFor();
    await button(page, vi.bill.leave).click();
    await strip.waitFor({ state: 'detached' });
    await page.keyboard.type('9000');
    await page.keyboard.press('Enter');
    const started = await screens().sent('startSale', 3);
    expect(started.at(-1)?.order).toBeNull();
  });

  test('that was left can be gone on with', async () => {
    const page = await cashier(viewWith({ recent: [{ ...stageSales.approved, order: part('B-K7P2XQ', 45_000) }] }));
    await choose(page, vi.menu.split.name);
    await page.getByRole('button', { name: /B-K7P2XQ/ }).click();
    await page.keyboard.type('5000');
    await page.keyboard.press('Enter');
    expect((await screens().sent('startSale', 1))[0]?.order).toEqual({ id: 'B-K7P2XQ', totalMinorUnits: 150_000 });
  });
});

describe('a QR payment', () => {
  test('can be put aside for the next customer, and brought back', async () => {
    const page = await cashier(saleViewWith(stageSales.showQr));
    await button(page, vi.qr.nextCustomer).click();
    expect(await screens().sent('setAside', 1)).toMatchObject([{ payOtherWay: false }]);
    const aside: SaleView = { ...stageSales.showQr, actions: ['cancel', 'bringBack'] };
    screens().terminal.show(viewWith({ aside: [aside] }));
    await page.getByRole('button', { name: new RegExp(`^${vi.qr.aside}`) }).click();
    await button(page, vi.qr.bringBack).click();
    expect(await screens().sent('bringBack', 1)).toMatchObject([{ transactionId: aside.id }]);
  });

  test('can be paid another way: the same bill, the same amount, one press', async () => {
    const page = await cashier(saleViewWith(stageSales.showQr));
    await button(page, vi.qr.payOtherWay).click();
    expect(await screens().sent('setAside', 1)).toMatchObject([{ payOtherWay: true }]);
    screens().terminal.show(viewWith({ aside: [{ ...stageSales.showQr, actions: ['cancel', 'bringBack'] }] }));
    await page.getByRole('region', { name: vi.bill.title }).waitFor();
    expect(await amount(page)).toBe('45.000\u00a0₫');
    await page.getByRole('button', { name: new RegExp(`^${vi.entry.cash}`) }).click();
    expect(await screens().sent('startSale', 1)).toMatchObject([
      { amountMinorUnits: 45_000, method: 'cash', order: { id: 'CHAM7K2M9QX', totalMinorUnits: 45_000 } },
    ]);
  });

  test('that is paid behind the screen is told with sound and a line that stays until it is seen', async () => {
    const page = await cashier(viewWith({ aside: [stageSales.showQr], recent: [] }));
    await page.evaluate(() => {
      const started: number[] = [];
      Object.assign(globalThis, { started });
      globalThis.OscillatorNode = class extends OscillatorNode {
        override start(when?: number): void {
          started.push(this.frequency.value);
          super.start(when);
        }
      };
    });
    const paid: SaleView = { ...stageSales.showQr, stage: 'approved', moneyMoved: 'yes', received: vnd(45_000) };
    screens().terminal.show(viewWith({ recent: [paid] }));
    const line = page.locator('.arrival');
    await line.waitFor();
    expect(await line.innerText()).toContain(vi.qr.arrived('45.000\u00a0₫'));
    expect(await page.evaluate(() => Reflect.get(globalThis, 'started'))).toHaveLength(2);
    screens().terminal.show(viewWith({ recent: [paid], now: fixtureNow + 60_000 }));
    expect(await line.count()).toBe(1);
    await line.click();
    await line.waitFor({ state: 'detached' });
    // The same money is told once.
    screens().terminal.show(viewWith({ recent: [paid, stageSales.declined] }));
    await page.waitForFunction(() => true);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'started'))).toHaveLength(2);
  });

  test('that the bank says nothing of is confirmed by a supervisor with a note, and shown as unverified', async () => {
    const page = await cashier(saleViewWith({ ...stageSales.checkingPayment, actions: ['confirmByHand'] }));
    await button(page, vi.tasks.confirmByHand.name).click();
    const [note = ''] = vi.qr.confirmNotes;
    await button(page, note).click();
    await button(page, vi.tasks.confirmByHand.confirm).click();
    await page.getByRole('button', { name: 'Lan', exact: true }).click();
    await page.keyboard.type('1234');
    await page.keyboard.press('Enter');
    expect(await screens().sent('confirmByHand', 1)).toMatchObject([{ note, supervisor: { name: 'Lan' } }]);
    const unverified = { approvedBy: 'Lan', at: fixtureNow, verifiedAt: null };
    screens().terminal.show(saleViewWith({ ...stageSales.approved, method: 'qr', unverified }));
    await page.getByText(vi.qr.unverified('Lan')).waitFor();
  });

  test('of too little is taken as a part, and the rest is collected by another code, a card or cash', async () => {
    const page = await cashier(saleViewWith(stageSales.underPaid));
    await page.getByText(vi.qr.collectRest('5.000\u00a0₫')).waitFor();
    await page.locator('.rest').getByRole('button', { name: vi.entry.qr, exact: true }).click();
    expect(await screens().sent('acceptPartial', 1)).toMatchObject([{ transactionId: stageSales.underPaid.id }]);
    expect(await screens().sent('startSale', 1)).toMatchObject([
      { amountMinorUnits: 5000, method: 'qr', order: { id: 'CHAM7K2M9QX', totalMinorUnits: 45_000 } },
    ]);
  });
});

async function settle(page: Page, nth: number): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${vi.top.worklist}`) }).click();
  await page.getByRole('button', { name: vi.qr.settleTransfer, exact: true }).nth(nth).click();
}
async function approve(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Lan', exact: true }).click();
  await page.keyboard.type('1234');
  await page.keyboard.press('Enter');
}

describe('money that waits for a person', () => {
  test('is attached to the sale that it fits', async () => {
    const page = await cashier();
    await settle(page, 0);
    await page.getByRole('button', { name: /CHAM5T8P1ZC: 210/ }).click();
    await approve(page);
    expect(await screens().sent('attachTransfer', 1)).toMatchObject([
      { transferId: 'FT24325001', transactionId: 'sale-8', supervisor: { name: 'Lan', code: '1234' } },
    ]);
  });

  test('ends with a note when it fits none', async () => {
    const page = await cashier();
    await settle(page, 1);
    await page.getByText(vi.qr.fitsNothing).waitFor();
    expect(await button(page, vi.qr.endWithNote).isDisabled()).toBe(true);
    const [first = ''] = vi.qr.transferNotes;
    await button(page, first).click();
    await button(page, vi.qr.endWithNote).click();
    await approve(page);
    expect(await screens().sent('resolveTransfer', 1)).toMatchObject([{ transferId: 'FT24325002', note: first }]);
  });
});

describe('a transfer that goes back', () => {
  const asked: TerminalView['payouts'][number] = {
    id: 'P-1',
    reason: 'transfer',
    transactionId: 'sale-8',
    amount: vnd(210_000),
    payee: '******0018',
    reference: 'CHAM5T8P1ZC',
    askedBy: 'Hoa',
    askedAt: fixtureNow - 60_000,
    confirmedBy: null,
    stage: 'asked',
    end: null,
  };

  test('is asked for by name', async () => {
    const page = await cashier();
    await settle(page, 0);
    await button(page, vi.qr.payout.begin).click();
    const send = button(page, vi.qr.payout.ask);
    expect(await send.isDisabled()).toBe(true);
    await page.getByLabel(vi.qr.payout.askedBy).fill('Hoa');
    await send.click();
    expect(await screens().sent('askPayout', 1)).toMatchObject([
      { about: { reason: 'transfer', transferId: 'FT24325001' }, askedBy: 'Hoa' },
    ]);
    await page.getByText(vi.qr.payout.nothing).waitFor();
  });

  test('is confirmed by a supervisor, then carried out with the reference of the bank', async () => {
    const page = await cashier(viewWith({ payouts: [asked] }));
    await choose(page, vi.menu.payouts.name);
    await page.getByText(vi.qr.payout.stages.asked).waitFor();
    await button(page, vi.qr.payout.confirm).click();
    await page.getByText(vi.qr.payout.confirmHint('Hoa')).waitFor();
    await button(page, vi.qr.payout.confirm).click();
    await approve(page);
    expect(await screens().sent('confirmPayout', 1)).toMatchObject([{ payoutId: 'P-1', supervisor: { name: 'Lan' } }]);
    screens().terminal.show(viewWith({ payouts: [{ ...asked, stage: 'confirmed', confirmedBy: 'Lan' }] }));
    await button(page, vi.qr.payout.complete).click();
    await page.getByLabel(vi.qr.payout.name).fill('Lan');
    await page.getByLabel(vi.qr.payout.bankReference).fill('FT-BACK-1');
    await button(page, vi.qr.payout.complete).click();
    expect(await screens().sent('completePayout', 1)).toMatchObject([
      { payoutId: 'P-1', by: 'Lan', reference: 'FT-BACK-1' },
    ]);
  });
});

describe('money that the QR provider gives back', () => {
  const sold: SaleView = {
    ...stageSales.approved,
    id: 'sale-7',
    method: 'qr',
    refundable: vnd(45_000),
    refundableByProvider: vnd(45_000),
    actions: ['close', 'refundByProvider', 'refund', 'payout'],
  };

  test('is asked for from the sale, all or a part; what is not known is not given back again', async () => {
    const page = await cashier(viewWith({ sale: sold }));
    await button(page, vi.tasks.more).click();
    await button(page, vi.tasks.refundByProvider.name).click();
    await page.getByText(vi.tasks.refundByProvider.hint).waitFor();
    await button(page, vi.tasks.refundByProvider.confirm).click();
    expect(await screens().sent('refundByProvider', 1)).toMatchObject([
      { about: { reason: 'refund', transactionId: 'sale-7', amountMinorUnits: 45_000 }, supervisor: null },
    ]);
    screens().terminal.show(viewWith({ sale: stageSales.refunding }));
    await page.getByText(vi.refundMoney.unknown.cashier).first().waitFor();
    await page.getByText(vi.results.refunding.next).first().waitFor();
  });

  test('of a transfer that is of no sale: a supervisor approves', async () => {
    const page = await cashier();
    screens().terminal.answer = (command) =>
      command.type === 'refundByProvider' && command.supervisor === null
        ? { ok: false, reason: 'supervisorNeeded', detail: '' }
        : { ok: true, transactionId: null };
    await settle(page, 0);
    await button(page, vi.qr.giveBack.begin).click();
    await button(page, vi.qr.giveBack.confirm).click();
    await approve(page);
    expect(await screens().sent('refundByProvider', 2)).toMatchObject([
      {},
      { about: { reason: 'transfer', transferId: 'FT24325001' }, supervisor: { name: 'Lan', code: '1234' } },
    ]);
  });

  test('refused: says so, and that two people may transfer it; not answered for long: a supervisor says what she found', async () => {
    const failed: SaleView = {
      ...stageSales.refunding,
      stage: 'failed',
      moneyMoved: 'no',
      reason: 'refundRefused',
      actions: ['close', 'payoutInstead'],
    };
    const page = await cashier(viewWith({ sale: failed }));
    await page.getByText(vi.refundMoney.no.cashier).first().waitFor();
    await page.getByText(vi.reasons.refundRefused.next).first().waitFor();
    await button(page, vi.tasks.more).click();
    await button(page, vi.qr.giveBack.instead).click();
    await page.getByLabel(vi.qr.payout.askedBy).fill('Hoa');
    await button(page, vi.qr.payout.ask).click();
    expect(await screens().sent('askPayout', 1)).toMatchObject([
      { about: { reason: 'refund', transactionId: 'sale-7', amountMinorUnits: 45_000 } },
    ]);
    const long: SaleView = { ...stageSales.refunding, actions: ['close', 'settleRefund'] };
    screens().terminal.show(viewWith({ sale: long }));
    await button(page, vi.tasks.more).click();
    await button(page, vi.tasks.settleRefund.name).click();
    await button(page, vi.qr.giveBack.givenNotes[0] ?? '').click();
    await button(page, vi.qr.giveBack.notGiven).click();
    await approve(page);
    expect(await screens().sent('settleRefund', 1)).toMatchObject([{ given: false, supervisor: { name: 'Lan' } }]);
  });
});

describe('stored payments', () => {
  test('show the risk in words, dead letters first, and are sent at one press', async () => {
    const page = await cashier(busyView);
    await button(page, `${vi.top.alarm} 2`).waitFor();
    await button(page, `${vi.menu.stored.name} 7`).click();
    const shown = await page.locator('.sheet-body').innerText();
    const { exposure, lastError } = busyView.outbox;
    for (const text of [exposure.sentence.vi, '5.000.000', lastError ?? '', vi.stored.count(7), vi.stored.more(3)]) {
      expect(shown).toContain(text);
    }
    expect(shown.indexOf(vi.stored.deadLetters)).toBeLessThan(shown.indexOf(vi.stored.waiting));
    await page.getByText(/Thử lại sau 1:0\d/).waitFor();
    screens().terminal.answer = () => undefined;
    await button(page, vi.stored.sendNow).dblclick();
    expect(await screens().sent('sendNow', 1)).toEqual([{ type: 'sendNow' }]);
    await button(page, 'EN English').click();
    await page.getByText(exposure.sentence.en).waitFor();
  });

  test('are quiet while there is nothing to fear, and silent while there are none', async () => {
    const page = await cashier(
      viewWith({ worklist: [], outbox: { ...idleView.outbox, count: 1, items: [fullSales.chipApproved] } }),
    );
    await button(page, `${vi.menu.stored.name} 1`).waitFor();
    expect(await page.locator('.topbar-alarm').count()).toBe(0);
    screens().terminal.show(idleView);
    await button(page, `${vi.menu.stored.name} 1`).waitFor({ state: 'detached' });
  });
});

describe('the day', () => {
  test('shows the batch, what is being settled and what differs, and prints reports', async () => {
    const page = await cashier(busyView);
    await choose(page, vi.menu.day.name);
    const shown = await page.locator('.sheet-body').innerText();
    for (const text of [
      '10.385.000',
      '2.335.000',
      'Mastercard',
      vi.day.voided(1, '45.000\u00a0₫'),
      '21/11/2026',
      vi.day.phases.waiting,
      vi.day.inQuestion(2),
      vi.day.balances.differs,
      vi.day.differenceOf('-20.000\u00a0₫'),
      vi.day.balances.inBalance,
    ]) {
      expect(shown).toContain(text);
    }
    await button(page, vi.day.xReport).click();
    await page.getByRole('button', { name: vi.day.zReport }).last().click();
    expect(await screens().sent('printReport', 2)).toEqual([
      { type: 'printReport', batch: null },
      { type: 'printReport', batch: 39 },
    ]);
  });

  test('is closed after one question, once on a double press, and the Z report follows', async () => {
    const page = await cashier(busyView);
    await choose(page, vi.menu.day.name);
    await button(page, vi.day.close).click();
    await page.keyboard.type('2300000');
    await button(page, vi.day.withCount).click();
    await page.getByText(vi.day.confirmTitle(42)).waitFor();
    expect(await page.locator('.form').innerText()).toContain('-35.000');
    expect(screens().terminal.commands).toEqual([]);
    await button(page, vi.day.confirm).dblclick();
    await screens().sent('printReport', 1);
    expect(screens().terminal.commands).toEqual([
      { type: 'closeBatch', batch: 42, countedCashMinorUnits: 2_300_000 },
      { type: 'printReport', batch: 42 },
    ]);
    await page.getByText(vi.day.open(42)).waitFor();
  });

  test('closes without a count, and prints nothing when the terminal refuses', async () => {
    const page = await cashier(busyView);
    await choose(page, vi.menu.day.name);
    await button(page, vi.day.close).click();
    await button(page, vi.day.skipCount).click();
    screens().terminal.answer = () => ({ ok: false, reason: 'notAllowed', detail: 'it is closed already' });
    await button(page, vi.day.confirm).click();
    await page.getByText(vi.trouble.commands.notAllowed).waitFor();
    expect(screens().terminal.commands).toEqual([{ type: 'closeBatch', batch: 42, countedCashMinorUnits: null }]);
  });
});

test('the list of things to settle words every kind in both languages and leads to the transaction', async () => {
  const page = await cashier(busyView);
  await button(page, `${vi.top.alarm} 2`).click();
  for (const m of [vi, en]) {
    const shown = page.locator('.sheet-body');
    for (const kind of ['lateDeclined', 'deadLetter', 'batchDiffers'] as const) {
      await shown.getByText(m.lists.kinds[kind].advice).waitFor();
    }
    await button(page, 'EN English').click();
  }
  await page.getByRole('button', { name: en.tasks.details }).first().click();
  await page.locator('.sale-page').getByText(en.results.lateDeclined.next).waitFor();
});

test('attempts count down for everything that is settled attempt by attempt', async () => {
  const page = await cashier();
  for (const stage of ['stored', 'raisingHold', 'completing', 'voiding'] as const) {
    const attempts = { made: 2, nextTryAt: fixtureNow + 1_400, lastError: null };
    screens().terminal.show(saleViewWith({ ...stageSales[stage], attempts }));
    await page.getByText(vi.sale.attempts[stage].next(1)).waitFor();
    await page.getByText(vi.sale.attempts[stage].now).waitFor();
  }
});
