/**
 * The amount being typed and the sale it becomes. One press is one sale: a key is made for an amount and a
 * method, kept while the outcome of sending it is not known, and given up once the terminal has taken it.
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
}

export function createEntry(
  maxAmountMinorUnits: ReadonlySignal<number>,
  run: (command: Command) => Promise<CommandOutcome>,
): Entry {
  const minorUnits = signal(0);
  const starting = signal<Method | null>(null);
  const overLimit = computed(() => minorUnits.value > maxAmountMinorUnits.value);
  const startable = computed(() => minorUnits.value > 0 && !overLimit.value && starting.value === null);
  let pending: { key: string; amount: number; method: Method } | null = null;

  return {
    minorUnits,
    starting,
    overLimit,
    startable,
    type(digits) {
      const next = minorUnits.value * 10 ** digits.length + Number(digits);
      if (next <= largestAmount) minorUnits.value = next;
    },
    backspace() {
      minorUnits.value = Math.floor(minorUnits.value / 10);
    },
    clear() {
      minorUnits.value = 0;
    },
    async start(method) {
      if (!startable.value) return;
      const amount = minorUnits.value;
      if (pending?.amount !== amount || pending.method !== method) {
        pending = { key: crypto.randomUUID(), amount, method };
      }
      starting.value = method;
      const outcome = await run({ type: 'startSale', key: pending.key, amountMinorUnits: amount, method });
      starting.value = null;
      if (!outcome.ok) return;
      pending = null;
      minorUnits.value = 0;
    },
  };
}
