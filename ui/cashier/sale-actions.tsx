/** The buttons of everything that the terminal allows with a transaction that is over. */
import type { JSX } from 'preact';
import type { SaleView } from '../../src/contract/view.ts';
import { BankIcon, CheckIcon, CrossIcon, PersonIcon, PlusIcon, PrinterIcon, UndoIcon } from '../kit/icons.tsx';
import { useFormats, useMessages } from '../kit/screen.tsx';
import { useDesk, useSender, type SaleTask } from './desk.tsx';

const tasks: readonly { readonly task: SaleTask; readonly Icon: () => JSX.Element }[] = [
  { task: 'complete', Icon: CheckIcon },
  { task: 'increment', Icon: PlusIcon },
  { task: 'void', Icon: CrossIcon },
  { task: 'refundByProvider', Icon: UndoIcon },
  { task: 'refund', Icon: UndoIcon },
  { task: 'resolve', Icon: PersonIcon },
  { task: 'confirmByHand', Icon: PersonIcon },
  { task: 'settleRefund', Icon: PersonIcon },
];

const payouts = ['payout', 'payoutExcess', 'payoutInstead', 'refundExcessByProvider'] as const;

/** Whether there is more to be done with it than its own panel offers. */
export function hasTasks(sale: SaleView): boolean {
  const { actions } = sale;
  if (payouts.some((action) => actions.includes(action))) return true;
  return sale.actions.includes('printFollowUp') || tasks.some(({ task }) => sale.actions.includes(task));
}

export function SaleTasks(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { go } = useDesk();
  const { busy, send } = useSender();
  const { id, actions, refundable, excess, amount, moneyBack } = props.sale;
  const formats = useFormats();
  return (
    <div class="tasks">
      {tasks
        .filter(({ task }) => actions.includes(task))
        .map(({ task, Icon }) => (
          <button key={task} type="button" class="button button-quiet" onClick={() => go({ at: 'task', task, id })}>
            <Icon />
            {m.tasks[task].name}
          </button>
        ))}
      {actions.includes('payout') && refundable !== null ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={() =>
            go({
              at: 'askPayout',
              about: { reason: 'refund', transactionId: id, amountMinorUnits: refundable.minorUnits },
              amountMinorUnits: refundable.minorUnits,
            })
          }
        >
          <BankIcon />
          {m.qr.payout.begin}
        </button>
      ) : null}
      {actions.includes('payoutInstead') && moneyBack !== null ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            const { minorUnits: amountMinorUnits } = amount;
            const about = moneyBack.reason === 'refund' ? { ...moneyBack, amountMinorUnits } : moneyBack;
            go({ at: 'askPayout', about, amountMinorUnits });
          }}
        >
          <BankIcon />
          {m.qr.giveBack.instead}
        </button>
      ) : null}
      {actions.includes('refundExcessByProvider') && excess !== null ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={() =>
            go({
              at: 'giveBack',
              about: { reason: 'excess', transactionId: id },
              amountMinorUnits: excess.minorUnits,
            })
          }
        >
          <UndoIcon />
          {m.qr.giveBack.beginExcess(formats.money(excess))}
        </button>
      ) : null}
      {actions.includes('payoutExcess') && excess !== null ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={() =>
            go({
              at: 'askPayout',
              about: { reason: 'excess', transactionId: id },
              amountMinorUnits: excess.minorUnits,
            })
          }
        >
          <BankIcon />
          {m.qr.payout.beginExcess(formats.money(excess))}
        </button>
      ) : null}
      {actions.includes('printFollowUp') ? (
        <button
          type="button"
          class="button button-quiet"
          disabled={busy.value}
          onClick={() => void send({ type: 'printFollowUp', transactionId: id })}
        >
          <PrinterIcon />
          {m.tasks.printFollowUp}
        </button>
      ) : null}
    </div>
  );
}
