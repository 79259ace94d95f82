/**
 * The training acquirer's own book: what it decided, reversed, or was told to reverse before it knew it, and which
 * batches it settled. An entry is committed before it is answered. With a file, each commit appends the new state of
 * its entries as lines of JSON (the last line of a key holds), so the book survives a kill of the process; it is not
 * synced to the disk, so not a power cut.
 *
 * What follows from other entries is never written down twice: a sale is voided because an approved void of it is
 * there, so one appended line changes everything at once.
 */
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import type { CurrencyCode } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import type { HostTotals, Tally } from '../../core/transaction/model.ts';
import { WholeLines } from '../whole-lines.ts';
import {
  closingLine,
  columnOf,
  entryLine,
  isCutOff,
  noTotals,
  readLine,
  transmittedOf,
  type BookEntry,
  type BookRequest,
  type Closing,
  type Operation,
} from './acquirer-entry.ts';

export type BookFault = Fault<'ledgerUnreadable'>;

/** An entry of a request that was seen. */
export type SeenEntry = BookEntry & { readonly request: BookRequest };

/** `held` and `completed` are states of a pre-authorisation and its increments. */
export type EntryState = 'declined' | 'booked' | 'held' | 'completed' | 'voided' | 'reversed';

/** A request as DE 90 names it. */
export interface Reference {
  readonly mti: string;
  readonly stan: number;
  /** DE 7, MMDDhhmmss. */
  readonly transmitted: string;
}

const lastBatch = 999_999;

export class AcquirerBook {
  readonly #entries = new Map<string, BookEntry>();
  /** Keys by terminal, STAN and DE 7. */
  readonly #byTrace = new Map<string, Set<string>>();
  /** Keys of what goes on with an entry, by its key. */
  readonly #byOriginal = new Map<string, Set<string>>();
  readonly #closings = new Map<string, Closing>();
  readonly #lastClosed = new Map<string, number>();
  readonly #lines: WholeLines | undefined;

  private constructor(file: string | undefined) {
    this.#lines = file === undefined ? undefined : new WholeLines(file);
  }

  /** Reads what the file holds; a file that is not such a book is refused and left as it is. */
  static open(file: string | undefined): Result<AcquirerBook, BookFault> {
    const book = new AcquirerBook(file);
    if (file === undefined || !existsSync(file)) return ok(book);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return unreadable(file, error instanceof Error ? error.message : 'cannot be read');
    }
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) {
      const read = readLine(line);
      if (read === undefined) return unreadable(file, `line ${index + 1} is not a book entry`);
      if ('closing' in read) book.#addClosing(read.closing);
      else book.#add(read);
    }
    if (last === '') return ok(book);
    // A last line without its end was cut off by a crash and never answered: it did not happen.
    if (!isCutOff(last) || lines.length === 0) return unreadable(file, 'ends in something that is not a book entry');
    truncateSync(file, Buffer.byteLength(text.slice(0, text.length - last.length)));
    return ok(book);
  }

  find(key: string): BookEntry | undefined {
    return this.#entries.get(key);
  }

  /** Whatever a terminal sent under this trace; what was approved before what was not. */
  findByTrace(terminalId: string, { stan, transmitted }: Omit<Reference, 'mti'>): BookEntry | undefined {
    const keys = this.#byTrace.get(traceKey(terminalId, stan, transmitted)) ?? [];
    const found = [...keys].flatMap((key) => this.#entries.get(key) ?? []);
    return found.find((entry) => isApproved(entry)) ?? found[0];
  }

  /** An approved request of the terminal as DE 90 names it, reversed or not. */
  findOriginal(terminalId: string, reference: Reference): SeenEntry | undefined {
    const entry = this.findByTrace(terminalId, reference);
    if (entry === undefined || !isApproved(entry)) return undefined;
    return mtiOf(entry.request.operation) === reference.mti ? entry : undefined;
  }

  /** Entries so far; the next reference number is one more. */
  size(): number {
    return this.#entries.size;
  }

  /**
   * False when the file did not take it: then it did not happen, and must not be answered as if it had. A closing is
   * written behind the entries, so that it cannot be there without them.
   */
  commit(entries: readonly BookEntry[], closing?: Closing): boolean {
    const lines = [...entries.map(entryLine), ...(closing === undefined ? [] : [closingLine(closing)])];
    try {
      this.#lines?.append(lines.join(''));
    } catch {
      return false;
    }
    for (const entry of entries) this.#add(entry);
    if (closing !== undefined) this.#addClosing(closing);
    return true;
  }

  closing(terminalId: string, batch: number, currency: CurrencyCode): Closing | undefined {
    return this.#closings.get(`${terminalId}/${batch}/${currency}`);
  }

  /**
   * The batch in which a request is booked: the one it names, or the next that is not closed. A request without a
   * batch number belongs to the one after the last that was closed.
   */
  openBatch(terminalId: string, currency: CurrencyCode, named: number | undefined): number {
    let batch = named ?? (this.#lastClosed.get(`${terminalId}/${currency}`) ?? 0) + 1;
    while (this.closing(terminalId, batch, currency) !== undefined) batch = batch >= lastBatch ? 1 : batch + 1;
    return batch;
  }

  /** Requests seen, oldest first. */
  seen(): readonly SeenEntry[] {
    return [...this.#entries.values()].filter(isSeen);
  }

  stateOf(entry: SeenEntry): EntryState {
    if (entry.reversed) return 'reversed';
    if (!isApproved(entry)) return 'declined';
    const { operation, original } = entry.request;
    if (this.#followers(entry, 'void').length > 0) return 'voided';
    if (operation === 'preAuthorization') return this.#followers(entry, 'completion').length > 0 ? 'completed' : 'held';
    const raised = operation === 'increment' && original !== null ? this.#entries.get(original) : undefined;
    return raised === undefined || !isSeen(raised) ? 'booked' : this.stateOf(raised);
  }

  /** Minor units held by a pre-authorisation with its increments. */
  heldAmount(entry: SeenEntry): number {
    return entry.request.amount + sum(this.#followers(entry, 'increment'));
  }

  /** Minor units already given back by linked refunds. */
  refundedAmount(entry: SeenEntry): number {
    return sum(this.#followers(entry, 'refund').filter((refund) => this.stateOf(refund) === 'booked'));
  }

  /** What settlement counts of a batch, oldest first; what was reversed by a 0400 is in no column. */
  counted(terminalId: string, batch: number, currency: CurrencyCode): readonly SeenEntry[] {
    return this.seen().filter((entry) => {
      const { request } = entry;
      const here = request.terminalId === terminalId && request.batch === batch && request.currency === currency;
      return here && columnOf[request.operation] !== undefined && isApproved(entry) && !entry.reversed;
    });
  }

  totals(counted: readonly SeenEntry[], currency: CurrencyCode): HostTotals {
    return counted.reduce((totals, entry) => {
      const { amount, operation } = entry.request;
      const column = columnOf[operation] ?? 'debits';
      const undone = column === 'debits' ? 'debitReversals' : 'creditReversals';
      return {
        ...totals,
        [column]: plus(totals[column], amount),
        ...(this.stateOf(entry) === 'voided' ? { [undone]: plus(totals[undone], amount) } : {}),
      };
    }, noTotals(currency));
  }

  /** Approved and not reversed. */
  #followers(entry: BookEntry, operation: Operation): readonly SeenEntry[] {
    return [...(this.#byOriginal.get(entry.key) ?? [])]
      .flatMap((key) => this.#entries.get(key) ?? [])
      .filter(isApproved)
      .filter((follower) => follower.request.operation === operation && !follower.reversed);
  }

  #add(entry: BookEntry): void {
    this.#entries.set(entry.key, entry);
    const { request } = entry;
    if (request === null) return;
    put(this.#byTrace, traceKey(request.terminalId, request.stan, transmittedOf(entry)), entry.key);
    if (request.original !== null) put(this.#byOriginal, request.original, entry.key);
  }

  #addClosing(closing: Closing): void {
    const { terminalId, batch, totals } = closing;
    this.#closings.set(`${terminalId}/${batch}/${totals.currency}`, closing);
    this.#lastClosed.set(`${terminalId}/${totals.currency}`, batch);
  }
}

/** `00`, or `10` for a part of the amount. */
export function isApproved(entry: BookEntry): entry is SeenEntry {
  return entry.request !== null && (entry.responseCode === '00' || entry.responseCode === '10');
}

export function isSeen(entry: BookEntry): entry is SeenEntry {
  return entry.request !== null;
}

/** How DE 90 calls a request of this operation. */
function mtiOf(operation: Operation): string {
  if (operation === 'preAuthorization' || operation === 'increment') return '0100';
  return operation === 'completion' || operation === 'chipApproved' ? '0220' : '0200';
}

function unreadable(file: string, reason: string): Result<never, BookFault> {
  return err(fault('ledgerUnreadable', `${file}: ${reason}`, false));
}

function traceKey(terminalId: string, stan: number, transmitted: string): string {
  return `${terminalId}/${stan}/${transmitted}`;
}

function put(index: Map<string, Set<string>>, at: string, key: string): void {
  const keys = index.get(at);
  if (keys === undefined) index.set(at, new Set([key]));
  else keys.add(key);
}

function sum(entries: readonly SeenEntry[]): number {
  return entries.reduce((total, { request }) => total + request.amount, 0);
}

function plus(tally: Tally, minorUnits: number): Tally {
  return { count: tally.count + 1, minorUnits: tally.minorUnits + minorUnits };
}
