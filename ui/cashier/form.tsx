/** Pages that ask for an amount before something is done: what it is for, the amount, the buttons, the pad. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { AlertIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useScreen } from '../kit/screen.tsx';
import { AmountDisplay, Keypad, usePadKeys } from './keypad.tsx';
import { createAmount } from './pad.ts';

/** The title of a step; takes the focus, so that it is read out and Enter presses no button by accident. */
export function PageTitle(props: { readonly children: ComponentChildren }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <h3 ref={title} class="form-title" tabIndex={-1}>
      {props.children}
    </h3>
  );
}

export interface FormButton {
  readonly label: string;
  readonly press: (minorUnits: number) => void;
  /** May also be pressed with nothing entered. */
  readonly optional?: boolean;
}

export function AmountForm(props: {
  readonly hint: string;
  readonly label: string;
  /** Proposed; the first digit replaces it. */
  readonly first: number;
  readonly most: number;
  /** A command is on its way; absent where a press sends none. */
  readonly busy?: ReadonlySignal<boolean>;
  /** The first one is pressed by Enter. */
  readonly buttons: readonly FormButton[];
  readonly children?: ComponentChildren;
}) {
  const { hint, label, first, most, busy, buttons, children } = props;
  const m = useMessages();
  const formats = useFormats();
  const amount = useMemo(() => createAmount(first), [first]);
  const { minorUnits } = amount;
  const over = useComputed(() => minorUnits.value > most);
  const waiting = busy?.value === true;
  const ready = (button: FormButton): boolean =>
    !waiting && minorUnits.value <= most && (minorUnits.value > 0 || button.optional === true);
  const [main] = buttons;
  const enter = useCallback(() => {
    if (main !== undefined && busy?.peek() !== true && minorUnits.peek() > 0 && minorUnits.peek() <= most) {
      main.press(minorUnits.peek());
    }
  }, [main, busy, minorUnits, most]);
  usePadKeys(amount, enter);
  return (
    <div class="form">
      <div class="form-left">
        <p class="form-hint">{hint}</p>
        <AmountDisplay label={label} minorUnits={minorUnits} />
        {over.value ? (
          <p class="entry-message entry-message-limit" role="alert">
            <AlertIcon />
            <span>{m.tasks.atMost(formats.amount(most))}</span>
          </p>
        ) : null}
        {children}
        <div class="form-buttons">
          {buttons.map((button, index) => (
            <button
              key={button.label}
              type="button"
              class={index === 0 ? 'button button-primary' : 'button button-quiet'}
              disabled={!ready(button)}
              onClick={() => button.press(minorUnits.peek())}
            >
              {waiting ? m.tasks.sending : button.label}
            </button>
          ))}
        </div>
      </div>
      <Keypad pad={amount} thousands />
    </div>
  );
}

/** The most that may be typed where nothing else limits it. */
export function useMostAmount(): number {
  return useScreen().terminal.view.value?.terminal.maxAmountMinorUnits ?? 0;
}
