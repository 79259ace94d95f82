/** The cashier's screen: entry, sale or list below the top bar, and the keyboard that drives all three. */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { cardWords, isWaiting, resultWords } from '../i18n/explain.ts';
import type { Messages } from '../i18n/messages.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { Halted, TrainingBanner } from '../kit/banners.tsx';
import { NoticeLine } from '../kit/notice-line.tsx';
import { Overlays, useCovered } from '../kit/overlays.tsx';
import { useMessages, useScreen, useView, type Screen } from '../kit/screen.tsx';
import { Splash } from '../kit/splash.tsx';
import { ArrivalLine } from './arrival.tsx';
import { createDesk, DeskProvider, useDesk, type Desk } from './desk.tsx';
import { EntryPanel } from './entry.tsx';
import type { Entry } from './entry-state.ts';
import { pressOnPad } from './pad.ts';
import { SalePanel } from './sale-panel.tsx';
import { createScannerKeys } from './scanner-keys.ts';
import { RecentRail } from './sheets.tsx';
import { Sheet } from './sheet.tsx';
import { TopBar } from './top-bar.tsx';

/** One sentence for screen readers at every change of stage: what happened and what became of the money. */
function announcement(view: TerminalView, m: Messages): string {
  const { sale } = view;
  if (sale === null) return '';
  const stage = sale.stage;
  if (isWaiting(stage)) return cardWords({ ...sale, stage }, view, m).title;
  const words = resultWords({ ...sale, stage }, m);
  return `${words.title}. ${words.money}. ${words.next}`;
}

/** True when the key belongs to the control it was pressed on. */
function ownKey(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input') !== null) return event.key !== 'Escape';
  return (event.key === 'Enter' || event.key === ' ') && target.closest('button, a') !== null;
}

function pressOnSale(screen: Screen, sale: SaleView, key: string): boolean {
  // To give back an approved part is a decision of its own, not a way out.
  if (key === 'Escape' && sale.actions.includes('cancel') && sale.stage !== 'partlyApproved') {
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
  if (key === 'Escape') entry.clear();
  else return pressOnPad(entry, () => void entry.start('card'), key);
  return true;
}

/** The amount as it was before a run of keys, and nothing else: whatever else a key does takes more than one. */
function amountBefore({ entry }: Desk): () => void {
  const before = entry.minorUnits.peek();
  return () => entry.set(before);
}

function press(screen: Screen, desk: Desk, sale: SaleView | null, key: string): boolean {
  const covered = desk.place.peek() !== null;
  if (covered && key === 'Escape') {
    desk.back();
    return true;
  }
  if (desk.keyTargets.at(-1)?.(key) === true) return true;
  if (covered) return false;
  return sale === null ? pressOnEntry(desk.entry, key) : pressOnSale(screen, sale, key);
}

/** Digits, Backspace, Enter and Escape work wherever the focus is, as on any till. */
function useKeys(screen: Screen, desk: Desk, root: { current: Element | null }): void {
  // Before the first frame: whoever sees the keypad can type on it.
  useLayoutEffect(() => {
    const scanner = createScannerKeys(() => screen.notices.show('codeUnasked'));
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || ownKey(event)) return;
      if (root.current?.checkVisibility() !== true || document.querySelector('dialog[open]') !== null) return;
      const view = screen.terminal.view.peek();
      if (view === null || view.state === 'halted') return;
      if (screen.terminal.link.peek() !== 'up' || screen.terminal.fault.peek() !== null) return;
      if (scanner.isScanner(event.key, event.timeStamp, amountBefore(desk))) event.preventDefault();
      else if (press(screen, desk, view.sale, event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [screen, desk, root]);
}

/** A device has scanned a code that nobody asked for: said once, on each cashier's screen. */
function useUnaskedScans(screen: Screen, unasked: TerminalView['codes']['unasked']): void {
  const told = useRef(unasked?.number ?? 0);
  const number = unasked?.number ?? 0;
  useEffect(() => {
    // A terminal that has started again counts from one.
    if (number > 0 && number !== told.current) screen.notices.show('codeUnasked');
    told.current = number;
  }, [screen, number]);
}

function Body() {
  const { sale } = useView();
  const place = useDesk().place.value;
  if (place !== null) return <Sheet place={place} />;
  if (sale !== null) return <SalePanel sale={sale} />;
  return (
    <div class="till">
      <EntryPanel />
      <RecentRail />
    </div>
  );
}

function Live(props: { readonly root: { current: Element | null } }) {
  const screen = useScreen();
  const m = useMessages();
  const view = useView();
  const desk = useMemo(() => createDesk(screen), [screen]);
  useKeys(screen, desk, props.root);
  useUnaskedScans(screen, view.codes.unasked);
  // A sale that moves on is what the cashier must see, whatever list is open.
  const saleId = view.sale?.id ?? null;
  const stage = view.sale?.stage ?? null;
  useEffect(() => {
    if (stage !== null) desk.leave();
  }, [saleId, stage, desk]);
  useEffect(() => {
    if (saleId !== null) desk.entry.taken();
  }, [saleId, desk]);

  if (view.state === 'halted') return <Halted />;
  return (
    <DeskProvider desk={desk}>
      <TopBar />
      <TrainingBanner />
      <div class="cashier-main">
        <Body />
        <NoticeLine />
        <ArrivalLine />
      </div>
      <output class="visually-hidden">{announcement(view, m)}</output>
    </DeskProvider>
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
