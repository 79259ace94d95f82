/**
 * One sale on the cashier's screen. The left half is the picture (what the terminal is doing, or how it
 * ended), the right half the facts: how much, why, what to do now, and the buttons that are allowed.
 */
import type { SaleView } from '../../src/contract/view.ts';
import { askingPrompt, cardWords, isWaiting, needsWhy, reasonWords, resultWords } from '../i18n/explain.ts';
import type { ResultStage, WaitingStage } from '../i18n/sale-messages.ts';
import { PromptDetails, RemoveCard, useWait, WaitPicture } from '../kit/card-prompt.tsx';
import { CountdownLine } from '../kit/countdown.tsx';
import { AlertIcon, CheckIcon, ListIcon, PersonIcon, PlusIcon, UndoIcon } from '../kit/icons.tsx';
import { QrCode } from '../kit/qr-code.tsx';
import { MoneyIcon, StageIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';
import { AsideButtons } from './aside.tsx';
import { CancelButton } from './cancel-button.tsx';
import { CashPanel } from './cash-panel.tsx';
import { CodeField } from './code-field.tsx';
import { useDesk, useSender } from './desk.tsx';
import { QrLinkLine } from './qr-link.tsx';
import { RestButtons } from './rest.tsx';
import { hasTasks } from './sale-actions.tsx';
import { CameWithoutReference, useCame } from './static-code.tsx';
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

function WaitingPanel(props: { readonly sale: SaleView; readonly stage: WaitingStage }) {
  const { sale, stage } = props;
  const m = useMessages();
  const { go } = useDesk();
  const view = useView();
  const words = cardWords({ ...sale, stage }, view, m);
  const prompt = askingPrompt(stage, view);
  const remaining = useWait(sale, prompt);
  const tryAgain = sale.reason?.startsWith('tryAgain.') === true ? reasonWords(sale.reason, m) : undefined;
  const qr = stage === 'showQr' ? sale.qr : null;
  const came = useCame(sale);
  // What the usual hint promises does not hold then.
  const slow = qr !== null && view.qrLink.confirms !== 'atOnce';
  // By hand only where the bank cannot be asked; a code that is shown confirms by itself otherwise.
  const mayConfirm = stage === 'checkingPayment' || view.qrLink.confirms === 'notNow';
  const byCode = sale.presentment === 'code';
  return (
    <div class={`sale sale-${sale.method}`}>
      <div class="sale-picture">
        {qr === null ? (
          <WaitPicture stage={stage} byCode={byCode} prompt={prompt} wait={remaining} />
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
        <RemoveCard view={view} to="cashier" />
        {came === undefined ? (
          <>
            {slow ? <QrLinkLine /> : null}
            {/* What was wrong with a code says all that the hint does. */}
            {(slow && !remaining.overdue.value) || (byCode && tryAgain !== undefined) ? null : (
              <output class="sale-hint">{remaining.overdue.value ? words.overdue : words.hint}</output>
            )}
            <PromptDetails prompt={prompt} to="cashier" />
            {byCode && stage === 'presentCard' ? <CodeField sale={sale} /> : null}
            {qr === null ? null : <SaleDetails sale={sale} />}
          </>
        ) : (
          <CameWithoutReference sale={sale} item={came} />
        )}
        <div class="sale-actions">
          <CancelButton sale={sale} />
          <AsideButtons sale={sale} />
          {mayConfirm && sale.actions.includes('confirmByHand') ? (
            <button
              type="button"
              class="button button-quiet"
              onClick={() => go({ at: 'task', task: 'confirmByHand', id: sale.id })}
            >
              <PersonIcon />
              {m.tasks.confirmByHand.name}
            </button>
          ) : null}
        </div>
      </div>
    </div>
  );
}

function ResultPanel(props: { readonly sale: SaleView; readonly stage: ResultStage }) {
  const { sale, stage } = props;
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
        <MoneyRows sale={sale} />
        <DeadLetterLine sale={sale} />
        <div class="explain">
          {needsWhy(sale) ? <p class="explain-why">{words.why}</p> : null}
          <p class="explain-next">{words.next}</p>
        </div>
        <RemoveCard view={useView()} to="cashier" />
        <UnverifiedLine sale={sale} />
        <ResolvedLine sale={sale} />
        <AttemptsLine sale={sale} />
        {stage === 'underPaid' ? null : <SaleDetails sale={sale} />}
        <ReceiptLine sale={sale} />
        <RestButtons sale={sale} />
        {stage === 'partlyApproved' ? <PartButtons sale={sale} /> : <ResultButtons sale={sale} />}
      </div>
    </div>
  );
}

/** Take the part, or give it back: neither before the question has been seen. */
function PartButtons(props: { readonly sale: SaleView }) {
  const { id, actions, charged } = props.sale;
  const { settled } = useScreen();
  const m = useMessages();
  const formats = useFormats();
  const { busy, send } = useSender();
  const blocked = !settled.value || busy.value;
  return (
    <div class="sale-actions">
      {actions.includes('cancel') ? (
        <button
          type="button"
          class="button button-quiet"
          disabled={blocked}
          onClick={() => void send({ type: 'cancelSale', transactionId: id })}
        >
          <UndoIcon />
          {m.sale.givePartBack}
        </button>
      ) : null}
      {actions.includes('acceptPartial') ? (
        <button
          type="button"
          class="button button-primary"
          disabled={blocked}
          onClick={() => void send({ type: 'acceptPartial', transactionId: id })}
        >
          <CheckIcon />
          {m.sale.takePart(formats.money(charged))}
        </button>
      ) : null}
    </div>
  );
}

function ResultButtons(props: { readonly sale: SaleView }) {
  const { sale } = props;
  const { run, settled } = useScreen();
  const { go } = useDesk();
  const m = useMessages();
  return (
    <div class="sale-actions">
      <CancelButton sale={sale} />
      {hasTasks(sale) ? (
        <button
          type="button"
          class="button button-quiet sale-more"
          disabled={!settled.value}
          onClick={() => go({ at: 'sale', id: sale.id })}
        >
          <ListIcon />
          {m.tasks.more}
        </button>
      ) : null}
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
  );
}

export function SalePanel(props: { readonly sale: SaleView }) {
  const stage = props.sale.stage;
  if (stage === 'takeCash') return <CashPanel sale={props.sale} />;
  if (isWaiting(stage)) return <WaitingPanel sale={props.sale} stage={stage} />;
  return <ResultPanel sale={props.sale} stage={stage} />;
}
