/** The day: what is booked in the open batch, its reports, its closing, and what became of the ones before. */
import { useSignal } from '@preact/signals';
import type { BatchesView } from '../../src/contract/view.ts';
import { useRemaining } from '../kit/countdown.tsx';
import { formatClock } from '../kit/format.ts';
import { AlertIcon, CheckIcon, HourglassIcon, PrinterIcon } from '../kit/icons.tsx';
import { useFormats, useMessages, useScreen, useView } from '../kit/screen.tsx';
import { useDesk, useSender } from './desk.tsx';
import { AmountForm, PageTitle } from './form.tsx';
import { largestAmount } from './pad.ts';

/** `batch` null: the X report of the open one. */
function ReportButton(props: { readonly batch: number | null }) {
  const m = useMessages();
  const { busy, send } = useSender();
  const { batch } = props;
  return (
    <button
      type="button"
      class="button button-small"
      disabled={busy.value}
      onClick={() => void send({ type: 'printReport', batch })}
    >
      <PrinterIcon />
      {busy.value ? m.tasks.sending : batch === null ? m.day.xReport : m.day.zReport}
    </button>
  );
}

function Lines(props: { readonly open: BatchesView['open'] }) {
  const m = useMessages();
  const formats = useFormats();
  const { lines, net, expectedCash } = props.open;
  return (
    <table class="totals">
      <thead>
        <tr>
          <th scope="col">{m.day.method}</th>
          <th scope="col">{m.day.kind}</th>
          <th scope="col" class="number">
            {m.day.count}
          </th>
          <th scope="col" class="number">
            {m.day.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.length === 0 ? (
          <tr>
            <td colSpan={4}>{m.day.nothing}</td>
          </tr>
        ) : null}
        {lines.map(({ method, scheme, kind, booked, voided }) => (
          <tr key={`${method} ${scheme} ${kind}`}>
            <td>
              {m.day.methods[method]} {scheme}
            </td>
            <td>
              {m.day.kinds[kind]}
              {voided.count > 0 ? (
                <span class="totals-note">{m.day.voided(voided.count, formats.amount(voided.minorUnits))}</span>
              ) : null}
            </td>
            <td class="number">{booked.count}</td>
            <td class="number">{formats.amount(booked.minorUnits)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={3}>
            {m.day.net}
          </th>
          <td class="number">{formats.money(net)}</td>
        </tr>
        <tr>
          <th scope="row" colSpan={3}>
            {m.day.expectedCash}
          </th>
          <td class="number">{formats.money(expectedCash)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function OpenBatch(props: { readonly open: BatchesView['open'] }) {
  const m = useMessages();
  const formats = useFormats();
  const { go } = useDesk();
  const { open } = props;
  return (
    <section class="batch" aria-label={m.day.open(open.number)}>
      <h3 class="sheet-heading">
        {m.day.open(open.number)}
        {open.businessDate === null ? '' : ` · ${m.day.businessDate(formats.day(open.businessDate))}`}
      </h3>
      <div class="batch-buttons">
        <ReportButton batch={null} />
        <button
          type="button"
          class="button button-primary"
          onClick={() => go({ at: 'closeBatch', batch: open.number })}
        >
          {m.day.close}
        </button>
      </div>
      <Lines open={open} />
    </section>
  );
}

function ClosingRow(props: { readonly batch: BatchesView['closing'][number] }) {
  const m = useMessages();
  const formats = useFormats();
  const { number, businessDate, phase, inQuestion, attempts, nextTryAt, lastError } = props.batch;
  const remaining = useRemaining(null, nextTryAt);
  const facts = [
    inQuestion > 0 ? m.day.inQuestion(inQuestion) : '',
    attempts > 0 ? m.sale.attemptsMade(attempts) : '',
    nextTryAt === null || remaining.overdue.value ? '' : m.stored.next(formatClock(remaining.seconds.value)),
  ].filter((fact) => fact !== '');
  return (
    <li class="row tone-unknown">
      <span class="row-icon">
        <HourglassIcon />
      </span>
      <span class="row-main">
        <span class="row-title">
          {m.day.batch(number)} · {formats.day(businessDate)}: {m.day.phases[phase]}
        </span>
        {facts.length === 0 ? null : <span class="row-note">{facts.join(' · ')}</span>}
        {lastError === null ? null : (
          <span class="last-error">
            {m.sale.lastError}: <span lang="en">{lastError}</span>
          </span>
        )}
      </span>
      <ReportButton batch={number} />
    </li>
  );
}

function SettledRow(props: { readonly batch: BatchesView['settled'][number] }) {
  const m = useMessages();
  const formats = useFormats();
  const { number, businessDate, settledAt, balance, difference } = props.batch;
  const differs = balance === 'differs';
  return (
    <li class={differs ? 'row row-alarm tone-no' : 'row tone-yes'}>
      <span class="row-icon">{differs ? <AlertIcon /> : <CheckIcon />}</span>
      <span class="row-main">
        <span class="row-title">
          {m.day.batch(number)} · {formats.day(businessDate)}: {m.day.balances[balance]}
        </span>
        <span class="row-note">{formats.time(settledAt)}</span>
        {differs && difference !== null ? (
          <span class="row-note">{m.day.differenceOf(formats.money(difference))}</span>
        ) : null}
        {differs ? <span class="row-advice">{m.day.differsAdvice}</span> : null}
      </span>
      <ReportButton batch={number} />
    </li>
  );
}

export function Day() {
  const m = useMessages();
  const { open, closing, settled } = useView().batches;
  return (
    <>
      <OpenBatch open={open} />
      {closing.length === 0 ? null : (
        <>
          <h3 class="sheet-heading">{m.day.closing}</h3>
          <ul class="rows">
            {closing.map((batch) => (
              <ClosingRow key={batch.number} batch={batch} />
            ))}
          </ul>
        </>
      )}
      {settled.length === 0 ? null : (
        <>
          <h3 class="sheet-heading">{m.day.settled}</h3>
          <ul class="rows">
            {settled.map((batch) => (
              <SettledRow key={`${batch.number} ${batch.settledAt}`} batch={batch} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface Count {
  /** Null: nobody counted. */
  readonly counted: number | null;
}

/** Count or not, then one question, then one command; the Z report follows it. */
export function CloseBatch(props: { readonly batch: number }) {
  const { batch } = props;
  const m = useMessages();
  const count = useSignal<Count | null>(null);
  if (count.value === null) {
    const counted = (minorUnits: number): void => {
      count.value = { counted: minorUnits };
    };
    return (
      <AmountForm
        hint={m.day.closeHint}
        label={m.day.countCash}
        first={0}
        most={largestAmount}
        buttons={[
          { label: m.day.withCount, press: counted, optional: true },
          {
            label: m.day.skipCount,
            press: () => {
              count.value = { counted: null };
            },
            optional: true,
          },
        ]}
      />
    );
  }
  return <ConfirmClose batch={batch} counted={count.value.counted} />;
}

function ConfirmClose(props: { readonly batch: number; readonly counted: number | null }) {
  const { batch, counted } = props;
  const m = useMessages();
  const { formats } = useScreen();
  const { back } = useDesk();
  const { busy, send } = useSender();
  const expected = useView().batches.open.expectedCash;
  async function close(): Promise<void> {
    const outcome = await send({ type: 'closeBatch', batch, countedCashMinorUnits: counted }, back);
    if (outcome?.ok === true) await send({ type: 'printReport', batch });
  }
  return (
    <div class="form form-plain">
      <PageTitle>{m.day.confirmTitle(batch)}</PageTitle>
      <p class="form-hint">{m.day.confirmHint}</p>
      {counted === null ? null : (
        <dl class="details">
          <div class="detail">
            <dt>{m.day.countCash}</dt>
            <dd>{formats.value.amount(counted)}</dd>
          </div>
          <div class="detail">
            <dt>{m.day.expectedCash}</dt>
            <dd>{formats.value.money(expected)}</dd>
          </div>
          <div class="detail">
            <dt>{m.day.difference}</dt>
            <dd>{formats.value.amount(counted - expected.minorUnits)}</dd>
          </div>
        </dl>
      )}
      <div class="form-buttons">
        <button type="button" class="button button-primary" disabled={busy.value} onClick={() => void close()}>
          {busy.value ? m.tasks.sending : m.day.confirm}
        </button>
      </div>
    </div>
  );
}
