/**
 * The journal as a list of payments, for `cham reconcile`. One row of the table below for each event that says
 * something about money; all other events are of no concern here.
 */
import type { EpochMs, TransactionId } from '../../core/base/brand.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { money, type Money } from '../../core/base/money.ts';
import type { SettlementEvent } from '../../core/settlement/events.ts';
import { cardKeys, transferKeys, type JournalLine } from '../../core/settlement/reconcile.ts';
import type { JournalEvent } from '../../core/transaction/events.ts';
import type { Transfer } from '../../core/transaction/model.ts';

type LedgerEvent = JournalEvent | SettlementEvent;
type Of<T extends LedgerEvent['type']> = Extract<LedgerEvent, { type: T }>;

/** What later events of a sale do not repeat. */
interface Sale {
  readonly amount: Money;
  card: string;
  reference: string | null;
  request: { readonly stan: number; readonly at: EpochMs; readonly batch: number; readonly terminalId: string } | null;
}

/** What is folded while reading. */
interface Ledger {
  readonly timeZone: string;
  terminalId: string;
  batch: number;
  readonly sales: Map<TransactionId, Sale>;
  /** By what they are about: an answer replaces the question. */
  readonly lines: Map<string, JournalLine>;
}

interface Outcome {
  readonly text: string;
  readonly amount: Money;
  /** False while the host need not have it. */
  readonly expected: boolean;
  readonly rrn?: string | null;
  readonly approvalCode?: string | null;
}

function localDate(at: EpochMs, timeZone: string): string {
  const { year, month, day } = civilTime(at, timeZone);
  return `${year}-${month}-${day}`;
}

function cardLine(ledger: Ledger, id: TransactionId, outcome: Outcome): void {
  const sale = ledger.sales.get(id);
  if (sale === undefined || sale.request === null) return;
  const { stan, at, batch, terminalId } = sale.request;
  const { text, amount, expected, rrn = null, approvalCode = null } = outcome;
  const date = localDate(at, ledger.timeZone);
  // Keys name the payment by what was asked for, also where nothing came of it.
  const keys = cardKeys({ terminalId, stan, date, rrn, approvalCode, amount: sale.amount });
  const words = `${date} ${sale.card} STAN ${String(stan).padStart(6, '0')}: ${text}`;
  const rest = { rail: 'card', terminalId, reference: null } as const;
  ledger.lines.set(`card ${id} ${stan}`, { where: id, text: words, amount, keys, expected, date, batch, ...rest });
}

function noMoney(sale: Sale | undefined): Money {
  return money(0, sale?.amount.currency ?? 'VND');
}

function transferLine(ledger: Ledger, transfer: Transfer, id: TransactionId | null, text: string): void {
  const { amount, memo, providerTransactionId } = transfer;
  const reference = (id === null ? null : ledger.sales.get(id)?.reference) ?? null;
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

type Rows = { readonly [T in LedgerEvent['type']]?: (ledger: Ledger, event: Of<T>, at: EpochMs) => void };

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
  SaleStarted: (ledger, { transactionId, amount }) => {
    ledger.sales.set(transactionId, { amount, card: 'card', reference: null, request: null });
  },
  CardRead: (ledger, { transactionId, card }) => {
    const sale = ledger.sales.get(transactionId);
    if (sale !== undefined) sale.card = `${card.label} ${card.maskedPan}`;
  },
  AuthorizationRequested: (ledger, { transactionId, stan }, at) => {
    const sale = ledger.sales.get(transactionId);
    if (sale === undefined) return;
    sale.request = { stan, at, batch: ledger.batch, terminalId: ledger.terminalId };
    cardLine(ledger, transactionId, { text: 'outcome not known yet', amount: noMoney(sale), expected: false });
  },
  AuthorizationApproved: (ledger, { transactionId, rrn, approvalCode }) => {
    const sale = ledger.sales.get(transactionId);
    if (sale === undefined) return;
    cardLine(ledger, transactionId, { text: 'approved', amount: sale.amount, expected: true, rrn, approvalCode });
  },
  AuthorizationDeclined: (ledger, { transactionId, responseCode, rrn }) => {
    const amount = noMoney(ledger.sales.get(transactionId));
    cardLine(ledger, transactionId, { text: `declined (${responseCode})`, amount, expected: false, rrn });
  },
  AuthorizationUnknown: (ledger, { transactionId }) => {
    const amount = noMoney(ledger.sales.get(transactionId));
    cardLine(ledger, transactionId, { text: 'outcome unknown, being reversed', amount, expected: false });
  },
  ReversalConfirmed: (ledger, { transactionId }) => {
    const amount = noMoney(ledger.sales.get(transactionId));
    cardLine(ledger, transactionId, { text: 'reversed, no money taken', amount, expected: false });
  },
  QrRequested: (ledger, { transactionId, reference }) => {
    const sale = ledger.sales.get(transactionId);
    if (sale !== undefined) sale.reference = reference;
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
  TransferUnmatched: (ledger, { transfer }) => {
    transferLine(ledger, transfer, null, 'of no sale, for a person to settle');
  },
};

/** A stored event; of a newer version it may be one that this table does not know. */
export interface StoredEvent {
  readonly at: number;
  readonly event: LedgerEvent;
}

/** Payments in the order in which they were asked for. Until batches are journaled, all belong to batch 1. */
export function journalLines(events: Iterable<StoredEvent>, timeZone: string): readonly JournalLine[] {
  const ledger: Ledger = { timeZone, terminalId: '', batch: 1, sales: new Map(), lines: new Map() };
  for (const { at, event } of events) {
    // The table pairs each event with a row of exactly its type; indexing by a union loses the pairing.
    const row = (Object.hasOwn(rows, event.type) ? rows[event.type] : undefined) as
      | ((ledger: Ledger, event: LedgerEvent, at: number) => void)
      | undefined;
    row?.(ledger, event, at);
  }
  return [...ledger.lines.values()];
}
