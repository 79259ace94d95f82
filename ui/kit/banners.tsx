/** What must stay in sight: that no real money moves here, or that the terminal has stopped trading. */
import type { SaleView } from '../../src/contract/view.ts';
import { saleSummary } from './sale-look.tsx';
import { AlertIcon } from './icons.tsx';
import { useFormats, useMessages, useView } from './screen.tsx';

export function TrainingBanner() {
  const m = useMessages();
  if (!useView().terminal.training) return null;
  return <p class="training">{m.top.training}</p>;
}

function HaltedSale(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  const summary = saleSummary(props.sale, m);
  return (
    <p class="halted-sale">
      {m.trouble.haltedSale}: <strong>{formats.money(props.sale.amount)}</strong> · {summary.title} · {summary.money}
    </p>
  );
}

export function Halted() {
  const m = useMessages();
  const view = useView();
  return (
    <div class="halted" role="alert">
      <div class="medallion">
        <AlertIcon />
      </div>
      <h2 class="halted-title">{m.trouble.halted}</h2>
      <p>{m.trouble.haltedHint}</p>
      {view.haltReason === null ? null : <p class="halted-reason">{view.haltReason}</p>}
      {view.sale === null ? null : <HaltedSale sale={view.sale} />}
      <TrainingBanner />
    </div>
  );
}
