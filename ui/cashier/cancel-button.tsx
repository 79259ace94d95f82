/** Ends a sale that is not over, where the terminal allows it. */
import type { SaleView } from '../../src/contract/view.ts';
import { CrossIcon } from '../kit/icons.tsx';
import { useMessages, useScreen } from '../kit/screen.tsx';

export function CancelButton(props: { readonly sale: SaleView }) {
  const { run } = useScreen();
  const m = useMessages();
  if (!props.sale.actions.includes('cancel')) return null;
  return (
    <button
      type="button"
      class="button button-quiet"
      onClick={() => void run({ type: 'cancelSale', transactionId: props.sale.id })}
    >
      <CrossIcon />
      {m.sale.cancel[props.sale.kind]}
    </button>
  );
}
