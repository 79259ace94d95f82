/**
 * Settlement as the training acquirer sees it: totals of its own book against those of the terminal, batch upload
 * where they differ, and the close of the batch. Elements and codes: ISO 8583:1987, DE 66, 74–77, 86–89 and 97.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import { currencyCodes, exponent, numericCode, type CurrencyCode } from '../../core/base/money.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { HostTotals } from '../../core/transaction/model.ts';
import { isApproved, type AcquirerBook } from './acquirer-book.ts';
import type { BookEntry, Closing, Operation } from './acquirer-entry.ts';
import {
  approved,
  balanceAfterUpload,
  batchOf,
  formatError,
  invalidAmount,
  isComplete,
  readRequest,
  systemMalfunction,
  terminalOf,
  totalsDiffer,
} from './acquirer-rules.ts';
import type { Misbehaviour } from './misbehaviour.ts';

/** What the reply carries besides what it repeats. */
export type Fields = readonly (readonly [element: number, value: string | Uint8Array])[];

export interface SettlementOptions {
  /** Decimals implied in amounts, when not those of ISO 4217. */
  readonly amountExponent: number | undefined;
  readonly now: EpochMs;
}

/** DE 66: a batch that closes after an upload is in balance, as the terminal has agreed to the host's totals. */
const inBalance = '1';
const outOfBalance = '2';

const phantomMinorUnits = 10_000;

/**
 * 0500. The first question (DE 3 = 920000) closes the batch when the totals agree; the second, after an upload
 * (960000), closes it with what the book then holds. A closed batch is answered with the totals it was closed with.
 */
export function reconcile(
  book: AcquirerBook,
  message: Iso8583Message,
  { amountExponent, now }: SettlementOptions,
  misbehaviour: Misbehaviour,
): Fields {
  if (!isComplete(message, 'reconciliation')) return [[39, formatError]];
  const currency = currencyCodes.find((code) => numericCode(code) === message.text(49));
  if (currency === undefined) return [[39, invalidAmount]];
  const terminalId = terminalOf(message);
  const batch = batchOf(message) ?? book.openBatch(terminalId, currency, undefined);
  const closed = book.closing(terminalId, batch, currency);
  const afterUpload = message.text(3) === balanceAfterUpload;
  const counted = book.counted(terminalId, batch, currency);
  const totals = closed?.totals ?? book.totals(counted, currency);
  const told = closed === undefined && !afterUpload ? falsified(book, totals, counted, misbehaviour) : totals;
  const fields = totalsFields(told, amountExponent);
  const agrees = fields.every(([element, value]) => message.text(element) === value);
  if (closed === undefined && (agrees || afterUpload)) {
    // Entries that the upload did not name are not the terminal's; what was voided did not have to be named.
    const unnamed = counted.filter((entry) => entry.comparison === null && book.stateOf(entry) === 'booked');
    const marked = agrees ? [] : unnamed.map((entry): BookEntry => ({ ...entry, comparison: 'missingThere' }));
    const closing: Closing = { terminalId, batch, at: now, totals };
    if (!book.commit(marked, closing)) return [[39, systemMalfunction]];
  }
  const closes = agrees || afterUpload;
  return [[39, closes ? approved : totalsDiffer], [66, closes ? inBalance : outOfBalance], ...fields];
}

/** The totals with the mistake that the host was told to make. */
function falsified(
  book: AcquirerBook,
  totals: HostTotals,
  counted: ReturnType<AcquirerBook['counted']>,
  { totals: mistake }: Misbehaviour,
): HostTotals {
  if (mistake === 'forgetEntry') return book.totals(counted.slice(0, -1), totals.currency);
  if (mistake !== 'phantomEntry') return totals;
  const { count, minorUnits } = totals.debits;
  return { ...totals, debits: { count: count + 1, minorUnits: minorUnits + phantomMinorUnits } };
}

/**
 * DE 74–77, 86–89 and 97. DE 97 is what the merchant gets, sales less refunds and less what of both was voided: `C`,
 * or `D` when refunds exceed sales; nothing is `C` too.
 */
function totalsFields(totals: HostTotals, amountExponent: number | undefined): readonly [number, string][] {
  const { currency, credits, creditReversals, debits, debitReversals } = totals;
  // Past what a number counts exactly, as the column is wider.
  const implied = 10n ** BigInt(amountExponent ?? exponent(currency));
  const own = 10n ** BigInt(exponent(currency));
  const written = (minorUnits: number): string => String((BigInt(minorUnits) * implied) / own).padStart(16, '0');
  const net = debits.minorUnits - debitReversals.minorUnits - credits.minorUnits + creditReversals.minorUnits;
  const columns = [credits, creditReversals, debits, debitReversals];
  return [
    ...columns.map(({ count }, place): [number, string] => [74 + place, String(count).padStart(10, '0')]),
    ...columns.map(({ minorUnits }, place): [number, string] => [86 + place, written(minorUnits)]),
    [97, `${net < 0 ? 'D' : 'C'}${written(Math.abs(net))}`],
  ];
}

/**
 * 0320: what the book does not have is added, what it has is marked as named by the terminal. The upload itself is
 * always taken; whether the two agree is written in the book for people to look at.
 */
export function upload(
  book: AcquirerBook,
  message: Iso8583Message,
  { amountExponent, now }: SettlementOptions,
): Fields {
  const request = readRequest(message, 'upload', amountExponent);
  if ('refuse' in request) return [[39, request.refuse]];
  const { key, terminalId, amount, original } = request;
  if (original === undefined) return [[39, formatError]];
  const known = book.find(key) ?? book.findByTrace(terminalId, original);
  const entry: BookEntry =
    known === undefined
      ? {
          key,
          responseCode: approved,
          reversed: false,
          request: {
            operation: uploadedOperation(message, original.mti),
            terminalId,
            batch: book.openBatch(terminalId, amount.currency, request.batch),
            stan: request.stan,
            at: now,
            amount: amount.minorUnits,
            currency: amount.currency,
            rrn: message.text(37)?.trimEnd() ?? '',
            approvalCode: message.text(38)?.trimEnd() ?? '',
            maskedPan: '',
            original: null,
          },
          comparison: 'missingHere',
        }
      : { ...known, comparison: compared(known, amount.minorUnits, amount.currency) };
  const done = entry.comparison === known?.comparison || book.commit([entry]);
  return [[39, done ? approved : systemMalfunction]];
}

/** An entry that an upload has added stays marked so. */
function compared(known: BookEntry, minorUnits: number, currency: CurrencyCode): BookEntry['comparison'] {
  if (known.comparison === 'missingHere') return 'missingHere';
  const { request } = known;
  const same = request?.amount === minorUnits && request.currency === currency;
  return same && isApproved(known) && !known.reversed ? 'agrees' : 'different';
}

/** DE 3 and 25, with the MTI of DE 90, tell what an entry was. */
function uploadedOperation(message: Iso8583Message, mti: string): Operation {
  if (message.text(3) === '200000') return 'refund';
  if (mti !== '0220') return 'sale';
  return message.text(25) === '06' ? 'completion' : 'chipApproved';
}
