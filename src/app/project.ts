/**
 * view = project(state): the only way from what the terminal knows to what a screen shows. Masked data in,
 * plain JSON out.
 */
import { assert } from '../core/base/assert.ts';
import { contractVersion, type TerminalView, type WorklistItem } from '../contract/view.ts';
import { exponent, money, type Money } from '../core/base/money.ts';
import { netOfTotals } from '../core/settlement/totals.ts';
import type { OfflinePolicy } from '../core/transaction/policy.ts';
import {
  isAside,
  isUnsettled,
  shownTransaction,
  type TerminalState,
  type Transaction,
} from '../core/transaction/state.ts';
import { moneyAfterHalt, type Halt } from './halt.ts';
import { batchesView, outboxView } from './project-day.ts';
import { saleView } from './project-sale.ts';

const shownRecent = 12;
/** Of a very bad day; the newest first, and more come when these are settled. */
const shownWork = 100;

/** What a person has to settle, newest first. */
function worklist(state: TerminalState): WorklistItem[] {
  const items: WorklistItem[] = state.unmatched.map(({ transfer, at }) => ({
    kind: 'unmatchedTransfer',
    transactionId: null,
    reference: transfer.memo,
    amount: transfer.amount,
    at,
  }));
  for (const transaction of state.transactions.values()) items.push(...workOn(transaction));
  for (const { balance, totals, hostTotals, settledAt } of state.settlement.settled) {
    if (balance !== 'differs' || totals === null) continue;
    const theirs = hostTotals === null ? 0 : netOfTotals(hostTotals).minorUnits;
    const ours = netOfTotals(totals);
    const amount = money(theirs - ours.minorUnits, ours.currency);
    items.push({ kind: 'batchDiffers', transactionId: null, reference: null, amount, at: settledAt });
  }
  assert(
    items.every(({ at }) => Number.isFinite(at)),
    'view: work to do has its time',
  );
  return items.sort((a, b) => b.at - a.at).slice(0, shownWork);
}

const workOnSecond = { billPaid: 'secondPayment', paidTwice: 'paidTwice' } as const;

/** Off the screen with its money in question; a code that was set aside is in no question until its limit. */
function isBehind(transaction: Transaction): boolean {
  return transaction.closed && isUnsettled(transaction) && !isAside(transaction);
}

function workOn(transaction: Transaction): WorklistItem[] {
  const items: WorklistItem[] = [];
  if (transaction.resolved !== null) return items;
  const { id: transactionId, amount, startedAt, receipt, closed, phase, deadLetter } = transaction;
  const reference = transaction.qr?.reference ?? null;
  const at = transaction.endedAt ?? startedAt;
  assert(closed || deadLetter === null || phase !== 'awaitingCard', 'view: nobody is called before a card was read');
  for (const late of transaction.lateTransfers) {
    const kind = late.because === undefined ? 'lateTransfer' : workOnSecond[late.because];
    items.push({ kind, transactionId, reference, amount: late.transfer.amount, at: late.at });
  }
  if (transaction.missing !== null) {
    items.push({ kind: 'underPaid', transactionId, reference, amount: transaction.missing, at });
  }
  if (transaction.excess !== null) {
    items.push({ kind: 'overPaid', transactionId, reference, amount: transaction.excess, at });
  }
  if (deadLetter !== null) {
    items.push({ kind: 'deadLetter', transactionId, reference, amount, at: deadLetter.at });
  } else if (phase === 'lateDeclined') {
    items.push({ kind: 'lateDeclined', transactionId, reference, amount, at });
  } else if (isBehind(transaction) && phase !== 'stored' && phase !== 'completing') {
    items.push({ kind: 'outcomeUnknown', transactionId, reference, amount, at });
  }
  if (closed && receipt.state === 'failed') {
    items.push({ kind: 'receiptNotPrinted', transactionId, reference, amount, at });
  }
  return items;
}

/** What does not come from the journal. */
export interface Surroundings {
  readonly now: number;
  readonly terminal: Omit<TerminalView['terminal'], 'currencyExponent'>;
  readonly halted: Halt | undefined;
  readonly slot: boolean;
  readonly cardPrompt: TerminalView['cardPrompt'];
  readonly devices: TerminalView['devices'];
  readonly acquirerLink: TerminalView['acquirerLink'];
  readonly journal: TerminalView['journal'];
  readonly simulator: TerminalView['simulator'];
  readonly supervisors: readonly string[];
  readonly offline: OfflinePolicy | null;
}

export function project(state: TerminalState, around: Surroundings, currency: Money['currency']): TerminalView {
  const shown = shownTransaction(state);
  const all = [...state.transactions.values()];
  const { halted, offline, supervisors, ...rest } = around;
  assert(state.foreground === null || shown !== undefined, 'view: what is on the screen is known');
  const view = (transaction: Transaction) => saleView(transaction, state);
  return {
    version: contractVersion,
    ...rest,
    terminal: { ...around.terminal, currencyExponent: exponent(currency) },
    state: halted === undefined ? 'ready' : 'halted',
    halt: halted === undefined ? null : { kind: halted.kind, reason: halted.why },
    sale:
      shown === undefined || shown.closed
        ? null
        : { ...view(shown), ...(halted === undefined ? {} : { actions: [], moneyMoved: moneyAfterHalt(shown) }) },
    aside: all.filter(isAside).map(view),
    background: all.filter((transaction) => isBehind(transaction) && !state.outbox.has(transaction.id)).map(view),
    worklist: worklist(state),
    recent: all
      .filter((transaction) => transaction.closed && !isAside(transaction))
      .slice(-shownRecent)
      .toReversed()
      .map(view),
    holds: all.filter(({ phase, closed }) => closed && phase === 'authorised').map(view),
    outbox: outboxView(state, offline, around.now, currency),
    batches: batchesView(state, currency),
    supervisors: [...supervisors],
  };
}
