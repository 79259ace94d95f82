/** Chromium for the screens' tests: one browser a file, a page that reports whatever goes wrong in it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

export const sizes = [
  { width: 800, height: 480 },
  { width: 1024, height: 600 },
  { width: 1280, height: 800 },
] as const;

const flags = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function openBrowser(): Promise<Browser> {
  // Chromium refuses its sandbox only to root.
  const args = process.getuid?.() === 0 ? [...flags, '--no-sandbox'] : flags;
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

export interface WatchedPage {
  readonly page: Page;
  /** Console errors, exceptions and policy violations since the page was made. */
  readonly problems: readonly string[];
}

export async function watch(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(5_000);
  const problems: string[] = [];
  page.on('console', (message) => {
    // A refused socket is logged by the browser itself; the tests that refuse it look at the screen instead.
    if (message.type() === 'error' && !message.text().includes('WebSocket')) problems.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      throw new Error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return { page, problems };
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every violation of axe's rules, best practices included, as `rule: element`. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run({ resultTypes: ['violations'], preload: false });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`));
  });
}

/**
 * What does not fit: a page that scrolls, or anything of the main panel outside it. Regions made to scroll
 * (lists) are judged by their own box.
 */
export function misfits(page: Page, main: string): Promise<readonly string[]> {
  return page.evaluate((selector) => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth || root.scrollHeight > root.clientHeight) found.push('the page scrolls');
    for (const panel of document.querySelectorAll(selector)) {
      const box = panel.getBoundingClientRect();
      for (const element of panel.querySelectorAll('*')) {
        if (element.closest('.sheet-body > *, .rail > ul > *, svg *, .visually-hidden, .idle-ripple') !== null)
          continue;
        const part = element.getBoundingClientRect();
        if (part.width === 0 && part.height === 0) continue;
        const over = Math.max(
          box.left - part.left,
          part.right - box.right,
          box.top - part.top,
          part.bottom - box.bottom,
        );
        if (over > 1)
          found.push(`${element.tagName} .${element.getAttribute('class')} sticks out by ${Math.round(over)} px`);
        const style = getComputedStyle(element);
        const cut = style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1;
        if (cut && style.textOverflow !== 'ellipsis') found.push(`${element.getAttribute('class')} is cut off`);
        const text = element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline';
        if (text && element.children.length === 0 && element.clientWidth > 0 && style.textOverflow !== 'ellipsis') {
          found.push(`text of .${element.getAttribute('class')} is wider than its box: ${element.textContent}`);
        }
      }
    }
    return found;
  }, main);
}

/** Visible buttons smaller than a finger: 48 px, 64 px on the keypad. */
export function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('button')]
      .map((button) => ({ button, box: button.getBoundingClientRect() }))
      .filter(({ button, box }) => {
        const least = button.classList.contains('key') ? 64 : 48;
        return box.width > 0 && Math.min(box.width, box.height) < least - 0.5;
      })
      .map(({ button, box }) => `${button.className} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
}
