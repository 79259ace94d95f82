/** The message of a void, an increment or a completion, as the journaled follow-up says it. */
import { assert } from '../base/assert.ts';
import type { Effect } from './effects.ts';
import type { Transaction } from './state.ts';

export function followUpEffect(transaction: Transaction, attempt: number, timeoutMs: number): Effect {
  const { followUp, card } = transaction;
  assert(followUp !== null && card !== null, 'a follow-up needs its original');
  const { operation, stan, requestedAt, batch, amount, original } = followUp;
  return {
    type: 'SendFollowUp',
    request: { transactionId: transaction.id, operation, stan, requestedAt, batch, amount, original, card, attempt },
    timeoutMs,
  };
}
