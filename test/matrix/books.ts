/** Both books in one form, so that they can be compared line by line. */
import type { Booking } from '../../src/core/settlement/model.ts';
import type { Transaction } from '../../src/core/transaction/state.ts';
import type { StatementLine } from '../../src/host/training/acquirer-statement.ts';

export interface Line {
  readonly stan: number;
  readonly kind: 'sale' | 'refund' | 'completion' | 'hold';
  readonly amount: number;
  readonly state: string;
}

/** What the host must have on account of a transaction at rest, going by what people were told of it. */
export function linesOf({ kind, phase, hostOriginal, authorization, amount: asked }: Transaction): readonly Line[] {
  if (hostOriginal === null || authorization === null) return [];
  const booked = { stan: hostOriginal.stan, amount: hostOriginal.amount.minorUnits };
  if (kind !== 'preAuthorization') {
    const states = new Map([
      ['approved', 'booked'],
      ['voided', 'voided'],
    ]);
    const state = states.get(phase);
    return state === undefined ? [] : [{ ...booked, kind, state }];
  }
  const hold = { stan: authorization.stan, kind: 'hold', amount: asked.minorUnits } as const;
  if (phase === 'authorised') return [{ ...hold, state: 'held' }];
  if (hostOriginal.kind !== 'completion') return phase === 'voided' ? [{ ...hold, state: 'voided' }] : [];
  return [
    { ...hold, state: 'completed' },
    { ...booked, kind: 'completion', state: phase === 'voided' ? 'voided' : 'booked' },
  ];
}

/** Whether the host has taken the money at this moment; undefined while nobody says that it has. */
export function chargedThere(
  { kind, phase, hostOriginal, authorization }: Transaction,
  statement: readonly StatementLine[],
): boolean | undefined {
  const completion = hostOriginal?.kind === 'completion';
  // A hold is no charge, and a completion that waits in the outbox is a promise.
  if ((kind === 'preAuthorization' && !completion) || phase === 'completing' || authorization === null)
    return undefined;
  const stan = completion ? hostOriginal.stan : authorization.stan;
  return statement.some((line) => line.stan === stan && line.state === 'booked');
}

/** What the terminal's batch counts. */
export function bookedLines(bookings: readonly Booking[]): readonly Line[] {
  return bookings.flatMap((booking) => {
    if (booking.method !== 'card') return [];
    const { stan, kind, amount, voided } = booking.entry;
    return [{ stan, kind, amount: amount.minorUnits, state: voided ? 'voided' : 'booked' }];
  });
}

/** What the host has for the merchant; of a reversed request it has nothing. */
export function statementLines(statement: readonly StatementLine[]): readonly Line[] {
  return statement.flatMap(({ stan, operation, amount, state }): Line[] => {
    if (operation === 'increment' || state === 'reversed') return [];
    const stored = operation === 'deferred' || operation === 'chipApproved';
    return [{ stan, kind: operation === 'preAuthorization' ? 'hold' : stored ? 'sale' : operation, amount, state }];
  });
}

/** Minor units by which holds that still hold have been raised. */
export function raised(transactions: readonly Transaction[]): number {
  const holds = transactions.filter(({ phase }) => phase === 'authorised');
  return holds.reduce((sum, { held, amount }) => sum + (held?.minorUnits ?? 0) - amount.minorUnits, 0);
}

export function raisedThere(statement: readonly StatementLine[]): number {
  const raises = statement.filter(({ operation, state }) => operation === 'increment' && state === 'held');
  return raises.reduce((sum, { amount }) => sum + amount, 0);
}

export function byStan(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => a.stan - b.stan);
}
