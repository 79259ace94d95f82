/** How the terminal hears of payments by QR: rows for a technician, and one line for the cashier when it matters. */
import type { TerminalView } from '../../src/contract/view.ts';
import type { Messages } from '../i18n/messages.ts';
import { AlertIcon, CheckIcon, QrIcon, UnplugIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';

type QrLink = TerminalView['qrLink'];

/** Clocks that differ by less are as good as the same: the relay tells its own to a second. */
const clockAlikeMs = 5000;

function confirmsWords({ confirms, askEveryMs }: QrLink, m: Messages): string {
  return m.qr.link.confirms[confirms](Math.round(askEveryMs / 1000));
}

const tones = { atOnce: 'yes', byAsking: 'unknown', notNow: 'no' } as const;
const signs = { atOnce: CheckIcon, byAsking: AlertIcon, notNow: UnplugIcon } as const;

export function QrLinkRows() {
  const m = useMessages();
  const formats = useFormats();
  const { qrLink } = useView();
  const { confirms, provider, relay } = qrLink;
  const words = m.qr.link;
  const Sign = signs[confirms];
  return (
    <>
      <li class={`row tone-${tones[confirms]}`}>
        <span class="row-icon">
          <Sign />
        </span>
        <span class="row-main">
          <span class="row-title">
            <QrIcon /> {words.name}: {confirmsWords(qrLink, m)}
          </span>
          {confirms === 'atOnce' ? null : <span class="row-advice">{words.advice[confirms]}</span>}
          <span class="row-note">
            {words.provider} {provider.name}: {words.answers[provider.answer]}
            {provider.since === null ? null : ` ${words.since(formats.time(provider.since))}`}
          </span>
          {provider.detail === '' ? null : (
            <span class="row-note" lang="en">
              {provider.detail}
            </span>
          )}
        </span>
      </li>
      {relay === null ? null : (
        <li class={relay.state === 'up' ? 'row tone-yes' : 'row tone-unknown'}>
          <span class="row-icon">{relay.state === 'up' ? <CheckIcon /> : <UnplugIcon />}</span>
          <span class="row-main">
            <span class="row-title">
              {words.relay}: {words.relayStates[relay.state]} {words.since(formats.time(relay.since))}
            </span>
            <span class="row-note">{words.position(relay.position)}</span>
            {relay.detail === '' ? null : (
              <span class="row-note" lang="en">
                {relay.detail}
              </span>
            )}
          </span>
        </li>
      )}
    </>
  );
}

/** The terminal's clock, which signatures and limits go by; and whether the relay's says something else. */
export function ClockLine() {
  const m = useMessages();
  const formats = useFormats();
  const { now, qrLink } = useView();
  const ahead = qrLink.relay?.clockAheadMs ?? 0;
  const words = m.qr.link;
  return (
    <p class="sheet-foot">
      {words.clock}: {formats.time(now)}
      {Math.abs(ahead) < clockAlikeMs ? null : <strong> · {words.clockAhead(Math.round(ahead / 1000))}</strong>}
    </p>
  );
}

/** Under a code that is shown: only when the answer will not come at once. */
export function QrLinkLine() {
  const m = useMessages();
  const { qrLink } = useView();
  const { confirms } = qrLink;
  if (confirms === 'atOnce') return null;
  return (
    <output class={confirms === 'notNow' ? 'callout callout-unknown' : 'sale-note'}>
      {confirms === 'notNow' ? <AlertIcon /> : null}
      <span>
        <strong>
          {m.qr.link.name}: {confirmsWords(qrLink, m)}.
        </strong>{' '}
        {m.qr.link.advice[confirms]}
      </span>
    </output>
  );
}
