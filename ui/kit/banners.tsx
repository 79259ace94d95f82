/** What must stay in sight: that no real money moves here, or that the terminal has stopped trading. */
import type { SaleView } from '../../src/contract/view.ts';
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
  const { kind, amount, moneyMoved } = props.sale;
  const money = kind === 'refund' ? m.refundMoney : m.money;
  return (
    <p class="halted-sale">
      {m.trouble.haltedSale}: <strong>{formats.money(amount)}</strong> · {money[moneyMoved].cashier}
    </p>
  );
}

export function Halted() {
  const m = useMessages();
  const view = useView();
  const words = m.trouble.haltedBy[view.halt?.kind ?? 'journal'];
  const code = `${view.halt?.reason ?? ''} · ${view.terminal.softwareVersion}`;
  return (
    <div class="halted" role="alert">
      <div class="medallion">
        <AlertIcon />
      </div>
      <h2 class="halted-title">{m.trouble.halted}</h2>
      <p>{words.hint}</p>
      {view.sale === null ? null : <HaltedSale sale={view.sale} />}
      <p class="halted-reason">{view.halt?.kind === 'bug' ? m.trouble.bugCode(code) : view.halt?.reason}</p>
      <p>{words.next}</p>
      <TrainingBanner />
    </div>
  );
}
