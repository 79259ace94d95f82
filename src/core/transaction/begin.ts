/** A transaction as it begins: nothing has been read, asked or received. */
import type { EpochMs } from '../base/brand.ts';
import type { JournalEvent } from './events.ts';
import { firstAttempt, type Transaction } from './state.ts';

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

export type StartEvent = Of<'SaleStarted'> | Of<'RefundStarted'> | Of<'PreAuthorizationStarted'>;

export function begin(at: EpochMs, event: StartEvent): Transaction {
  const method = event.type === 'PreAuthorizationStarted' ? 'card' : event.method;
  const refund = event.type === 'RefundStarted' ? event : undefined;
  return {
    id: event.transactionId,
    key: event.key,
    kind: refund ? 'refund' : event.type === 'SaleStarted' ? 'sale' : 'preAuthorization',
    method,
    presentment: event.type === 'PreAuthorizationStarted' ? 'card' : (event.presentment ?? 'card'),
    amount: event.amount,
    order: event.type === 'SaleStarted' ? (event.order ?? null) : null,
    original: refund?.original ?? null,
    refunds: [],
    approvedBy: refund?.approvedBy ?? null,
    startedAt: at,
    phase: method === 'card' ? 'awaitingCard' : method === 'qr' ? 'issuingQr' : 'awaitingCash',
    waitSince: event.waitUntil === null ? null : at,
    waitUntil: event.waitUntil,
    tryAgain: null,
    cancelReason: null,
    failReason: null,
    unknownCause: null,
    card: null,
    declinedByCard: false,
    hostAnswer: null,
    cardCompletion: null,
    authorization: null,
    batch: null,
    approvedAmount: null,
    held: null,
    finalAmount: null,
    hostOriginal: null,
    followUp: null,
    reversalBecause: null,
    stored: null,
    deadLetter: null,
    resolved: null,
    cash: null,
    attempts: firstAttempt,
    qr: null,
    transfers: [],
    lateTransfers: [],
    unverified: null,
    excess: null,
    missing: null,
    receipt: { state: 'none', jobId: null, jobs: 0, copies: 0, trouble: null },
    closed: false,
    aside: false,
    endedAt: null,
  };
}
