/**
 * decide: what the terminal does with one input. Pure: the caller journals the events, folds them, and only
 * then runs the effects.
 */
import { assert } from '../base/assert.ts';
import { epochMs, type EpochMs } from '../base/brand.ts';
import { findReference } from '../qr/matcher.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Input, TransactionInput } from './inputs.ts';
import type { Transfer } from './model.ts';
import type { Policy } from './policy.ts';
import { isUnsettled, isWaiting, nextStan, type TerminalState } from './state.ts';
import { nothing, type Cell, type Step, type StepContext } from './step.ts';
import { transitions } from './transitions.ts';

export interface DecideContext {
  readonly at: EpochMs;
  readonly policy: Policy;
}

export type Decision =
  | { readonly kind: 'act'; readonly events: readonly JournalEvent[]; readonly effects: readonly Effect[] }
  /** Late, repeated or for a step already left: nothing to journal, nothing to do. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** A person's command that cannot be done; nothing happened. */
  | { readonly kind: 'refused'; readonly reason: 'busy' | 'notFound' | 'notAllowed'; readonly why: string };

export function decide(state: TerminalState, input: Input, context: DecideContext): Decision {
  if (input.type === 'TerminalStarted') {
    return act({ events: [input], effects: [] });
  }
  if (input.type === 'StartSale') return startSale(state, input, context);
  if (input.type === 'PaymentNotified') return notified(state, input.transfer, context);
  if (input.type === 'QueryAnswered') return queryAnswered(state, input, context);
  return forTransaction(state, input, context);
}

function act(step: Step): Decision {
  return { kind: 'act', ...step };
}

function stepContext(state: TerminalState, context: DecideContext): StepContext {
  return { ...context, nextStan: nextStan(state) };
}

function forTransaction(state: TerminalState, input: TransactionInput, context: DecideContext): Decision {
  const transaction = state.transactions.get(input.transactionId);
  if (transaction === undefined) return { kind: 'refused', reason: 'notFound', why: 'no such sale' };
  // The table pairs each input type with a handler of exactly that type; indexing by a union loses the pairing.
  const cell = transitions[transaction.phase][input.type] as Cell<TransactionInput['type']>;
  if ('ignore' in cell) return { kind: 'ignored', why: cell.ignore };
  if ('refuse' in cell) return { kind: 'refused', reason: 'notAllowed', why: cell.refuse };
  const step = cell.run(transaction, input, stepContext(state, context));
  return step === nothing ? { kind: 'ignored', why: 'repeated, or not meant for this step' } : act(step);
}

function startSale(
  state: TerminalState,
  input: Extract<Input, { type: 'StartSale' }>,
  context: DecideContext,
): Decision {
  const { transactionId, key, amount, method, reference } = input;
  const { at, policy } = context;
  assert(amount.minorUnits > 0, 'a sale needs an amount');
  if (state.keys.has(key)) {
    return { kind: 'ignored', why: 'this key has already started its sale' };
  }
  const shown = state.foreground === null ? undefined : state.transactions.get(state.foreground);
  if (shown !== undefined && isWaiting(shown)) {
    return { kind: 'refused', reason: 'busy', why: 'another sale is on the screen and not over yet' };
  }
  const waitUntil = epochMs(at + (method === 'card' ? policy.presentCardMs : policy.providerTimeoutMs));
  const events: JournalEvent[] = [];
  const effects: Effect[] = [];
  if (shown !== undefined && !shown.closed) {
    events.push({ type: 'SaleClosed', transactionId: shown.id });
    effects.push({ type: 'StopTimer', transactionId: shown.id, timer: 'autoClose' });
  }
  events.push({ type: 'SaleStarted', transactionId, key, amount, method, waitUntil });
  if (method === 'card') {
    effects.push(
      { type: 'ActivateReader', transactionId, amount },
      { type: 'StartTimer', transactionId, timer: 'presentCard', dueAt: waitUntil },
    );
  } else {
    const expiresAt = epochMs(at + policy.qrExpiryMs);
    events.push({ type: 'QrRequested', transactionId, reference, expiresAt });
    effects.push({
      type: 'IssueQr',
      request: { transactionId, amount, reference, expiresAt },
      timeoutMs: policy.providerTimeoutMs,
    });
  }
  return { kind: 'act', events, effects };
}

function notified(state: TerminalState, transfer: Transfer, context: DecideContext): Decision {
  if (state.transferIds.has(transfer.providerTransactionId)) {
    return { kind: 'ignored', why: 'this transfer is in the journal already' };
  }
  const reference = findReference(transfer.memo, state.references.keys());
  const transactionId = reference === undefined ? undefined : state.references.get(reference);
  if (transactionId !== undefined) {
    return forTransaction(state, { type: 'TransferArrived', transactionId, transfer }, context);
  }
  return act({ events: [{ type: 'TransferUnmatched', transfer, reason: 'noReference' }], effects: [] });
}

/** First every transfer that came with the answer, then, if it is still open, the verdict. */
function queryAnswered(
  state: TerminalState,
  input: Extract<Input, { type: 'QueryAnswered' }>,
  context: DecideContext,
): Decision {
  const events: JournalEvent[] = [];
  const effects: Effect[] = [];
  let now = state;
  const apply = (decision: Decision): void => {
    if (decision.kind !== 'act') return;
    for (const event of decision.events) now = evolve(now, { at: context.at, event });
    events.push(...decision.events);
    effects.push(...decision.effects);
  };
  const { transactionId } = input;
  for (const transfer of input.transfers) {
    if (now.transferIds.has(transfer.providerTransactionId)) continue;
    apply(forTransaction(now, { type: 'TransferArrived', transactionId, transfer }, context));
  }
  const verdict = forTransaction(now, input, context);
  apply(verdict);
  return events.length === 0 && verdict.kind !== 'act' ? verdict : { kind: 'act', events, effects };
}

/**
 * What goes on after a restart: every sale that is open in any way hears that it was interrupted, and its row of the
 * table says what that means. "Requested without a reply" becomes an unknown outcome, that is a reversal or a query,
 * never a guess.
 */
export function resume(state: TerminalState): readonly TransactionInput[] {
  return [...state.transactions.values()]
    .filter(({ closed, receipt, phase }) => !closed || receipt.state === 'printing' || isUnsettled({ phase }))
    .map(({ id }) => ({ type: 'Interrupted', transactionId: id }));
}
