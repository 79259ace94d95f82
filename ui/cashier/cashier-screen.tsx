/** The cashier's screen: entry, sale or list below the top bar, and the keyboard that drives all three. */
import { computed, useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { isWaiting, resultWords } from '../i18n/explain.ts';
import type { Messages } from '../i18n/messages.ts';
import type { SaleView } from '../../src/contract/view.ts';
import { Halted, TrainingBanner } from '../kit/banners.tsx';
import { NoticeLine } from '../kit/notice-line.tsx';
import { Overlays, useCovered } from '../kit/overlays.tsx';
import { useMessages, useScreen, useView, type Screen } from '../kit/screen.tsx';
import { Splash } from '../kit/splash.tsx';
import { EntryPanel } from './entry.tsx';
import { createEntry, type Entry } from './entry-state.ts';
import { SalePanel } from './sale-panel.tsx';
import { RecentRail, Sheet } from './sheets.tsx';
import { TopBar, type SheetName } from './top-bar.tsx';

/** One sentence for screen readers at every change of stage: what happened and what became of the money. */
function announcement(sale: SaleView | null, m: Messages): string {
  if (sale === null) return '';
  const stage = sale.stage;
  if (isWaiting(stage)) return m.waiting[stage].title;
  const words = resultWords({ ...sale, stage }, m);
  return `${words.title}. ${words.money}. ${words.next}`;
}

/** True when the key belongs to the control it was pressed on. */
function ownKey(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return (event.key === 'Enter' || event.key === ' ') && target.closest('button, a, input, select') !== null;
}

function pressOnSale(screen: Screen, sale: SaleView, key: string): boolean {
  if (key === 'Escape' && sale.actions.includes('cancel')) {
    void screen.run({ type: 'cancelSale', transactionId: sale.id });
    return true;
  }
  // Escape never ends a sale that is over: whoever meant to cancel has to see that it is paid.
  if (key === 'Enter' && sale.actions.includes('close') && screen.settled.peek()) {
    void screen.run({ type: 'closeSale', transactionId: sale.id });
    return true;
  }
  return false;
}

function pressOnEntry(entry: Entry, key: string): boolean {
  if (/^\d$/.test(key)) entry.type(key);
  else if (key === 'Backspace') entry.backspace();
  else if (key === 'Escape') entry.clear();
  else if (key === 'Enter') void entry.start('card');
  else return false;
  return true;
}

/** Digits, Backspace, Enter and Escape work wherever the focus is, as on any till. */
function useKeys(
  screen: Screen,
  entry: Entry,
  sheet: Signal<SheetName | null>,
  root: { current: Element | null },
): void {
  // Before the first frame: whoever sees the keypad can type on it.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || ownKey(event)) return;
      if (root.current?.checkVisibility() !== true || document.querySelector('dialog[open]') !== null) return;
      const view = screen.terminal.view.peek();
      if (view === null || view.state === 'halted') return;
      if (screen.terminal.link.peek() !== 'up' || screen.terminal.fault.peek() !== null) return;
      if (sheet.peek() !== null) {
        if (event.key !== 'Escape') return;
        sheet.value = null;
        event.preventDefault();
        return;
      }
      const used = view.sale === null ? pressOnEntry(entry, event.key) : pressOnSale(screen, view.sale, event.key);
      if (used) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [screen, entry, sheet, root]);
}

function Body(props: { readonly entry: Entry; readonly sheet: Signal<SheetName | null> }) {
  const { sheet, entry } = props;
  const { sale } = useView();
  const name = sheet.value;
  if (name !== null) {
    return (
      <Sheet
        name={name}
        close={() => {
          sheet.value = null;
        }}
      />
    );
  }
  if (sale !== null) return <SalePanel sale={sale} />;
  return (
    <div class="till">
      <EntryPanel
        entry={entry}
        openWorklist={() => {
          sheet.value = 'worklist';
        }}
      />
      <RecentRail />
    </div>
  );
}

function Live(props: { readonly root: { current: Element | null } }) {
  const screen = useScreen();
  const m = useMessages();
  const view = useView();
  const sheet = useSignal<SheetName | null>(null);
  const entry = useMemo(
    () =>
      createEntry(
        computed(() => screen.terminal.view.value?.terminal.maxAmountMinorUnits ?? 0),
        screen.run,
      ),
    [screen],
  );
  useKeys(screen, entry, sheet, props.root);
  // A sale that moves on is what the cashier must see, whatever list is open.
  const saleId = view.sale?.id ?? null;
  const stage = view.sale?.stage ?? null;
  useEffect(() => {
    if (stage !== null) sheet.value = null;
  }, [saleId, stage, sheet]);
  useEffect(() => {
    if (saleId !== null) entry.taken();
  }, [saleId, entry]);

  if (view.state === 'halted') return <Halted />;
  return (
    <>
      <TopBar
        sheet={sheet}
        open={(name) => {
          sheet.value = sheet.peek() === name ? null : name;
        }}
      />
      <TrainingBanner />
      <div class="cashier-main">
        <Body entry={entry} sheet={sheet} />
        <NoticeLine />
      </div>
      <output class="visually-hidden">{announcement(view.sale, m)}</output>
    </>
  );
}

export function CashierScreen() {
  const { terminal, language } = useScreen();
  const covered = useCovered();
  const root = useRef<HTMLElement>(null);
  return (
    <section
      ref={root}
      class="screen cashier"
      lang={language.current.value}
      aria-label={useMessages().top.cashierScreen}
    >
      <div class="screen-body" inert={covered}>
        {terminal.view.value === null ? <Splash /> : <Live root={root} />}
      </div>
      <Overlays />
    </section>
  );
}
