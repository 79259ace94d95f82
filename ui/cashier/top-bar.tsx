/** Who we are, how the machine is, and the ways to the lists. Calm when all is well, in words when not. */
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { TerminalView } from '../../src/contract/view.ts';
import type { Messages } from '../i18n/messages.ts';
import { AlertIcon, BankIcon, CheckIcon, HistoryIcon, ListIcon, Mark, UnplugIcon } from '../kit/icons.tsx';
import { LanguageToggle } from '../kit/language-toggle.tsx';
import { RoleIcon } from '../kit/sale-look.tsx';
import { useMessages, useView } from '../kit/screen.tsx';

export type SheetName = 'worklist' | 'recent' | 'devices';

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

function StatusButton(props: { readonly expanded: boolean; readonly open: (sheet: SheetName) => void }) {
  const m = useMessages();
  const found = troubles(useView(), m);
  const [first, ...others] = found;
  return (
    <button type="button" class="status" aria-expanded={props.expanded} onClick={() => props.open('devices')}>
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

export function TopBar(props: {
  readonly sheet: ReadonlySignal<SheetName | null>;
  readonly open: (sheet: SheetName) => void;
}) {
  const m = useMessages();
  const view = useView();
  const open = props.sheet.value;
  const todo = view.worklist.length;
  return (
    <div class="topbar">
      <Mark />
      <p class="topbar-name">
        <span class="topbar-merchant">{view.terminal.merchantName}</span>
        <span class="topbar-terminal">{view.terminal.id}</span>
      </p>
      <StatusButton expanded={open === 'devices'} open={props.open} />
      <button
        type="button"
        class="topbar-button"
        aria-expanded={open === 'worklist'}
        aria-label={m.top.worklistCount(todo)}
        onClick={() => props.open('worklist')}
      >
        <ListIcon />
        <span class="topbar-word">{m.top.worklist}</span>
        {todo > 0 ? <span class="badge">{todo}</span> : null}
      </button>
      <button
        type="button"
        class="topbar-button"
        aria-expanded={open === 'recent'}
        aria-label={m.top.recent}
        onClick={() => props.open('recent')}
      >
        <HistoryIcon />
        <span class="topbar-word">{m.top.recent}</span>
      </button>
      <LanguageToggle />
    </div>
  );
}
