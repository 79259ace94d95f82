/** Every stage in both languages at every size: fits without scrolling, passes axe, answers the money question. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cardWords, isWaiting, resultWords } from '../../ui/i18n/explain.ts';
import { en } from '../../ui/i18n/en.ts';
import type { Messages } from '../../ui/i18n/messages.ts';
import { vi } from '../../ui/i18n/vi.ts';
import type { CardPrompt, SaleView } from '../../src/contract/view.ts';
import { axeViolations, misfits, openBrowser, sizes, smallTargets, watch } from './browser.ts';
import { cardPrompts } from './card-prompts.ts';
import { buildScreens, startFakeTerminal, type BuiltScreens, type FakeTerminal } from './fake-terminal.ts';
import { idleView, saleViewWith, viewWith } from './fixtures.ts';
import { fixtureNow, fullSales, kindSales, stageSales } from './sales.ts';

const catalogues = { vi, en };
const languages = ['vi', 'en'] as const;

const sales = [
  ...Object.entries<SaleView>(stageSales),
  ...Object.entries<SaleView>(fullSales),
  ...Object.entries<SaleView>(kindSales),
];

/** Every sale by itself, and those of which a card asks something. */
const states: readonly (readonly [string, CardPrompt | null, SaleView | null])[] = [
  ...sales.map(([what, sale]) => [what, null, sale] as const),
  ...cardPrompts,
];

function expected(
  sale: SaleView | null,
  cardPrompt: CardPrompt | null,
  language: 'vi' | 'en',
): { cashier: readonly string[]; customer: readonly string[] } {
  const m = catalogues[language];
  const asked = promptTexts(cardPrompt, sale, m);
  const words = saleTexts(sale, cardPrompt, m);
  return { cashier: [...words.cashier, ...asked.cashier], customer: [...words.customer, ...asked.customer] };
}

type Texts = ReturnType<typeof expected>;

function promptTexts(prompt: CardPrompt | null, sale: SaleView | null, m: Messages): Texts {
  if (prompt?.kind === 'removeCard') {
    const { cashier, customer } = sale?.stage === 'presentCard' ? m.card.removeFirst : m.card.remove;
    // Between two sales only the customer has a card to take.
    return { cashier: sale === null ? [] : [cashier], customer: [customer] };
  }
  const labels = prompt?.kind === 'chooseApplication' ? prompt.labels : [];
  if (labels.length > 0) return { cashier: labels, customer: [...labels, m.card.noneOfThem] };
  const both = prompt?.kind === 'enterPin' ? [m.card.triesLeft(1)] : [];
  return { cashier: both, customer: both };
}

function saleTexts(sale: SaleView | null, cardPrompt: CardPrompt | null, m: Messages): Texts {
  if (sale === null) return { cashier: [m.entry.prompt], customer: [m.customer.welcome] };
  const stage = sale.stage;
  if (isWaiting(stage)) {
    const { title, customerTitle } = cardWords({ ...sale, stage }, { slot: true, cardPrompt }, m);
    return { cashier: [title], customer: [customerTitle] };
  }
  const words = resultWords({ ...sale, stage }, m);
  return {
    cashier: [words.title, words.money, words.next],
    customer: [words.customerTitle, words.customerMoney, words.customer],
  };
}

let built: BuiltScreens;
let terminal: FakeTerminal;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [built, browser] = await Promise.all([buildScreens(), openBrowser()]);
  [terminal, context] = await Promise.all([
    startFakeTerminal(built.folder, idleView),
    browser.newContext({ reducedMotion: 'reduce' }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await terminal.close();
  await built.remove();
});

describe.each(['cashier', 'customer'] as const)('%s screen', (name) => {
  test.each(languages)(
    'every stage in %s fits every size, passes axe and answers the money question',
    { timeout: 120_000 },
    async (language) => {
      const m = catalogues[language];
      const idle = viewWith({ terminal: { ...idleView.terminal, defaultLanguage: language } });
      terminal.show(idle);
      const { page, problems } = await watch(context);
      await page.goto(terminal.url(`${name}.html`));
      const prompt = name === 'cashier' ? m.entry.prompt : m.customer.welcome;
      for (const size of sizes) {
        await page.setViewportSize(size);
        const check = async (state: string): Promise<void> => {
          const what = `${state} at ${size.width} × ${size.height}`;
          expect(await misfits(page, `.${name}-main`), what).toEqual([]);
          expect(await smallTargets(page), what).toEqual([]);
          expect(await page.getByText(m.top.training, { exact: true }).isVisible(), what).toBe(true);
          // Structure and colours do not depend on the size, nor on the language beyond the page itself.
          const isNew = language === 'vi' || state === 'idle';
          if (size === sizes[0] && isNew) expect(await axeViolations(page), what).toEqual([]);
        };
        terminal.show(idle);
        await page.getByText(prompt, { exact: true }).waitFor();
        await check('idle');
        for (const [what, cardPrompt, sale] of states) {
          terminal.show(viewWith({ sale, cardPrompt, terminal: { ...idleView.terminal, defaultLanguage: language } }));
          const texts = expected(sale, cardPrompt, language)[name];
          if (sale !== null) await page.locator('h2', { hasText: texts[0] ?? '' }).waitFor();
          const main = page.locator(`.${name}-main`);
          for (const text of texts) {
            await expect.poll(() => main.innerText(), { message: what, interval: 20 }).toContain(text);
          }
          await check(what);
        }
      }
      expect(problems).toEqual([]);
      await page.close();
    },
  );

  const halts = [
    { kind: 'journal', reason: 'Journal: the disk is full. Free space and restart the terminal.' },
    { kind: 'bug', reason: 'evolve-transaction:212' },
  ] as const;
  const openSales = { none: null, card: stageSales.authorising, qr: stageSales.showQr };

  test.each(halts)('halted by $kind covers the screen in both languages: why, money, what next', async (halt) => {
    const { page, problems } = await watch(context);
    for (const defaultLanguage of languages) {
      const m = catalogues[defaultLanguage];
      for (const [what, open] of Object.entries(openSales)) {
        const sale = open === null ? null : { ...open, moneyMoved: 'unknown' as const, actions: [] };
        terminal.show(viewWith({ state: 'halted', halt, sale, terminal: { ...idleView.terminal, defaultLanguage } }));
        await page.setViewportSize(sizes[0]);
        await page.goto(terminal.url(`${name}.html`));
        const alert = page.locator('.halted');
        const title = name === 'cashier' ? m.trouble.halted : m.customer.stop;
        await alert.getByText(title, { exact: true }).waitFor();
        const shown = await alert.innerText();
        const words = m.trouble.haltedBy[halt.kind];
        if (name === 'cashier') {
          expect(shown).toContain(halt.reason);
          for (const text of [words.hint, words.next]) expect(shown).toContain(text);
          // The code names the place only together with the version.
          if (halt.kind === 'bug') expect(shown).toContain(idleView.terminal.softwareVersion);
        } else expect(shown).not.toContain(halt.reason);
        if (sale !== null) expect(shown).toContain(m.money.unknown[name]);
        // What is still shown could be paid.
        expect(await page.locator('.qr, .qr-code, canvas').count()).toBe(0);
        const folder = process.env['CHAM_UI_PICTURES'];
        for (const size of sizes) {
          await page.setViewportSize(size);
          const where = `${what} in ${defaultLanguage} at ${size.width} × ${size.height}`;
          expect(await misfits(page, '.screen-body'), where).toEqual([]);
          if (folder !== undefined) {
            await page.screenshot({
              path: `${folder}/${name}-${halt.kind}-${what}-${defaultLanguage}-${size.width}.png`,
            });
          }
        }
        expect(await axeViolations(page)).toEqual([]);
      }
    }
    expect(problems).toEqual([]);
    await page.close();
  });
});

test('the lists of the cashier show what they must and scroll only by themselves', async () => {
  const lists = [
    { button: /^Cần xử lý/, words: [vi.lists.kinds.lateTransfer.title, '210.000', vi.lists.background] },
    { button: /^Đang chờ chuyển khoản/, words: ['CHAM7K2M9QX', '45.000', vi.qr.bringBack, 'Còn 2:5'] },
    { button: /^Gần đây/, words: [vi.results.declined.title, '1.250.000', '14:00'] },
    {
      button: /^Trạng thái/,
      words: [
        vi.devices.linkDown,
        'The cover is open.',
        'máy hỏi ngân hàng mỗi 15 giây',
        vi.qr.link.advice.byAsking,
        'connect ECONNREFUSED 203.0.113.9:443',
        'tin mới nhất: số 41',
        'nhanh hơn trạm chuyển tiếp 190 giây',
      ],
    },
  ];
  terminal.show(
    viewWith({
      acquirerLink: 'down',
      qrLink: {
        ...idleView.qrLink,
        confirms: 'byAsking',
        relay: {
          state: 'down',
          since: fixtureNow - 90_000,
          detail: 'connect ECONNREFUSED 203.0.113.9:443',
          position: 41,
          clockAheadMs: 190_400,
        },
      },
      aside: [{ ...stageSales.showQr, actions: ['cancel', 'bringBack'] }],
      background: [stageSales.unknown],
      devices: idleView.devices.map((device) =>
        device.role === 'receiptPrinter' ? { ...device, state: 'attention', detail: 'The cover is open.' } : device,
      ),
    }),
  );
  const { page } = await watch(context);
  await page.goto(terminal.url('cashier.html'));
  const body = page.locator('.sheet-body');
  for (const { button, words } of lists) {
    await page.getByRole('button', { name: button }).click();
    for (const word of words) expect(await body.innerText()).toContain(word);
    for (const size of sizes) {
      await page.setViewportSize(size);
      expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      expect(await misfits(page, '.cashier-main')).toEqual([]);
      expect(await smallTargets(page)).toEqual([]);
    }
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await body.waitFor({ state: 'detached' });
  }
  await page.close();
});

test.each(['byAsking', 'notNow'] as const)('a code says when its payment is not told at once: %s', async (confirms) => {
  terminal.show({ ...saleViewWith(stageSales.showQr), qrLink: { ...idleView.qrLink, confirms } });
  const { page } = await watch(context);
  await page.goto(terminal.url('cashier.html'));
  const main = page.locator('.cashier-main');
  expect(await main.innerText()).toContain(vi.qr.link.advice[confirms]);
  for (const size of sizes) {
    await page.setViewportSize(size);
    expect(await misfits(page, '.cashier-main'), `${size.width} × ${size.height}`).toEqual([]);
  }
  // Asking is how a terminal without a relay works: only what is not to be had is a trouble of the machine.
  const status = await page.getByRole('button', { name: /^Trạng thái/ }).innerText();
  expect(status.includes(vi.qr.link.trouble.notNow)).toBe(confirms === 'notNow');
  terminal.show(saleViewWith(stageSales.showQr));
  await page.getByText(vi.qr.link.advice[confirms]).waitFor({ state: 'detached' });
  await page.close();
});

test.each(sizes)('demo shell at $width × $height', async (size) => {
  terminal.show(idleView);
  const { page, problems } = await watch(context);
  await page.setViewportSize(size);
  await page.goto(terminal.url('demo.html'));
  await page.getByRole('region', { name: vi.top.cashierScreen }).waitFor();
  for (const [what, cardPrompt, sale] of states) {
    terminal.show(viewWith({ sale, cardPrompt }));
    const [first = ''] = expected(sale, cardPrompt, 'vi').cashier;
    await page.locator('.cashier').getByText(first, { exact: true }).first().waitFor();
    expect(await misfits(page, '.cashier-main, .customer-main'), what).toEqual([]);
  }
  expect(await axeViolations(page)).toEqual([]);
  expect(await smallTargets(page)).toEqual([]);
  if (size.width < 1000) await page.getByRole('button', { name: vi.demo.strip, exact: true }).click();
  expect(await page.locator('.strip').evaluate((strip) => strip.scrollWidth - strip.clientWidth)).toBe(0);
  expect(await axeViolations(page)).toEqual([]);
  expect(problems).toEqual([]);
  await page.close();
});
