/**
 * The demo: the two screens of one terminal side by side, each in a frame as on its own display, and below
 * them the control strip. Where there is no room for all, buttons choose what is shown.
 */
import { signal } from '@preact/signals';
import { CashierScreen } from '../cashier/cashier-screen.tsx';
import { CustomerScreen } from '../customer/customer-screen.tsx';
import { Mark } from '../kit/icons.tsx';
import type { Terminal } from '../kit/connection.ts';
import type { LanguageChoice } from '../kit/language.ts';
import { NoticeLine } from '../kit/notice-line.tsx';
import { ScreenProvider } from '../kit/screen.tsx';
import { ControlStrip } from './control-strip.tsx';

type Pane = 'cashier' | 'customer' | 'strip';
const panes: readonly Pane[] = ['cashier', 'customer', 'strip'];
const shown = signal<Pane>('cashier');

export function DemoShell(props: {
  readonly terminal: Terminal;
  readonly cashierLanguage: LanguageChoice;
  readonly customerLanguage: LanguageChoice;
}) {
  const { terminal, cashierLanguage, customerLanguage } = props;
  const m = cashierLanguage.messages.value;
  return (
    <div class="demo" data-shown={shown.value} lang={cashierLanguage.current.value}>
      <div class="demo-head">
        <Mark />
        <h1 class="demo-title">{m.demo.title}</h1>
        <p class="demo-explanation">{m.demo.explanation}</p>
        <fieldset class="demo-choice">
          <legend class="visually-hidden">{m.demo.show}</legend>
          {panes.map((pane) => (
            <button
              key={pane}
              type="button"
              class={`demo-tab demo-tab-${pane}`}
              aria-pressed={shown.value === pane}
              onClick={() => {
                shown.value = pane;
              }}
            >
              {m.demo[pane]}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="pane pane-cashier">
        <p class="pane-plate">{m.demo.cashier}</p>
        <div class="pane-frame">
          <ScreenProvider terminal={terminal} language={cashierLanguage}>
            <CashierScreen />
          </ScreenProvider>
        </div>
      </div>
      <div class="pane pane-customer">
        <p class="pane-plate">{m.demo.customer}</p>
        <div class="pane-frame">
          <ScreenProvider terminal={terminal} language={customerLanguage}>
            <CustomerScreen />
          </ScreenProvider>
        </div>
      </div>
      <div class="pane-strip">
        <ScreenProvider terminal={terminal} language={cashierLanguage}>
          <ControlStrip />
          <NoticeLine />
        </ScreenProvider>
      </div>
    </div>
  );
}
