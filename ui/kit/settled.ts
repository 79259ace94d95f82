/**
 * Whether the sale on the screen has stood there long enough to be seen. A press that was meant for what stood there a
 * moment ago ("cancel") must not land on what has just taken its place ("new sale") and wipe an approval away unseen.
 */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import type { TerminalView } from '../../src/contract/view.ts';

/** Longer than a finger that is already on its way, shorter than a wait anybody notices. */
const settleMs = 600;

export function createSettled(view: ReadonlySignal<TerminalView | null>): ReadonlySignal<boolean> {
  const shown = computed(() => {
    const sale = view.value?.sale ?? null;
    return sale === null ? '' : `${sale.id} ${sale.stage}`;
  });
  const settled = signal(shown.peek());
  effect(() => {
    const now = shown.value;
    const timer = setTimeout(() => {
      settled.value = now;
    }, settleMs);
    return () => clearTimeout(timer);
  });
  return computed(() => settled.value === shown.value);
}
