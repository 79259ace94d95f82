/**
 * Which phase may follow which. `transitions.ts` says what an input does; this says, independently of it, what no event
 * may ever do, so that a step that journals the wrong event is found before it is written.
 */
import type { Phase } from './state.ts';

export const phaseChanges: Readonly<Record<Phase, readonly Phase[]>> = {
  awaitingCard: ['authorising', 'storing', 'declined', 'cancelled', 'failed'],
  authorising: [
    'approved',
    'authorised',
    'declined',
    'partlyApproved',
    'reversing',
    'completingCard',
    'storing',
    'failed',
  ],
  completingCard: ['approved', 'authorised', 'declined', 'partlyApproved', 'reversing', 'storing', 'failed'],
  approved: ['voiding'],
  // A code that asked to come back later says nothing for sure; and a copy may be approved after a decline.
  declined: ['reversing'],
  reversing: ['reversed'],
  // The host may approve a request that was overtaken by its reversal.
  reversed: ['reversing'],
  partlyApproved: ['approved', 'reversing'],
  storing: ['stored', 'failed'],
  stored: ['approved', 'lateDeclined'],
  lateDeclined: ['approved'],
  authorised: ['voiding', 'incrementing', 'completing'],
  incrementing: ['authorised'],
  completing: ['completed'],
  completed: ['voiding'],
  voiding: ['voided', 'approved', 'authorised', 'completed'],
  voided: [],
  awaitingCash: ['paid', 'cancelled'],
  issuingQr: ['awaitingPayment', 'failed', 'cancelled'],
  awaitingPayment: ['checkingPayment', 'paid', 'underPaid'],
  checkingPayment: ['cancelled', 'expired', 'paid', 'underPaid'],
  paid: ['voided'],
  underPaid: ['paid'],
  refunding: ['paid', 'failed'],
  // Money that came late for it, or fitted nothing, was attached by a person.
  cancelled: ['paid'],
  failed: ['paid'],
  expired: ['paid'],
};
