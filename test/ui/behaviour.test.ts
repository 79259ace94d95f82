/** What the screens do: one press is one sale, waits end in words, and a broken link is never hidden. */
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { decodeQR } from 'qr/decode.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeServerFrame } from '../../src/contract/border.ts';
import type { Command } from '../../src/contract/commands.ts';
import { contractVersion, type CardPrompt } from '../../src/contract/view.ts';
import { en } from '../../ui/i18n/en.ts';
import { vi } from '../../ui/i18n/vi.ts';
import { openBrowser, watch } from './browser.ts';
import { buildScreens, startFakeTerminal, token, type BuiltScreens, type FakeTerminal } from './fake-terminal.ts';
import { idleView, saleViewWith, viewWith } from './fixtures.ts';
import { fixtureNow, fullSales, stageSales, vietQrPayload } from './sales.ts';

const viewport = { width: 1024, height: 600 };

function viewFrame(version: number, view: object): string {
  return JSON.stringify({ version, type: 'view', view });
}

let built: BuiltScreens;
let browser: Browser;
let terminal: FakeTerminal;
let context: BrowserContext;
const pages: Page[] = [];

beforeAll(async () => {
  [built, browser] = await Promise.all([buildScreens(), openBrowser()]);
  [terminal, context] = await Promise.all([
    startFakeTerminal(built.folder, idleView),
    browser.newContext({ viewport, reducedMotion: 'reduce' }),
  ]);
});

beforeEach(() => {
  terminal.reset(idleView);
});

afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.close()));
});

afterAll(async () => {
  await browser.close();
  await terminal.close();
  await built.remove();
});

/** A new tab of the shared browser profile, or with `options` of a profile of its own. */
async function newPage(options?: BrowserContextOptions): Promise<Page> {
  const page = options === undefined ? await watch(context) : await watch(await browser.newContext(options));
  pages.push(page.page);
  return page.page;
}

async function open(name: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await newPage(options);
  await page.goto(terminal.url(name));
  return page;
}

async function openCashier(options?: BrowserContextOptions): Promise<Page> {
  const page = await open('cashier.html', options);
  await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
  return page;
}

type StartSale = Extract<Command, { type: 'startSale' }>;

function starts(): readonly StartSale[] {
  return terminal.commands.filter((command): command is StartSale => command.type === 'startSale');
}

const output = (page: Page): Promise<string> => page.locator('.amount output').innerText();
const cardButton = (page: Page) => page.getByRole('button', { name: new RegExp(`^${vi.entry.card}( |$)`) });
const qrButton = (page: Page) => page.getByRole('button', { name: new RegExp(`^${vi.entry.qr}( |$)`) });

async function commandsReach(count: number): Promise<void> {
  await expect.poll(() => terminal.commands.length, { timeout: 3_000, interval: 20 }).toBe(count);
}

describe('keypad', () => {
  test('by mouse', async () => {
    const page = await openCashier();
    for (const key of ['4', '5', '6', '000']) await page.getByRole('button', { name: key, exact: true }).click();
    expect(await output(page)).toBe('456.000\u00a0₫');
    await page.getByRole('button', { name: vi.entry.backspace }).click();
    expect(await output(page)).toBe('45.600\u00a0₫');
    await page.getByRole('button', { name: vi.entry.clear }).click();
    expect(await cardButton(page).isDisabled()).toBe(true);
    for (const key of ['4', '5', '000']) await page.getByRole('button', { name: key, exact: true }).click();
    await cardButton(page).click();
    await commandsReach(1);
    expect(starts()).toMatchObject([{ amountMinorUnits: 45_000, method: 'card' }]);
  });

  test('by touch', async () => {
    const page = await openCashier({ viewport, hasTouch: true });
    for (const key of ['7', '0', '000']) await page.getByRole('button', { name: key, exact: true }).tap();
    expect(await output(page)).toBe('70.000\u00a0₫');
    await qrButton(page).tap();
    await commandsReach(1);
    expect(starts()).toMatchObject([{ amountMinorUnits: 70_000, method: 'qr' }]);
  });

  test('by keyboard, also after a key was clicked', async () => {
    const page = await openCashier();
    await page.getByRole('button', { name: '9', exact: true }).click();
    for (const key of ['Escape', '1', '2', 'Backspace', '5', '0', '0', '0']) await page.keyboard.press(key);
    expect(await output(page)).toBe('15.000\u00a0₫');
    await page.keyboard.press('Enter');
    await commandsReach(1);
    expect(starts()).toMatchObject([{ amountMinorUnits: 15_000, method: 'card' }]);
  });

  test('says the limit and starts nothing above it', async () => {
    const page = await openCashier();
    await page.keyboard.type('500000001');
    expect(await page.getByRole('alert').filter({ hasText: '500.000.000' }).isVisible()).toBe(true);
    expect(await cardButton(page).isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Enter');
    await commandsReach(1);
    expect(starts()[0]?.amountMinorUnits).toBe(50_000_000);
  });

  test('a digit changes the amount and nothing else', async () => {
    const page = await openCashier();
    await page.keyboard.type('45');
    await page.evaluate(() => {
      const touched: string[] = [];
      Object.assign(globalThis, { touched });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          touched.push(element?.tagName ?? '');
        }
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    await page.keyboard.press('0');
    expect(await output(page)).toBe('450\u00a0₫');
    const touched = await page.evaluate(() => (globalThis as unknown as { touched: string[] }).touched);
    expect(new Set(touched)).toEqual(new Set(['OUTPUT']));
  });
});

describe('one press is one sale', () => {
  test('a double press sends once', async () => {
    terminal.answer = () => undefined;
    const page = await openCashier();
    await page.keyboard.type('45000');
    await cardButton(page).dblclick();
    await page.keyboard.press('Enter');
    await page.getByText(vi.entry.starting).waitFor();
    expect(starts()).toHaveLength(1);
  });

  test('a repeat after a refusal keeps the key; another amount or the next sale has its own', async () => {
    terminal.answer = () => ({ ok: false, reason: 'busy', detail: 'another sale is open' });
    const page = await openCashier();
    await page.keyboard.type('45000');
    await cardButton(page).click();
    await page.getByText(vi.trouble.commands.busy).waitFor();
    expect(await output(page)).toBe('45.000\u00a0₫');
    await cardButton(page).click();
    await commandsReach(2);
    // Digits typed before the refusal has arrived are not taken.
    await expect.poll(() => cardButton(page).isEnabled()).toBe(true);
    await page.keyboard.press('0');
    await cardButton(page).click();
    await commandsReach(3);
    terminal.answer = () => ({ ok: true, transactionId: 'sale-1' });
    await cardButton(page).click();
    await commandsReach(4);
    await expect.poll(() => output(page)).toBe('0\u00a0₫');
    await page.keyboard.type('450000');
    await cardButton(page).click();
    await commandsReach(5);
    const keys = starts().map((start) => start.key);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(keys[3]).toBe(keys[2]);
    expect(new Set(keys).size).toBe(3);
  });
});

test('a sale that appears without an answer leaves nothing behind for the next one', async () => {
  terminal.answer = () => undefined;
  const page = await openCashier();
  await page.keyboard.type('45000');
  await cardButton(page).click();
  await commandsReach(1);
  terminal.show(saleViewWith(stageSales.cancelled));
  await page.getByText(vi.results.cancelled.title).first().waitFor();
  terminal.show(idleView);
  await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
  expect(await output(page)).toBe('0\u00a0₫');
  await page.keyboard.type('45000');
  await cardButton(page).click();
  await commandsReach(2);
  const [first, second] = starts();
  expect(second?.key).not.toBe(first?.key);
});

describe('a sale', () => {
  test('is cancelled, reprinted and closed by its own buttons and keys', async () => {
    const page = await openCashier();
    terminal.show(saleViewWith(stageSales.presentCard));
    await page.getByRole('button', { name: vi.sale.cancel.sale }).click();
    await commandsReach(1);
    await page.keyboard.press('Escape');
    await commandsReach(2);
    terminal.show(saleViewWith(stageSales.approved));
    await page.getByRole('button', { name: vi.sale.reprint }).click();
    await commandsReach(3);
    await expect.poll(() => page.getByRole('button', { name: vi.sale.newSale }).isEnabled()).toBe(true);
    await page.keyboard.press('Enter');
    await commandsReach(4);
    // Reached by Tab, a button keeps Enter for itself.
    await page.getByRole('button', { name: vi.sale.reprint }).focus();
    await page.keyboard.press('Enter');
    await commandsReach(5);
    await page.getByRole('button', { name: vi.sale.newSale }).click();
    await commandsReach(6);
    const transactionId = 'sale-1';
    expect(terminal.commands).toEqual([
      { type: 'cancelSale', transactionId },
      { type: 'cancelSale', transactionId },
      { type: 'reprintReceipt', transactionId },
      { type: 'closeSale', transactionId },
      { type: 'reprintReceipt', transactionId },
      { type: 'closeSale', transactionId },
    ]);
  });

  test('that has just changed is not ended by a press meant for what stood there before', async () => {
    const page = await openCashier();
    terminal.show(saleViewWith(stageSales.showQr));
    await page.getByRole('button', { name: vi.sale.cancel.sale }).waitFor();
    terminal.show(saleViewWith(stageSales.approved));
    const close = page.getByRole('button', { name: vi.sale.newSale });
    await close.waitFor();
    expect(await close.isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => close.isEnabled()).toBe(true);
    // And Escape never ends a sale: it means cancel, and there is nothing left to cancel.
    await page.keyboard.press('Escape');
    await close.click();
    await commandsReach(1);
    expect(terminal.commands).toEqual([{ type: 'closeSale', transactionId: 'sale-1' }]);
  });

  test('offers no button that the terminal does not allow', async () => {
    const page = await openCashier();
    terminal.show(saleViewWith(stageSales.authorising));
    await page.getByText(vi.waiting.authorising.title).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    expect(await page.locator('.sale button').count()).toBe(0);
    terminal.show(idleView);
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
    expect(terminal.commands).toEqual([]);
  });

  test('counts down by the terminal’s clock and says what happens at zero', async () => {
    const page = await openCashier();
    const customer = await open('customer.html');
    terminal.show(saleViewWith({ ...stageSales.presentCard, waitUntil: fixtureNow + 1_600 }));
    await page.getByRole('img', { name: vi.sale.secondsLeft(2) }).waitFor();
    await page.getByText(vi.waiting.presentCard.overdue).waitFor();
    await customer.getByText(vi.waiting.presentCard.customerOverdue).waitFor();
    await page.getByRole('img', { name: vi.sale.overdueBy(1) }).waitFor();
  });

  test('a new wait has its own countdown, and keeps its end over a new view', async () => {
    const page = await openCashier();
    terminal.show(saleViewWith({ ...stageSales.presentCard, waitUntil: fixtureNow + 50_000 }));
    await page.getByRole('img', { name: vi.sale.secondsLeft(49) }).waitFor();
    terminal.show(saleViewWith({ ...stageSales.authorising, waitUntil: fixtureNow + 20_000 }));
    await page.getByRole('img', { name: vi.sale.secondsLeft(19) }).waitFor();
    terminal.show({
      ...saleViewWith({ ...stageSales.authorising, waitUntil: fixtureNow + 20_000 }),
      now: fixtureNow + 15_000,
    });
    await page.getByRole('img', { name: vi.sale.secondsLeft(5) }).waitFor();
    await page.getByRole('img', { name: vi.sale.secondsLeft(4) }).waitFor();
  });

  test('an unknown outcome counts down to the next attempt', async () => {
    const page = await openCashier();
    terminal.show(
      saleViewWith({ ...stageSales.unknown, attempts: { made: 1, nextTryAt: fixtureNow + 1_400, lastError: null } }),
    );
    await page.getByText(vi.sale.attempts.unknown.next(1)).waitFor();
    await page.getByText(vi.sale.attempts.unknown.now).waitFor();
  });

  test('shows a code that a bank’s app can read', async () => {
    const page = await open('customer.html');
    terminal.show(saleViewWith(stageSales.showQr));
    await page.locator('.qr').waitFor();
    const image = await loadImage(await page.screenshot());
    const canvas = createCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    expect(decodeQR({ data, width, height })).toBe(vietQrPayload);
  });
});

describe('languages', () => {
  test('are chosen for each screen, and the customer’s choice ends with the sale', async () => {
    const page = await open('demo.html', { viewport: { width: 1280, height: 800 } });
    const cashier = page.locator('.cashier');
    const customer = page.locator('.customer');
    terminal.show(saleViewWith(stageSales.presentCard));
    await customer.getByRole('button', { name: 'English' }).click();
    await customer.getByText(en.card.present.sale.customerTitle).first().waitFor();
    expect(await customer.getAttribute('lang')).toBe('en');
    expect(await cashier.getAttribute('lang')).toBe('vi');
    terminal.show(idleView);
    await customer.getByText(vi.customer.welcome).waitFor();
    await page.keyboard.type('45000');
    await cashier.getByRole('button', { name: 'English' }).click();
    await cashier.getByText(en.entry.prompt).waitFor();
    expect(await output(page)).toBe('₫45,000');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.reload();
    await cashier.getByText(en.entry.prompt).waitFor();
  });
});

describe('the link', () => {
  test('keeps the token out of the address and survives a reload', async () => {
    const page = await openCashier();
    expect(page.url()).not.toContain(token);
    await page.reload();
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
  });

  test('says in both languages that it is lost, and comes back by itself', async () => {
    const page = await openCashier();
    terminal.refuse();
    await page.getByText(vi.trouble.linkLost).waitFor();
    expect(await page.getByText(en.trouble.linkLostHint).isVisible()).toBe(true);
    await page.keyboard.press('5');
    terminal.accept();
    await page.getByText(vi.trouble.linkLost).waitFor({ state: 'detached' });
    expect(await output(page)).toBe('0\u00a0₫');
  });

  test('does not flash for a short interruption', async () => {
    const page = await openCashier();
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        if (document.querySelector('.overlay') !== null) seen.push('overlay');
      }).observe(document.body, { subtree: true, childList: true });
    });
    terminal.refuse();
    terminal.accept();
    terminal.answer = () => ({ ok: true, transactionId: null });
    await page.keyboard.type('1000');
    await expect
      .poll(async () => {
        await page.keyboard.press('Enter');
        return terminal.commands.length;
      })
      .toBeGreaterThan(0);
    expect(await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)).toEqual([]);
  });

  test('tells a page without a token how to get one', async () => {
    const page = await newPage();
    await page.goto(`http://127.0.0.1:${terminal.port}/cashier.html`);
    await page.getByText(vi.trouble.noTokenHint).waitFor();
  });

  test.each(['refuses', 'hangs'])('says so when the terminal %s', async (how) => {
    if (how === 'refuses') terminal.refuse();
    else terminal.silent = true;
    const page = await open('cashier.html');
    await page.getByText(en.trouble.connectingHint).waitFor();
  });

  const badFrames = [
    { name: 'not JSON', text: 'hello', problem: 'not JSON' },
    { name: 'another version', text: viewFrame(contractVersion + 1, idleView), problem: 'version' },
    { name: 'an unknown field', text: viewFrame(contractVersion, { ...idleView, extra: 1 }), problem: 'view' },
  ];
  test.each(badFrames)('shows a frame it cannot read: $name', async ({ text, problem }) => {
    const page = await openCashier();
    terminal.sendText(text);
    const alert = page.getByRole('alert').filter({ hasText: vi.trouble.badFrame });
    await alert.waitFor();
    expect(await alert.innerText()).toContain(en.trouble.badFrameHint);
    expect(await page.locator('.overlay-detail').innerText()).toContain(problem);
    await page.getByRole('button', { name: vi.trouble.reconnect }).click();
    await alert.waitFor({ state: 'detached' });
  });

  test('goes over the bridge of the shell when there is one', async () => {
    const page = await newPage();
    const sent: string[] = [];
    await page.exposeFunction('bridgeSend', (text: string) => {
      sent.push(text);
    });
    await page.addInitScript(
      (frame) => {
        const send = (globalThis as unknown as { bridgeSend: (text: string) => void }).bridgeSend;
        Object.assign(globalThis, {
          cham: {
            send,
            onMessage(listener: (text: string) => void) {
              setTimeout(() => listener(frame), 0);
              return () => undefined;
            },
          },
        });
      },
      encodeServerFrame({ type: 'view', view: idleView }),
    );
    await page.goto(`http://127.0.0.1:${terminal.port}/cashier.html`);
    await page.getByText(vi.entry.prompt, { exact: true }).waitFor();
    await page.keyboard.type('9000');
    await page.keyboard.press('Enter');
    await expect.poll(() => sent.length).toBe(1);
    expect(JSON.parse(sent[0] ?? '')).toMatchObject({ command: { type: 'startSale', amountMinorUnits: 9000 } });
  });
});

describe('an inserted card', () => {
  const asking: CardPrompt = {
    kind: 'chooseApplication',
    id: 'choice-7',
    labels: ['NAPAS DEBIT', 'VISA CREDIT'],
    waitSince: fixtureNow - 4_000,
    waitUntil: fixtureNow + 11_000,
  };

  test('lets either screen choose its application, once for each press', async () => {
    for (const [name, choice, index] of [
      ['cashier', 'VISA CREDIT', 1],
      ['customer', 'NAPAS DEBIT', 0],
      ['customer', vi.card.noneOfThem, null],
    ] as const) {
      const page = await open(`${name}.html`);
      terminal.show(viewWith({ sale: stageSales.presentCard, cardPrompt: asking }));
      await page.getByRole('button', { name: choice }).click();
      await expect
        .poll(() => terminal.commands.at(-1))
        .toEqual({
          type: 'chooseApplication',
          prompt: 'choice-7',
          index,
        });
      await page.close();
    }
  });

  test('counts down the time of what is asked, not that of the sale', async () => {
    const page = await open('customer.html');
    terminal.show(viewWith({ sale: stageSales.presentCard, cardPrompt: asking }));
    await page.getByText(vi.card.prompts.chooseApplication.customerTitle).first().waitFor();
    expect(await page.getByText('11', { exact: true }).isVisible()).toBe(true);
    terminal.show(viewWith({ sale: stageSales.presentCard, cardPrompt: { kind: 'leaveCard' } }));
    await page.getByText('26', { exact: true }).waitFor();
  });

  test('never asks for a PIN on a screen', async () => {
    for (const name of ['cashier', 'customer']) {
      const page = await open(`${name}.html`);
      const cardPrompt = { kind: 'enterPin', triesLeft: 2, waitSince: fixtureNow, waitUntil: fixtureNow + 1 } as const;
      terminal.show(viewWith({ sale: stageSales.presentCard, cardPrompt }));
      await page.getByText(vi.card.triesLeft(2)).waitFor();
      expect(await page.locator('input').count()).toBe(0);
      await page.close();
    }
  });

  test('has to stay while the bank is asked, and a tapped one may be put away', async () => {
    const page = await open('cashier.html');
    terminal.show(saleViewWith(fullSales.insertedAuthorising));
    await page.getByText(vi.card.stays.hint).waitFor();
    terminal.show(saleViewWith(stageSales.authorising));
    await page.getByText(vi.waiting.authorising.hint).waitFor();
  });

  test('is never asked to stay and to be taken at once', async () => {
    const page = await open('cashier.html');
    const removeCard = { kind: 'removeCard' } as const;
    terminal.show(viewWith({ sale: stageSales.approved, cardPrompt: removeCard }));
    const remove = page.getByText(vi.card.remove.cashier);
    await remove.waitFor();
    terminal.show(viewWith({ sale: stageSales.completingCard, cardPrompt: removeCard }));
    await page.locator('h2', { hasText: vi.waiting.completingCard.title }).waitFor();
    expect(await remove.count()).toBe(0);
  });

  test('a reader without a slot asks for a tap only', async () => {
    const page = await open('customer.html');
    terminal.show(viewWith({ sale: stageSales.presentCard, slot: false }));
    await page.getByText(vi.waiting.presentCard.customerTitle).first().waitFor();
  });
});

describe('control strip', () => {
  const simulator = idleView.simulator;
  if (simulator === null) throw new Error('the fixture has a simulator');
  const wide = { viewport: { width: 1280, height: 800 } };

  test('inserts a card, takes it out again, and says what is typed on the PIN pad', async () => {
    const page = await open('demo.html', wide);
    const strip = page.locator('.strip');
    expect(await strip.getByRole('button', { name: vi.demo.takeCard }).count()).toBe(0);
    terminal.show(saleViewWith(stageSales.presentCard));
    await strip.getByRole('button', { name: /^NAPAS cắm/ }).click();
    const inserted = { ...simulator, insertedCard: 'napas-chip' };
    terminal.show(viewWith({ cardPrompt: { kind: 'removeCard' }, simulator: inserted }));
    await page.locator('.customer').getByText(vi.card.remove.customer).waitFor();
    await strip.getByRole('button', { name: vi.demo.takeCard }).click();
    expect(await strip.getByRole('button', { name: vi.demo.pin.right, pressed: true }).count()).toBe(1);
    await strip.getByRole('button', { name: vi.demo.pin.wrong }).click();
    await commandsReach(3);
    expect(terminal.commands).toEqual([
      { type: 'simTapCard', card: 'napas-chip' },
      { type: 'simTakeCard' },
      { type: 'simPin', pin: 'wrong' },
    ]);
    terminal.show(viewWith({ simulator: { ...simulator, pin: null } }));
    await strip.getByRole('button', { name: vi.demo.pin.wrong }).waitFor({ state: 'detached' });
  });

  test('taps cards, pulls plugs, breaks printers and pays codes', async () => {
    const page = await open('demo.html', wide);
    const strip = page.locator('.strip');
    await strip.getByRole('button', { name: vi.demo.unplug }).click();
    await strip.getByRole('button', { name: vi.demo.faults.coverOpen }).click();
    expect(await strip.getByRole('button', { name: /^NAPAS chạm Thẻ/ }).isDisabled()).toBe(true);
    terminal.show(saleViewWith(stageSales.presentCard));
    await strip.getByRole('button', { name: /^NAPAS chạm Thẻ/ }).click();
    const payableQr = { reference: 'CHAM7K2M9QX', amount: { minorUnits: 45_000, currency: 'VND' } };
    terminal.show(
      viewWith({
        simulator: {
          ...simulator,
          payableQr,
          networkConnected: false,
          printer: { ...simulator.printer, jammed: true },
        },
      }),
    );
    for (const way of [vi.demo.payExact, vi.demo.payLess, vi.demo.payMore]) {
      await strip.getByRole('button', { name: new RegExp(`^${way}`) }).click();
    }
    await strip.getByRole('button', { name: vi.demo.plug }).click();
    await strip.getByRole('button', { name: vi.demo.faults.jam, pressed: true }).click();
    await commandsReach(8);
    expect(terminal.commands).toEqual([
      { type: 'simNetwork', connected: false },
      { type: 'simPrinter', fault: 'coverOpen', on: true },
      { type: 'simTapCard', card: 'napas' },
      { type: 'simPayQr', reference: 'CHAM7K2M9QX', amountMinorUnits: 45_000 },
      { type: 'simPayQr', reference: 'CHAM7K2M9QX', amountMinorUnits: 44_000 },
      { type: 'simPayQr', reference: 'CHAM7K2M9QX', amountMinorUnits: 46_000 },
      { type: 'simNetwork', connected: true },
      { type: 'simPrinter', fault: 'jam', on: false },
    ]);
  });

  test('shows the paper, newest on top, and what the display shows', async () => {
    const page = await open('demo.html', wide);
    const canvas = createCanvas(384, 500);
    const png = canvas.toBuffer('image/png').toString('base64');
    await page.getByText(vi.demo.noPaper).waitFor();
    terminal.paper('job-1', png);
    terminal.paper('job-2', png);
    await page
      .getByRole('img', { name: vi.demo.receipt(2) })
      .first()
      .waitFor();
    const order = await page
      .locator('.papers img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('alt')));
    expect(order).toEqual([vi.demo.receipt(2), vi.demo.receipt(1)]);
    await page.locator('.papers button').first().click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(terminal.commands).toEqual([]);
    terminal.show(
      viewWith({ simulator: { ...simulator, display: { kind: 'text', lines: ['CHẠM THẺ', '45.000 ₫'] } } }),
    );
    await page.getByText('CHẠM THẺ', { exact: true }).waitFor();
  });

  test('says that there is nothing to simulate on a real terminal', async () => {
    terminal.show(viewWith({ simulator: null }));
    const page = await open('demo.html', wide);
    await page.getByText(vi.demo.noSimulator).waitFor();
  });
});

test('moves nothing for people who prefer less motion', async () => {
  const page = await open('customer.html');
  terminal.show(saleViewWith(stageSales.presentCard));
  await page.getByText(vi.card.present.sale.customerTitle).first().waitFor();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});
