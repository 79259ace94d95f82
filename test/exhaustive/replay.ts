/**
 * A way through the search, gone again with the machine alone: from an empty journal, in real time, without any reduction.
 * Every event is kept as the journal keeps it. At the end the journal is folded from the beginning, and both must say what
 * the search said.
 */
import { epochMs } from '../../src/core/base/brand.ts';
import { decide, resume } from '../../src/core/transaction/decide.ts';
import type { Recorded } from '../../src/core/transaction/events.ts';
import { apply, draftOf, evolve } from '../../src/core/transaction/evolve.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { Policy } from '../../src/core/transaction/policy.ts';
import { emptyTerminal, moneyMoved, type TerminalState } from '../../src/core/transaction/state.ts';
import { started } from '../scenarios/given.ts';
import { textOf } from './machine.ts';
import { now } from './normalise.ts';

/** What happened to the machine in one step. */
export type Happening =
  | {
      readonly kind: 'input';
      readonly input: Input;
      /** Of an answer that names its attempt: whether that is the one under way. The search numbers attempts its own way. */
      readonly present: boolean;
    }
  | { readonly kind: 'restart'; readonly cutAfter: number }
  | { readonly kind: 'time' };

export function heard(before: TerminalState, input: Input): Happening {
  return { kind: 'input', input, present: 'attempt' in input && input.attempt === attemptUnderWay(before, input) };
}

function attemptUnderWay({ transactions, settlement }: TerminalState, input: Input): number | undefined {
  if ('batch' in input) return settlement.closing.get(input.batch)?.request?.attempt;
  return 'transactionId' in input ? transactions.get(input.transactionId)?.attempts.made : undefined;
}

/** The same input in the numbers of `state`. */
function renamed(state: TerminalState, { input, present }: Extract<Happening, { kind: 'input' }>): Input {
  if (!('attempt' in input)) return input;
  const underWay = attemptUnderWay(state, input);
  if (present && underWay !== undefined) return { ...input, attempt: underWay };
  return { ...input, attempt: 0 };
}

/** Longer than any gap between attempts. */
const longMs = 3_600_000;

/** What is wrong, or null. */
export function replay(
  happenings: readonly Happening[],
  policy: Policy,
  firstStan: number,
  expected: TerminalState,
): string | null {
  const origin: TerminalState = { ...emptyTerminal, lastStan: firstStan - 1 };
  const journal: string[] = [];
  const kept = draftOf(origin);
  let at = now;
  const feed = (input: Input): void => {
    const decision = decide(kept, input, { at, policy });
    if (decision.kind !== 'act') return;
    for (const event of decision.events) {
      journal.push(JSON.stringify({ at, event } satisfies Recorded));
      apply(kept, { at, event });
    }
  };
  feed(started);
  for (const happening of happenings) {
    if (happening.kind === 'time') at = epochMs(at + longMs);
    else if (happening.kind === 'input') feed(renamed(kept, happening));
    else {
      const { cutAfter } = happening;
      if (cutAfter > 0) for (const input of [started, ...resume(kept).slice(0, cutAfter)]) feed(input);
      for (const input of [started, ...resume(kept)]) feed(input);
    }
  }
  let folded = origin;
  for (const row of journal) folded = evolve(folded, JSON.parse(row) as Recorded);
  if (textOf(folded) !== textOf(kept)) return 'the journal folds to another state than the one kept';
  return outline(kept) === outline(expected) ? null : `replayed: ${outline(kept)}, searched: ${outline(expected)}`;
}

/** All that a person or the host could tell apart. */
function outline(state: TerminalState): string {
  const { transactions, outbox, underWay, inQuestion, foreground, settlement, lastStan } = state;
  const sales = [...transactions.values()].map((each) => {
    const { id, phase, closed, batch, approvedAmount, held, finalAmount, receipt, deadLetter, resolved } = each;
    const amounts = [approvedAmount, held, finalAmount].map((amount) => amount?.minorUnits ?? null);
    // The search counts the attempts of a QR sale its own way, so it calls somebody a little later.
    const called = each.method === 'qr' ? null : deadLetter !== null;
    const marks = [closed, receipt.state, called, resolved !== null];
    return [id, phase, moneyMoved(each), batch, ...amounts, ...marks, each.followUp?.stan, each.authorization?.stan];
  });
  const batches = [...settlement.closing.values()].map((each) => [
    each.number,
    each.phase,
    each.uploaded,
    each.bookings.length,
  ]);
  const settled = settlement.settled.map((each) => [each.number, each.balance]);
  const open = [settlement.open.number, settlement.open.bookings.length];
  const lists = [outbox, underWay, inQuestion].map((list) => [...list]);
  return JSON.stringify([sales, lists, foreground, batches, settled, open, lastStan]);
}
