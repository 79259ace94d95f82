/** Money that the QR provider gives back: asked for, and, when it has not answered for long, looked up there by a supervisor. */
import { useSignal } from '@preact/signals';
import type { Command } from '../../src/contract/commands.ts';
import type { SaleView } from '../../src/contract/view.ts';
import { mainAmount } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { Approval, useApproving } from './approval.tsx';
import { useDesk } from './desk.tsx';
import { AmountForm, PageTitle } from './form.tsx';
import { useKeyFor } from './keys.ts';
import { NoteField, noteOf } from './note.tsx';

type MoneyBack = Extract<Command, { type: 'refundByProvider' }>['about'];

interface TaskProps {
  readonly sale: SaleView;
  readonly done: () => void;
}

/** Of a sale: all that is left, or a part. */
export function ProviderRefundTask({ sale, done }: TaskProps) {
  const m = useMessages();
  const approving = useApproving(done);
  const keyFor = useKeyFor();
  if (approving.asking !== null) return <Approval approving={approving} />;
  const most = sale.refundableByProvider?.minorUnits ?? 0;
  return (
    <AmountForm
      hint={m.tasks.refundByProvider.hint}
      label={m.entry.amount}
      first={most}
      most={most}
      busy={approving.busy}
      buttons={[
        {
          label: m.tasks.refundByProvider.confirm,
          press: (amountMinorUnits) =>
            void approving.attempt((supervisor) => ({
              type: 'refundByProvider',
              key: keyFor(`${amountMinorUnits}`),
              about: { reason: 'refund', transactionId: sale.id, amountMinorUnits },
              supervisor,
            })),
        },
      ]}
    />
  );
}

/** What came too much, or for nothing: all of it. */
export function GiveBack(props: { readonly about: MoneyBack; readonly amountMinorUnits: number }) {
  const { about, amountMinorUnits } = props;
  const m = useMessages();
  const formats = useFormats();
  const { currency } = useView().terminal;
  const { leave } = useDesk();
  const approving = useApproving(leave);
  const keyFor = useKeyFor();
  if (approving.asking !== null) return <Approval approving={approving} />;
  const { busy, attempt } = approving;
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money({ minorUnits: amountMinorUnits, currency })}</PageTitle>
      <p class="form-hint">{m.qr.giveBack.hint}</p>
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          disabled={busy.value}
          onClick={() =>
            void attempt((supervisor) => ({ type: 'refundByProvider', key: keyFor('back'), about, supervisor }))
          }
        >
          {busy.value ? m.tasks.sending : m.qr.giveBack.confirm}
        </button>
      </div>
    </div>
  );
}

/** What a supervisor has found out at the provider, with a note. */
export function SettleRefundTask({ sale, done }: TaskProps) {
  const m = useMessages();
  const formats = useFormats();
  const approving = useApproving(done);
  const note = useSignal('');
  if (approving.asking !== null) return <Approval approving={approving} />;
  const text = noteOf(note);
  const settle = (given: boolean): void =>
    approving.ask((supervisor) => ({
      type: 'settleRefund',
      transactionId: sale.id,
      given,
      note: text ?? '',
      supervisor,
    }));
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(mainAmount(sale))}</PageTitle>
      <p class="form-hint">{m.tasks.settleRefund.hint}</p>
      <NoteField note={note} usual={m.qr.giveBack.givenNotes} />
      <div class="form-buttons">
        <button type="button" class="button button-quiet" disabled={text === null} onClick={() => settle(false)}>
          {m.qr.giveBack.notGiven}
        </button>
        <button type="button" class="button button-primary" disabled={text === null} onClick={() => settle(true)}>
          {m.qr.giveBack.given}
        </button>
      </div>
    </div>
  );
}
