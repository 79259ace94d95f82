/** The page over the till: a list, a form, or one transaction, with its title and the way back. */
import { useEffect, useRef } from 'preact/hooks';
import type { Messages } from '../i18n/messages.ts';
import { BackIcon } from '../kit/icons.tsx';
import { useMessages } from '../kit/screen.tsx';
import { Aside } from './aside.tsx';
import { CloseBatch, Day } from './day.tsx';
import { useDesk, type FormName, type ListName, type Place } from './desk.tsx';
import { GiveBack } from './give-back.tsx';
import { Holds, Menu, RefundSale } from './menu.tsx';
import { SalePage } from './sale-page.tsx';
import { Devices, Recent, Worklist } from './sheets.tsx';
import { AskPayout, PayoutPage, Payouts } from './payouts.tsx';
import { PreAuthorization, RefundFree, Split } from './starts.tsx';
import { Stored } from './stored.tsx';
import { TaskPage } from './tasks.tsx';
import { TransferPage } from './transfer.tsx';

const lists = {
  worklist: Worklist,
  recent: Recent,
  devices: Devices,
  menu: Menu,
  refundSale: RefundSale,
  holds: Holds,
  stored: Stored,
  aside: Aside,
  payouts: Payouts,
  day: Day,
  refundFree: RefundFree,
  preAuthorization: PreAuthorization,
  split: Split,
} as const;

function titleOf(place: Place, m: Messages): string {
  if (place.at === 'sale') return m.tasks.details;
  if (place.at === 'transfer') return m.qr.transferTitle;
  if (place.at === 'askPayout' || place.at === 'payout') return m.qr.payout.title;
  if (place.at === 'giveBack') return m.qr.giveBack.title;
  if (place.at === 'task') return m.tasks[place.task].name;
  if (place.at === 'closeBatch') return m.day.close;
  const { worklist, recent, devices, menu } = m.top;
  const { refundSale, holds, stored, day, refundFree, preAuthorization, split } = m.menu;
  const titles: Readonly<Record<ListName | FormName, string>> = {
    worklist,
    recent,
    devices,
    menu,
    refundSale: refundSale.name,
    holds: holds.name,
    stored: stored.name,
    aside: m.qr.aside,
    payouts: m.menu.payouts.name,
    day: day.name,
    refundFree: refundFree.name,
    preAuthorization: preAuthorization.name,
    split: split.name,
  };
  return titles[place.at];
}

function Content(props: { readonly place: Place }) {
  const { place } = props;
  if (place.at === 'sale') return <SalePage id={place.id} />;
  if (place.at === 'transfer') return <TransferPage id={place.id} />;
  if (place.at === 'askPayout') return <AskPayout about={place.about} amountMinorUnits={place.amountMinorUnits} />;
  if (place.at === 'giveBack') return <GiveBack about={place.about} amountMinorUnits={place.amountMinorUnits} />;
  if (place.at === 'payout') return <PayoutPage id={place.id} withdraw={place.withdraw} />;
  if (place.at === 'task') return <TaskPage task={place.task} id={place.id} />;
  if (place.at === 'closeBatch') return <CloseBatch batch={place.batch} />;
  const List = lists[place.at];
  return <List />;
}

/** On a list the focus starts at the way back; on a form at its title, where Enter is free for the form. */
const listNames: ReadonlySet<Place['at']> = new Set<ListName>([
  'worklist',
  'recent',
  'devices',
  'menu',
  'refundSale',
  'holds',
  'stored',
  'aside',
  'payouts',
  'day',
]);

function Page(props: { readonly place: Place }) {
  const { place } = props;
  const m = useMessages();
  const { back } = useDesk();
  const button = useRef<HTMLButtonElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    (listNames.has(place.at) ? button : heading).current?.focus();
  }, [place.at]);
  const title = titleOf(place, m);
  return (
    <div class="sheet">
      <div class="sheet-head">
        <button ref={button} type="button" class="button button-small" onClick={back}>
          <BackIcon />
          {m.lists.close}
        </button>
        <h2 ref={heading} class="sheet-title" tabIndex={-1}>
          {title}
        </h2>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a list that scrolls must take the focus to scroll by keyboard */}
      <section class="sheet-body" tabIndex={0} aria-label={title}>
        <Content place={place} />
      </section>
    </div>
  );
}

export function Sheet(props: { readonly place: Place }) {
  // A page keeps nothing of the one before it.
  return <Page key={JSON.stringify(props.place)} place={props.place} />;
}
