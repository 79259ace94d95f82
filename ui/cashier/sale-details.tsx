/** The facts of a sale: its money, numbers to find it by, what the terminal does about it, its receipt. */
import type { MoneyView, SaleView } from '../../src/contract/view.ts';
import { isPart } from '../i18n/explain.ts';
import type { AttemptStage } from '../i18n/messages.ts';
import { useRemaining } from '../kit/countdown.tsx';
import { AlertIcon, CheckIcon, HourglassIcon, PersonIcon, PrinterIcon, ScanIcon } from '../kit/icons.tsx';
import { groupPan, mainAmount, MethodIcon } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen, type Formats } from '../kit/screen.tsx';
import type { Messages } from '../i18n/messages.ts';

export function SaleAmount(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  const { sale } = props;
  const byCode = sale.presentment === 'code';
  return (
    <p class="sale-amount">
      <span class="sale-method">
        {byCode ? <ScanIcon /> : <MethodIcon method={sale.method} />}
        {sale.kind === 'sale' ? '' : `${m.sale.kind[sale.kind]} · `}
        {byCode ? m.code.paidBy : m.sale.method[sale.method]}
      </span>
      <span class="sale-total">{formats.money(mainAmount(sale))}</span>
    </p>
  );
}

interface Detail {
  readonly name: string;
  readonly value: string | null;
  /** Two of the three columns. */
  readonly wide: boolean;
}

/** What is only asked for when a sale is looked up. */
function furtherDetails(sale: SaleView, m: Messages, formats: Formats): readonly Detail[] {
  const { followUp, refundable, order } = sale;
  const step =
    followUp === null
      ? null
      : [
          m.sale.followUps[followUp.operation],
          formats.money(followUp.amount),
          m.sale.followUpResults[followUp.result ?? 'pending'],
          followUp.responseCode === null ? '' : m.sale.code(followUp.responseCode),
        ];
  return [
    { name: m.sale.startedAt, value: formats.time(sale.startedAt), wide: false },
    { name: m.sale.followUp, value: step?.join(' ').trim() ?? null, wide: true },
    { name: m.sale.refundable, value: refundable === null ? null : formats.money(refundable), wide: false },
    { name: m.sale.originalSale, value: sale.originalId, wide: true },
    { name: m.sale.bill, value: order?.id ?? null, wide: false },
  ];
}

export function SaleDetails(props: { readonly sale: SaleView; readonly full?: boolean }) {
  const m = useMessages();
  const formats = useFormats();
  const { sale, full = false } = props;
  const rows: readonly Detail[] = [
    {
      name: m.sale.card,
      value: sale.card === null ? null : `${sale.card.label} ${groupPan(sale.card.maskedPan)}`,
      wide: true,
    },
    { name: m.sale.approvalCode, value: sale.approvalCode, wide: false },
    { name: m.sale.rrn, value: sale.rrn, wide: false },
    { name: m.sale.stan, value: sale.stan === null ? null : String(sale.stan).padStart(6, '0'), wide: false },
    { name: m.sale.reference, value: sale.qr?.reference ?? null, wide: true },
    ...(full ? furtherDetails(sale, m, formats) : []),
  ];
  const shown = rows.filter(({ value }) => value !== null);
  if (shown.length === 0) return null;
  return (
    <dl class="details">
      {shown.map(({ name, value, wide }) => (
        <div key={name} class={wide ? 'detail detail-wide' : 'detail'}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface MoneyRow {
  readonly name: string;
  readonly money: MoneyView;
  /** Still to be settled with the customer. */
  readonly open: boolean;
}

function some(money: MoneyView | null): money is MoneyView {
  return money !== null && money.minorUnits > 0;
}

/** Only what differs from the amount above: transfers, parts, holds, cash, the rest of a bill. */
function moneyRows(sale: SaleView, m: Messages): readonly MoneyRow[] {
  const { received, missing, excess, amount, charged, held, cash, order } = sale;
  const rows: MoneyRow[] = [];
  const add = (name: string, money: MoneyView, open = false): void => {
    rows.push({ name, money, open });
  };
  if (some(missing) || some(excess)) {
    if (received !== null) add(m.sale.received, received);
    if (some(missing)) add(m.sale.missing, missing, true);
    if (some(excess)) add(m.sale.excess, excess, true);
  }
  if (sale.stage === 'partlyApproved' || isPart(sale)) {
    add(m.sale.askedFor, amount);
    add(m.sale.rest, { ...amount, minorUnits: amount.minorUnits - charged.minorUnits }, true);
  }
  if (held !== null && (sale.stage === 'completing' || sale.stage === 'completed')) add(m.sale.held, held);
  if (cash !== null && sale.kind === 'sale') {
    add(m.sale.tendered, cash.tendered);
    add(m.sale.change, cash.change, cash.change.minorUnits > 0 && sale.stage === 'approved');
  }
  if (order !== null) add(m.sale.billRemaining, order.remaining, order.remaining.minorUnits > 0);
  return rows;
}

/** What has to be done by hand with money that is in the drawer or has come too much. */
function moneyNote(sale: SaleView, m: Messages, formats: Formats): string | undefined {
  if (some(sale.excess)) return m.sale.giveBack(formats.money(sale.excess));
  if (sale.stage !== 'voided' || sale.method !== 'cash') return undefined;
  const amount = formats.money(sale.charged);
  return sale.kind === 'refund' ? m.sale.cashTakeBack(amount) : m.sale.cashBack(amount);
}

export function MoneyRows(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  const rows = moneyRows(props.sale, m);
  const note = moneyNote(props.sale, m, formats);
  if (rows.length === 0 && note === undefined) return null;
  return (
    <div class="qr-money">
      {rows.map(({ name, money, open }) => (
        <p key={name} class={open ? 'qr-money-row qr-money-open' : 'qr-money-row'}>
          <span>{name}</span>
          <strong>{formats.money(money)}</strong>
        </p>
      ))}
      {note === undefined ? null : <p class="qr-money-note">{note}</p>}
    </div>
  );
}

const attemptStages: ReadonlySet<string> = new Set<AttemptStage>([
  'unknown',
  'stored',
  'raisingHold',
  'completing',
  'voiding',
]);

function hasAttempts(stage: SaleView['stage']): stage is AttemptStage {
  return attemptStages.has(stage);
}

/** While something is open: what the terminal does about it, when, and on request why it did not work yet. */
export function AttemptsLine(props: { readonly sale: SaleView; readonly withError?: boolean }) {
  const m = useMessages();
  const { attempts, stage, deadLetter } = props.sale;
  const remaining = useRemaining(null, attempts?.nextTryAt ?? null);
  if (attempts === null || !hasAttempts(stage)) return null;
  // Without a next try, the terminal has given up: the dead letter says so.
  if (deadLetter !== null && attempts.nextTryAt === null) return null;
  const words = m.sale.attempts[stage];
  const waiting = attempts.nextTryAt !== null && !remaining.overdue.value;
  return (
    <p class="reversal">
      <HourglassIcon />
      <span>
        {waiting ? words.next(remaining.seconds.value) : words.now}
        {attempts.made > 0 ? `, ${m.sale.attemptsMade(attempts.made)}` : ''}
        {props.withError === true && attempts.lastError !== null ? (
          <span class="last-error">
            {m.sale.lastError}: <span lang="en">{attempts.lastError}</span>
          </span>
        ) : null}
      </span>
    </p>
  );
}

export function DeadLetterLine(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { deadLetter } = props.sale;
  if (deadLetter === null) return null;
  return (
    <p class="callout callout-alarm" role="alert">
      <AlertIcon />
      <span>
        <strong>{m.sale.deadLetter}</strong> <span lang="en">{deadLetter.why}</span>
      </span>
    </p>
  );
}

export function ResolvedLine(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { resolved } = props.sale;
  if (resolved === null) return null;
  return (
    <p class="resolved">
      <PersonIcon />
      <span>{m.sale.resolved(resolved.approvedBy, resolved.note)}</span>
    </p>
  );
}

/** Nobody shall take it for the bank's word, not even later. */
export function UnverifiedLine(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  const { unverified } = props.sale;
  if (unverified === null) return null;
  const { approvedBy, verifiedAt } = unverified;
  return (
    <p class="callout callout-unknown">
      <AlertIcon />
      <span>
        {verifiedAt === null ? m.qr.unverified(approvedBy) : m.qr.verifiedLater(approvedBy, formats.time(verifiedAt))}
      </span>
    </p>
  );
}

export function ReceiptLine(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { run } = useScreen();
  const { receipt, actions, id } = props.sale;
  const reprint = actions.includes('reprint');
  if (receipt.state === 'none' && !reprint) return null;
  return (
    <div class={`receipt receipt-${receipt.state}`}>
      <output class="receipt-state">
        {receipt.state === 'none' ? null : (
          <>
            {receipt.state === 'printed' ? <CheckIcon /> : receipt.state === 'failed' ? <AlertIcon /> : <PrinterIcon />}
            <span>
              {receipt.state === 'printing'
                ? m.receipt.printing
                : receipt.state === 'printed'
                  ? m.receipt.printed(receipt.copies)
                  : m.receipt.failed(m.receipt.trouble[receipt.trouble ?? 'failed'])}
            </span>
          </>
        )}
      </output>
      {reprint ? (
        <button
          type="button"
          class="button button-small"
          onClick={() => void run({ type: 'reprintReceipt', transactionId: id })}
        >
          <PrinterIcon />
          {m.sale.reprint}
        </button>
      ) : null}
    </div>
  );
}
