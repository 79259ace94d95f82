/**
 * The control strip: what the world around the terminal does. It sends simulator commands and shows the
 * simulator's state; nothing in it belongs to the product, and it looks that way.
 */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { SimulatorView } from '../../src/contract/view.ts';
import type { Paper } from '../kit/connection.ts';
import { ContactlessIcon, PlugIcon, PrinterIcon, QrIcon, UnplugIcon } from '../kit/icons.tsx';
import { QrCode } from '../kit/qr-code.tsx';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';

function Cards(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const spoken = useScreen().language.current.value;
  const { run } = useScreen();
  const sale = useView().sale;
  const waiting = sale?.stage === 'presentCard';
  if (waiting && sale.presentment === 'code') return <Codes simulator={props.simulator} />;
  return (
    <section class={waiting ? 'rig rig-cards rig-now' : 'rig rig-cards'} aria-label={m.demo.cards}>
      <h3 class="rig-title">
        <ContactlessIcon />
        {m.demo.cards}
        <span class="rig-note">{waiting ? m.demo.cardsNow : m.demo.cardsIdle}</span>
      </h3>
      {/* It scrolls, and its buttons cannot be reached by keyboard while nobody waits for a card. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- axe wants a scrolled region to be reachable */}
      <div class="cards" tabIndex={0}>
        {props.simulator.cards.map((card, index) => (
          <button
            key={card.id}
            type="button"
            class={`plastic plastic-${index % 5} plastic-${card.interface}`}
            // Not `disabled`: with more cards than fit, the keyboard has to reach them to scroll.
            aria-disabled={!waiting}
            onClick={() => {
              if (waiting) void run({ type: 'simTapCard', card: card.id });
            }}
          >
            <span class="plastic-name">{card.name[spoken]}</span>
            <span class="plastic-way">{m.demo.interfaces[card.interface]}</span>
            <span class="plastic-hint">{card.hint[spoken]}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

/** In the place of the cards while a code is waited for. */
function Codes(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const spoken = useScreen().language.current.value;
  const { run } = useScreen();
  return (
    <section class="rig rig-cards rig-now" aria-label={m.code.show}>
      <h3 class="rig-title">
        <QrIcon />
        {m.code.show}
        <span class="rig-note">{m.code.showNow}</span>
      </h3>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- axe wants a scrolled region to be reachable */}
      <div class="cards" tabIndex={0}>
        {props.simulator.codes.map((code, index) => (
          <button
            key={code.id}
            type="button"
            class={`plastic plastic-${index % 5}`}
            onClick={() => void run({ type: 'simShowCode', code: code.id })}
          >
            <span class="plastic-name">{code.name[spoken]}</span>
            <span class="plastic-way">{m.code.phone}</span>
            <span class="plastic-hint">{code.hint[spoken]}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

const pins = ['right', 'wrong', 'bypass', 'cancel'] as const;

/** The card in the slot, and what the cardholder does at the PIN pad. */
function Slot(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const { run } = useScreen();
  const { insertedCard, pin } = props.simulator;
  return (
    <>
      {insertedCard === null ? null : (
        <button type="button" class="rig-button rig-button-main" onClick={() => void run({ type: 'simTakeCard' })}>
          <span>{m.demo.inserted}</span>
          <strong>{m.demo.takeCard}</strong>
        </button>
      )}
      {pin === null ? null : (
        <fieldset class="pins">
          <legend class="rig-note">{m.demo.pad}</legend>
          {pins.map((each) => (
            <button
              key={each}
              type="button"
              class="rig-button rig-switch"
              aria-pressed={pin === each}
              onClick={() => void run({ type: 'simPin', pin: each })}
            >
              {m.demo.pin[each]}
            </button>
          ))}
        </fieldset>
      )}
    </>
  );
}

function BankApp(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const formats = useFormats();
  const { run } = useScreen();
  const exponent = useView().terminal.currencyExponent;
  const payable = props.simulator.payableQr;
  return (
    <section class={payable === null ? 'rig rig-bank' : 'rig rig-bank rig-now'} aria-label={m.demo.bank}>
      <h3 class="rig-title">
        <QrIcon />
        {m.demo.bank}
      </h3>
      {payable === null ? (
        <p class="rig-empty">{m.demo.bankIdle}</p>
      ) : (
        <div class="bank-choices">
          {payments(payable.amount.minorUnits, exponent).map(({ kind, minorUnits }) => (
            <button
              key={kind}
              type="button"
              class={kind === 'payExact' ? 'rig-button rig-button-main' : 'rig-button'}
              onClick={() => void run({ type: 'simPayQr', reference: payable.reference, amountMinorUnits: minorUnits })}
            >
              <span>{m.demo[kind]}</span>
              <strong>{formats.amount(minorUnits)}</strong>
            </button>
          ))}
        </div>
      )}
      <StaticPayment />
    </section>
  );
}

/** What somebody pays by a code without an amount, when no sale is asked for. */
const usualAmount = 45_000;

function StaticPayment() {
  const m = useMessages();
  const formats = useFormats();
  const { run } = useScreen();
  const { staticQr, sale } = useView();
  if (staticQr === null) return null;
  const amountMinorUnits = sale?.stage === 'showQr' ? sale.amount.minorUnits : usualAmount;
  return (
    <button type="button" class="rig-button" onClick={() => void run({ type: 'simPayStatic', amountMinorUnits })}>
      <span>{m.qr.staticCode.pay}</span>
      <strong>{formats.amount(amountMinorUnits)}</strong>
    </button>
  );
}

interface Payment {
  readonly kind: 'payExact' | 'payLess' | 'payMore';
  readonly minorUnits: number;
}

/** Exact, a little less (never nothing) and a little more. A "little" is 1.000 ₫, or one major unit. */
function payments(minorUnits: number, exponent: number): readonly Payment[] {
  const step = exponent === 0 ? 1000 : 10 ** exponent;
  const less = minorUnits > step ? minorUnits - step : Math.floor(minorUnits / 2);
  const all: readonly Payment[] = [
    { kind: 'payExact', minorUnits },
    { kind: 'payLess', minorUnits: less },
    { kind: 'payMore', minorUnits: minorUnits + step },
  ];
  return all.filter((payment) => payment.minorUnits > 0);
}

const printerSwitches = [
  { fault: 'jam', state: 'jammed' },
  { fault: 'coverOpen', state: 'coverOpen' },
  { fault: 'paperOut', state: 'paperOut' },
] as const;

function Switches(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const { run } = useScreen();
  const { networkConnected, printer } = props.simulator;
  return (
    <section class="rig rig-switches" aria-label={m.demo.network}>
      <h3 class="rig-title">
        {networkConnected ? <PlugIcon /> : <UnplugIcon />}
        {m.demo.network}
        <span class="rig-note">{networkConnected ? m.demo.plugged : m.demo.unplugged}</span>
      </h3>
      <button
        type="button"
        class={networkConnected ? 'rig-button' : 'rig-button rig-button-bad'}
        onClick={() => void run({ type: 'simNetwork', connected: !networkConnected })}
      >
        {networkConnected ? m.demo.unplug : m.demo.plug}
      </button>
      <h3 class="rig-title">
        <PrinterIcon />
        {m.demo.printer}
      </h3>
      <div class="switches">
        {printerSwitches.map(({ fault, state }) => (
          <button
            key={fault}
            type="button"
            class="rig-button rig-switch"
            aria-pressed={printer[state]}
            onClick={() => void run({ type: 'simPrinter', fault, on: !printer[state] })}
          >
            {m.demo.faults[fault]}
          </button>
        ))}
      </div>
      <PoleDisplay simulator={props.simulator} />
    </section>
  );
}

/** What the customer display, a device of its own, shows now. */
function PoleDisplay(props: { readonly simulator: SimulatorView }) {
  const m = useMessages();
  const { display } = props.simulator;
  return (
    <section class="pole" aria-label={m.demo.display}>
      {display.kind === 'qr' ? <QrCode payload={display.payload} label={m.demo.display} /> : null}
      <div class="pole-lines">
        {display.kind === 'idle' ? <p>{m.demo.displayIdle}</p> : null}
        {display.kind === 'idle' ? null : display.lines.map((line, index) => <p key={index}>{line}</p>)}
      </div>
    </section>
  );
}

function PaperSlot() {
  const m = useMessages();
  const papers = useScreen().terminal.papers.value;
  const large = useSignal<Paper | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <section class="rig rig-paper" aria-label={m.demo.paper}>
      <h3 class="rig-title">
        <PrinterIcon />
        {m.demo.paper}
      </h3>
      <div class="slot" />
      <div class="papers">
        {papers.length === 0 ? <p class="rig-empty">{m.demo.noPaper}</p> : null}
        {papers.map((paper) => (
          <button
            key={paper.number}
            type="button"
            class="paper"
            onClick={() => {
              large.value = paper;
              dialog.current?.showModal();
            }}
          >
            <img src={paper.src} alt={m.demo.receipt(paper.number)} />
          </button>
        ))}
      </div>
      <dialog ref={dialog} class="paper-large" aria-label={m.demo.paper}>
        <button type="button" aria-label={m.sale.close} onClick={() => dialog.current?.close()}>
          {large.value === null ? null : <img src={large.value.src} alt={m.demo.receipt(large.value.number)} />}
        </button>
      </dialog>
    </section>
  );
}

export function ControlStrip() {
  const m = useMessages();
  const { terminal, language } = useScreen();
  const simulator = terminal.view.value?.simulator ?? null;
  return (
    <section class="strip" aria-label={m.demo.strip} lang={language.current.value}>
      {simulator === null ? (
        <p class="rig-empty">{terminal.view.value === null ? '' : m.demo.noSimulator}</p>
      ) : (
        <>
          <h2 class="strip-title">{m.demo.strip}</h2>
          <Cards simulator={simulator} />
          <div class="rig rig-stack">
            <BankApp simulator={simulator} />
            <Slot simulator={simulator} />
          </div>
          <Switches simulator={simulator} />
          <PaperSlot />
        </>
      )}
    </section>
  );
}
