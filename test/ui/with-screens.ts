/** For a test file of its own: built screens, a fake terminal and a browser, made once and cleared away. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Command } from '../../src/contract/commands.ts';
import type { TerminalView } from '../../src/contract/view.ts';
import { openBrowser, watch } from './browser.ts';
import { buildScreens, startFakeTerminal, type BuiltScreens, type FakeTerminal } from './fake-terminal.ts';
import { idleView } from './fixtures.ts';

export interface Screens {
  readonly terminal: FakeTerminal;
  /** A page of the terminal; `problems` collects what its console complains of. */
  readonly open: (name: string) => Promise<{ readonly page: Page; readonly problems: readonly string[] }>;
  /** Waits until that many commands of the type have come, and answers with them. */
  sent<T extends Command['type']>(type: T, count: number): Promise<readonly Extract<Command, { type: T }>[]>;
}

export function withScreens(firstView: TerminalView = idleView): () => Screens {
  let built: BuiltScreens;
  let browser: Browser;
  let context: BrowserContext;
  let terminal: FakeTerminal;
  const pages: Page[] = [];
  let screens: Screens | undefined;

  beforeAll(async () => {
    [built, browser] = await Promise.all([buildScreens(), openBrowser()]);
    [terminal, context] = await Promise.all([
      startFakeTerminal(built.folder, firstView),
      browser.newContext({ viewport: { width: 1024, height: 600 }, reducedMotion: 'reduce' }),
    ]);
    screens = {
      terminal,
      async open(name) {
        const watched = await watch(context);
        pages.push(watched.page);
        await watched.page.goto(terminal.url(name));
        return watched;
      },
      async sent(type, count) {
        const ofType = () =>
          terminal.commands.filter(
            (command): command is Extract<Command, { type: typeof type }> => command.type === type,
          );
        await expect.poll(() => ofType().length, { timeout: 3_000, interval: 20 }).toBe(count);
        return ofType();
      },
    };
  });
  beforeEach(() => terminal.reset(firstView));
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
  });
  afterAll(async () => {
    await browser.close();
    await terminal.close();
    await built.remove();
  });

  return () => {
    if (screens === undefined) throw new Error('screens: used before they were made');
    return screens;
  };
}
