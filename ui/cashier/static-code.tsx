/**
 * The shop's static code at the till: the button that shows it, and money that came by it. Such money names no sale, so a
 * person says which it is for: with one press where it can only be the sale on the screen.
 */
import type { SaleView, WorklistItem } from '../../src/contract/view.ts';
import { CheckIcon, QrIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useView } from '../kit/screen.tsx';
import { useDesk, useSender } from './desk.tsx';

/** Shows it to the customer, or puts it away; a cashier's choice only where it does not stand there by itself. */
export function StaticCodeButton() {
  const m = useMessages();
  const { staticQr, sale } = useView();
  const { leave } = useDesk();
  const { busy, send } = useSender();
  if (staticQr === null || !staticQr.onRequest) return null;
  const { shown } = staticQr;
  return (
    <button
      type="button"
      class="menu-choice"
      disabled={busy.value || sale !== null}
      onClick={() => void send({ type: 'showStaticCode', shown: !shown }, leave)}
    >
      <QrIcon />
      <span class="menu-name">{shown ? m.qr.staticCode.hide : m.qr.staticCode.show}</span>
      <span class="menu-hint">{m.qr.staticCode.hint}</span>
    </button>
  );
}

/** Money that can only be this sale's: it came just now, without a reference, and is exactly its amount. */
function fitting(worklist: readonly WorklistItem[], sale: SaleView): readonly WorklistItem[] {
  const isIt = ({ transfer }: WorklistItem): boolean =>
    transfer?.fits.some(({ transactionId, byItself }) => byItself && transactionId === sale.id) === true;
  return worklist.filter(isIt);
}

export function useCame(sale: SaleView): WorklistItem | undefined {
  return fitting(useView().worklist, sale)[0];
}

export function CameWithoutReference(props: { readonly sale: SaleView; readonly item: WorklistItem }) {
  const { sale, item } = props;
  const m = useMessages();
  const formats = useFormats();
  const { busy, send } = useSender();
  if (item.transfer === null) return null;
  const { id: transferId } = item.transfer;
  const words = m.qr.staticCode;
  return (
    <div class="callout callout-yes came" role="alert">
      <CheckIcon />
      <div>
        <p>
          <strong>{words.came(formats.money(item.amount), formats.time(item.at))}</strong> {words.cameHint}
        </p>
        <button
          type="button"
          class="button button-primary"
          disabled={busy.value}
          onClick={() =>
            void send({
              type: 'attachTransfer',
              transferId,
              transactionId: sale.id,
              note: words.attachNote,
              supervisor: null,
            })
          }
        >
          {words.isThis(formats.money(sale.amount))}
        </button>
      </div>
    </div>
  );
}
