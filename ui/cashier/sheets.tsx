/** The lists behind the top bar: what a person must settle, the latest sales, the devices. */
import { useEffect, useRef } from 'preact/hooks';
import type { SaleView, WorklistItem } from '../../src/contract/view.ts';
import { AlertIcon, BackIcon, BankIcon, CheckIcon, UnplugIcon } from '../kit/icons.tsx';
import { MethodIcon, RoleIcon, saleSummary, StageIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { ReceiptLine, ReversalLine } from './sale-details.tsx';
import type { SheetName } from './top-bar.tsx';

function SaleRow(props: { readonly sale: SaleView; readonly full: boolean }) {
  const m = useMessages();
  const formats = useFormats();
  const { sale, full } = props;
  const summary = saleSummary(sale, m);
  return (
    <li class={`row tone-${summary.tone}`}>
      <span class="row-icon">
        <StageIcon stage={sale.stage} />
      </span>
      <span class="row-main">
        <span class="row-title">{summary.title}</span>
        <span class="row-note">
          <MethodIcon method={sale.method} /> {formats.time(sale.startedAt)}
          {full && sale.card !== null ? ` · ${sale.card.label} ${sale.card.maskedPan.slice(-4)}` : ''}
        </span>
        {full ? <span class="row-note">{summary.money}</span> : null}
      </span>
      <span class="row-amount">{formats.money(sale.amount)}</span>
      {full ? (
        <span class="row-extra">
          <ReversalLine sale={sale} />
          <ReceiptLine sale={sale} />
        </span>
      ) : null}
    </li>
  );
}

function WorkRow(props: { readonly item: WorklistItem }) {
  const m = useMessages();
  const formats = useFormats();
  const { item } = props;
  const words = m.lists.kinds[item.kind];
  return (
    <li class="row tone-unknown">
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
    </li>
  );
}

function Worklist() {
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

function Recent() {
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

function Devices() {
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
        {terminal.id} · Chạm {terminal.softwareVersion}
      </p>
    </>
  );
}

const sheets = { worklist: Worklist, recent: Recent, devices: Devices } as const;

export function Sheet(props: { readonly name: SheetName; readonly close: () => void }) {
  const m = useMessages();
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const title = m.top[props.name];
  const Content = sheets[props.name];
  return (
    <div class="sheet">
      <div class="sheet-head">
        <button ref={back} type="button" class="button button-small" onClick={props.close}>
          <BackIcon />
          {m.lists.close}
        </button>
        <h2 class="sheet-title">{title}</h2>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a list that scrolls must take the focus to scroll by keyboard */}
      <section class="sheet-body" tabIndex={0} aria-label={title}>
        <Content />
      </section>
    </div>
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
