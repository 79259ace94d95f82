/** How what happens to a payment by QR changes it. Total: every event has its case. */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import { addMoney, sameMoney, subtractMoney, type Money } from '../base/money.ts';
import { receivedWith } from './evolve-answers.ts';
import { still } from './evolve-follow-up.ts';
import type { QrEvent } from './qr-events.ts';
import { firstAttempt, type Transaction } from './state.ts';

export function evolveQr(transaction: Transaction, at: EpochMs, event: QrEvent): Transaction {
  const { qr } = transaction;
  switch (event.type) {
    case 'QrRequested':
      return {
        ...transaction,
        qr: { reference: event.reference, expiresAt: event.expiresAt, issue: null, withdrawn: null },
      };
    case 'QrIssued': {
      assert(qr !== null, 'journal: a code issued before it was requested');
      const { payload, bankBin, account } = event;
      return {
        ...transaction,
        phase: 'awaitingPayment',
        waitSince: at,
        waitUntil: qr.expiresAt,
        qr: { ...qr, issue: { payload, bankBin, account } },
      };
    }
    case 'QrWithdrawn':
      assert(qr !== null, 'journal: a code withdrawn before it was requested');
      return {
        ...transaction,
        phase: 'checkingPayment',
        waitSince: at,
        waitUntil: event.waitUntil,
        qr: { ...qr, withdrawn: event.because },
        attempts: { ...firstAttempt, made: transaction.attempts.made + 1 },
      };
    case 'QrExpired':
      return { ...transaction, ...still, phase: 'expired', deadLetter: null, endedAt: at };
    // By its memo, or by a person's word: it pays for the sale in the same way.
    case 'QrPaymentConfirmed':
    case 'TransferAttached':
      if (transaction.unverified !== null) return verified(transaction, at, event);
      assert(
        sameMoney(receivedWith(transaction, event.transfer), addMoney(transaction.amount, event.excess)),
        'journal: what has come is the amount and the excess',
      );
      return {
        ...transaction,
        ...still,
        phase: 'paid',
        transfers: [...transaction.transfers, event.transfer],
        excess: event.excess.minorUnits > 0 ? event.excess : null,
        missing: null,
        deadLetter: null,
        endedAt: at,
      };
    case 'QrPaymentUnderPaid':
      assert(
        sameMoney(addMoney(receivedWith(transaction, event.transfer), event.missing), transaction.amount),
        'journal: what has come and what is missing is the amount',
      );
      return {
        ...transaction,
        ...still,
        phase: 'underPaid',
        transfers: [...transaction.transfers, event.transfer],
        missing: event.missing,
        deadLetter: null,
        resolved: null,
        endedAt: at,
      };
    case 'QrPaymentLate':
      return {
        ...transaction,
        lateTransfers: [
          ...transaction.lateTransfers,
          { transfer: event.transfer, at, ...(event.because === undefined ? {} : { because: event.because }) },
        ],
        resolved: null,
      };
    case 'QrPartAccepted': {
      const { missing, amount } = transaction;
      assert(missing !== null, 'journal: a part is taken of what was under-paid');
      const approvedAmount = subtractMoney(amount, missing);
      const order = event.order ?? transaction.order;
      return { ...transaction, ...still, phase: 'paid', approvedAmount, missing: null, order, endedAt: at };
    }
    case 'QrConfirmedByHand': {
      assert(transaction.transfers.length === 0, 'journal: what the bank has told needs nobody’s word');
      const { approvedBy, note } = event;
      const unverified = { approvedBy, note, at, verifiedAt: null };
      return { ...transaction, ...still, phase: 'paid', unverified, deadLetter: null, endedAt: at };
    }
    case 'QrVerifiedLater':
      return verified(transaction, at, event);
    case 'QrSetAside':
      assert(!transaction.closed, 'journal: only what is on the screen is set aside');
      return { ...transaction, closed: true, aside: true, order: event.order ?? transaction.order };
    case 'QrBroughtBack':
      assert(transaction.closed && transaction.aside, 'journal: only what was set aside is brought back');
      return { ...transaction, closed: false, aside: false };
    default:
      return unreachable(event, 'evolveQr');
  }
}

/** The mark that a person had confirmed it first stays for ever. */
function verified(
  transaction: Transaction,
  at: EpochMs,
  { transfer, excess }: Extract<QrEvent, { readonly excess: Money }>,
): Transaction {
  const { unverified, amount } = transaction;
  assert(unverified?.verifiedAt === null, 'journal: verified once, after it was confirmed by hand');
  assert(
    sameMoney(transfer.amount, addMoney(amount, excess)),
    'journal: what was confirmed by hand has come, all of it',
  );
  return {
    ...transaction,
    transfers: [transfer],
    excess: excess.minorUnits > 0 ? excess : null,
    unverified: { ...unverified, verifiedAt: at },
  };
}
