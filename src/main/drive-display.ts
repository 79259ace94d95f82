/** Keeps the customer display at the sale on the screen, and at what its card asks for. */
import type { CardPrompts } from '../app/card-prompts.ts';
import { displayContent, haltedContent } from '../app/display.ts';
import type { Terminal } from '../app/terminal.ts';
import { shownTransaction } from '../core/transaction/state.ts';
import type { Config } from './config/schema.ts';
import type { Devices } from './devices.ts';

/** What it cannot show is its own trouble, never the sale's. */
export function driveDisplay(
  terminal: Terminal,
  prompts: CardPrompts,
  display: Devices['customerDisplay'],
  language: Config['terminal']['language'],
): () => void {
  if (display === undefined) return () => {};
  const stop = new AbortController();
  let shown = '';
  const follow = (): void => {
    const sale = shownTransaction(terminal.state);
    const content =
      terminal.halted === undefined ? displayContent(sale, language, prompts.shown) : haltedContent(language);
    const next = JSON.stringify(content);
    if (next === shown) return;
    shown = next;
    void display.show(content, { signal: stop.signal, timeoutMs: 2000 });
  };
  const ends = [terminal.onChange(follow), prompts.onChange(follow)];
  follow();
  return () => {
    for (const end of ends) end();
    stop.abort();
  };
}
