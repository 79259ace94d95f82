/**
 * The amount being typed and the sale it becomes. One press is one sale: a key is made for an amount and a
 * method and repeated with them until the terminal takes the sale or a person types something else.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { CommandOutcome } from '../kit/connection.ts';
import type { Command } from '../../src/contract/commands.ts';

export type Method = Extract<Command, { type: 'startSale' }>['method'];

/** Twelve digits: what ISO 8583 DE 4 and the contract can carry. */
const largestAmount = 999_999_999_999;

export interface Entry {
  readonly minorUnits: ReadonlySignal<number>;
  /** The method whose start has been sent and not yet answered. */
  readonly starting: ReadonlySignal<Method | null>;
  readonly overLimit: ReadonlySignal<boolean>;
  readonly startable: ReadonlySignal<boolean>;
  /** `digits`: one or more decimal digits, typed at the end. */
  readonly type: (digits: string) => void;
  readonly backspace: () => void;
  readonly clear: () => void;
  readonly start: (method: Method) => Promise<void>;
  /** A sale is on the screen, whether or not its command was answered: the next one starts from nothing. */
  readonly taken: () => void;
}

export function createEntry(
  maxAmountMinorUnits: ReadonlySignal<number>,
  run: (command: Command) => Promise<CommandOutcome>,
): Entry {
  const minorUnits = signal(0);
  const starting = signal<Method | null>(null);
  const overLimit = computed(() => minorUnits.value > maxAmountMinorUnits.value);
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
      const outcome = await run({ type: 'startSale', key: sent.key, amountMinorUnits: minorUnits.value, method });
      if (pending !== sent) return;
      if (outcome.ok) taken();
      else starting.value = null;
    },
    taken,
  };
}
