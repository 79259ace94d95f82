/** Cash on the counter: what is due, what the customer lays down, what goes back. A refund is paid out in full. */
import { useComputed } from '@preact/signals';
import { useCallback, useMemo } from 'preact/hooks';
import type { SaleView } from '../../src/contract/view.ts';
import { waitingWords } from '../i18n/explain.ts';
import { CheckIcon } from '../kit/icons.tsx';
import { StagePicture } from '../kit/illustrations.tsx';
import { useMessages, useScreen, useFormats } from '../kit/screen.tsx';
import { CancelButton } from './cancel-button.tsx';
import { useSender } from './desk.tsx';
import { Keypad, usePadKeys } from './keypad.tsx';
import { createAmount } from './pad.ts';
import { MoneyRows, SaleAmount } from './sale-details.tsx';

/** Sends what was tendered; nothing before the panel has been seen, and nothing twice. */
function useTender(sale: SaleView) {
  const { settled } = useScreen();
  const { busy, send } = useSender();
  const { id } = sale;
  const tender = useCallback(
    (tenderedMinorUnits: number) => {
      if (settled.peek()) void send({ type: 'tenderCash', transactionId: id, tenderedMinorUnits });
    },
    [id, send, settled],
  );
  return { blocked: busy.value || !settled.value, tender };
}

function PayOut(props: { readonly sale: SaleView }) {
  const { sale } = props;
  const m = useMessages();
  const formats = useFormats();
  const { blocked, tender } = useTender(sale);
  const words = waitingWords({ ...sale, stage: 'takeCash' }, m);
  return (
    <div class="sale sale-cash">
      <div class="sale-picture">
        <svg class="ring" viewBox="0 0 200 232" aria-hidden="true">
          <StagePicture stage="takeCash" byCode={false} />
        </svg>
      </div>
      <div class="sale-facts">
        <h2 class="sale-title">{words.title}</h2>
        <SaleAmount sale={sale} />
        <output class="sale-hint">{words.hint}</output>
        <div class="sale-actions">
          <CancelButton sale={sale} />
          <button
            type="button"
            class="button button-primary"
            disabled={blocked}
            onClick={() => tender(sale.charged.minorUnits)}
          >
            <CheckIcon />
            {m.cash.payOut(formats.money(sale.charged))}
          </button>
        </div>
      </div>
    </div>
  );
}

function TakeIn(props: { readonly sale: SaleView }) {
  const { sale } = props;
  const m = useMessages();
  const { formats } = useScreen();
  const due = sale.charged.minorUnits;
  const amount = useMemo(() => createAmount(0), []);
  const { minorUnits } = amount;
  const { blocked, tender } = useTender(sale);
  const enter = useCallback(() => {
    if (minorUnits.peek() >= due) tender(minorUnits.peek());
  }, [minorUnits, due, tender]);
  usePadKeys(amount, enter);
  const enough = useComputed(() => minorUnits.value >= due);
  const tendered = useComputed(() => formats.value.amount(minorUnits.value));
  const difference = useComputed(() => formats.value.amount(Math.abs(minorUnits.value - due)));
  const words = waitingWords({ ...sale, stage: 'takeCash' }, m);
  return (
    <div class="sale-cash take-in">
      <div class="take-in-facts">
        <h2 class="sale-title">{words.title}</h2>
        <SaleAmount sale={sale} />
        <p class="sale-hint">{words.hint}</p>
        <MoneyRows sale={sale} />
        <div class="qr-money">
          <p class="qr-money-row">
            <span>{m.cash.tendered}</span>
            <strong>
              <output>{tendered}</output>
            </strong>
          </p>
          <p class={enough.value ? 'qr-money-row cash-change' : 'qr-money-row qr-money-open'}>
            <span>{enough.value ? m.cash.change : m.cash.missing}</span>
            <strong>
              <output>{difference}</output>
            </strong>
          </p>
        </div>
        <div class="sale-actions">
          <CancelButton sale={sale} />
          {enough.value ? (
            <button type="button" class="button button-primary" disabled={blocked} onClick={enter}>
              <CheckIcon />
              {m.cash.confirm}
            </button>
          ) : (
            <button type="button" class="button button-primary" disabled={blocked} onClick={() => tender(due)}>
              {m.cash.exact}
            </button>
          )}
        </div>
      </div>
      <Keypad pad={amount} thousands />
    </div>
  );
}

export function CashPanel(props: { readonly sale: SaleView }) {
  return props.sale.kind === 'refund' ? <PayOut sale={props.sale} /> : <TakeIn sale={props.sale} />;
}
