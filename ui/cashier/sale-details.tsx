/** The facts of a sale below its amount: money of a transfer, numbers to find it by, receipt, reversal. */
import type { SaleView } from '../../src/contract/view.ts';
import { useRemaining } from '../kit/countdown.tsx';
import { AlertIcon, CheckIcon, HourglassIcon, PrinterIcon } from '../kit/icons.tsx';
import { groupPan } from '../kit/sale-look.tsx';
import { useFormats, useMessages, useScreen } from '../kit/screen.tsx';

interface Detail {
  readonly name: string;
  readonly value: string | null;
  /** Two of the three columns. */
  readonly wide: boolean;
}

export function SaleDetails(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { sale } = props;
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

/** Received, missing, too much: only what differs from the amount asked for. */
export function QrMoney(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const formats = useFormats();
  const { received, missing, excess } = props.sale;
  const hasMissing = missing !== null && missing.minorUnits > 0;
  const hasExcess = excess !== null && excess.minorUnits > 0;
  if (!hasMissing && !hasExcess) return null;
  return (
    <div class="qr-money">
      {received === null ? null : (
        <p class="qr-money-row">
          <span>{m.sale.received}</span>
          <strong>{formats.money(received)}</strong>
        </p>
      )}
      {hasMissing ? (
        <p class="qr-money-row qr-money-open">
          <span>{m.sale.missing}</span>
          <strong>{formats.money(missing)}</strong>
        </p>
      ) : null}
      {hasExcess ? (
        <p class="qr-money-row qr-money-open">
          <span>{m.sale.excess}</span>
          <strong>{formats.money(excess)}</strong>
        </p>
      ) : null}
      {hasExcess ? <p class="qr-money-note">{m.sale.giveBack(formats.money(excess))}</p> : null}
    </div>
  );
}

/** While the outcome is unknown: what the terminal does about it, and when. */
export function ReversalLine(props: { readonly sale: SaleView }) {
  const m = useMessages();
  const { reversal, stage } = props.sale;
  const remaining = useRemaining(null, reversal?.nextTryAt ?? null);
  if (reversal === null || stage !== 'unknown') return null;
  const waiting = reversal.nextTryAt !== null && !remaining.overdue.value;
  return (
    <p class="reversal">
      <HourglassIcon />
      <span>
        {waiting ? m.sale.reversalNext(remaining.seconds.value) : m.sale.reversalNow}
        {reversal.attempts > 0 ? `, ${m.sale.reversalAttempts(reversal.attempts)}` : ''}
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
