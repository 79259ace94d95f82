/**
 * What must hold, said without the machine's own code wherever it can be: of each step that the machine takes, of each
 * state of machine and acquirer together, of machine and bank, and once everything has come to rest.
 */
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { moneyMoved, type Phase, type TerminalState, type Transaction } from '../../src/core/transaction/state.ts';
import { isApproved, totalsOf, type Holding, type HostBook } from './host.ts';
import type { StepTaken } from './machine.ts';

/** Nobody's money is in question in these: what they say is final until something new happens. */
const certainlyNothing: ReadonlySet<Phase> = new Set([
  'awaitingCard',
  'declined',
  'reversed',
  'storing',
  'lateDeclined',
  'voided',
  'cancelled',
  'failed',
  'expired',
]);

/** The host has told us that it holds exactly this. */
const certainlyBooked: ReadonlySet<Phase> = new Set(['approved', 'partlyApproved', 'completed']);

const onScreen: ReadonlySet<Phase> = new Set([
  'awaitingCard',
  'authorising',
  'completingCard',
  'partlyApproved',
  'storing',
  'awaitingCash',
  'issuingQr',
  'awaitingPayment',
]);

/** Requests that are repeated, or answered late: they carry the answer that somebody still waits for. */
const stillOpen: ReadonlySet<Phase> = new Set(['reversing', 'voiding', 'incrementing', 'stored', 'completing']);

function amountOf({ finalAmount, approvedAmount, amount }: Transaction): number {
  return (finalAmount ?? approvedAmount ?? amount).minorUnits;
}

export function judgeStep(step: StepTaken): string | null {
  return judgeRequests(step) ?? judgeWords(step) ?? judgeState(step.after);
}

function ofType<T extends JournalEvent['type']>(events: readonly JournalEvent[], type: T) {
  return events.filter((event): event is Extract<JournalEvent, { type: T }> => event.type === type);
}

/** Nothing is asked of the host that the journal does not know, nothing twice, nothing under a number in use. */
function judgeRequests({ before, events, effects, after }: StepTaken): string | null {
  const requested = ofType(events, 'AuthorizationRequested');
  for (const effect of effects) {
    if (effect.type === 'SendAuthorization') {
      const { stan, transactionId } = effect.request;
      if (!requested.some((event) => event.stan === stan)) return `authorization ${stan} is sent again`;
      if (before.transactions.get(transactionId)?.authorization) return `${transactionId} is authorised twice`;
    }
    if (effect.type === 'SendReversal' && after.transactions.get(effect.request.transactionId)?.phase !== 'reversing') {
      return 'a reversal is sent that the journal does not know';
    }
    if (effect.type === 'Forward' && !after.outbox.has(effect.request.transactionId)) {
      return 'a stored payment is sent that is not in the outbox';
    }
  }
  for (const event of events) {
    if (!('stan' in event) || !newNumber.has(event.type)) continue;
    if (numbersInUse(before).has(event.stan)) return `trace number ${event.stan} is still in use`;
  }
  return null;
}

const newNumber: ReadonlySet<JournalEvent['type']> = new Set([
  'AuthorizationRequested',
  'FollowUpRequested',
  'ReconciliationRequested',
  'EntryUploadRequested',
]);

function numbersInUse({ transactions, settlement }: TerminalState): ReadonlySet<number> {
  const used = new Set<number>();
  for (const { phase, authorization, followUp, resolved } of transactions.values()) {
    if (!stillOpen.has(phase) || resolved !== null) continue;
    if (authorization !== null) used.add(authorization.stan);
    if (followUp !== null) used.add(followUp.stan);
  }
  for (const { request } of settlement.closing.values()) if (request !== null) used.add(request.stan);
  return used;
}

type Said = ReturnType<typeof moneyMoved>;

/** What was said about money changes only for a reason that the person concerned can see. */
function judgeWords({ before, input, events, after }: StepTaken): string | null {
  for (const [id, now] of after.transactions) {
    const then = before.transactions.get(id);
    if (then === undefined) continue;
    const [was, is] = [moneyMoved(then), moneyMoved(now)];
    if (was === is || then.endedAt === null || was === 'unknown') continue;
    if (!mayChange(was, is, input, events)) return `${id} said ${was} and after ${input.type} says ${is}`;
  }
  for (const { transactionId } of [...ofType(events, 'SaleCancelled'), ...ofType(events, 'QrExpired')]) {
    const then = before.transactions.get(transactionId);
    if (then?.qr?.issue && input.type !== 'QueryAnswered') return 'a code that was shown ends without asking the bank';
  }
  for (const { transactionId } of ofType(events, 'AuthorizationApproved')) {
    const { card, cardCompletion } = after.transactions.get(transactionId) ?? {};
    if (card?.interface === 'contact' && cardCompletion?.decision !== 'approved') return 'approved without the card';
  }
  return null;
}

function mayChange(was: Said, is: Said, input: Input, events: readonly JournalEvent[]): boolean {
  const has = (type: JournalEvent['type']): boolean => events.some((event) => event.type === type);
  if (was === 'no' && is === 'yes') {
    return (
      has('QrPaymentLate') ||
      has('QrPaymentConfirmed') ||
      has('QrPaymentUnderPaid') ||
      has('StoredAccepted') ||
      (input.type === 'CompleteHold' && has('FollowUpRequested'))
    );
  }
  if (was === 'no') return has('LateReplyReceived') || has('DeadLettered');
  if (is === 'no') return has('CashVoided') || has('FollowUpApproved') || has('StoredDeclined');
  return (input.type === 'VoidTransaction' && has('FollowUpRequested')) || has('DeadLettered');
}

/** One on the screen; each payment that took money in exactly one batch, with its amount. */
function judgeState(state: TerminalState): string | null {
  const shown = [...state.transactions.values()].filter(
    ({ phase, resolved, aside }) => onScreen.has(phase) && resolved === null && !aside,
  );
  if (shown.length > 1) return 'two sales are on the screen';
  if (shown.some(({ id }) => id !== state.foreground)) return 'a sale that waits is not on the screen';
  for (const { id, phase, deadLetter, resolved } of state.transactions.values()) {
    const open = stillOpen.has(phase) || phase === 'checkingPayment';
    if (deadLetter !== null && resolved === null && !open) return `${id} is ${phase}, and its alarm was left`;
  }
  return judgeBookings(state);
}

function judgeBookings(state: TerminalState): string | null {
  const { open, closing, settled } = state.settlement;
  const bookings = [...open.bookings, ...[...closing.values()].flatMap((batch) => batch.bookings)];
  const byId = new Map<string, (typeof bookings)[number]>();
  for (const booking of bookings) {
    const { transactionId } = booking.entry;
    if (byId.has(transactionId)) return `${transactionId} is booked twice`;
    byId.set(transactionId, booking);
  }
  let [inBatches, takenOrVoided] = [0, 0];
  for (const { lines } of settled) for (const { booked } of lines) inBatches += booked.count;
  for (const transaction of state.transactions.values()) {
    const entry = byId.get(transaction.id)?.entry;
    const voided = transaction.phase === 'voided' && transaction.hostOriginal?.kind !== 'preAuthorization';
    const voiding = transaction.phase === 'voiding' && transaction.hostOriginal?.kind !== 'preAuthorization';
    const taken = transaction.phase === 'approved' || transaction.phase === 'completed' || transaction.phase === 'paid';
    if (taken || voided || voiding) takenOrVoided += 1;
    if (entry === undefined) continue;
    if (!taken && !voided && !voiding) return `${transaction.id} is booked and is ${transaction.phase}`;
    if (entry.voided !== voided) return `${transaction.id} is ${transaction.phase} and its entry says otherwise`;
    if (entry.amount.minorUnits !== amountOf(transaction)) return `${transaction.id} is booked with another amount`;
  }
  const all = byId.size + inBatches;
  return all === takenOrVoided ? null : `${all} entries in batches for ${takenOrVoided} payments that took money`;
}

/** Terminal and acquirer, in every state: whoever asks "was I charged?" is not told what is not so. */
export function judgeBooks(state: TerminalState, book: HostBook, held: ReadonlyMap<string, Holding>): string | null {
  for (const transaction of state.transactions.values()) {
    const { id, phase, resolved } = transaction;
    if (resolved !== null) continue;
    const { charged, live } = held.get(id) ?? { charged: 0, live: 0 };
    if (live > 1) return `${id} is charged ${live} times`;
    const said = moneyMoved(transaction);
    if (charged > 0 && said === 'no' && !undecided(transaction))
      return `${id} (${phase}) says no, and the host holds ${charged}`;
    if (charged > 0 && certainlyNothing.has(phase)) return `${id} is ${phase}, and the host holds ${charged}`;
    if (certainlyBooked.has(phase) && transaction.method === 'card' && charged !== expected(transaction)) {
      return `${id} is ${phase} with ${expected(transaction)}, and the host holds ${charged}`;
    }
    if (charged > expected(transaction)) return `${id} is charged ${charged}, which is more than was asked for`;
    if (phase === 'authorised' && (held.get(id)?.held ?? 0) < (transaction.held?.minorUnits ?? 0)) {
      return `${id} says that more is held than the host holds`;
    }
  }
  for (const { transaction } of book.entries) {
    if (!state.transactions.has(transaction as Transaction['id']))
      return `the host knows ${transaction}, the journal not`;
  }
  return null;
}

/** Told of a decline that was no decision: its reversal is on its way or comes next, and no copy of it stays (judgeRest). */
function undecided({ phase, reversalBecause, hostAnswer }: Transaction): boolean {
  if (phase === 'completingCard') return hostAnswer?.responseCode === '91';
  return phase === 'reversing' && reversalBecause === 'askedLater';
}

function expected(transaction: Transaction): number {
  return amountOf(transaction);
}

/** Nothing is under way, nothing is owed: both books are equal, entry by entry and batch by batch. */
export function judgeRest(state: TerminalState, book: HostBook, held: ReadonlyMap<string, Holding>): string | null {
  for (const transaction of state.transactions.values()) {
    const { id, phase, resolved, method } = transaction;
    if (resolved !== null || method !== 'card') continue;
    const { charged, held: blocked } = held.get(id) ?? { charged: 0, held: 0 };
    const said = moneyMoved(transaction) === 'yes' ? amountOf(transaction) : 0;
    if (charged !== said) return `at rest ${id} (${phase}) says ${said}, and the host holds ${charged}`;
    const hold = phase === 'authorised' ? (transaction.held?.minorUnits ?? 0) : 0;
    if (blocked !== hold) return `at rest ${id} (${phase}) holds ${hold}, and at the host ${blocked}`;
  }
  for (const { number, totals, balance } of state.settlement.settled) {
    const closing = book.closings.find(({ batch }) => batch === number);
    if (balance === 'noCards') {
      if (book.entries.some((entry) => entry.batch === number && counts.has(entry.operation) && isApproved(entry))) {
        return `batch ${number} is settled without cards, and the host has some`;
      }
    } else if (JSON.stringify(closing?.totals) !== JSON.stringify(totals) || balance !== 'inBalance') {
      return `batch ${number} is settled with other totals than the host's`;
    }
  }
  for (const closing of book.closings) {
    if (JSON.stringify(totalsOf(book, closing.batch)) !== JSON.stringify(closing.totals)) {
      return `the host has booked something in batch ${closing.batch} after it was settled`;
    }
  }
  return null;
}

const counts: ReadonlySet<string> = new Set(['sale', 'refund', 'deferred', 'chip', 'completion']);

/** Nothing has to happen any more by itself; what is left is for the people in the shop. */
export function isQuiet(state: TerminalState): boolean {
  if (state.settlement.closing.size > 0) return false;
  return [...state.transactions.values()].every(
    ({ phase, resolved }) =>
      resolved !== null || (!onScreen.has(phase) && !stillOpen.has(phase) && phase !== 'checkingPayment'),
  );
}

/** A transfer as the bank knows it. */
export interface BankTransfer {
  readonly transactionId: string;
  readonly providerTransactionId: string;
  readonly amount: number;
  /** The code was on the screen. */
  readonly whileShown: boolean;
  /** The terminal was told, at least once. */
  readonly told: boolean;
}

export function judgeBank(state: TerminalState, transfers: readonly BankTransfer[]): string | null {
  const journaled = new Map<string, string>();
  for (const transaction of state.transactions.values()) {
    for (const { providerTransactionId } of [
      ...transaction.transfers,
      ...transaction.lateTransfers.map(({ transfer }) => transfer),
    ]) {
      if (journaled.has(providerTransactionId)) return `transfer ${providerTransactionId} is counted twice`;
      journaled.set(providerTransactionId, transaction.id);
    }
  }
  for (const { transactionId, providerTransactionId, whileShown, told } of transfers) {
    const known = journaled.get(providerTransactionId);
    if (known !== undefined && known !== transactionId)
      return `transfer ${providerTransactionId} pays for another sale`;
    if (known !== undefined) continue;
    if (told) return `the terminal was told of transfer ${providerTransactionId} and does not know it`;
    const sale = state.transactions.get(transactionId as Transaction['id']);
    if (sale?.endedAt && whileShown && sale.resolved === null && moneyMoved(sale) === 'no') {
      return `${transactionId} was paid while its code was shown, and says no`;
    }
  }
  for (const transaction of state.transactions.values()) {
    const paid = transaction.transfers.reduce((sum, { amount }) => sum + amount.minorUnits, 0);
    if (transaction.phase === 'paid' && transaction.method === 'qr' && paid < transaction.amount.minorUnits) {
      return `${transaction.id} is paid with ${paid}`;
    }
    const any = transaction.transfers.length + transaction.lateTransfers.length > 0;
    if (any && moneyMoved(transaction) !== 'yes') return `${transaction.id} has received money and says otherwise`;
  }
  return null;
}
