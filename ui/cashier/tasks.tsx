/** What is done with one transaction: void, refund, raise, complete, settle by hand. Each asks before it acts. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { SaleView } from '../../src/contract/view.ts';
import { useFormats, useMessages } from '../kit/screen.tsx';
import { mainAmount } from '../kit/sale-look.tsx';
import { Approval, useApproving } from './approval.tsx';
import { useDesk, useSale, useSender, type SaleTask } from './desk.tsx';
import { ProviderRefundTask, SettleRefundTask } from './give-back.tsx';
import { useKeyFor } from './keys.ts';
import { NoteField, noteOf } from './note.tsx';
import { AmountForm, PageTitle, useMostAmount } from './form.tsx';

interface TaskProps {
  readonly sale: SaleView;
  readonly done: () => void;
}

function VoidTask({ sale, done }: TaskProps) {
  const m = useMessages();
  const formats = useFormats();
  const approving = useApproving(done);
  if (approving.asking !== null) return <Approval approving={approving} />;
  const { busy, attempt } = approving;
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(mainAmount(sale))}</PageTitle>
      <p class="form-hint">{m.tasks.voidHints[sale.kind]}</p>
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          disabled={busy.value}
          onClick={() =>
            void attempt((supervisor) => ({ type: 'voidTransaction', transactionId: sale.id, supervisor }))
          }
        >
          {busy.value ? m.tasks.sending : m.tasks.void.confirm}
        </button>
      </div>
    </div>
  );
}

function RefundTask({ sale, done }: TaskProps) {
  const m = useMessages();
  const approving = useApproving(done);
  const keyFor = useKeyFor();
  if (approving.asking !== null) return <Approval approving={approving} />;
  const most = sale.refundable?.minorUnits ?? 0;
  // A card sale goes back to its card; everything else is given back from the drawer.
  const method = sale.method === 'card' ? 'card' : 'cash';
  return (
    <AmountForm
      hint={m.tasks.refund.hint}
      label={m.entry.amount}
      first={most}
      most={most}
      busy={approving.busy}
      buttons={[
        {
          label: m.tasks.refundTo[method],
          press: (amountMinorUnits) =>
            void approving.attempt((supervisor) => ({
              type: 'startRefund',
              key: keyFor(`${amountMinorUnits}`),
              amountMinorUnits,
              method,
              originalId: sale.id,
              supervisor,
            })),
        },
      ]}
    />
  );
}

function IncrementTask({ sale, done }: TaskProps) {
  return <HoldTask sale={sale} done={done} task="increment" />;
}

function CompleteTask({ sale, done }: TaskProps) {
  return <HoldTask sale={sale} done={done} task="complete" />;
}

function HoldTask({ sale, done, task }: TaskProps & { readonly task: 'increment' | 'complete' }) {
  const m = useMessages();
  const { busy, send } = useSender();
  const limit = useMostAmount();
  const held = sale.held?.minorUnits ?? 0;
  const words = m.tasks[task];
  return (
    <AmountForm
      hint={words.hint}
      label={m.entry.amount}
      first={task === 'complete' ? held : 0}
      most={task === 'complete' ? held : limit}
      busy={busy}
      buttons={[
        {
          label: words.confirm,
          press: (amountMinorUnits) =>
            void send(
              {
                type: task === 'complete' ? 'completeHold' : 'incrementHold',
                transactionId: sale.id,
                amountMinorUnits,
              },
              done,
            ),
        },
      ]}
    />
  );
}

function ResolveTask(props: TaskProps) {
  return <WordTask {...props} task="resolve" />;
}

function ConfirmTask(props: TaskProps) {
  return <WordTask {...props} task="confirmByHand" />;
}

/** What a supervisor says, with a note. */
function WordTask({ sale, done, task }: TaskProps & { readonly task: 'resolve' | 'confirmByHand' }) {
  const m = useMessages();
  const formats = useFormats();
  const approving = useApproving(done);
  const note = useSignal('');
  if (approving.asking !== null) return <Approval approving={approving} />;
  const text = noteOf(note);
  return (
    <div class="form form-plain">
      <PageTitle>{formats.money(mainAmount(sale))}</PageTitle>
      <p class="form-hint">{m.tasks[task].hint}</p>
      <NoteField note={note} usual={task === 'resolve' ? m.tasks.notes : m.qr.confirmNotes} />
      <div class="form-buttons">
        <button
          type="button"
          class="button button-primary"
          disabled={text === null}
          onClick={() =>
            approving.ask((supervisor) => ({
              type: task === 'resolve' ? 'resolveByHand' : 'confirmByHand',
              transactionId: sale.id,
              note: text ?? '',
              supervisor,
            }))
          }
        >
          {m.tasks[task].confirm}
        </button>
      </div>
    </div>
  );
}

const tasks: Readonly<Record<SaleTask, (props: TaskProps) => JSX.Element>> = {
  void: VoidTask,
  refund: RefundTask,
  increment: IncrementTask,
  complete: CompleteTask,
  resolve: ResolveTask,
  confirmByHand: ConfirmTask,
  refundByProvider: ProviderRefundTask,
  settleRefund: SettleRefundTask,
};

export function TaskPage(props: { readonly task: SaleTask; readonly id: string }) {
  const m = useMessages();
  const { leave, back } = useDesk();
  const sale = useSale(props.id);
  if (sale === undefined) return <p class="sheet-empty">{m.tasks.gone}</p>;
  const Task = tasks[props.task];
  return <Task sale={sale} done={props.task === 'resolve' ? back : leave} />;
}
