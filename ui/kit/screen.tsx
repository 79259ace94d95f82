/**
 * What every part of one screen shares: the terminal, this screen's language and its words. A demo shows two
 * screens on one page, each with its own.
 */
import { computed, type ReadonlySignal } from '@preact/signals';
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Messages } from '../i18n/messages.ts';
import type { MoneyView, TerminalView } from '../../src/contract/view.ts';
import type { CommandOutcome, Terminal } from './connection.ts';
import type { Command } from '../../src/contract/commands.ts';
import { createNotices, type Notices } from './notices.ts';
import { formatDay, formatMoney, formatTime, ownExponent } from './format.ts';
import type { LanguageChoice } from './language.ts';
import { createSettled } from './settled.ts';

export interface Screen {
  readonly terminal: Terminal;
  readonly language: LanguageChoice;
  /** Money and time in this screen's language; read `value` inside a computed to follow a change. */
  readonly formats: ReadonlySignal<Formats>;
  readonly notices: Notices;
  /** False for a moment after the sale's stage has changed: presses that end a sale wait for it. */
  readonly settled: ReadonlySignal<boolean>;
  /** Sends and, when the answer is no, says so on this screen. */
  readonly run: (command: Command) => Promise<CommandOutcome>;
}

const ScreenContext = createContext<Screen | null>(null);

export function ScreenProvider(props: {
  readonly terminal: Terminal;
  readonly language: LanguageChoice;
  readonly children: ComponentChildren;
}) {
  const { terminal, language } = props;
  const screen = useMemo<Screen>(() => {
    const notices = createNotices();
    return {
      terminal,
      language,
      formats: createFormats(terminal, language),
      notices,
      settled: createSettled(terminal.view),
      async run(command) {
        const outcome = await terminal.send(command);
        if (!outcome.ok) notices.show(outcome.reason);
        return outcome;
      },
    };
  }, [terminal, language]);
  return <ScreenContext.Provider value={screen}>{props.children}</ScreenContext.Provider>;
}

export function useScreen(): Screen {
  const screen = useContext(ScreenContext);
  if (screen === null) throw new Error('screen: used outside ScreenProvider');
  return screen;
}

export function useMessages(): Messages {
  return useScreen().language.messages.value;
}

/** The view, where the caller is only rendered once there is one. */
export function useView(): TerminalView {
  const view = useScreen().terminal.view.value;
  if (view === null) throw new Error('screen: rendered before the first view');
  return view;
}

export interface Formats {
  money(money: MoneyView): string;
  /** An amount in the terminal's own currency. */
  amount(minorUnits: number): string;
  time(at: number): string;
  /** A business date as the terminal writes it, `YYYY-MM-DD`. */
  day(date: string): string;
}

function createFormats(terminal: Terminal, choice: LanguageChoice): ReadonlySignal<Formats> {
  return computed(() => {
    const language = choice.current.value;
    const facts = terminal.view.value?.terminal;
    const currency = facts?.currency ?? 'VND';
    const exponent = facts?.currencyExponent ?? 0;
    const timeZone = facts?.timeZone ?? 'UTC';
    return {
      money: (money) =>
        formatMoney(money, money.currency === currency ? exponent : ownExponent(money.currency), language),
      amount: (minorUnits) => formatMoney({ minorUnits, currency }, exponent, language),
      time: (at) => formatTime(at, timeZone, language),
      day: (date) => formatDay(date, language),
    };
  });
}

export function useFormats(): Formats {
  return useScreen().formats.value;
}
