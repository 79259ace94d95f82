/** One transaction looked up: what became of its money, what to do, its numbers, and everything that may be done. */
import { isWaiting, needsWhy, resultWords, waitingWords } from '../i18n/explain.ts';
import { MoneyIcon, saleSummary } from '../kit/sale-look.tsx';
import { useMessages } from '../kit/screen.tsx';
import { useSale } from './desk.tsx';
import { PageTitle } from './form.tsx';
import { RestButtons } from './rest.tsx';
import { SaleTasks } from './sale-actions.tsx';
import {
  AttemptsLine,
  DeadLetterLine,
  MoneyRows,
  ReceiptLine,
  ResolvedLine,
  SaleAmount,
  SaleDetails,
  UnverifiedLine,
} from './sale-details.tsx';

export function SalePage(props: { readonly id: string }) {
  const m = useMessages();
  const sale = useSale(props.id);
  if (sale === undefined) return <p class="sheet-empty">{m.tasks.gone}</p>;
  const { stage } = sale;
  const summary = saleSummary(sale, m);
  const words = isWaiting(stage) ? undefined : resultWords({ ...sale, stage }, m);
  return (
    <div class={`sale-page tone-${summary.tone}`}>
      <div class="sale-page-head">
        <PageTitle>{summary.title}</PageTitle>
        <p class={`money-answer money-${sale.moneyMoved}`}>
          <MoneyIcon moneyMoved={sale.moneyMoved} />
          {summary.money}
        </p>
      </div>
      <SaleAmount sale={sale} />
      <DeadLetterLine sale={sale} />
      <div class="explain">
        {words !== undefined && needsWhy(sale) ? <p class="explain-why">{words.why}</p> : null}
        <p class="explain-next">{isWaiting(stage) ? waitingWords({ ...sale, stage }, m).hint : words?.next}</p>
      </div>
      <UnverifiedLine sale={sale} />
      <ResolvedLine sale={sale} />
      <AttemptsLine sale={sale} withError />
      <RestButtons sale={sale} />
      <SaleTasks sale={sale} />
      <MoneyRows sale={sale} />
      <SaleDetails sale={sale} full />
      <ReceiptLine sale={sale} />
    </div>
  );
}
