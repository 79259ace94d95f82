/** Cash: counted by a person, so the terminal only records what was tendered, given back or paid out. */
import { subtractMoney } from '../base/money.ts';
import { inOpenBatch } from '../settlement/model.ts';
import type { TransactionInput } from './inputs.ts';
import { requestReceipt } from './receipt-steps.ts';
import { isRefunded, refundFirst } from './start.ts';
import type { Transaction } from './state.ts';
import { ended, type Refusal, type Step, type StepContext } from './step.ts';

type Of<T extends TransactionInput['type']> = Extract<TransactionInput, { type: T }>;

export function cashTendered(
  transaction: Transaction,
  { tendered }: Of<'CashTendered'>,
  context: StepContext,
): Step | Refusal {
  const { id: transactionId, amount, kind } = transaction;
  if (kind === 'refund' && tendered.minorUnits !== amount.minorUnits) {
    return { refuse: 'a refund is paid out in full' };
  }
  if (tendered.minorUnits < amount.minorUnits) return { refuse: 'it is less than the amount' };
  const receipt = requestReceipt(transaction, context);
  return {
    events: [
      kind === 'refund'
        ? { type: 'CashPaidOut', transactionId }
        : { type: 'CashReceived', transactionId, tendered, change: subtractMoney(tendered, amount) },
      ...receipt.events,
    ],
    effects: receipt.effects,
  };
}

export function cancelCash(reason: 'cashier' | 'billPaid') {
  return (transaction: Transaction, _input: unknown, context: StepContext): Step =>
    ended(transaction, context, [{ type: 'SaleCancelled', transactionId: transaction.id, reason }]);
}

/** Before the drawer is counted. Money that came by bank transfer cannot be called back by a terminal. */
export function voidPaid(
  transaction: Transaction,
  { approvedBy }: Of<'VoidTransaction'>,
  context: StepContext,
): Step | Refusal {
  const { id: transactionId, method } = transaction;
  if (method !== 'cash') return { refuse: 'a bank transfer cannot be voided; refund it' };
  if (!inOpenBatch(context.terminal.settlement, transactionId)) {
    return { refuse: 'its batch is settled, so it cannot be voided; refund it' };
  }
  if (isRefunded(transaction, context.terminal)) return { refuse: refundFirst };
  const receipt = requestReceipt(transaction, context);
  return {
    events: [{ type: 'CashVoided', transactionId, approvedBy }, ...receipt.events],
    effects: receipt.effects,
  };
}
