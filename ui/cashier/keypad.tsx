/** The number pad and the amount above it, as the till and every form with an amount use them. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { BackspaceIcon } from '../kit/icons.tsx';
import { useMessages, useScreen } from '../kit/screen.tsx';
import { useDesk } from './desk.tsx';
import { pressOnPad, type Pad } from './pad.ts';

const digitRows = ['123', '456', '789'];

export function Keypad(props: {
  readonly pad: Pad;
  /** False for codes, which have no use for three zeros at once. */
  readonly thousands: boolean;
}) {
  const m = useMessages();
  const { pad, thousands } = props;
  const key = (digits: string, look = 'key') => (
    <button key={digits} type="button" class={look} onClick={() => pad.type(digits)}>
      {digits}
    </button>
  );
  return (
    <fieldset class="keypad">
      <legend class="visually-hidden">{m.entry.keypad}</legend>
      {digitRows.map((row) => row.split('').map((digit) => key(digit)))}
      {thousands ? key('000', 'key key-wide') : null}
      {key('0', thousands ? 'key' : 'key key-row')}
      <button type="button" class="key key-back" aria-label={m.entry.backspace} onClick={pad.backspace}>
        <BackspaceIcon />
      </button>
      <button type="button" class="key key-clear" onClick={pad.clear}>
        {m.entry.clear}
      </button>
    </fieldset>
  );
}

export function AmountDisplay(props: { readonly label: string; readonly minorUnits: ReadonlySignal<number> }) {
  const { formats } = useScreen();
  const { label, minorUnits } = props;
  const text = useComputed(() => formats.value.amount(minorUnits.value));
  // Long amounts step down in size rather than wrap.
  const look = useComputed(() => {
    const length = text.value.length;
    const size = length <= 9 ? 'short' : length <= 11 ? 'medium' : length <= 13 ? 'long' : 'longest';
    return `amount-value amount-${size}${minorUnits.value === 0 ? ' amount-empty' : ''}`;
  });
  return (
    <div class="amount">
      <span class="amount-label">{label}</span>
      <output class={look}>{text}</output>
    </div>
  );
}

/** The keyboard types into `pad` while the caller is on the screen. */
export function usePadKeys(pad: Pad, enter: () => void): void {
  const { keyTargets } = useDesk();
  useLayoutEffect(() => {
    const target = (key: string): boolean => pressOnPad(pad, enter, key);
    keyTargets.push(target);
    return () => {
      keyTargets.splice(keyTargets.indexOf(target), 1);
    };
  }, [keyTargets, pad, enter]);
}
