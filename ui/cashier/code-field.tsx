/**
 * Where a customer's code comes in at the screen: a scanner in keyboard mode types it and presses Enter, or a person does. The
 * code may be card data, so the field hides it, nothing keeps it, and it is emptied as soon as it is sent: there is no form to
 * submit and the field says that it takes codes for one time, so that no browser offers to remember it. A field of this kind
 * also keeps input methods out, which would make Vietnamese letters of the characters of a code.
 */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { longestCode } from '../../src/contract/commands.ts';
import type { SaleView } from '../../src/contract/view.ts';
import { CheckIcon } from '../kit/icons.tsx';
import { useMessages } from '../kit/screen.tsx';
import { useSender } from './desk.tsx';

/** Characters that no code has would only make its frame longer. */
function sendable(text: string): string {
  return text.replaceAll(/[^ !#-[\]-~]/g, '?').slice(0, longestCode);
}

export function CodeField(props: { readonly sale: SaleView }) {
  const { id } = props.sale;
  const m = useMessages();
  const { busy, send } = useSender();
  const field = useRef<HTMLInputElement>(null);
  // A scanner types wherever the focus is: the field is where it types.
  useLayoutEffect(() => {
    field.current?.focus();
    const takeFocus = (event: KeyboardEvent): void => {
      if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) return;
      if (!(event.target instanceof HTMLInputElement)) field.current?.focus();
    };
    window.addEventListener('keydown', takeFocus, { capture: true });
    return () => window.removeEventListener('keydown', takeFocus, { capture: true });
  }, [id]);

  async function take(): Promise<void> {
    const input = field.current;
    if (input === null || input.value === '') return;
    const code = sendable(input.value);
    input.value = '';
    await send({ type: 'presentCode', transactionId: id, code });
    input.focus();
  }

  return (
    <div class="code-form">
      <input
        ref={field}
        type="password"
        name="code"
        aria-label={m.code.field}
        placeholder={m.code.field}
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
        maxLength={longestCode}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          void take();
        }}
      />
      <button type="button" class="button button-primary" disabled={busy} onClick={() => void take()}>
        <CheckIcon />
        {m.code.take}
      </button>
    </div>
  );
}
