/** A transaction as it begins: nothing has been read, asked or received. */
import type { EpochMs } from '../base/brand.ts';
import type { JournalEvent } from './events.ts';
import { beginProviderRefund } from './provider-refund.ts';
import { firstAttempt, type Transaction } from './state.ts';

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

export type StartEvent = Of<'SaleStarted' | 'RefundStarted' | 'PreAuthorizationStarted' | 'ProviderRefundStarted'>;

const kinds = {
  SaleStarted: 'sale',
  RefundStarted: 'refund',
  ProviderRefundStarted: 'refund',
  PreAuthorizationStarted: 'preAuthorization',
} as const;

const firstPhase = { card: 'awaitingCard', qr: 'issuingQr', cash: 'awaitingCash' } as const;

/** The sale that a refund gives back; what came too much, or for nothing, was never the sale's. */
function originalOf(event: StartEvent): Transaction['original'] {
  if (event.type === 'ProviderRefundStarted') return event.reason === 'refund' ? event.sale : null;
  return event.type === 'RefundStarted' ? event.original : null;
}

function methodOf(event: StartEvent): Transaction['method'] {
  if (event.type === 'ProviderRefundStarted') return 'qr';
  return event.type === 'PreAuthorizationStarted' ? 'card' : event.method;
}

export function begin(at: EpochMs, event: StartEvent): Transaction {
  const method = methodOf(event);
  const byProvider = event.type === 'ProviderRefundStarted';
  return {
    id: event.transactionId,
    key: event.key,
    kind: kinds[event.type],
    method,
    presentment:
      event.type === 'SaleStarted' || event.type === 'RefundStarted' ? (event.presentment ?? 'card') : 'card',
    amount: event.amount,
    order: event.type === 'SaleStarted' ? (event.order ?? null) : null,
    original: originalOf(event),
    refunds: [],
    approvedBy: byProvider || event.type === 'RefundStarted' ? event.approvedBy : null,
    startedAt: at,
    phase: byProvider ? 'refunding' : firstPhase[method],
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
    providerRefund: byProvider ? beginProviderRefund(event) : null,
    receipt: { state: 'none', jobId: null, jobs: 0, copies: 0, trouble: null },
    closed: false,
    aside: false,
    endedAt: null,
  };
}
