/**
 * decide for batches: closing the open one at any time (new sales go into the next at once), and taking the closed ones
 * to settlement, each on its own. Pure; src/core/transaction/decide.ts hands in every input that is settlement's.
 */
import { assert } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import { money, type CurrencyCode } from '../base/money.ts';
import { start, type Cell, type SettlementContext, type SettlementPolicy, type SettlementStep } from './batch-steps.ts';
import { batchTransitions } from './batch-transitions.ts';
import { businessDate, followingDate } from './cut-over.ts';
import type { BatchInput, SettlementEvent, SettlementInput } from './events.ts';
import { nextBatchNumber, type SettlementState } from './model.ts';
import { expectedCash, reportLines } from './totals.ts';

export type SettlementDecision =
  | ({ readonly kind: 'act' } & SettlementStep)
  /** Late, repeated or for a step already left. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** A person's command that cannot be done; nothing happened. */
  | { readonly kind: 'refused'; readonly reason: 'notAllowed'; readonly why: string };

export function decideSettlement(
  state: SettlementState,
  input: SettlementInput,
  context: SettlementContext,
): SettlementDecision {
  if (input.type === 'CloseBatch') return closeBatch(state, input, context);
  const batch = state.closing.get(input.batch);
  if (batch === undefined) return { kind: 'ignored', why: 'that batch is not closing' };
  // The table pairs each input type with a handler of exactly that type; indexing by a union loses the pairing.
  const cell = batchTransitions[batch.phase][input.type] as Cell<BatchInput['type']>;
  if ('ignore' in cell) return { kind: 'ignored', why: cell.ignore };
  const step = cell.run(batch, input, context);
  if (step.events.length > 0) return { kind: 'act', ...step };
  return { kind: 'ignored', why: 'repeated, not meant for this step, or something of the batch is still in question' };
}

/** What a new journal, or one from before batches, needs first; undefined ever after. */
export function firstBatch(
  state: SettlementState,
  at: EpochMs,
  { timeZone, cutOverTime }: Pick<SettlementPolicy, 'timeZone' | 'cutOverTime'>,
  currency: CurrencyCode,
): SettlementEvent | undefined {
  if (state.open.opened !== null) return undefined;
  return {
    type: 'BatchOpened',
    batch: state.open.number,
    businessDate: businessDate(at, timeZone, cutOverTime),
    float: money(0, currency),
  };
}

function closeBatch(
  state: SettlementState,
  input: Extract<SettlementInput, { type: 'CloseBatch' }>,
  context: SettlementContext,
): SettlementDecision {
  const { number, opened, bookings } = state.open;
  if (opened === null) return { kind: 'refused', reason: 'notAllowed', why: 'no batch has been opened yet' };
  if (input.batch !== number) return { kind: 'ignored', why: `batch ${input.batch} is closed already` };
  const { because, by, countedCash, nextFloat } = input;
  const { timeZone, cutOverTime } = context.policy;
  const expected = expectedCash(opened.float, reportLines(bookings));
  const closed: SettlementEvent = {
    type: 'BatchClosed',
    batch: number,
    businessDate: opened.businessDate,
    because,
    by,
    cash: countedCash === undefined ? null : { expected, counted: countedCash },
    next: {
      batch: nextBatchNumber(state),
      businessDate: followingDate(opened.businessDate, context.at, timeZone, cutOverTime),
      float: nextFloat ?? countedCash ?? expected,
    },
  };
  assert(!state.closing.has(number), 'settlement: a batch is closed once');
  assert(expected.currency === opened.float.currency, 'settlement: the drawer holds one currency');
  const begun = start(state.open, context);
  return { kind: 'act', events: [closed, ...begun.events], effects: begun.effects };
}

/** What goes on after a restart: every batch on its way hears that it was interrupted. */
export function resumeSettlement(state: SettlementState): readonly BatchInput[] {
  return [...state.closing.keys()].map((batch) => ({ type: 'BatchInterrupted', batch }));
}

/** For whoever folds the events of a transaction and would release a batch that no longer waits. */
export function waitingBatches(state: SettlementState): readonly number[] {
  return [...state.closing.values()].filter(({ phase }) => phase === 'waiting').map(({ number }) => number);
}
