/** What the terminal does when people ask for a payout, confirm it, carry it out or withdraw it. */
import { assert } from '../base/assert.ts';
import type { JournalEvent } from './events.ts';
import type { Input } from './inputs.ts';
import { openPayout, samePerson, type Payout } from './payout.ts';
import { refundUnderWay } from './provider-refund.ts';
import { refundable, type StartDecision } from './start.ts';
import type { TerminalState } from './state.ts';
import { isGoingBack, waitingTransfer } from './transfer-steps.ts';

type Of<T extends Input['type']> = Extract<Input, { type: T }>;
type About = Pick<Payout, 'reason' | 'transferId' | 'sale' | 'amount' | 'payee' | 'reference'>;

const refused = (reason: 'notFound' | 'notAllowed', why: string): StartDecision => ({ kind: 'refused', reason, why });
const done = (event: JournalEvent): StartDecision => ({ kind: 'act', events: [event], effects: [] });

export function askPayout(state: TerminalState, input: Of<'AskPayout'>): StartDecision {
  const { payoutId, askedBy } = input;
  if (state.payouts.has(payoutId)) return { kind: 'ignored', why: 'this instruction is in the journal already' };
  const about = aboutOf(state, input);
  if ('kind' in about) return about;
  assert(askedBy !== '' && about.amount.minorUnits > 0, 'a payout has a name and an amount');
  return done({ type: 'PayoutAsked', payoutId, askedBy, ...about });
}

function aboutOf(state: TerminalState, { about }: Of<'AskPayout'>): About | StartDecision {
  if (about.reason === 'transfer') {
    const { transferId } = about;
    const waiting = waitingTransfer(state, transferId);
    if (waiting === undefined) return refused('notFound', 'no such transfer waits for a person');
    if (isGoingBack(state, transferId)) return alreadyAsked;
    const { transfer, from: sale } = waiting;
    return {
      reason: 'transfer',
      transferId,
      sale,
      amount: transfer.amount,
      payee: transfer.payer ?? null,
      reference: transfer.memo,
    };
  }
  const { reason, sale } = about;
  const transaction = state.transactions.get(sale);
  if (transaction === undefined) return refused('notFound', 'no such sale');
  const last = transaction.transfers.at(-1);
  if (transaction.method !== 'qr' || last === undefined) {
    return refused('notAllowed', 'it was not paid by bank transfer');
  }
  const ofIt = (each: Pick<Payout, 'sale' | 'reason'>): boolean => each.sale === sale && each.reason === reason;
  if (openPayout(state.payouts, ofIt)) return alreadyAsked;
  if (reason === 'excess' && refundUnderWay(state, ofIt)) return alreadyAsked;
  const shared = { reason, transferId: null, sale, payee: last.payer ?? null, reference: last.memo };
  if (reason === 'excess') {
    const { excess } = transaction;
    return excess === null ? refused('notAllowed', 'nothing came too much') : { ...shared, amount: excess };
  }
  const left = transaction.phase === 'paid' ? refundable(state, transaction).minorUnits : 0;
  if (about.amount.minorUnits > left) return refused('notAllowed', `at most ${left} minor units are left of it`);
  return { ...shared, amount: about.amount };
}

const alreadyAsked = refused('notAllowed', 'it has been asked for already');

export function confirmPayout(state: TerminalState, { payoutId, approvedBy }: Of<'ConfirmPayout'>): StartDecision {
  const payout = state.payouts.get(payoutId);
  if (payout === undefined) return refused('notFound', 'no such payout');
  if (payout.end !== null || payout.confirmedBy !== null) {
    return { kind: 'ignored', why: 'it is confirmed, or over' };
  }
  if (samePerson(payout.askedBy, approvedBy)) {
    return refused('notAllowed', 'somebody else than the one who asked has to confirm it');
  }
  return done({ type: 'PayoutConfirmed', payoutId, approvedBy });
}

export function completePayout(state: TerminalState, { payoutId, by, reference }: Of<'CompletePayout'>): StartDecision {
  const payout = state.payouts.get(payoutId);
  if (payout === undefined) return refused('notFound', 'no such payout');
  if (payout.end !== null) return { kind: 'ignored', why: 'it is over' };
  if (payout.confirmedBy === null) return refused('notAllowed', 'a second person has to confirm it first');
  return done({ type: 'PayoutCompleted', payoutId, by, reference });
}

export function withdrawPayout(state: TerminalState, { payoutId, by, note }: Of<'WithdrawPayout'>): StartDecision {
  const payout = state.payouts.get(payoutId);
  if (payout === undefined) return refused('notFound', 'no such payout');
  if (payout.end !== null) return { kind: 'ignored', why: 'it is over' };
  return done({ type: 'PayoutWithdrawn', payoutId, by, note });
}
