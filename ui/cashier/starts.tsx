/** What begins with a form of its own: a refund without its sale, a pre-authorisation, a bill of several payments. */
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { Approval, useApproving } from './approval.tsx';
import { newBill, openBills } from './bill.ts';
import { useDesk, useSender } from './desk.tsx';
import { AmountForm, useMostAmount } from './form.tsx';
import { largestAmount } from './pad.ts';
import { useKeyFor } from './keys.ts';

const refundMethods = ['card', 'cash'] as const;

export function RefundFree() {
  const m = useMessages();
  const { leave } = useDesk();
  const approving = useApproving(leave);
  const keyFor = useKeyFor();
  const most = useMostAmount();
  if (approving.asking !== null) return <Approval approving={approving} />;
  return (
    <AmountForm
      hint={m.tasks.refundFree.hint}
      label={m.entry.amount}
      first={0}
      most={most}
      busy={approving.busy}
      buttons={refundMethods.map((method) => ({
        label: m.tasks.refundTo[method],
        press: (amountMinorUnits) =>
          approving.ask((supervisor) => ({
            type: 'startRefund',
            key: keyFor(`${method} ${amountMinorUnits}`),
            amountMinorUnits,
            method,
            originalId: null,
            supervisor,
          })),
      }))}
    />
  );
}

export function PreAuthorization() {
  const m = useMessages();
  const { leave } = useDesk();
  const { busy, send } = useSender();
  const keyFor = useKeyFor();
  const most = useMostAmount();
  return (
    <AmountForm
      hint={m.tasks.preAuthorization.hint}
      label={m.entry.amount}
      first={0}
      most={most}
      busy={busy}
      buttons={[
        {
          label: m.tasks.preAuthorization.confirm,
          press: (amountMinorUnits) =>
            void send({ type: 'startPreAuthorization', key: keyFor(`${amountMinorUnits}`), amountMinorUnits }, leave),
        },
      ]}
    />
  );
}

/** The total once; then the till takes the payments. A bill that was left half paid can be gone on with. */
export function Split() {
  const m = useMessages();
  const formats = useFormats();
  const view = useView();
  const { leave, entry } = useDesk();
  const open = openBills(view);
  return (
    <AmountForm
      hint={m.bill.hint}
      label={m.entry.amount}
      first={0}
      most={largestAmount}
      buttons={[
        {
          label: m.bill.begin,
          press: (totalMinorUnits) => {
            entry.takeBill(newBill(totalMinorUnits));
            leave();
          },
        },
      ]}
    >
      {open.length === 0 ? null : (
        <div class="names">
          <p class="form-hint">{m.bill.open}</p>
          {open.slice(0, 2).map(({ id, total, remaining }) => (
            <button
              key={id}
              type="button"
              class="button button-small choice"
              onClick={() => {
                entry.takeBill({ id, totalMinorUnits: total.minorUnits });
                leave();
              }}
            >
              {m.bill.state(id, formats.money(remaining), formats.money(total))}
            </button>
          ))}
        </div>
      )}
    </AmountForm>
  );
}
