/**
 * decide: what the terminal does with one input. Pure; the caller journals the events, folds them, and only
 * then runs the effects.
 */
import { epochMs, type EpochMs, type TransactionId } from '../base/brand.ts';
import { findReference } from '../qr/matcher.ts';
import { hasMark } from '../qr/reference.ts';
import { decideSettlement, firstBatch, resumeSettlement, waitingBatches } from '../settlement/batch.ts';
import type { SettlementContext } from '../settlement/batch-steps.ts';
import type { BatchInput, SettlementInput } from '../settlement/events.ts';
import { assertDecision } from './decision-checks.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Input, TransactionInput } from './inputs.ts';
import type { Transfer } from './model.ts';
import { inQuestionOf, pump, pumpOrWait, releasedBatches } from './outbox.ts';
import { askPayout, completePayout, confirmPayout, withdrawPayout } from './payout-steps.ts';
import type { Policy } from './policy.ts';
import { startProviderRefund } from './provider-refund-steps.ts';
import { isPaidOtherwise, startTransaction } from './start.ts';
import { cancelCode } from './qr-steps.ts';
import { isAside, isUnsettled, nextStan, shownTransaction, type TerminalState, type Transaction } from './state.ts';
import { nothing, type Cell, type Step, type StepContext } from './step.ts';
import { attachTransfer, resolveTransfer } from './transfer-steps.ts';
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

type TerminalInput = Exclude<Input, TransactionInput | SettlementInput>;
type Handler<T extends Input['type']> = (
  state: TerminalState,
  input: Extract<Input, { type: T }>,
  context: DecideContext,
) => Decision;

/** Inputs that concern more than one transaction, or none yet. */
const forTerminal: { readonly [T in TerminalInput['type'] | 'QueryAnswered']: Handler<T> } = {
  TerminalStarted: (state, input, { at, policy }) => {
    const opened = firstBatch(state.settlement, at, settlementPolicy(policy), policy.settlement.currency);
    return act({ events: [input, ...(opened === undefined ? [] : [opened])], effects: [] });
  },
  StartSale: startTransaction,
  StartRefund: startTransaction,
  StartPreAuthorization: startTransaction,
  StartProviderRefund: startProviderRefund,
  PaymentNotified: (state, { transfer }, context) => notified(state, transfer, context),
  QueryAnswered: queryAnswered,
  AttachTransfer: attachTransfer,
  ResolveTransfer: resolveTransfer,
  AskPayout: askPayout,
  ConfirmPayout: confirmPayout,
  CompletePayout: completePayout,
  WithdrawPayout: withdrawPayout,
  LateReply: lateReply,
  LinkUp: deliver,
  SendNow: deliver,
};

export function decide(state: TerminalState, input: Input, context: DecideContext): Decision {
  const decision = decided(state, input, context);
  if (decision.kind === 'act') assertDecision(state, decision);
  return decision;
}

function decided(state: TerminalState, input: Input, context: DecideContext): Decision {
  if (Object.hasOwn(forTerminal, input.type)) {
    // The table pairs each input with a handler of exactly its type; indexing by a union loses the pairing.
    const handler = forTerminal[input.type as keyof typeof forTerminal] as Handler<Input['type']>;
    return handler(state, input, context);
  }
  if (!('transactionId' in input)) return forBatch(state, input as SettlementInput, context);
  const transactionInput = input as TransactionInput;
  const first = afterAnswer(state, transactionInput, forTransaction(state, transactionInput, context), context);
  return cancelOtherCodes(state, transactionInput.transactionId, first, context);
}

function act(step: Step): Decision {
  return { kind: 'act', ...step };
}

function stepContext(state: TerminalState, context: DecideContext): StepContext {
  return {
    ...context,
    terminal: state,
    // Asked for by few steps, and looked for among all that is not answered.
    get nextStan() {
      return nextStan(state);
    },
  };
}

function settlementPolicy({ settlement, hostTimeoutMs, retryMs, retryMaxMs }: Policy): SettlementContext['policy'] {
  const { timeZone, cutOverTime } = settlement;
  return { timeZone, cutOverTime: cutOverTime ?? '00:00', hostTimeoutMs, retryMs, retryMaxMs };
}

function forBatch(state: TerminalState, input: SettlementInput, { at, policy }: DecideContext): Decision {
  return decideSettlement(state.settlement, input, {
    at,
    policy: settlementPolicy(policy),
    get nextStan() {
      return nextStan(state);
    },
    inQuestion: (batch) => inQuestionOf(state, batch),
  });
}

function forTransaction(state: TerminalState, input: TransactionInput, context: DecideContext): Decision {
  const transaction = state.transactions.get(input.transactionId);
  if (transaction === undefined) return { kind: 'refused', reason: 'notFound', why: 'no such sale' };
  if (transaction.resolved !== null && goesOnByItself(input)) {
    return { kind: 'ignored', why: 'a person has settled it' };
  }
  // The table pairs each input type with a handler of exactly that type; indexing by a union loses the pairing.
  const cell = transitions[transaction.phase][input.type] as Cell<TransactionInput['type']>;
  if ('ignore' in cell) return { kind: 'ignored', why: cell.ignore };
  if ('refuse' in cell) return { kind: 'refused', reason: 'notAllowed', why: cell.refuse };
  const step = cell.run(transaction, input, stepContext(state, context));
  if ('refuse' in step) return { kind: 'refused', reason: 'notAllowed', why: step.refuse };
  return step === nothing ? { kind: 'ignored', why: 'repeated, or not meant for this step' } : act(step);
}

/** Attempts that nobody asks for; what a person has settled by hand makes none any more. */
function goesOnByItself(input: TransactionInput): boolean {
  return input.type === 'Interrupted' || (input.type === 'TimerFired' && input.timer !== 'autoClose');
}

/** Several decisions as one turn: each sees what the ones before it have changed. */
class Turn {
  readonly #context: DecideContext;
  readonly #events: JournalEvent[] = [];
  readonly #effects: Effect[] = [];
  state: TerminalState;

  constructor(state: TerminalState, context: DecideContext) {
    this.state = state;
    this.#context = context;
  }

  add(decision: Decision): void {
    if (decision.kind !== 'act') return;
    for (const event of decision.events) this.state = evolve(this.state, { at: this.#context.at, event });
    this.#events.push(...decision.events);
    this.#effects.push(...decision.effects);
  }

  /** `otherwise` is the answer when nothing was done. */
  end(otherwise: Decision): Decision {
    if (this.#events.length === 0 && this.#effects.length === 0) return otherwise;
    return { kind: 'act', events: this.#events, effects: this.#effects };
  }
}

/** The host has been heard of, so the outbox may go on. */
const heardOfHost: ReadonlySet<Input['type']> = new Set([
  'HostReply',
  'ReversalReply',
  'FollowUpReply',
  'ForwardReply',
]);

/** What follows from an answer: the outbox goes on, and a closed batch that waited for it is settled. */
function afterAnswer(state: TerminalState, input: TransactionInput, first: Decision, context: DecideContext): Decision {
  if (first.kind !== 'act') return first;
  const next = heardOfHost.has(input.type) ? pump(stepContext(state, context), input.transactionId) : nothing;
  const both = act({ events: [...first.events, ...next.events], effects: [...first.effects, ...next.effects] });
  // Only this transaction's answer can be what a closed batch waits for; to look further costs a copy of everything.
  const mayRelease = waitingBatches(state.settlement).some((batch) => inQuestionOf(state, batch) <= 1);
  if (!mayRelease) return both;
  const turn = new Turn(state, context);
  turn.add(both);
  for (const batch of releasedBatches(turn.state)) {
    turn.add(forBatch(turn.state, { type: 'BatchReleased', batch }, context));
  }
  return turn.end(both);
}

function notified(state: TerminalState, transfer: Transfer, context: DecideContext): Decision {
  if (state.transferIds.has(transfer.providerTransactionId)) {
    return { kind: 'ignored', why: 'this transfer is in the journal already' };
  }
  const reference = findReference(transfer.memo, state.references.keys());
  const transactionId = reference === undefined ? undefined : state.references.get(reference);
  if (transactionId !== undefined) {
    const turn = new Turn(state, context);
    const arrived = forTransaction(state, { type: 'TransferArrived', transactionId, transfer }, context);
    turn.add(arrived);
    stopOtherPayments(turn, transactionId, context);
    return cancelOtherCodes(state, transactionId, turn.end(arrived), context);
  }
  // Known ones come first: a terminal may have been given another mark since.
  if (hasMark(transfer.memo, context.policy.otherMarks ?? [])) {
    return { kind: 'ignored', why: 'another terminal on this account has asked for it' };
  }
  return act({ events: [{ type: 'TransferUnmatched', transfer, reason: 'noReference' }], effects: [] });
}

/** First every transfer that came with the answer, then, if it is still open, the verdict. */
function queryAnswered(
  state: TerminalState,
  input: Extract<Input, { type: 'QueryAnswered' }>,
  context: DecideContext,
): Decision {
  const turn = new Turn(state, context);
  const { transactionId } = input;
  for (const transfer of input.transfers) {
    if (turn.state.transferIds.has(transfer.providerTransactionId)) continue;
    turn.add(forTransaction(turn.state, { type: 'TransferArrived', transactionId, transfer }, context));
  }
  const verdict = forTransaction(turn.state, input, context);
  turn.add(verdict);
  stopOtherPayments(turn, transactionId, context);
  return cancelOtherCodes(state, transactionId, turn.end(verdict), context);
}

/** A code that was set aside has paid the bill: what the screen waits for would be the customer's second payment. */
function stopOtherPayments(turn: Turn, transactionId: TransactionId, context: DecideContext): void {
  const { order, phase } = turn.state.transactions.get(transactionId) ?? {};
  if (!order || phase !== 'paid') return;
  const shown = shownTransaction(turn.state);
  if (shown === undefined || shown.id === transactionId || shown.order?.id !== order.id) return;
  if (!isPaidOtherwise(turn.state, shown)) return;
  turn.add(forTransaction(turn.state, { type: 'BillPaid', transactionId: shown.id }, context));
}

/** The bill has been paid another way: the provider need not keep its codes that were put aside. They are watched on. */
function cancelOtherCodes(state: TerminalState, id: TransactionId, first: Decision, context: DecideContext): Decision {
  const order = state.transactions.get(id)?.order;
  if (!order || first.kind !== 'act' || !context.policy.qrProvider.canCancel) return first;
  const waiting = asideOf(state, order.id).filter((sale) => !isPaidOtherwise(state, sale));
  if (waiting.length === 0) return first;
  const turn = new Turn(state, context);
  turn.add(first);
  const now = asideOf(turn.state, order.id).filter((sale) => isPaidOtherwise(turn.state, sale));
  const news = now.filter((sale) => waiting.some((each) => each.id === sale.id));
  return { ...first, effects: [...first.effects, ...news.flatMap((sale) => cancelCode(sale, context.policy))] };
}

function asideOf(state: TerminalState, order: string): readonly Transaction[] {
  return (state.orders.get(order) ?? []).flatMap((id) => {
    const sale = state.transactions.get(id);
    return sale !== undefined && isAside(sale) ? [sale] : [];
  });
}

/** STANs come round again after 999999 requests: the newest that used it is meant. */
function lateReply(
  state: TerminalState,
  input: Extract<Input, { type: 'LateReply' }>,
  context: DecideContext,
): Decision {
  const { stan, reply } = input;
  let found: Transaction | undefined;
  for (const transaction of state.transactions.values()) {
    if (transaction.authorization?.stan === stan || transaction.followUp?.stan === stan) found = transaction;
  }
  if (found === undefined) return { kind: 'ignored', why: 'no request of ours has this trace number' };
  const arrived = { type: 'LateReplyArrived', transactionId: found.id, stan, reply } as const;
  return afterAnswer(state, arrived, forTransaction(state, arrived, context), context);
}

/** Reversals, voids and increments first, then batches, then the outbox. */
function deliver(
  state: TerminalState,
  input: Extract<Input, { type: 'LinkUp' | 'SendNow' }>,
  context: DecideContext,
): Decision {
  const { at, policy } = context;
  const turn = new Turn(state, context);
  const waits = state.outbox.size > 0 || state.inQuestion.size > 0;
  if (input.type === 'SendNow' && waits) turn.add(act({ events: [{ type: 'DeliveryRequested' }], effects: [] }));
  for (const transactionId of state.inQuestion) {
    const { phase, attempts, waitSince } = state.transactions.get(transactionId) ?? {};
    if (attempts === undefined || attempts.nextTryAt === null) continue;
    const timer = phase === 'reversing' ? 'reversalRetry' : 'followUpRetry';
    // However often the link comes and goes, two attempts are never closer than the shortest gap. What began after now was
    // begun before the clock was set back.
    const began = waitSince === null || waitSince === undefined || waitSince > at ? at - policy.retryMs : waitSince;
    const earliest = epochMs(began + policy.retryMs);
    const later: Effect = { type: 'StartTimer', transactionId, timer, dueAt: earliest };
    if (input.type === 'LinkUp' && earliest > at) {
      if (earliest < attempts.nextTryAt) turn.add(act({ events: [], effects: [later] }));
    } else turn.add(forTransaction(turn.state, { type: 'TimerFired', transactionId, timer }, context));
  }
  for (const batch of state.settlement.closing.keys()) {
    turn.add(forBatch(turn.state, { type: 'BatchTimerFired', batch }, context));
  }
  turn.add(act(pumpOrWait(stepContext(turn.state, context))));
  return turn.end({ kind: 'ignored', why: 'nothing waits to be sent' });
}

/**
 * What goes on after a restart: every sale that is open in any way hears that it was interrupted, and its row of the
 * table says what that means. "Requested without a reply" becomes an unknown outcome, that is a reversal or a query,
 * never a guess. What only waits in the outbox waits on.
 */
export function resume(state: TerminalState): readonly (TransactionInput | BatchInput)[] {
  // What waits for the connection is woken by it; what waits for its time needs its timer again.
  const waitsInOutbox = ({ id, attempts }: Transaction): boolean =>
    state.outbox.has(id) && !state.underWay.has(id) && attempts.waitFor === 'link';
  const interrupted = [...state.transactions.values()]
    .filter((transaction) => {
      const { closed, receipt } = transaction;
      return !closed || receipt.state === 'printing' || (isUnsettled(transaction) && !waitsInOutbox(transaction));
    })
    .map(({ id }): TransactionInput => ({ type: 'Interrupted', transactionId: id }));
  return [...interrupted, ...resumeSettlement(state.settlement)];
}
