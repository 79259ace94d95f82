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
  const devices = view.devices
    .filter((device) => device.state !== 'ready')
    .map((device) => ({
      key: device.name,
      icon: <RoleIcon role={device.role} />,
      offline: device.state === 'offline',
      text: `${m.devices.roles[device.role]}: ${m.devices.states[device.state]}`,
    }));
  return [...link, ...devices].toSorted((a, b) => Number(b.offline) - Number(a.offline));
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

function AlarmButton() {
  const m = useMessages();
  const { place, toggle } = useDesk();
  const count = alarms(useView());
  if (count === 0) return null;
  return (
    <button
      type="button"
      class="topbar-button topbar-alarm"
      aria-expanded={place.value?.at === 'worklist'}
      aria-label={m.top.alarm(count)}
      onClick={() => toggle('worklist')}
    >
      <AlertIcon />
      <span class="topbar-word">{m.top.alarmShort}</span>
      <span class="badge">{count}</span>
    </button>
  );
}

function ListButton(props: {
  readonly at: ListName;
  readonly label: string;
  readonly word: string;
  readonly icon: JSX.Element;
  readonly count: number;
  /** A number that is no cause for alarm. */
  readonly quiet?: boolean;
}) {
  const { at, label, word, icon, count, quiet = false } = props;
  const { place, toggle } = useDesk();
  return (
    <button
      type="button"
      class="topbar-button"
      aria-expanded={place.value?.at === at}
      aria-label={label}
      onClick={() => toggle(at)}
    >
      {icon}
      {word === '' ? null : <span class="topbar-word">{word}</span>}
      {count > 0 ? <span class={quiet ? 'badge badge-quiet' : 'badge'}>{count}</span> : null}
    </button>
  );
}

export function TopBar() {
  const m = useMessages();
  const view = useView();
  const todo = view.worklist.length;
  const stored = view.outbox.count;
  return (
    <div class="topbar">
      <Mark />
      <p class="topbar-name">
        <span class="topbar-merchant">{view.terminal.merchantName}</span>
        <span class="topbar-terminal">{view.terminal.id}</span>
      </p>
      <StatusButton />
      <AlarmButton />
      {stored > 0 ? (
        <ListButton at="stored" label={m.top.storedCount(stored)} word="" icon={<TrayIcon />} count={stored} quiet />
      ) : null}
      <ListButton
        at="worklist"
        label={m.top.worklistCount(todo)}
        word={m.top.worklist}
        icon={<ListIcon />}
        count={todo}
      />
      <ListButton at="recent" label={m.top.recent} word={m.top.recent} icon={<HistoryIcon />} count={0} />
      <ListButton at="menu" label={m.top.menu} word={m.top.menu} icon={<MenuIcon />} count={0} />
      <LanguageToggle />
    </div>
  );
}
