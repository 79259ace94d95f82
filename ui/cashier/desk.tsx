/**
 * What the parts of the cashier's screen share: where the cashier is (a stack of pages over the till), the amount
 * being typed, and who gets the keys of the keyboard.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Command } from '../../src/contract/commands.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import type { CommandOutcome } from '../kit/connection.ts';
import { useScreen, useView, type Screen } from '../kit/screen.tsx';
import { createEntry, type Entry } from './entry-state.ts';

type MoneyBack = Extract<Command, { type: 'askPayout' }>['about'];

export type ListName =
  | 'worklist'
  | 'recent'
  | 'devices'
  | 'menu'
  | 'refundSale'
  | 'holds'
  | 'stored'
  | 'day'
  | 'aside'
  | 'payouts';
export type FormName = 'refundFree' | 'preAuthorization' | 'split';
export type SaleTask =
  | 'void'
  | 'refund'
  | 'increment'
  | 'complete'
  | 'resolve'
  | 'confirmByHand'
  | 'refundByProvider'
  | 'settleRefund';

export type Place =
  | { readonly at: ListName | FormName }
  | { readonly at: 'sale'; readonly id: string }
  | { readonly at: 'transfer'; readonly id: string }
  | { readonly at: 'askPayout'; readonly about: MoneyBack; readonly amountMinorUnits: number }
  | { readonly at: 'giveBack'; readonly about: MoneyBack; readonly amountMinorUnits: number }
  | { readonly at: 'payout'; readonly id: string; readonly withdraw: boolean }
  | { readonly at: 'task'; readonly task: SaleTask; readonly id: string }
  | { readonly at: 'closeBatch'; readonly batch: number };

export interface Desk {
  /** Null: the till itself, or the sale on the screen. */
  readonly place: ReadonlySignal<Place | null>;
  /** From the top bar: shows a list, or leaves it when it is shown already. */
  readonly toggle: (at: ListName) => void;
  readonly go: (place: Place) => void;
  readonly back: () => void;
  readonly leave: () => void;
  readonly entry: Entry;
  /** The last one is asked first. */
  readonly keyTargets: ((key: string) => boolean)[];
}

export function createDesk(screen: Screen): Desk {
  const places = signal<readonly Place[]>([]);
  const place = computed(() => places.value.at(-1) ?? null);
  const leave = (): void => {
    places.value = [];
  };
  return {
    place,
    toggle(at) {
      if (place.peek()?.at === at) leave();
      else places.value = [{ at }];
    },
    go(next) {
      places.value = [...places.peek(), next];
    },
    back() {
      places.value = places.peek().slice(0, -1);
    },
    leave,
    entry: createEntry(screen.terminal.view, screen.run),
    keyTargets: [],
  };
}

const DeskContext = createContext<Desk | null>(null);

export function DeskProvider(props: { readonly desk: Desk; readonly children: ComponentChildren }) {
  return <DeskContext.Provider value={props.desk}>{props.children}</DeskContext.Provider>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('desk: used outside the cashier’s screen');
  return desk;
}

export function findSale(view: TerminalView, id: string): SaleView | undefined {
  const { sale, aside, background, recent, holds, outbox } = view;
  const all = [...(sale === null ? [] : [sale]), ...aside, ...background, ...recent, ...holds, ...outbox.items];
  return all.find((each) => each.id === id);
}

/** A transaction by its id, as the view shows it now; undefined once it is shown nowhere. */
export function useSale(id: string): SaleView | undefined {
  return findSale(useView(), id);
}

export interface Sender {
  /** A command is on its way; buttons that would send another wait for it. */
  readonly busy: ReadonlySignal<boolean>;
  /** Null when one is on its way already: a double press sends once. `done`: the terminal has said yes. */
  readonly send: (command: Command, done?: () => void) => Promise<CommandOutcome | null>;
}

export function useSender(): Sender {
  const { run } = useScreen();
  return useMemo(() => {
    const busy = signal(false);
    return {
      busy,
      async send(command, done) {
        if (busy.peek()) return null;
        busy.value = true;
        const outcome = await run(command);
        busy.value = false;
        if (outcome.ok) done?.();
        return outcome;
      },
    };
  }, [run]);
}
