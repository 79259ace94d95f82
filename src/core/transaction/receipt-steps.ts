/** Receipts: asked for once money has moved, never blocking the next sale, printable again at any time. */
import type { JournalEvent } from './events.ts';
import type { TransactionInput } from './inputs.ts';
import type { Transaction } from './state.ts';
import { autoClose, nothing, type Step, type StepContext } from './step.ts';

/** A copy says so on the paper: one is out already, or may be (a job that timed out). */
function isCopy(transaction: Transaction): boolean {
  const { copies, trouble } = transaction.receipt;
  return copies > 0 || trouble === 'timeout' || trouble === 'failed';
}

export function requestReceipt(transaction: Transaction, context: StepContext): Step {
  const jobId = `${transaction.id}-${transaction.receipt.jobs + 1}`;
  const copy = isCopy(transaction);
  const event: JournalEvent = { type: 'ReceiptRequested', transactionId: transaction.id, jobId, copy };
  return {
    events: [event],
    effects: [
      {
        type: 'PrintReceipt',
        transactionId: transaction.id,
        jobId,
        copy,
        timeoutMs: context.policy.printTimeoutMs,
      },
    ],
  };
}

export function reprint(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return transaction.receipt.state === 'printing' ? nothing : requestReceipt(transaction, context);
}

export function receiptPrinted(
  transaction: Transaction,
  input: Extract<TransactionInput, { type: 'ReceiptPrinted' }>,
  context: StepContext,
): Step {
  if (transaction.receipt.jobId !== input.jobId || transaction.receipt.state !== 'printing') return nothing;
  const events: JournalEvent[] = [{ type: 'ReceiptPrinted', transactionId: transaction.id, jobId: input.jobId }];
  return { events, effects: transaction.closed ? [] : [autoClose(transaction, context)] };
}

/** Stays on the screen until a person has seen it: no timer. */
export function receiptFailed(
  transaction: Transaction,
  input: Extract<TransactionInput, { type: 'ReceiptFailed' }>,
): Step {
  if (transaction.receipt.jobId !== input.jobId || transaction.receipt.state !== 'printing') return nothing;
  const { jobId, trouble } = input;
  return { events: [{ type: 'ReceiptFailed', transactionId: transaction.id, jobId, trouble }], effects: [] };
}

export function close(transaction: Transaction): Step {
  if (transaction.closed) return nothing;
  return {
    events: [{ type: 'SaleClosed', transactionId: transaction.id }],
    effects: [{ type: 'StopTimer', transactionId: transaction.id, timer: 'autoClose' }],
  };
}

/** After a restart: a job that was under way may have come out, so its repeat is marked as a copy. */
export function resumeReceipt(transaction: Transaction, input: unknown, context: StepContext): Step {
  const { state, jobId } = transaction.receipt;
  if (state !== 'printing' || jobId === null) {
    return state === 'printed' ? resumeClose(transaction, input, context) : nothing;
  }
  const { printTimeoutMs: timeoutMs } = context.policy;
  const effect = { type: 'PrintReceipt', transactionId: transaction.id, jobId, copy: true, timeoutMs } as const;
  return { events: [], effects: [effect] };
}

/** After a restart: a finished sale leaves the screen as it would have. */
export function resumeClose(transaction: Transaction, _input: unknown, context: StepContext): Step {
  return transaction.closed ? nothing : { events: [], effects: [autoClose(transaction, context)] };
}

/** The auto-close timer; other timers of a finished sale are spent. */
export function closeByTimer(transaction: Transaction, input: Extract<TransactionInput, { type: 'TimerFired' }>): Step {
  return input.timer === 'autoClose' ? close(transaction) : nothing;
}
