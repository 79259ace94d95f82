/**
 * What holds of every decision before it is journaled: nothing is sent that its own events do not say, and nothing is
 * said of a transaction that does not exist.
 */
import { assert } from '../base/assert.ts';
import type { TransactionId } from '../base/brand.ts';
import { assertStan } from './consistency.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { TerminalState } from './state.ts';
import type { Step } from './step.ts';

type EventType = JournalEvent['type'];

/** Effects that leave the terminal, each with the events of which one has to be journaled in the same step. */
const announcedBy: { readonly [T in Effect['type']]?: readonly EventType[] } = {
  SendAuthorization: ['AuthorizationRequested'],
  SendReversal: ['ReversalQueued', 'AttemptStarted'],
  SendFollowUp: ['FollowUpRequested', 'AttemptStarted'],
  Forward: ['AttemptStarted'],
  SendReconciliation: ['ReconciliationRequested', 'BatchAttemptStarted'],
  UploadEntry: ['EntryUploadRequested', 'BatchAttemptStarted'],
  IssueQr: ['QrRequested', 'AttemptStarted'],
  RefundQr: ['ProviderRefundStarted'],
  QueryRefund: ['AttemptStarted'],
};

const starts: ReadonlySet<EventType> = new Set([
  'SaleStarted',
  'RefundStarted',
  'PreAuthorizationStarted',
  'ProviderRefundStarted',
]);

export function assertDecision(state: TerminalState, { events, effects }: Step): void {
  const begun = new Set<TransactionId>();
  const known = (id: TransactionId): boolean => state.transactions.has(id) || begun.has(id);
  for (const event of events) {
    // An entry of a batch may be of a transaction that was forgotten since.
    if (!('transactionId' in event) || 'batch' in event) continue;
    if (starts.has(event.type)) {
      assert(!known(event.transactionId), 'a transaction begins once');
      begun.add(event.transactionId);
    } else assert(known(event.transactionId), `${event.type} for a transaction that never began`);
  }
  for (const event of events) if ('stan' in event) assertStan(event.stan);
  for (const effect of effects) {
    if ('transactionId' in effect) assert(known(effect.transactionId), `${effect.type} for no transaction`);
    assertAnnounced(effect, events);
  }
}

/** Power may fail after the effect: what it has asked for must be known then. */
function assertAnnounced(effect: Effect, events: readonly JournalEvent[]): void {
  const types = announcedBy[effect.type];
  if (types === undefined) return;
  const request = 'request' in effect ? effect.request : undefined;
  const id = transactionOf(effect);
  const announced = events.some((event) => {
    if (!types.includes(event.type)) return false;
    if (id !== undefined) return 'transactionId' in event && event.transactionId === id;
    return request !== undefined && 'batch' in request && 'batch' in event && request.batch === event.batch;
  });
  assert(announced, `${effect.type} without a journaled request`);
  if (request === undefined) return;
  if ('stan' in request) assertStan(request.stan);
  if ('amount' in request) assert(request.amount.minorUnits > 0, 'what is asked for is more than nothing');
}

function transactionOf(effect: Effect): TransactionId | undefined {
  if ('transactionId' in effect) return effect.transactionId;
  return 'request' in effect && 'transactionId' in effect.request ? effect.request.transactionId : undefined;
}
