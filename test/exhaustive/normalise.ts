/**
 * What a state of the machine is reduced to before it is compared with others, so that there are finitely many. The result
 * is a real `TerminalState` and the search goes on from it, so nothing is assumed of what the machine does with it. Why
 * each reduction loses nothing:
 *
 * * **Time stands still** (`now`), and passes in one kind of step (`timePasses`), after which all that waits for its time
 *   is due. The machine compares instants in two places only, the next try and the beginning of a wait of what the host
 *   has not answered; these tell "still to come" from "past". That a timer fires before or after anything else is a step
 *   of the world, which does not look at clocks.
 * * **Attempts are counted up to `attempts`**, which is also from when on a person is called and the gap between two does
 *   not grow any more: each later one is like that one.
 * * **A QR sale's questions** are numbered anew when a code is shown (1), withdrawn (2) and asked for again (3): only
 *   whether an answer belongs to the question under way is looked at.
 * * **Reasons** that are only told to people (why it was cancelled, failed, unknown, reversed, what the last error was) and
 *   answers that no step reads are left out, and copies of a receipt are counted up to one.
 *
 * That these lose nothing is not only argued: where two different states are reduced to the same one, `Machine.audit`
 * feeds both the same inputs and compares what comes out.
 */
import { epochMs } from '../../src/core/base/brand.ts';
import type { ClosingBatch } from '../../src/core/settlement/model.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { TerminalState, Transaction } from '../../src/core/transaction/state.ts';

export const now = epochMs(1_800_000_000_000);
const past = epochMs(now - 1_000_000_000);

export interface Caps {
  /** Attempts after which each further one is like the one before; equal to `alarmAfterAttempts`, or more. */
  readonly attempts: number;
  /** The same of a closing batch: a refusal is believed from the third on. */
  readonly batchAttempts: number;
}

const inQuestion: ReadonlySet<Transaction['phase']> = new Set(['reversing', 'voiding', 'incrementing']);
const shown: ReadonlySet<Transaction['phase']> = new Set(['issuingQr', 'awaitingPayment']);

function attemptsMade({ phase, attempts, method }: Transaction, caps: Caps): number {
  if (method === 'qr') return shown.has(phase) ? 1 : Math.min(attempts.made, 3);
  return Math.min(attempts.made, caps.attempts);
}

function reduced(transaction: Transaction): Transaction {
  const { phase, attempts, waitSince, authorization, followUp, receipt, cardCompletion } = transaction;
  const waits = inQuestion.has(phase) && attempts.nextTryAt !== null;
  const comparesTime = waits || (phase === 'stored' && attempts.waitFor === 'host') || phase === 'completing';
  const { nextTryAt } = attempts;
  return {
    ...transaction,
    waitSince: waitSince === null || waits ? waitSince : now,
    waitUntil: transaction.waitUntil === null ? null : now,
    tryAgain: null,
    cancelReason: null,
    failReason: null,
    unknownCause: null,
    declinedByCard: false,
    // What it says of money hangs on this one.
    reversalBecause: transaction.reversalBecause === 'askedLater' ? 'askedLater' : null,
    authorization: authorization && { ...authorization, responseCode: null, approvalCode: null, rrn: null },
    followUp: followUp && { ...followUp, result: null, responseCode: null },
    cardCompletion: cardCompletion && { ...cardCompletion, scriptResults: null, issuerAuthentication: 'performed' },
    attempts: {
      made: attempts.made,
      nextTryAt: nextTryAt === null ? null : comparesTime && nextTryAt > now ? nextTryAt : past,
      lastError: null,
      waitFor: attempts.waitFor,
    },
    deadLetter: transaction.deadLetter && { why: '', at: now },
    receipt: { ...receipt, copies: Math.min(receipt.copies, 1) },
  };
}

function reducedBatch(batch: ClosingBatch): ClosingBatch {
  const { request } = batch;
  if (request === null) return batch;
  const nextTryAt = request.nextTryAt === null ? null : past;
  return { ...batch, request: { ...request, waitUntil: null, nextTryAt, trouble: null } };
}

function renumberedBatch(batch: ClosingBatch, { batchAttempts }: Caps): ClosingBatch {
  const { request } = batch;
  return request === null
    ? batch
    : { ...batch, request: { ...request, attempt: Math.min(request.attempt, batchAttempts) } };
}

function change(
  state: TerminalState,
  transaction: (each: Transaction) => Transaction,
  closing: (each: ClosingBatch) => ClosingBatch,
): TerminalState {
  const { settlement, transactions } = state;
  return {
    ...state,
    transactions: new Map([...transactions].map(([id, each]) => [id, transaction(each)])),
    settlement: {
      ...settlement,
      closing: new Map([...settlement.closing].map(([number, batch]) => [number, closing(batch)])),
    },
  };
}

/** Attempts counted as the search counts them, as far as answers name them. */
export function renumber(state: TerminalState, caps: Caps): TerminalState {
  return change(
    state,
    (each) =>
      each.method === 'qr' ? { ...each, attempts: { ...each.attempts, made: attemptsMade(each, caps) } } : each,
    (batch) => renumberedBatch(batch, caps),
  );
}

export function reduce(state: TerminalState, caps: Caps): TerminalState {
  return change(
    state,
    (each) => reduced({ ...each, attempts: { ...each.attempts, made: attemptsMade(each, caps) } }),
    (batch) => reducedBatch(renumberedBatch(batch, caps)),
  );
}

/** What was to be tried later is due; the same state when nothing waits. */
export function timePasses(state: TerminalState): TerminalState {
  let changed = false;
  const transactions = [...state.transactions].map(([id, each]): [typeof id, Transaction] => {
    const { nextTryAt } = each.attempts;
    // What a person has settled waits for nothing any more.
    const asks = inQuestion.has(each.phase) && each.waitSince !== null;
    const waits = asks && nextTryAt !== null && each.waitSince !== past;
    if (!waits && (nextTryAt === null || nextTryAt <= now)) return [id, each];
    changed = true;
    const waitSince = asks ? past : each.waitSince;
    return [id, { ...each, waitSince, attempts: { ...each.attempts, nextTryAt: past } }];
  });
  return changed ? { ...state, transactions: new Map(transactions) } : state;
}

/** An effect with its attempt counted as the state's is, and without what only the real world needs. */
export function reducedEffect(effect: Effect, caps: Caps): Effect {
  const { type } = effect;
  if (type === 'SendReversal' || type === 'SendFollowUp' || type === 'Forward') {
    const { request } = effect;
    return { ...effect, timeoutMs: 0, request: { ...request, attempt: Math.min(request.attempt, 2) } } as Effect;
  }
  if (type === 'SendReconciliation' || type === 'UploadEntry') {
    const attempt = Math.min(effect.request.attempt, caps.batchAttempts);
    return { ...effect, timeoutMs: 0, request: { ...effect.request, attempt } } as Effect;
  }
  if (type === 'QueryPayment') return { ...effect, timeoutMs: 0, attempt: Math.min(effect.attempt, 3) };
  if (type === 'StartTimer' || type === 'StartBatchTimer') return { ...effect, dueAt: now };
  return effect;
}
