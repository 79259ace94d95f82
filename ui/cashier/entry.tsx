/** Enter an amount, choose how it is paid. Every digit changes one text node and nothing else. */
import { useComputed } from '@preact/signals';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';
import { AlertIcon, BackspaceIcon, CardIcon, QrIcon, QuestionIcon } from '../kit/icons.tsx';
import type { Entry, Method } from './entry-state.ts';

const digitRows = ['123', '456', '789'];

function Keypad(props: { readonly entry: Entry }) {
  const m = useMessages();
  const { entry } = props;
  const key = (digits: string, wide = false) => (
    <button key={digits} type="button" class={wide ? 'key key-wide' : 'key'} onClick={() => entry.type(digits)}>
      {digits}
    </button>
  );
  return (
    <fieldset class="keypad">
      <legend class="visually-hidden">{m.entry.keypad}</legend>
      {digitRows.map((row) => row.split('').map((digit) => key(digit)))}
      {key('000', true)}
      {key('0')}
      <button type="button" class="key key-back" aria-label={m.entry.backspace} onClick={entry.backspace}>
        <BackspaceIcon />
      </button>
      <button type="button" class="key key-clear" onClick={entry.clear}>
        {m.entry.clear}
      </button>
    </fieldset>
  );
}

function MethodButton(props: { readonly entry: Entry; readonly method: Method }) {
  const { language } = useScreen();
  const m = useMessages();
  const { entry, method } = props;
  const disabled = useComputed(() => !entry.startable.value);
  const hint = useComputed(() => {
    const words = language.messages.value.entry;
    return entry.starting.value === method ? words.starting : words[`${method}Hint`];
  });
  return (
    <button
      type="button"
      class={`method method-${method}`}
      disabled={disabled}
      onClick={() => void entry.start(method)}
    >
      <span class="method-icon">{method === 'card' ? <CardIcon /> : <QrIcon />}</span>
      <span class="method-name">{m.entry[method]}</span>
      <span class="method-hint">{hint}</span>
    </button>
  );
}

function AmountDisplay(props: { readonly entry: Entry }) {
  const { formats } = useScreen();
  const m = useMessages();
  const { minorUnits } = props.entry;
  const text = useComputed(() => formats.value.amount(minorUnits.value));
  // Long amounts step down in size rather than wrap.
  const look = useComputed(() => {
    const length = text.value.length;
    const size = length <= 9 ? 'short' : length <= 11 ? 'medium' : length <= 13 ? 'long' : 'longest';
    return `amount-value amount-${size}${minorUnits.value === 0 ? ' amount-empty' : ''}`;
  });
  return (
    <div class="amount">
      <span class="amount-label">{m.entry.amount}</span>
      <output class={look}>{text}</output>
    </div>
  );
}

/** Says at most one thing: the limit when exceeded, else that earlier money is still in question. */
function EntryMessage(props: { readonly entry: Entry; readonly openWorklist: () => void }) {
  const m = useMessages();
  const formats = useFormats();
  const view = useView();
  if (props.entry.overLimit.value) {
    return (
      <p class="entry-message entry-message-limit" role="alert">
        <AlertIcon />
        <span>{m.entry.overLimit(formats.amount(view.terminal.maxAmountMinorUnits))}</span>
      </p>
    );
  }
  const unsettled = view.background.filter((sale) => sale.moneyMoved === 'unknown').length;
  if (unsettled === 0) return <p class="entry-message">{m.entry.prompt}</p>;
  return (
    <button type="button" class="entry-message entry-message-unknown" onClick={props.openWorklist}>
      <QuestionIcon />
      <span>{m.top.backgroundNotice(unsettled)}</span>
    </button>
  );
}

export function EntryPanel(props: { readonly entry: Entry; readonly openWorklist: () => void }) {
  return (
    <div class="entry">
      <div class="entry-left">
        <AmountDisplay entry={props.entry} />
        <EntryMessage entry={props.entry} openWorklist={props.openWorklist} />
        <div class="methods">
          <MethodButton entry={props.entry} method="card" />
          <MethodButton entry={props.entry} method="qr" />
        </div>
      </div>
      <Keypad entry={props.entry} />
    </div>
  );
}
