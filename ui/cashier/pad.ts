/** What a number pad types into, by its own keys or by those of a keyboard. */
import { signal, type ReadonlySignal } from '@preact/signals';

/** Twelve digits: what ISO 8583 DE 4 and the contract can carry. */
export const largestAmount = 999_999_999_999;

export interface Pad {
  /** `digits`: one or more decimal digits, typed at the end. */
  readonly type: (digits: string) => void;
  readonly backspace: () => void;
  readonly clear: () => void;
}

export interface AmountPad extends Pad {
  readonly minorUnits: ReadonlySignal<number>;
  readonly set: (minorUnits: number) => void;
}

export function createAmount(first: number): AmountPad {
  const minorUnits = signal(first);
  // What stands there at first is a proposal: the first digit replaces it.
  let proposed = first !== 0;
  function set(amount: number): void {
    proposed = false;
    minorUnits.value = amount;
  }
  return {
    minorUnits,
    set,
    type(digits) {
      const next = (proposed ? 0 : minorUnits.value) * 10 ** digits.length + Number(digits);
      if (next <= largestAmount) set(next);
    },
    backspace() {
      set(proposed ? 0 : Math.floor(minorUnits.value / 10));
    },
    clear() {
      set(0);
    },
  };
}

/** A press of the keyboard on a pad; false when the key means nothing to it. */
export function pressOnPad(pad: Pad, enter: () => void, key: string): boolean {
  if (/^\d$/.test(key)) pad.type(key);
  else if (key === 'Backspace') pad.backspace();
  else if (key === 'Enter') enter();
  else return false;
  return true;
}
