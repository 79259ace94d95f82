/** Money that goes back by bank transfer: asked for by one person, confirmed by another, sent at the bank, and done. */
import { useSignal, type Signal } from '@preact/signals';
import type { Command } from '../../src/contract/commands.ts';
import type { PayoutView } from '../../src/contract/view.ts';
import { AlertIcon, CheckIcon, HourglassIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { Approval, useApproving } from './approval.tsx';
import { useDesk, useSender } from './desk.tsx';
import { PageTitle } from './form.tsx';
import { useKeyFor } from './keys.ts';

type PayoutAbout = Extract<Command, { type: 'askPayout' }>['about'];

const shortest = 3;

function Line(props: { readonly label: string; readonly text: Signal<string>; readonly most: number }) {
  const { label, text, most } = props;
  return (
    <label class="note">
      <span>{label}</span>
      <input
        type="text"
        value={text}
        maxLength={most}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

/** Who asks; nothing is sent anywhere by this. */
export function AskPayout(props: { readonly about: PayoutAbout; readonly amountMinorUnits: number }) {
  const { about, amountMinorUnits } = props;
  const m = useMessages();
  const formats = useFormats();
  const { currency } = useView().terminal;
  const { leave, go } = useDesk();
  const { busy, send } = useSender();
  const keyFor = useKeyFor();
  const name = useSignal('');
  const askedBy = name.value.trim();
  const asked = (): void => {
    leave();
    go({ at: 'payouts' });
  };
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money({ minorUnits: amountMinorUnits, currency })}</PageTitle>
      <p class="form-hint">{m.qr.payout.askHint}</p>
      <Line label={m.qr.payout.askedBy} text={name} most={40} />
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          disabled={busy.value || askedBy.length < shortest}
          onClick={() => void send({ type: 'askPayout', key: keyFor('payout'), about, askedBy }, asked)}
        >
          {busy.value ? m.tasks.sending : m.qr.payout.ask}
        </button>
      </div>
    </div>
  );
}

function PayoutRow(props: { readonly payout: PayoutView }) {
  const { payout } = props;
  const m = useMessages();
  const formats = useFormats();
  const { go } = useDesk();
  const words = m.qr.payout;
  const open = payout.end === null;
  const Icon = payout.stage === 'paidOut' ? CheckIcon : payout.stage === 'withdrawn' ? AlertIcon : HourglassIcon;
  const names = [
    words.by.asked(payout.askedBy),
    payout.confirmedBy === null ? '' : words.by.confirmed(payout.confirmedBy),
    payout.end === null ? '' : words.by[payout.stage === 'paidOut' ? 'paidOut' : 'withdrawn'](payout.end.by),
  ].filter((name) => name !== '');
  return (
    <li class={payout.stage === 'paidOut' ? 'row tone-yes' : 'row tone-unknown'}>
      <span class="row-icon">
        <Icon />
      </span>
      <span class="row-main">
        <span class="row-title">{words.stages[payout.stage]}</span>
        <span class="row-note">
          {formats.time(payout.askedAt)} · {words.reasons[payout.reason]} · {m.lists.reference(payout.reference)}
        </span>
        <span class="row-note">
          {payout.payee === null ? words.noPayee : words.payee(payout.payee)} · {names.join(' · ')}
        </span>
        {payout.end === null ? null : <span class="row-note">{payout.end.note}</span>}
      </span>
      <span class="row-amount">{formats.money(payout.amount)}</span>
      {open ? (
        <div class="row-extra">
          <button
            type="button"
            class="button button-small row-button"
            onClick={() => go({ at: 'payout', id: payout.id, withdraw: true })}
          >
            {words.withdraw}
          </button>
          <button
            type="button"
            class="button button-small row-button"
            onClick={() => go({ at: 'payout', id: payout.id, withdraw: false })}
          >
            {payout.stage === 'asked' ? words.confirm : words.complete}
          </button>
        </div>
      ) : null}
    </li>
  );
}

export function Payouts() {
  const m = useMessages();
  const { payouts } = useView();
  if (payouts.length === 0) return <p class="sheet-empty">{m.qr.payout.nothing}</p>;
  return (
    <ul class="rows">
      {payouts.map((payout) => (
        <PayoutRow key={payout.id} payout={payout} />
      ))}
    </ul>
  );
}

/** The next step of one: confirmed by a supervisor, then sent at the bank; or withdrawn. */
export function PayoutPage(props: { readonly id: string; readonly withdraw: boolean }) {
  const { id, withdraw } = props;
  const m = useMessages();
  const { payouts } = useView();
  const { back } = useDesk();
  const payout = payouts.find((each) => each.id === id);
  if (payout === undefined) return <p class="sheet-empty">{m.qr.payout.nothing}</p>;
  if (!withdraw && payout.stage === 'asked') return <Confirm payout={payout} done={back} />;
  return <End payout={payout} withdraw={withdraw} done={back} />;
}

function Confirm(props: { readonly payout: PayoutView; readonly done: () => void }) {
  const { payout, done } = props;
  const m = useMessages();
  const formats = useFormats();
  const approving = useApproving(done);
  if (approving.asking !== null) return <Approval approving={approving} />;
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(payout.amount)}</PageTitle>
      <p class="form-hint">{m.qr.payout.confirmHint(payout.askedBy)}</p>
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          onClick={() => approving.ask((supervisor) => ({ type: 'confirmPayout', payoutId: payout.id, supervisor }))}
        >
          {m.qr.payout.confirm}
        </button>
      </div>
    </div>
  );
}

function End(props: { readonly payout: PayoutView; readonly withdraw: boolean; readonly done: () => void }) {
  const { payout, withdraw, done } = props;
  const m = useMessages();
  const formats = useFormats();
  const { busy, send } = useSender();
  const name = useSignal('');
  const note = useSignal('');
  const words = m.qr.payout;
  const by = name.value.trim();
  const text = note.value.trim();
  const { id: payoutId } = payout;
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(payout.amount)}</PageTitle>
      <p class="form-hint">{withdraw ? words.withdrawHint : words.completeHint}</p>
      <Line label={words.name} text={name} most={40} />
      <Line label={withdraw ? m.tasks.note : words.bankReference} text={note} most={200} />
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          disabled={busy.value || by.length < shortest || text.length < shortest}
          onClick={() =>
            void send(
              withdraw
                ? { type: 'withdrawPayout', payoutId, by, note: text }
                : { type: 'completePayout', payoutId, by, reference: text },
              done,
            )
          }
        >
          {withdraw ? words.withdraw : words.complete}
        </button>
      </div>
    </div>
  );
}
