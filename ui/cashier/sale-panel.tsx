/**
 * One sale on the cashier's screen. The left half is the picture (what the terminal is doing, or how it
 * ended), the right half the facts: how much, why, what to do now, and the buttons that are allowed.
 */
import type { SaleView } from '../../src/contract/view.ts';
import { isWaiting, reasonWords, resultWords } from '../i18n/explain.ts';
import type { ResultStage, WaitingStage } from '../i18n/messages.ts';
import { CountdownLine, CountdownRing, useRemaining } from '../kit/countdown.tsx';
import { AlertIcon, CrossIcon, PlusIcon } from '../kit/icons.tsx';
import { StagePicture } from '../kit/illustrations.tsx';
import { QrCode } from '../kit/qr-code.tsx';
import { MethodIcon, MoneyIcon, StageIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen } from '../kit/screen.tsx';
import { QrMoney, ReceiptLine, ReversalLine, SaleDetails } from './sale-details.tsx';

function SaleAmount(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  return (
    <p class="sale-amount">
      <span class="sale-method">
        <MethodIcon method={props.sale.method} />
        {m.sale.method[props.sale.method]}
      </span>
      <span class="sale-total">{formats.money(props.sale.amount)}</span>
    </p>
  );
}

function CancelButton(props: { readonly sale: SaleView }) {
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
      {m.sale.cancel}
    </button>
  );
}

function WaitingPanel(props: { readonly sale: SaleView; readonly stage: WaitingStage }) {
  const { sale, stage } = props;
  const m = useMessages();
  const words = m.waiting[stage];
  const remaining = useRemaining(sale.waitSince, sale.waitUntil);
  const tryAgain = sale.reason?.startsWith('tryAgain.') === true ? reasonWords(sale.reason, m) : undefined;
  const qr = stage === 'showQr' ? sale.qr : null;
  return (
    <div class={`sale sale-${sale.method}`}>
      <div class="sale-picture">
        {qr === null ? (
          <CountdownRing remaining={remaining} limited={sale.waitUntil !== null}>
            <StagePicture stage={stage} />
          </CountdownRing>
        ) : (
          <>
            <QrCode payload={qr.payload} label={words.customerTitle} />
            <CountdownLine remaining={remaining} />
          </>
        )}
      </div>
      <div class="sale-facts">
        <h2 class="sale-title">{words.title}</h2>
        <SaleAmount sale={sale} />
        {tryAgain === undefined ? null : (
          <p class="callout callout-unknown" role="alert">
            <AlertIcon />
            <span>
              <strong>{tryAgain.why}</strong> {tryAgain.next}
            </span>
          </p>
        )}
        <output class="sale-hint">{remaining.overdue.value ? words.overdue : words.hint}</output>
        {qr === null ? null : <SaleDetails sale={sale} />}
        <div class="sale-actions">
          <CancelButton sale={sale} />
        </div>
      </div>
    </div>
  );
}

function ResultPanel(props: { readonly sale: SaleView; readonly stage: ResultStage }) {
  const { sale, stage } = props;
  const { run, settled } = useScreen();
  const m = useMessages();
  const words = resultWords({ ...sale, stage }, m);
  return (
    <div class={`sale sale-result tone-${words.tone}`}>
      <div class="sale-picture">
        <div class="medallion">
          <StageIcon stage={stage} />
        </div>
        <h2 class="sale-title">{words.title}</h2>
        <p class={`money-answer money-${sale.moneyMoved}`}>
          <MoneyIcon moneyMoved={sale.moneyMoved} />
          {words.money}
        </p>
      </div>
      <div class="sale-facts">
        <SaleAmount sale={sale} />
        <QrMoney sale={sale} />
        <div class="explain">
          {stage === 'approved' ? null : <p class="explain-why">{words.why}</p>}
          <p class="explain-next">{words.next}</p>
        </div>
        <ReversalLine sale={sale} />
        <SaleDetails sale={sale} />
        <ReceiptLine sale={sale} />
        <div class="sale-actions">
          <CancelButton sale={sale} />
          {sale.actions.includes('close') ? (
            <button
              type="button"
              class="button button-primary"
              disabled={!settled.value}
              onClick={() => void run({ type: 'closeSale', transactionId: sale.id })}
            >
              <PlusIcon />
              {sale.moneyMoved === 'unknown' ? m.sale.nextCustomer : m.sale.newSale}
            </button>
          ) : null}
        </div>
      </div>
    </div>
  );
}

export function SalePanel(props: { readonly sale: SaleView }) {
  const stage = props.sale.stage;
  if (isWaiting(stage)) return <WaitingPanel sale={props.sale} stage={stage} />;
  return <ResultPanel sale={props.sale} stage={stage} />;
}
