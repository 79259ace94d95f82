/**
 * Three books held against each other: the journal's card payments against the host's list, its transfers against the
 * bank's, and what the host says it settled against what arrived at the bank.
 */
import { dateOfDay, dayNumber } from '../base/calendar.ts';
import { money, type CurrencyCode, type Money } from '../base/money.ts';
import { findReference } from '../qr/matcher.ts';
import { normaliseMemo } from '../qr/reference.ts';
import { compareBooks, type BookLine, type Comparison } from './match.ts';
import type { Statement } from './statement.ts';

export interface JournalLine extends BookLine {
  readonly rail: 'card' | 'transfer';
  /** `YYYY-MM-DD`, shop-local. */
  readonly date: string;
  readonly batch: number;
  /** DE 41; null for a transfer. */
  readonly terminalId: string | null;
  /** What the memo of the transfer carries; null for a card. */
  readonly reference: string | null;
}

/** One batch, one day, or everything. */
export type Selection = { readonly batch: number } | { readonly date: string } | null;

export interface Books {
  readonly journal: readonly JournalLine[];
  readonly host: Statement | null;
  readonly bank: Statement | null;
  /** The bank format's `payout`. */
  readonly payout: RegExp | null;
  readonly currency: CurrencyCode;
}

export interface Reconciliation {
  /** Null where the other book was not given. */
  readonly journalHost: Comparison | null;
  readonly journalBank: Comparison | null;
  /** Also null for one day, and when the bank's format does not say how the acquirer's payments look. */
  readonly hostBank: Comparison | null;
  readonly agrees: boolean;
}

/** Terminal, trace number and day name a card request; the host's reference is as good, the approval code is a help. */
export function cardKeys(card: {
  readonly terminalId: string;
  readonly stan: string | number | null;
  readonly date: string;
  readonly rrn: string | null;
  readonly approvalCode: string | null;
  readonly amount: Money;
}): readonly string[] {
  const { terminalId, stan, date, rrn, approvalCode, amount } = card;
  const size = Math.abs(amount.minorUnits);
  return [
    ...(stan === null ? [] : [`stan ${terminalId} ${Number(stan)} ${date}`]),
    ...(rrn === null ? [] : [`rrn ${rrn}`]),
    // Six characters are not unique by themselves.
    ...(approvalCode === null ? [] : [`approval ${terminalId} ${approvalCode} ${size}`]),
  ];
}

/** The provider's id names a transfer; then our reference in its memo; then memo, day and amount together. */
export function transferKeys(transfer: {
  readonly id: string | null;
  readonly reference: string | null;
  readonly memo: string;
  readonly date: string;
  readonly amount: Money;
}): readonly string[] {
  const { id, reference, memo, date, amount } = transfer;
  return [
    ...(id === null ? [] : [`id ${id}`]),
    ...(reference === null ? [] : [`reference ${reference}`]),
    `memo ${date} ${amount.minorUnits} ${normaliseMemo(memo)}`,
  ];
}

interface TheirLine extends BookLine {
  readonly date: string;
  readonly batch: number | null;
}

export function reconcile(books: Books, selection: Selection): Reconciliation {
  const { journal, host, bank, currency } = books;
  const cards = journal.filter(({ rail }) => rail === 'card');
  const transfers = journal.filter(({ rail }) => rail === 'transfer');
  const hostLines = host === null ? null : hostBook(host, cards);
  const journalHost = hostLines && compareSelected(cards, hostLines, selection, currency);
  const journalBank = bank && compareSelected(transfers, bankBook(bank, transfers, books.payout), selection, currency);
  const hostBank =
    hostLines === null || bank === null || books.payout === null || (selection !== null && 'date' in selection)
      ? null
      : compareBatches(hostLines, bank, books.payout, selection, currency);
  return {
    journalHost,
    journalBank,
    hostBank,
    agrees: [journalHost, journalBank, hostBank].every((comparison) => comparison === null || comparison.agrees),
  };
}

/** The host's list may be of the whole shop: lines of terminals that this journal is not of are left out. */
function hostBook(host: Statement, cards: readonly JournalLine[]): readonly TheirLine[] {
  const terminals = new Set(cards.map(({ terminalId }) => terminalId));
  const [only = ''] = terminals;
  return host.lines
    .filter(({ terminalId }) => terminalId === null || terminals.size === 0 || terminals.has(terminalId))
    .map((line) => {
      const { amount, date, batch, stan, rrn } = line;
      const named = [stan && `STAN ${stan}`, rrn && `RRN ${rrn}`].filter(Boolean).join(' ');
      const keys = cardKeys({ ...line, terminalId: line.terminalId ?? only ?? '' });
      return { where: `line ${line.line}`, text: `${date} ${named}`, amount, keys, expected: true, date, batch };
    });
}

function bankBook(bank: Statement, transfers: readonly JournalLine[], payout: RegExp | null): readonly TheirLine[] {
  const referenceIn = referenceFinder(new Set(transfers.flatMap(({ reference }) => reference ?? [])));
  return bank.lines
    .filter(({ memo }) => payout === null || !payout.test(memo))
    .map(({ line, id, memo, date, amount }) => {
      const reference = referenceIn(memo) ?? null;
      const keys = transferKeys({ id, memo, date, amount, reference });
      return {
        where: `line ${line}`,
        text: `${date} ${id ?? ''} ${memo}`,
        amount,
        keys,
        expected: true,
        date,
        batch: null,
      };
    });
}

/** Finds known references in memos piece by piece, because a journal knows very many. */
function referenceFinder(known: ReadonlySet<string>): (memo: string) => string | undefined {
  const lengths = new Set([...known].map(({ length }) => length));
  return (memo) => {
    const compact = normaliseMemo(memo).replaceAll(' ', '');
    const found = [...lengths].flatMap((length) => {
      const pieces = Array.from({ length: compact.length }, (_, at) => compact.slice(at, at + length));
      return pieces.filter((piece) => known.has(piece));
    });
    return findReference(memo, found);
  };
}

/** How many days a payment may stand under another date in the other book. */
const slack = 7;

function shifted(date: string, days: number): string {
  return dateOfDay(dayNumber(date) + days);
}

/**
 * Pairs all lines first and looks at the selected ones after: a payment of another batch is then known as such, and
 * not reported as missing.
 */
function compareSelected(
  ours: readonly JournalLine[],
  theirs: readonly TheirLine[],
  selection: Selection,
  currency: CurrencyCode,
): Comparison {
  if (selection === null) return compareBooks(ours, theirs, currency);
  const isSelected = (line: JournalLine): boolean =>
    'batch' in selection ? line.batch === selection.batch : line.date === selection.date;
  const chosen = ours.filter(isSelected);
  const selected = new Set<BookLine>(chosen);
  const dates = new Set('batch' in selection ? chosen.map(({ date }) => date) : [selection.date]);
  const sorted = [...dates].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  const from = first === undefined ? '' : shifted(first, -slack);
  const to = last === undefined ? '~' : shifted(last, slack);
  const near = ours.filter(({ date }) => date >= from && date <= to);
  const pairs = compareBooks(near, theirs, currency).results;
  const partner = new Map<BookLine | null, BookLine | null>(pairs.map((result) => [result.theirs, result.ours]));
  const inScope = (line: TheirLine): boolean => {
    const ours = partner.get(line) ?? null;
    if (ours !== null) return selected.has(ours);
    return 'batch' in selection && line.batch !== null ? line.batch === selection.batch : dates.has(line.date);
  };
  return compareBooks(chosen, theirs.filter(inScope), currency);
}

/**
 * Batch by batch: the sum of the host's lines against the acquirer's payment. The difference is often its fee. Not by
 * date, because the money arrives on a later one.
 */
function compareBatches(
  host: readonly TheirLine[],
  bank: Statement,
  payout: RegExp,
  selection: { readonly batch: number } | null,
  currency: CurrencyCode,
): Comparison {
  const isSelected = (batch: number): boolean => selection === null || batch === selection.batch;
  const sums = new Map<number, number>();
  for (const { batch, amount } of host) {
    if (batch !== null && isSelected(batch)) sums.set(batch, (sums.get(batch) ?? 0) + amount.minorUnits);
  }
  const ours = [...sums].map(([batch, sum]) => batchLine(batch, 'host', money(sum, currency)));
  const theirs = bank.lines.flatMap(({ line, memo, amount }) => {
    const batch = payout.exec(memo)?.[1];
    return batch !== undefined && isSelected(Number(batch)) ? [batchLine(Number(batch), `line ${line}`, amount)] : [];
  });
  return compareBooks(ours, theirs, currency);
}

function batchLine(batch: number, where: string, amount: Money): BookLine {
  return { where, text: `batch ${batch}`, amount, keys: [`batch ${batch}`], expected: true };
}
