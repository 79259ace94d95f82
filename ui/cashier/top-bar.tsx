/** Who we are, how the machine is, and the ways to the lists. Calm when all is well, in words when not. */
import type { JSX } from 'preact';
import type { TerminalView } from '../../src/contract/view.ts';
import type { Messages } from '../i18n/messages.ts';
import {
  AlertIcon,
  BankIcon,
  CheckIcon,
  HistoryIcon,
  ListIcon,
  Mark,
  MenuIcon,
  QrIcon,
  TrayIcon,
  UnplugIcon,
} from '../kit/icons.tsx';
import { LanguageToggle } from '../kit/language-toggle.tsx';
import { RoleIcon } from '../kit/sale-look.tsx';
import { useMessages, useView } from '../kit/screen.tsx';
import { useDesk, type ListName } from './desk.tsx';

interface Trouble {
  readonly key: string;
  readonly icon: JSX.Element;
  readonly offline: boolean;
  readonly text: string;
}

/** What is not ready, the worst first. */
function troubles(view: TerminalView, m: Messages): readonly Trouble[] {
  const link: readonly Trouble[] =
    view.acquirerLink === 'up'
      ? []
      : [{ key: 'acquirer', icon: <BankIcon />, offline: true, text: `${m.devices.acquirer}: ${m.devices.linkDown}` }];
  const { confirms, relay } = view.qrLink;
  // Without a relay asking is how it was set up, and no trouble.
  const hears = confirms === 'atOnce' || (confirms === 'byAsking' && relay?.state !== 'down');
  const qr: readonly Trouble[] = hears
    ? []
    : [
        {
          key: 'qr',
          icon: <QrIcon />,
          offline: confirms === 'notNow',
          text: m.qr.link.trouble[confirms],
        },
      ];
  const devices = view.devices
    .filter((device) => device.state !== 'ready')
    .map((device) => ({
      key: device.name,
      icon: <RoleIcon role={device.role} />,
      offline: device.state === 'offline',
      text: `${m.devices.roles[device.role]}: ${m.devices.states[device.state]}`,
    }));
  return [...link, ...qr, ...devices].toSorted((a, b) => Number(b.offline) - Number(a.offline));
}

function StatusButton() {
  const m = useMessages();
  const { place, toggle } = useDesk();
  const found = troubles(useView(), m);
  const [first, ...others] = found;
  return (
    <button
      type="button"
      class="status"
      aria-expanded={place.value?.at === 'devices'}
      onClick={() => toggle('devices')}
    >
      <span class="visually-hidden">{m.top.status}: </span>
      {first === undefined ? (
        <span class="chip chip-ready">
          <CheckIcon />
          <span>{m.top.allReady}</span>
        </span>
      ) : (
        <>
          <span class={first.offline ? 'chip chip-offline' : 'chip chip-attention'}>
            {first.icon}
            {first.offline ? <UnplugIcon /> : <AlertIcon />}
            <span>{first.text}</span>
          </span>
          {others.length > 0 ? (
            <span class="chip chip-attention chip-more">
              +{others.length}
              <span class="visually-hidden"> {others.map((trouble) => trouble.text).join(', ')}</span>
            </span>
          ) : null}
        </>
      )}
    </button>
  );
}

/** Money that does not come by itself: dead letters and late declines, each once. */
function alarms({ worklist, outbox }: TerminalView): number {
  const found = worklist.filter(({ kind }) => kind === 'deadLetter' || kind === 'lateDeclined');
  const ids = new Set<string>(found.map(({ transactionId, at }) => transactionId ?? `at ${at}`));
  for (const { id, deadLetter } of outbox.items) if (deadLetter !== null) ids.add(id);
  return ids.size;
}

function ListButton(props: {
  readonly at: ListName;
  readonly word: string;
  readonly icon: JSX.Element;
  /** 0: no badge. */
  readonly count: number;
  readonly look?: 'alarm' | 'quiet';
}) {
  const { at, word, icon, count, look } = props;
  const { place, toggle } = useDesk();
  return (
    <button
      type="button"
      class={look === 'alarm' ? 'topbar-button topbar-alarm' : 'topbar-button'}
      aria-expanded={place.value?.at === at}
      onClick={() => toggle(at)}
    >
      {icon}
      <span class={look === 'quiet' ? 'visually-hidden' : 'topbar-word'}>{word} </span>
      {count > 0 ? <span class={look === 'quiet' ? 'badge badge-quiet' : 'badge'}>{count}</span> : null}
    </button>
  );
}

export function TopBar() {
  const m = useMessages();
  const view = useView();
  const alarming = alarms(view);
  const stored = view.outbox.count;
  return (
    <div class="topbar">
      <Mark />
      <p class="topbar-name">
        <span class="topbar-merchant">{view.terminal.merchantName}</span>
        <span class="topbar-terminal">{view.terminal.id}</span>
      </p>
      <StatusButton />
      {alarming > 0 ? (
        <ListButton at="worklist" word={m.top.alarm} icon={<AlertIcon />} count={alarming} look="alarm" />
      ) : null}
      {view.aside.length > 0 ? (
        <ListButton at="aside" word={m.qr.aside} icon={<QrIcon />} count={view.aside.length} look="quiet" />
      ) : null}
      {stored > 0 ? (
        <ListButton at="stored" word={m.menu.stored.name} icon={<TrayIcon />} count={stored} look="quiet" />
      ) : null}
      <ListButton at="worklist" word={m.top.worklist} icon={<ListIcon />} count={view.worklist.length} />
      <ListButton at="recent" word={m.top.recent} icon={<HistoryIcon />} count={0} />
      <ListButton at="menu" word={m.top.menu} icon={<MenuIcon />} count={0} />
      <LanguageToggle />
    </div>
  );
}
