/** QR codes that were put aside: each with its limit, what can be done with it, and the buttons that put one aside. */
import type { SaleView } from '../../src/contract/view.ts';
import { CountdownLine, useRemaining } from '../kit/countdown.tsx';
import { CardIcon, CheckIcon, PlusIcon } from '../kit/icons.tsx';
import { MethodIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { CancelButton } from './cancel-button.tsx';
import { useDesk, useSender } from './desk.tsx';

function AsideRow(props: { readonly sale: SaleView }) {
  const { sale } = props;
  const m = useMessages();
  const formats = useFormats();
  const { leave } = useDesk();
  const { busy, send } = useSender();
  const remaining = useRemaining(sale.waitSince, sale.waitUntil);
  return (
    <li class="row tone-wait">
      <span class="row-icon">
        <MethodIcon method="qr" />
      </span>
      <span class="row-main">
        <span class="row-title">{sale.qr === null ? '' : m.lists.reference(sale.qr.reference)}</span>
        <span class="row-note">{formats.time(sale.startedAt)}</span>
        <CountdownLine remaining={remaining} />
      </span>
      <span class="row-amount">{formats.money(sale.amount)}</span>
      <div class="row-extra">
        <CancelButton sale={sale} />
        <button
          type="button"
          class="button button-small row-button"
          disabled={busy.value}
          onClick={() => void send({ type: 'bringBack', transactionId: sale.id }, leave)}
        >
          {m.qr.bringBack}
        </button>
      </div>
    </li>
  );
}

export function Aside() {
  const m = useMessages();
  const { aside } = useView();
  if (aside.length === 0) return <p class="sheet-empty">{m.qr.nothingAside}</p>;
  return (
    <>
      <p class="callout callout-calm">
        <CheckIcon />
        <span>{m.qr.asideHint}</span>
      </p>
      <ul class="rows">
        {aside.map((sale) => (
          <AsideRow key={sale.id} sale={sale} />
        ))}
      </ul>
    </>
  );
}

/** The next customer, or the same one with another means of payment: the code is still watched. */
export function AsideButtons(props: { readonly sale: SaleView }) {
  const { id, actions, qr, amount, order } = props.sale;
  const m = useMessages();
  const { entry } = useDesk();
  const { busy, send } = useSender();
  if (!actions.includes('setAside') || qr === null) return null;
  const totalMinorUnits = (order?.total ?? amount).minorUnits;
  const bill = { id: order?.id ?? qr.reference, totalMinorUnits, once: order === null };
  const payOtherWay = (): void => {
    entry.takeBill(bill);
    entry.set(amount.minorUnits);
  };
  return (
    <>
      <button
        type="button"
        class="button button-quiet"
        disabled={busy.value}
        onClick={() => void send({ type: 'setAside', transactionId: id, payOtherWay: true }, payOtherWay)}
      >
        <CardIcon />
        {m.qr.payOtherWay}
      </button>
      <button
        type="button"
        class="button button-quiet"
        disabled={busy.value}
        onClick={() => void send({ type: 'setAside', transactionId: id, payOtherWay: false })}
      >
        <PlusIcon />
        {m.qr.nextCustomer}
      </button>
    </>
  );
}
