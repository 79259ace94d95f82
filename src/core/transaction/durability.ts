/** What an event asks of the journal: a signature over all up to it, and whether it has to be on the disk at once. */
import type { JournalEvent } from './events.ts';

/** Events after which the journal's head is signed: those that say that money has moved, or has certainly not. */
const sealing: ReadonlySet<JournalEvent['type']> = new Set([
  'AuthorizationApproved',
  'PartialAccepted',
  'ReversalConfirmed',
  'FollowUpApproved',
  'PaymentStored',
  'StoredAccepted',
  'StoredDeclined',
  'ResolvedByHand',
  'CashReceived',
  'CashPaidOut',
  'CashVoided',
  'QrPaymentConfirmed',
  'QrPaymentUnderPaid',
  'QrPartAccepted',
  'QrConfirmedByHand',
  'QrVerifiedLater',
  'TransferAttached',
  'QrPaymentLate',
  'TransferUnmatched',
  'TransferResolved',
  'PayoutConfirmed',
  'PayoutCompleted',
  'ProviderRefunded',
  'ProviderRefundRefused',
  'BatchClosed',
  'BatchSettled',
]);

export function sealsJournal(events: readonly JournalEvent[]): boolean {
  return events.some((event) => sealing.has(event.type));
}

/**
 * Events that a power cut may take with it: before them nothing has left the terminal, and after them nothing is asked
 * that they would answer. A sale that was only begun has asked nobody; a receipt whose end is forgotten is printed
 * again, as a copy. They reach the disk with the next event that has to, in their order.
 */
const maySettleLater: ReadonlySet<JournalEvent['type']> = new Set([
  'SaleStarted',
  'RefundStarted',
  'PreAuthorizationStarted',
  'CardTryAgain',
  'CardInserted',
  'ReceiptPrinted',
  'ReceiptFailed',
  'SaleClosed',
]);

export function mustReachDisk(events: readonly JournalEvent[]): boolean {
  return events.some((event) => !maySettleLater.has(event.type));
}
