/** Payments taken without the bank: how many, what is at stake, when the terminal tries again, and "send now". */
import type { OutboxView } from '../../src/contract/view.ts';
import { useRemaining } from '../kit/countdown.tsx';
import { formatClock } from '../kit/format.ts';
import { AlertIcon, TrayIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';
import { useSender } from './desk.tsx';
import { SaleRow } from './sheets.tsx';

function Exposure(props: { readonly outbox: OutboxView }) {
  const m = useMessages();
  const formats = useFormats();
  const spoken = useScreen().language.current.value;
  const { exposure } = props.outbox;
  return (
    <div class={exposure.count > 0 ? 'callout callout-unknown' : 'callout callout-calm'}>
      <AlertIcon />
      <span>
        <strong>{exposure.sentence[spoken]}</strong>
        <br />
        {exposure.limit === null ? m.stored.off : m.stored.limit(formats.money(exposure.limit))}
        {exposure.oldestAt === null ? '' : ` · ${m.stored.oldest(formats.time(exposure.oldestAt))}`}
      </span>
    </div>
  );
}

function Delivery(props: { readonly outbox: OutboxView }) {
  const m = useMessages();
  const { count, underWay, nextTryAt, lastError } = props.outbox;
  const remaining = useRemaining(null, nextTryAt);
  const { busy, send } = useSender();
  const facts = [
    m.stored.count(count),
    underWay > 0 ? m.stored.underWay(underWay) : '',
    nextTryAt === null
      ? m.stored.whenLinked
      : remaining.overdue.value
        ? ''
        : m.stored.next(formatClock(remaining.seconds.value)),
  ].filter((fact) => fact !== '');
  return (
    <div class="delivery">
      <p class="delivery-state">
        <TrayIcon />
        <span>
          <strong>{facts.join(' · ')}</strong>
          {lastError === null ? null : (
            <span class="last-error">
              {m.sale.lastError}: <span lang="en">{lastError}</span>
            </span>
          )}
        </span>
      </p>
      <button
        type="button"
        class="button button-primary"
        disabled={busy.value}
        onClick={() => void send({ type: 'sendNow' })}
      >
        {busy.value ? m.tasks.sending : m.stored.sendNow}
      </button>
    </div>
  );
}

export function Stored() {
  const m = useMessages();
  const { outbox } = useView();
  const { count, items } = outbox;
  const dead = items.filter(({ deadLetter }) => deadLetter !== null);
  const waiting = items.filter(({ deadLetter }) => deadLetter === null);
  return (
    <>
      <Exposure outbox={outbox} />
      {count === 0 ? <p class="sheet-empty">{m.stored.nothing}</p> : <Delivery outbox={outbox} />}
      {dead.length === 0 ? null : (
        <>
          <h3 class="sheet-heading sheet-heading-alarm">{m.stored.deadLetters}</h3>
          <ul class="rows">
            {dead.map((sale) => (
              <SaleRow key={sale.id} sale={sale} full />
            ))}
          </ul>
        </>
      )}
      {waiting.length === 0 ? null : (
        <>
          <h3 class="sheet-heading">{m.stored.waiting}</h3>
          <ul class="rows">
            {waiting.map((sale) => (
              <SaleRow key={sale.id} sale={sale} full />
            ))}
          </ul>
        </>
      )}
      {count > items.length ? <p class="sheet-foot">{m.stored.more(count - items.length)}</p> : null}
    </>
  );
}
