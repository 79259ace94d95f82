/** Enter an amount, choose how it is paid. Every digit changes one text node and nothing else. */
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Messages } from '../i18n/messages.ts';
import { AlertIcon, QuestionIcon, ScanIcon, SplitIcon } from '../kit/icons.tsx';
import { MethodIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';
import type { BillBalance } from './bill.ts';
import { useDesk } from './desk.tsx';
import type { Method } from './entry-state.ts';
import { AmountDisplay, Keypad } from './keypad.tsx';

function Choice(props: {
  readonly method: Method;
  readonly name: string;
  readonly hint: (messages: Messages) => string;
  readonly children: ComponentChildren;
}) {
  const { language } = useScreen();
  const { entry } = useDesk();
  const { method, name, children } = props;
  const disabled = useComputed(() => !entry.startable.value);
  const look = useComputed(() => `method method-${method}${entry.starting.value === method ? ' method-starting' : ''}`);
  const hint = useComputed(() => {
    const messages = language.messages.value;
    return entry.starting.value === method ? messages.entry.starting : props.hint(messages);
  });
  return (
    <button type="button" class={look} disabled={disabled} onClick={() => void entry.start(method)}>
      <span class="method-icon">{children}</span>
      <span class="method-name">{name}</span>
      <span class="method-hint">{hint}</span>
    </button>
  );
}

function MethodChoice(props: { readonly method: Exclude<Method, 'code'> }) {
  const m = useMessages();
  const { method } = props;
  return (
    <Choice method={method} name={m.entry[method]} hint={({ entry }) => entry[`${method}Hint`]}>
      <MethodIcon method={method} />
    </Choice>
  );
}

/** The customer shows a code instead of a card. */
function CodeChoice() {
  const m = useMessages();
  return (
    <Choice method="code" name={m.code.method} hint={({ code }) => code.methodHint}>
      <ScanIcon />
    </Choice>
  );
}

/** Payments of one bill: what remains of it, all of that at one press, and the way out. */
function BillStrip(props: { readonly bill: BillBalance }) {
  const m = useMessages();
  const formats = useFormats();
  const { entry } = useDesk();
  const { id, total, remaining, pending } = props.bill;
  const open = remaining.minorUnits > 0;
  return (
    <section class="bill" aria-label={m.bill.title}>
      <p class="bill-state">
        <SplitIcon />
        <span>
          {open ? m.bill.state(id, formats.money(remaining), formats.money(total)) : m.bill.done(id)}
          {pending.minorUnits > 0 ? ` · ${m.bill.pending} ${formats.money(pending)}` : ''}
        </span>
      </p>
      <div class="bill-buttons">
        {open ? (
          <button type="button" class="button button-small" onClick={() => entry.set(remaining.minorUnits)}>
            {m.bill.rest}
          </button>
        ) : null}
        <button type="button" class="button button-small" onClick={() => entry.takeBill(null)}>
          {m.bill.leave}
        </button>
      </div>
    </section>
  );
}

function LimitMessage(props: { readonly bill: BillBalance | null }) {
  const m = useMessages();
  const formats = useFormats();
  const most = useView().terminal.maxAmountMinorUnits;
  const remaining = props.bill?.remaining.minorUnits ?? most;
  return (
    <p class="entry-message entry-message-limit" role="alert">
      <AlertIcon />
      <span>{remaining < most ? m.bill.over(formats.amount(remaining)) : m.entry.overLimit(formats.amount(most))}</span>
    </p>
  );
}

/** Says at most one thing: the limit when exceeded, else that earlier money is still in question. */
function EntryMessage() {
  const m = useMessages();
  const view = useView();
  const { entry, go } = useDesk();
  if (entry.overLimit.value) return <LimitMessage bill={entry.bill.value} />;
  if (entry.bill.value !== null) return null;
  // What is stored has its own mark in the top bar.
  const unsettled = view.background.filter((sale) => sale.moneyMoved === 'unknown' && sale.stage !== 'stored').length;
  if (unsettled === 0) return <p class="entry-message">{m.entry.prompt}</p>;
  return (
    <button type="button" class="entry-message entry-message-unknown" onClick={() => go({ at: 'worklist' })}>
      <QuestionIcon />
      <span>{m.top.backgroundNotice(unsettled)}</span>
    </button>
  );
}

function EntryBill() {
  const bill = useDesk().entry.bill.value;
  return bill === null ? null : <BillStrip bill={bill} />;
}

export function EntryPanel() {
  const m = useMessages();
  const { taken } = useView().codes;
  const { entry } = useDesk();
  return (
    <div class="entry">
      <div class="entry-left">
        <AmountDisplay label={m.entry.amount} minorUnits={entry.minorUnits} />
        <EntryBill />
        <EntryMessage />
        <div class={taken ? 'methods methods-four' : 'methods'}>
          <MethodChoice method="card" />
          {taken ? <CodeChoice /> : null}
          <MethodChoice method="qr" />
          <MethodChoice method="cash" />
        </div>
      </div>
      <Keypad pad={entry} thousands />
    </div>
  );
}
