/** The lists of the cashier: what a person must settle, the latest sales, the devices. */
import type { SaleView, WorklistItem } from '../../src/contract/view.ts';
import { AlertIcon, BankIcon, CheckIcon, UnplugIcon } from '../kit/icons.tsx';
import { mainAmount, MethodIcon, RoleIcon, saleSummary, StageIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { ArrivalSoundButton } from './arrival.tsx';
import { findSale, useDesk } from './desk.tsx';
import { ClockLine, QrLinkRows } from './qr-link.tsx';
import { AttemptsLine, ReceiptLine } from './sale-details.tsx';

function DetailsButton(props: { readonly id: string }) {
  const m = useMessages();
  const { go } = useDesk();
  return (
    <button type="button" class="button button-small row-button" onClick={() => go({ at: 'sale', id: props.id })}>
      {m.tasks.details}
    </button>
  );
}

export function SaleRow(props: {
  readonly sale: SaleView;
  readonly full: boolean;
  readonly button?: { readonly label: string; readonly press: () => void };
}) {
  const m = useMessages();
  const formats = useFormats();
  const { sale, full, button } = props;
  const summary = saleSummary(sale, m);
  return (
    <li class={sale.deadLetter === null ? `row tone-${summary.tone}` : 'row row-alarm tone-no'}>
      <span class="row-icon">
        <StageIcon stage={sale.stage} />
      </span>
      <span class="row-main">
        <span class="row-title">{summary.title}</span>
        <span class="row-note">
          <MethodIcon method={sale.method} /> {formats.time(sale.startedAt)}
          {sale.kind === 'sale' ? '' : ` · ${m.sale.kind[sale.kind]}`}
          {full && sale.card !== null ? ` · ${sale.card.label} ${sale.card.maskedPan.slice(-4)}` : ''}
        </span>
        {full ? <span class="row-note">{summary.money}</span> : null}
      </span>
      <span class="row-amount">{formats.money(mainAmount(sale))}</span>
      {full ? (
        <div class="row-extra">
          <AttemptsLine sale={sale} withError />
          <ReceiptLine sale={sale} />
          <DetailsButton id={sale.id} />
        </div>
      ) : null}
      {button === undefined ? null : (
        <div class="row-extra">
          <button type="button" class="button button-small row-button" onClick={button.press}>
            {button.label}
          </button>
        </div>
      )}
    </li>
  );
}

function WorkRow(props: { readonly item: WorklistItem }) {
  const m = useMessages();
  const formats = useFormats();
  const { item } = props;
  const { transfer } = item;
  const { go } = useDesk();
  const view = useView();
  const words = m.lists.kinds[item.kind];
  const alarming = item.kind === 'deadLetter' || item.kind === 'lateDeclined';
  const known = item.transactionId !== null && findSale(view, item.transactionId) !== undefined;
  return (
    <li class={alarming ? 'row row-alarm tone-no' : 'row tone-unknown'}>
      <span class="row-icon">
        <AlertIcon />
      </span>
      <span class="row-main">
        <span class="row-title">{words.title}</span>
        <span class="row-note">
          {formats.time(item.at)}
          {item.reference === null ? '' : ` · ${m.lists.reference(item.reference)}`}
        </span>
        <span class="row-advice">{words.advice}</span>
      </span>
      <span class="row-amount">{formats.money(item.amount)}</span>
      <div class="row-extra">
        {known && item.transactionId !== null ? <DetailsButton id={item.transactionId} /> : null}
        {transfer === null ? null : (
          <button
            type="button"
            class="button button-small row-button"
            onClick={() => go({ at: 'transfer', id: transfer.id })}
          >
            {m.qr.settleTransfer}
          </button>
        )}
      </div>
    </li>
  );
}

export function Worklist() {
  const m = useMessages();
  const { worklist, background } = useView();
  return (
    <>
      {background.length > 0 ? (
        <>
          <h3 class="sheet-heading">{m.lists.background}</h3>
          <ul class="rows">
            {background.map((sale) => (
              <SaleRow key={sale.id} sale={sale} full />
            ))}
          </ul>
        </>
      ) : null}
      <h3 class="sheet-heading">{m.lists.todo}</h3>
      {worklist.length === 0 ? <p class="sheet-empty">{m.lists.nothingTodo}</p> : null}
      <ul class="rows">
        {worklist.map((item) => (
          <WorkRow key={`${item.kind} ${item.transactionId} ${item.reference} ${item.at}`} item={item} />
        ))}
      </ul>
    </>
  );
}

export function Recent() {
  const m = useMessages();
  const { recent } = useView();
  if (recent.length === 0) return <p class="sheet-empty">{m.lists.nothingRecent}</p>;
  return (
    <ul class="rows">
      {recent.map((sale) => (
        <SaleRow key={sale.id} sale={sale} full />
      ))}
    </ul>
  );
}

export function Devices() {
  const m = useMessages();
  const { devices, acquirerLink, terminal } = useView();
  const up = acquirerLink === 'up';
  return (
    <>
      <ul class="rows">
        <li class={up ? 'row tone-yes' : 'row tone-no'}>
          <span class="row-icon">{up ? <CheckIcon /> : <UnplugIcon />}</span>
          <span class="row-main">
            <span class="row-title">
              <BankIcon /> {m.devices.acquirer}: {up ? m.devices.linkUp : m.devices.linkDown}
            </span>
            {up ? null : <span class="row-advice">{m.devices.linkDownAdvice}</span>}
          </span>
        </li>
        <QrLinkRows />
        {devices.map((device) => (
          <li
            key={device.name}
            class={`row tone-${device.state === 'ready' ? 'yes' : device.state === 'offline' ? 'no' : 'unknown'}`}
          >
            <span class="row-icon">
              {device.state === 'ready' ? <CheckIcon /> : device.state === 'offline' ? <UnplugIcon /> : <AlertIcon />}
            </span>
            <span class="row-main">
              <span class="row-title">
                <RoleIcon role={device.role} /> {m.devices.roles[device.role]}: {m.devices.states[device.state]}
              </span>
              <span class="row-note">
                {device.description} · {device.name}
              </span>
              {device.state === 'ready' ? null : (
                <span class="row-note" lang="en">
                  {device.detail}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p class="sheet-foot">
        <ArrivalSoundButton />
      </p>
      <ClockLine />
      <p class="sheet-foot">
        {terminal.id} · Chạm {terminal.softwareVersion}
      </p>
    </>
  );
}

/** Beside the keypad where there is room: the latest sales at a glance. */
export function RecentRail() {
  const m = useMessages();
  const { recent } = useView();
  return (
    <aside class="rail" aria-label={m.top.recent}>
      <h2 class="rail-title">{m.top.recent}</h2>
      {recent.length === 0 ? <p class="sheet-empty">{m.lists.nothingRecent}</p> : null}
      <ul class="rows">
        {recent.slice(0, 8).map((sale) => (
          <SaleRow key={sale.id} sale={sale} full={false} />
        ))}
      </ul>
    </aside>
  );
}
