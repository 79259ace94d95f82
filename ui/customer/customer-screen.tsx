/**
 * The customer's screen: how much, what to do, and at the end in kind words what became of the money. Reasons
 * that could embarrass (no funds, card reported lost) are left to the customer's own banking app.
 */
import { useEffect } from 'preact/hooks';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { askingPrompt, cardWords, isPart, isWaiting, reasonWords, resultWords } from '../i18n/explain.ts';
import type { Messages } from '../i18n/messages.ts';
import type { ResultStage, WaitingStage } from '../i18n/sale-messages.ts';
import { TrainingBanner } from '../kit/banners.tsx';
import { PromptDetails, RemoveCard, useWait, WaitPicture } from '../kit/card-prompt.tsx';
import { CountdownLine } from '../kit/countdown.tsx';
import { AlertIcon, Mark } from '../kit/icons.tsx';
import { LanguageToggle } from '../kit/language-toggle.tsx';
import { Overlays, useCovered } from '../kit/overlays.tsx';
import { QrCode } from '../kit/qr-code.tsx';
import { mainAmount, MoneyIcon, StageIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen, useView, type Formats } from '../kit/screen.tsx';
import { Splash } from '../kit/splash.tsx';

function Idle() {
  const m = useMessages();
  const view = useView();
  const { terminal } = view;
  return (
    <div class="idle">
      <div class="idle-mark">
        <span class="idle-ripple" />
        <span class="idle-ripple idle-ripple-late" />
        <Mark />
      </div>
      <div class="idle-words">
        <p class="idle-welcome">{m.customer.welcome}</p>
        <h2 class="idle-merchant">{terminal.merchantName}</h2>
        <p class="idle-hint">{m.customer.idleHint}</p>
        <RemoveCard view={view} to="customer" />
      </div>
    </div>
  );
}

/** The shop's code: nothing is asked for, and nothing is paid until the cashier says so. */
function ShopCode(props: { readonly code: NonNullable<TerminalView['staticQr']> }) {
  const { payload, bank, account } = props.code;
  const m = useMessages();
  const { terminal } = useView();
  const words = m.qr.staticCode;
  return (
    <div class="pay pay-qr pay-scan">
      <div class="pay-picture">
        <QrCode payload={payload} label={words.title} />
      </div>
      <div class="pay-words">
        <h2 class="pay-title">{words.title}</h2>
        <p class="pay-hint">
          <strong>{terminal.merchantName}</strong>
        </p>
        <p class="pay-memo">
          {bank} · {account}
        </p>
        <p class="pay-hint">{words.scanHint}</p>
        <RemoveCard view={useView()} to="customer" />
      </div>
    </div>
  );
}

function ToPay(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  return (
    <p class="to-pay">
      <span class="to-pay-label">{m.customer.toPay[props.sale.kind]}</span>
      <span class="to-pay-amount">{formats.money(props.sale.charged)}</span>
    </p>
  );
}

function Waiting(props: { readonly sale: SaleView; readonly stage: WaitingStage }) {
  const { sale, stage } = props;
  const m = useMessages();
  const view = useView();
  const words = cardWords({ ...sale, stage }, view, m);
  const prompt = askingPrompt(stage, view);
  const remaining = useWait(sale, prompt);
  const tryAgain = sale.reason?.startsWith('tryAgain.') === true ? reasonWords(sale.reason, m) : undefined;
  const qr = stage === 'showQr' ? sale.qr : null;
  return (
    <div class={qr === null ? `pay pay-${sale.method}` : 'pay pay-qr pay-scan'}>
      <div class="pay-picture">
        {qr === null ? (
          <WaitPicture stage={stage} byCode={sale.presentment === 'code'} prompt={prompt} wait={remaining} />
        ) : (
          <QrCode payload={qr.payload} label={words.customerTitle} />
        )}
      </div>
      <div class="pay-words">
        <ToPay sale={sale} />
        <h2 class="pay-title">{words.customerTitle}</h2>
        {tryAgain === undefined ? null : (
          <p class="callout callout-unknown" role="alert">
            <AlertIcon />
            <span>{tryAgain.customer}</span>
          </p>
        )}
        <RemoveCard view={view} to="customer" />
        <output class="pay-hint">{remaining.overdue.value ? words.customerOverdue : words.customerHint}</output>
        <PromptDetails prompt={prompt} to="customer" />
        {qr === null ? null : (
          <>
            <p class="pay-memo">
              <span>{m.sale.reference}</span> <strong>{qr.reference}</strong>
            </p>
            <CountdownLine remaining={remaining} />
          </>
        )}
      </div>
    </div>
  );
}

/** Beside the amount: what is missing or too much, the part of what, the change, the rest of the bill. */
function beside(sale: SaleView, m: Messages, formats: Formats): string | null {
  const { missing, excess, cash, order, amount } = sale;
  if (missing !== null && missing.minorUnits > 0) return `${m.sale.missing} ${formats.money(missing)}`;
  if (excess !== null && excess.minorUnits > 0) return `${m.customer.excess} ${formats.money(excess)}`;
  if (sale.stage === 'partlyApproved' || isPart(sale)) return m.customer.partOf(formats.money(amount));
  if (cash !== null && cash.change.minorUnits > 0) return `${m.sale.change} ${formats.money(cash.change)}`;
  if (order !== null) return `${m.sale.billRemaining} ${formats.money(order.remaining)}`;
  return null;
}

function Result(props: { readonly sale: SaleView; readonly stage: ResultStage }) {
  const { sale, stage } = props;
  const m = useMessages();
  const formats = useFormats();
  const words = resultWords({ ...sale, stage }, m);
  const differs = beside(sale, m, formats);
  return (
    <div class={`pay pay-result tone-${words.tone}`}>
      <div class="pay-picture">
        <div class="medallion">
          <StageIcon stage={stage} />
        </div>
      </div>
      <div class="pay-words">
        <h2 class="pay-title">{words.customerTitle}</h2>
        <p class="to-pay">
          <span class="to-pay-amount">{formats.money(sale.received ?? mainAmount(sale))}</span>
          {differs === null ? null : <span class="to-pay-label">{differs}</span>}
        </p>
        <p class={`money-answer money-${sale.moneyMoved}`}>
          <MoneyIcon moneyMoved={sale.moneyMoved} />
          {words.customerMoney}
        </p>
        <p class="pay-hint">{words.customer}</p>
        <RemoveCard view={useView()} to="customer" />
      </div>
    </div>
  );
}

function SaleForCustomer(props: { readonly sale: SaleView }) {
  const stage = props.sale.stage;
  if (isWaiting(stage)) return <Waiting sale={props.sale} stage={stage} />;
  return <Result sale={props.sale} stage={stage} />;
}

/** Whatever the sale was waiting for must not be done any more: a code that is still shown could be paid. */
function Stopped(props: { readonly sale: SaleView | null }) {
  const m = useMessages();
  const formats = useFormats();
  const { sale } = props;
  const money = sale?.kind === 'refund' ? m.refundMoney : m.money;
  return (
    <div class="halted" role="alert">
      <div class="medallion">
        <AlertIcon />
      </div>
      <h2 class="halted-title">{m.customer.stop}</h2>
      {sale === null ? null : (
        <p class="halted-sale">
          <strong>{formats.money(sale.amount)}</strong> · {money[sale.moneyMoved].customer}
        </p>
      )}
      <p>{m.customer.stopHint}</p>
    </div>
  );
}

function useForgetLanguage(saleId: string | null): void {
  const { language } = useScreen();
  useEffect(() => {
    if (saleId === null) return undefined;
    return () => language.forget();
  }, [saleId, language]);
}

function announcement(view: TerminalView, m: Messages): string {
  const { sale } = view;
  if (sale === null || view.state === 'halted') return '';
  const stage = sale.stage;
  if (isWaiting(stage)) return cardWords({ ...sale, stage }, view, m).customerTitle;
  const words = resultWords({ ...sale, stage }, m);
  return `${words.customerTitle}. ${words.customerMoney}. ${words.customer}`;
}

function Live() {
  const view = useView();
  const m = useMessages();
  useForgetLanguage(view.sale?.id ?? null);
  return (
    <>
      <div class="customer-head">
        <Mark />
        <p class="customer-merchant">{view.terminal.merchantName}</p>
        <LanguageToggle />
      </div>
      <TrainingBanner />
      <div class="customer-main">
        {view.state === 'halted' ? (
          <Stopped sale={view.sale} />
        ) : view.sale === null && view.staticQr?.shown === true ? (
          <ShopCode code={view.staticQr} />
        ) : view.sale === null ? (
          <Idle />
        ) : (
          <SaleForCustomer sale={view.sale} />
        )}
      </div>
      <output class="visually-hidden">{announcement(view, m)}</output>
    </>
  );
}

export function CustomerScreen() {
  const { terminal, language } = useScreen();
  const covered = useCovered();
  return (
    <section class="screen customer" lang={language.current.value} aria-label={useMessages().top.customerScreen}>
      <div class="screen-body" inert={covered}>
        {terminal.view.value === null ? <Splash /> : <Live />}
      </div>
      <Overlays />
    </section>
  );
}
