/** Keeps the customer display at the sale on the screen, and at what its card asks for. */
import type { DisplayContent } from '../../devices/customer-display.ts';
import type { CardPrompts } from '../app/card-prompts.ts';
import { displayContent, haltedContent, staticContent } from '../app/display.ts';
import type { StaticCode } from '../app/static-code.ts';
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
  staticCode: StaticCode | undefined,
): () => void {
  if (display === undefined) return () => {};
  const stop = new AbortController();
  let shown = '';
  const follow = (): void => {
    const sale = shownTransaction(terminal.state);
    const content: DisplayContent =
      terminal.halted === undefined ? displayContent(sale, language, prompts.shown) : haltedContent(language);
    const seen =
      content.kind === 'idle' && staticCode?.shown === true ? staticContent(staticCode.payload, language) : content;
    const next = JSON.stringify(seen);
    if (next === shown) return;
    shown = next;
    void display.show(seen, { signal: stop.signal, timeoutMs: 2000 });
  };
  const ends = [terminal.onChange(follow), prompts.onChange(follow), staticCode?.onChange(follow)];
  follow();
  return () => {
    for (const end of ends) end?.();
    stop.abort();
  };
}
