/** Too little was transferred: the part is taken and the rest collected, by a second code, a card or cash. */
import type { SaleView } from '../../src/contract/view.ts';
import { MethodIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen } from '../kit/screen.tsx';
import { useSender } from './desk.tsx';
import { useKeyFor } from './keys.ts';

const methods = ['qr', 'card', 'cash'] as const;

export function RestButtons(props: { readonly sale: SaleView }) {
  const { id, stage, actions, missing, qr, amount, order } = props.sale;
  const m = useMessages();
  const formats = useFormats();
  const { settled } = useScreen();
  const { busy, send } = useSender();
  const keyFor = useKeyFor();
  if (stage !== 'underPaid' || !actions.includes('acceptPartial') || missing === null || qr === null) return null;
  const bill = { id: order?.id ?? qr.reference, totalMinorUnits: (order?.total ?? amount).minorUnits };
  const collect = async (method: (typeof methods)[number]): Promise<void> => {
    const key = keyFor(method);
    const taken = await send({ type: 'acceptPartial', transactionId: id });
    if (taken?.ok !== true) return;
    await send({ type: 'startSale', key, amountMinorUnits: missing.minorUnits, method, order: bill });
  };
  return (
    <div class="rest">
      <strong>{m.qr.collectRest(formats.money(missing))}</strong>
      {methods.map((method) => (
        <button
          key={method}
          type="button"
          class="button button-small"
          disabled={busy.value || !settled.value}
          onClick={() => void collect(method)}
        >
          <MethodIcon method={method} />
          {m.entry[method]}
        </button>
      ))}
    </div>
  );
}
