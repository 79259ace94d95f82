/** Everything that is not a plain sale: refunds, holds, bills, what is stored, the day. */
import type { JSX } from 'preact';
import { BankIcon, CalendarIcon, LockIcon, PersonIcon, SplitIcon, TrayIcon, UndoIcon } from '../kit/icons.tsx';
import { useMessages, useView } from '../kit/screen.tsx';
import { useDesk, type FormName, type ListName } from './desk.tsx';
import { SaleRow } from './sheets.tsx';
import { StaticCodeButton } from './static-code.tsx';

type ChoiceName = FormName | Extract<ListName, 'refundSale' | 'holds' | 'stored' | 'day' | 'payouts'>;

const choices: readonly { readonly at: ChoiceName; readonly Icon: () => JSX.Element }[] = [
  { at: 'refundSale', Icon: UndoIcon },
  { at: 'refundFree', Icon: PersonIcon },
  { at: 'preAuthorization', Icon: LockIcon },
  { at: 'holds', Icon: LockIcon },
  { at: 'split', Icon: SplitIcon },
  { at: 'payouts', Icon: BankIcon },
  { at: 'stored', Icon: TrayIcon },
  { at: 'day', Icon: CalendarIcon },
];

export function Menu() {
  const m = useMessages();
  const { go } = useDesk();
  return (
    <div class="choices">
      {choices.map(({ at, Icon }) => (
        <button key={at} type="button" class="menu-choice" onClick={() => go({ at })}>
          <Icon />
          <span class="menu-name">{m.menu[at].name}</span>
          <span class="menu-hint">{m.menu[at].hint}</span>
        </button>
      ))}
      <StaticCodeButton />
    </div>
  );
}

/** Recent sales that can be given back. */
export function RefundSale() {
  const m = useMessages();
  const { recent } = useView();
  const { go } = useDesk();
  const refundable = recent.filter(({ actions }) => actions.includes('refund'));
  if (refundable.length === 0) return <p class="sheet-empty">{m.menu.noRefundable}</p>;
  return (
    <ul class="rows">
      {refundable.map((sale) => (
        <SaleRow
          key={sale.id}
          sale={sale}
          full={false}
          button={{ label: m.tasks.refund.name, press: () => go({ at: 'task', task: 'refund', id: sale.id }) }}
        />
      ))}
    </ul>
  );
}

export function Holds() {
  const m = useMessages();
  const { holds } = useView();
  if (holds.length === 0) return <p class="sheet-empty">{m.menu.noHolds}</p>;
  return (
    <ul class="rows">
      {holds.map((sale) => (
        <SaleRow key={sale.id} sale={sale} full />
      ))}
    </ul>
  );
}
