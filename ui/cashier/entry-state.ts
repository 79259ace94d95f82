/**
 * The amount being typed and the sale it becomes. One press is one sale: a key is made for an amount and a
 * method and repeated with them until the terminal takes the sale or a person types something else.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Command } from '../../src/contract/commands.ts';
import type { TerminalView } from '../../src/contract/view.ts';
import type { CommandOutcome } from '../kit/connection.ts';
import { billBalance, type Bill, type BillBalance } from './bill.ts';
import { largestAmount, type AmountPad } from './pad.ts';

/** `code`: a card sale for which the customer shows a code. */
export type Method = Extract<Command, { type: 'startSale' }>['method'] | 'code';

export interface Entry extends AmountPad {
  /** The method whose start has been sent and not yet answered. */
  readonly starting: ReadonlySignal<Method | null>;
  readonly overLimit: ReadonlySignal<boolean>;
  readonly startable: ReadonlySignal<boolean>;
  /** The bill whose payments are being taken; null for a sale of its own. */
  readonly bill: ReadonlySignal<BillBalance | null>;
  readonly takeBill: (bill: Bill | null) => void;
  readonly start: (method: Method) => Promise<void>;
  /** A sale is on the screen, whether or not its command was answered: the next one starts from nothing. */
  readonly taken: () => void;
}

export function createEntry(
  view: ReadonlySignal<TerminalView | null>,
  run: (command: Command) => Promise<CommandOutcome>,
): Entry {
  const minorUnits = signal(0);
  const starting = signal<Method | null>(null);
  const chosen = signal<Bill | null>(null);
  const bill = computed(() =>
    chosen.value === null || view.value === null ? null : billBalance(view.value, chosen.value),
  );
  const overLimit = computed(() => {
    const most = view.value?.terminal.maxAmountMinorUnits ?? 0;
    return minorUnits.value > Math.min(most, bill.value?.remaining.minorUnits ?? most);
  });
  const startable = computed(() => minorUnits.value > 0 && !overLimit.value && starting.value === null);
  let pending: { readonly key: string; readonly method: Method } | null = null;

  function change(amount: number): void {
    pending = null;
    minorUnits.value = amount;
  }

  function taken(): void {
    change(0);
    starting.value = null;
  }

  return {
    minorUnits,
    starting,
    overLimit,
    startable,
    bill,
    takeBill(next) {
      chosen.value = next;
      change(0);
    },
    set(amount) {
      if (starting.value === null) change(amount);
    },
    type(digits) {
      const next = minorUnits.value * 10 ** digits.length + Number(digits);
      if (next <= largestAmount && starting.value === null) change(next);
    },
    backspace() {
      if (starting.value === null) change(Math.floor(minorUnits.value / 10));
    },
    clear() {
      if (starting.value === null) change(0);
    },
    async start(method) {
      if (!startable.value) return;
      const sent = pending?.method === method ? pending : { key: crypto.randomUUID(), method };
      pending = sent;
      starting.value = method;
      const order = chosen.value && { id: chosen.value.id, totalMinorUnits: chosen.value.totalMinorUnits };
      const outcome = await run({
        type: 'startSale',
        key: sent.key,
        amountMinorUnits: minorUnits.value,
        ...(method === 'code' ? ({ method: 'card', presentment: 'code' } as const) : { method }),
        order,
      });
      if (pending !== sent) return;
      if (outcome.ok && chosen.value?.once === true) chosen.value = null;
      if (outcome.ok) taken();
      else starting.value = null;
    },
    taken,
  };
}
