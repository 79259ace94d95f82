/**
 * The outbox: stored payments and completions, delivered in the order in which they were taken, a bounded number at a
 * time, after every reversal, void and increment. It has no list of its own: it is what the journal says is not
 * answered.
 */
import type { TransactionId } from '../base/brand.ts';
import { waitingBatches } from '../settlement/batch.ts';
import { isParked, shownTransaction, type Phase, type TerminalState, type Transaction } from './state.ts';
import { after, isTime, nothing, type Step, type StepContext } from './step.ts';
import { isBlocked, sendAttempt } from './stored-steps.ts';

/**
 * The next ones, when the host has just been heard of. `except` has just been answered by the input at hand, which the
 * state does not know yet.
 */
export function pump(context: StepContext, except?: TransactionId): Step {
  const { terminal, policy } = context;
  if (terminal.outbox.size === 0 || isBlocked(context, except)) return nothing;
  let free = policy.forwardWindow - terminal.underWay.size;
  if (except !== undefined && terminal.underWay.has(except)) free += 1;
  const steps: Step[] = [];
  for (const id of terminal.outbox) {
    if (free <= 0) break;
    const transaction = terminal.transactions.get(id);
    if (transaction === undefined || id === except || !isDue(transaction, context)) continue;
    steps.push(sendAttempt(transaction, context));
    free -= 1;
  }
  if (steps.length === 0) return nothing;
  return { events: steps.flatMap(({ events }) => events), effects: steps.flatMap(({ effects }) => effects) };
}

/** As `pump`; when it has to wait for a reversal, the oldest one looks again a little later. */
export function pumpOrWait(context: StepContext): Step {
  const pumped = pump(context);
  if (pumped !== nothing || !isBlocked(context)) return pumped;
  const { terminal, policy } = context;
  for (const transactionId of terminal.outbox) {
    if (terminal.underWay.has(transactionId)) continue;
    const dueAt = after(context, policy.retryMs);
    return { events: [], effects: [{ type: 'StartTimer', transactionId, timer: 'forwardRetry', dueAt }] };
  }
  return nothing;
}

function isDue(transaction: Transaction, context: StepContext): boolean {
  const { attempts } = transaction;
  if (attempts.nextTryAt === null || isParked(transaction)) return false;
  return isTime(attempts.nextTryAt, context) || attempts.waitFor === 'link';
}

/** Phases on the screen in which the host may book it, or has. */
const mayBeBooked: ReadonlySet<Phase> = new Set(['authorising', 'completingCard', 'partlyApproved']);

/** How many transactions of a batch may still change its totals. */
export function inQuestionOf(terminal: TerminalState, batch: number): number {
  let count = 0;
  for (const id of [...terminal.inQuestion, ...terminal.outbox]) {
    if (terminal.transactions.get(id)?.batch === batch) count += 1;
  }
  const shown = shownTransaction(terminal);
  const asked = shown !== undefined && mayBeBooked.has(shown.phase);
  return asked && shown.batch === batch ? count + 1 : count;
}

/** Closed batches that waited for something which is no longer in question. */
export function releasedBatches(terminal: TerminalState): readonly number[] {
  return waitingBatches(terminal.settlement).filter((batch) => inQuestionOf(terminal, batch) === 0);
}

/** What must not be left behind by an update, a reset or a change of keys: not answered, or not settled with the host. */
export interface Unsent {
  readonly stored: number;
  readonly inQuestion: number;
  readonly closingBatches: number;
}

export function unsent({ outbox, inQuestion, settlement }: TerminalState): Unsent {
  return { stored: outbox.size, inQuestion: inQuestion.size, closingBatches: settlement.closing.size };
}
