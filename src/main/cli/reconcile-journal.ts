/**
 * The journal as a list of payments, for `cham reconcile`. One row of the table below for each event that says
 * something about money; all other events are of no concern here.
 */
import type { EpochMs, TransactionId } from '../../core/base/brand.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { money, type Money } from '../../core/base/money.ts';
import { cardKeys, transferKeys, type JournalLine } from '../../core/settlement/reconcile.ts';
import type { JournalEvent, Recorded } from '../../core/transaction/events.ts';
import type { FollowUpRequest, TransactionKind, Transfer } from '../../core/transaction/model.ts';

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

/** One message to the host, as its list names it. */
interface HostRequest {
  readonly stan: number;
  readonly at: EpochMs;
  readonly terminalId: string;
  batch: number;
}

/** What later events do not repeat. */
interface Payment {
  readonly kind: TransactionKind;
  readonly amount: Money;
  card: string;
  reference: string | null;
  request: HostRequest | null;
  followUp: (HostRequest & { readonly operation: FollowUpRequest['operation']; readonly amount: Money }) | null;
  /** A hold that has become a charge. */
  completed: boolean;
}

/** What is folded while reading. */
interface Ledger {
  readonly timeZone: string;
  terminalId: string;
  batch: number;
  readonly payments: Map<TransactionId, Payment>;
  /** By what they are about: an answer replaces the question. */
  readonly lines: Map<string, JournalLine>;
}

interface Outcome {
  readonly text: string;
  /** Signed minor units; absent: no money, and the host need not have a line. */
  readonly minorUnits?: number;
  readonly rrn?: string | null;
  readonly approvalCode?: string | null;
}

function localDate(at: EpochMs, timeZone: string): string {
  const { year, month, day } = civilTime(at, timeZone);
  return `${year}-${month}-${day}`;
}

function cardLine(ledger: Ledger, id: TransactionId, request: HostRequest | null | undefined, outcome: Outcome): void {
  const payment = ledger.payments.get(id);
  if (payment === undefined || request === null || request === undefined) return;
  const { stan, at, batch, terminalId } = request;
  const { text, minorUnits, rrn = null, approvalCode = null } = outcome;
  const date = localDate(at, ledger.timeZone);
  const amount = money(minorUnits ?? 0, payment.amount.currency);
  const rest = { rail: 'card', terminalId, reference: null, expected: minorUnits !== undefined } as const;
  ledger.lines.set(`card ${id} ${stan}`, {
    where: id,
    text: `${date} ${payment.card} STAN ${String(stan).padStart(6, '0')}: ${text}`,
    amount,
    keys: cardKeys({ terminalId, stan, date, rrn, approvalCode, amount }),
    date,
    batch,
    ...rest,
  });
}

/** The payment's own request came to this. */
function outcome(ledger: Ledger, id: TransactionId, result: Outcome): void {
  cardLine(ledger, id, ledger.payments.get(id)?.request, result);
}

/** Its void, increment or completion came to this. */
function followUpOutcome(ledger: Ledger, id: TransactionId, result: Outcome): void {
  const followUp = ledger.payments.get(id)?.followUp;
  cardLine(ledger, id, followUp, { ...result, text: `${followUp?.operation}: ${result.text}` });
}

/** A sale adds, a refund takes, a hold does neither. */
function signed(payment: Payment, { minorUnits }: Money): number | undefined {
  if (payment.kind === 'preAuthorization') return undefined;
  return payment.kind === 'refund' ? -minorUnits : minorUnits;
}

function approved(ledger: Ledger, id: TransactionId, amount: Money | null, reply: Outcome): void {
  const payment = ledger.payments.get(id);
  if (payment === undefined) return;
  const minorUnits = signed(payment, amount ?? payment.amount);
  outcome(
    ledger,
    id,
    minorUnits === undefined ? { ...reply, text: 'a hold, nothing charged' } : { ...reply, minorUnits },
  );
}

/** What an approved follow-up does to the merchant's money. */
function followUpMoney(payment: Payment): number | undefined {
  const { followUp, kind, completed } = payment;
  if (followUp === null || followUp.operation === 'increment') return undefined;
  if (followUp.operation === 'completion') return followUp.amount.minorUnits;
  if (kind === 'preAuthorization' && !completed) return undefined;
  return kind === 'refund' ? followUp.amount.minorUnits : -followUp.amount.minorUnits;
}

function begin(ledger: Ledger, id: TransactionId, kind: TransactionKind, amount: Money): void {
  const nothing = { card: 'card', reference: null, request: null, followUp: null, completed: false };
  ledger.payments.set(id, { kind, amount, ...nothing });
}

function transferLine(ledger: Ledger, transfer: Transfer, id: TransactionId | null, text: string): void {
  const { amount, memo, providerTransactionId } = transfer;
  const reference = (id === null ? null : ledger.payments.get(id)?.reference) ?? null;
  const date = localDate(transfer.paidAt, ledger.timeZone);
  ledger.lines.set(`transfer ${providerTransactionId}`, {
    rail: 'transfer',
    where: id ?? 'no sale',
    text: `${date} ${providerTransactionId} ${reference ?? memo}: ${text}`,
    amount,
    keys: transferKeys({ id: providerTransactionId, reference, memo, date, amount }),
    expected: true,
    date,
    batch: ledger.batch,
    terminalId: null,
    reference,
  });
}

type Rows = { readonly [T in JournalEvent['type']]?: (ledger: Ledger, event: Of<T>, at: EpochMs) => void };

const rows: Rows = {
  TerminalStarted: (ledger, { identity }) => {
    ledger.terminalId = identity.terminalId;
  },
  BatchOpened: (ledger, { batch }) => {
    ledger.batch = batch;
  },
  BatchClosed: (ledger, { next }) => {
    ledger.batch = next.batch;
  },
  SaleStarted: (ledger, { transactionId, amount }) => begin(ledger, transactionId, 'sale', amount),
  RefundStarted: (ledger, { transactionId, amount }) => begin(ledger, transactionId, 'refund', amount),
  PreAuthorizationStarted: (ledger, { transactionId, amount }) => {
    begin(ledger, transactionId, 'preAuthorization', amount);
  },
  CardRead: (ledger, { transactionId, card }) => {
    const payment = ledger.payments.get(transactionId);
    if (payment !== undefined) payment.card = `${card.label} ${card.maskedPan}`;
  },
  AuthorizationRequested: (ledger, { transactionId, stan, batch = ledger.batch }, at) => {
    const payment = ledger.payments.get(transactionId);
    if (payment !== undefined) payment.request = { stan, at, batch, terminalId: ledger.terminalId };
    outcome(ledger, transactionId, { text: 'outcome not known yet' });
  },
  AuthorizationApproved: (ledger, { transactionId, rrn, approvalCode }) => {
    approved(ledger, transactionId, null, { text: 'approved', rrn, approvalCode });
  },
  PartiallyApproved: (ledger, { transactionId, approvedAmount, rrn, approvalCode }) => {
    approved(ledger, transactionId, approvedAmount, { text: 'approved in part', rrn, approvalCode });
  },
  AuthorizationDeclined: (ledger, { transactionId, responseCode, rrn }) => {
    outcome(ledger, transactionId, { text: `declined (${responseCode})`, rrn });
  },
  AuthorizationUnknown: (ledger, { transactionId }) => {
    outcome(ledger, transactionId, { text: 'outcome unknown, being reversed' });
  },
  ReversalQueued: (ledger, { transactionId }) => {
    outcome(ledger, transactionId, { text: 'being reversed' });
  },
  ReversalConfirmed: (ledger, { transactionId }) => {
    outcome(ledger, transactionId, { text: 'reversed, no money taken' });
  },
  SaleFailed: (ledger, { transactionId }) => {
    outcome(ledger, transactionId, { text: 'never reached the bank' });
  },
  StoreRequested: (ledger, { transactionId, stan }, at) => {
    const payment = ledger.payments.get(transactionId);
    if (payment === undefined) return;
    payment.request ??= { stan, at, batch: ledger.batch, terminalId: ledger.terminalId };
    outcome(ledger, transactionId, { text: 'stored, the bank has not answered yet' });
  },
  AttemptStarted: (ledger, { transactionId, batch }) => {
    const payment = ledger.payments.get(transactionId);
    const request = payment?.followUp ?? payment?.request ?? null;
    if (request === null || batch === undefined) return;
    request.batch = batch;
    const line = ledger.lines.get(`card ${transactionId} ${request.stan}`);
    if (line !== undefined) ledger.lines.set(`card ${transactionId} ${request.stan}`, { ...line, batch });
  },
  StoredAccepted: (ledger, { transactionId, rrn, approvalCode, approvedAmount }) => {
    const text = `stored, then approved${approvedAmount === undefined ? '' : ' in part'}`;
    approved(ledger, transactionId, approvedAmount ?? null, { text, rrn, approvalCode });
  },
  StoredDeclined: (ledger, { transactionId, responseCode }) => {
    outcome(ledger, transactionId, { text: `stored, then declined (${responseCode})` });
  },
  FollowUpRequested: (ledger, { transactionId, operation, stan, batch, amount }, at) => {
    const payment = ledger.payments.get(transactionId);
    if (payment === undefined) return;
    payment.followUp = { operation, stan, at, batch, amount, terminalId: ledger.terminalId };
    followUpOutcome(ledger, transactionId, { text: 'outcome not known yet' });
  },
  FollowUpApproved: (ledger, { transactionId, rrn, approvalCode }) => {
    const payment = ledger.payments.get(transactionId);
    if (payment === undefined) return;
    const minorUnits = followUpMoney(payment);
    const result = { text: 'approved', rrn, approvalCode };
    followUpOutcome(ledger, transactionId, minorUnits === undefined ? result : { ...result, minorUnits });
    if (payment.followUp?.operation === 'completion') payment.completed = true;
  },
  FollowUpRefused: (ledger, { transactionId, responseCode }) => {
    followUpOutcome(ledger, transactionId, { text: `refused (${responseCode}), nothing changed` });
  },
  FollowUpNotSent: (ledger, { transactionId }) => {
    followUpOutcome(ledger, transactionId, { text: 'not sent, nothing changed' });
  },
  QrRequested: (ledger, { transactionId, reference }) => {
    const payment = ledger.payments.get(transactionId);
    if (payment !== undefined) payment.reference = reference;
  },
  QrPaymentConfirmed: (ledger, { transfer, transactionId, excess }) => {
    transferLine(ledger, transfer, transactionId, excess.minorUnits > 0 ? 'paid, more than asked' : 'paid');
  },
  QrPaymentUnderPaid: (ledger, { transfer, transactionId }) => {
    transferLine(ledger, transfer, transactionId, 'paid, less than asked');
  },
  QrPaymentLate: (ledger, { transfer, transactionId }) => {
    transferLine(ledger, transfer, transactionId, 'came late or twice, for a person to settle');
  },
  QrVerifiedLater: (ledger, { transfer, transactionId }) => {
    transferLine(ledger, transfer, transactionId, 'paid, confirmed by hand before it came');
  },
  TransferAttached: (ledger, { transfer, transactionId }) => {
    transferLine(ledger, transfer, transactionId, 'paid, attached by a person');
  },
  TransferUnmatched: (ledger, { transfer }) => {
    transferLine(ledger, transfer, null, 'of no sale, for a person to settle');
  },
};

/** Payments in the order in which they were asked for. Journals that knew no batches have batch 1 only. */
export function journalLines(events: Iterable<Recorded>, timeZone: string): readonly JournalLine[] {
  const ledger: Ledger = { timeZone, terminalId: '', batch: 1, payments: new Map(), lines: new Map() };
  for (const { at, event } of events) {
    // A journal of a newer version may hold events that this table does not know. The table pairs each event with a row of
    // exactly its type; indexing by a union loses the pairing.
    const row = (Object.hasOwn(rows, event.type) ? rows[event.type] : undefined) as
      | ((ledger: Ledger, event: JournalEvent, at: EpochMs) => void)
      | undefined;
    row?.(ledger, event, at);
  }
  return [...ledger.lines.values()];
}
