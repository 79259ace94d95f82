/** The part of the view that only a person can settle: the worklist, and money that goes back by transfer. */
import * as z from 'zod/mini';
import { epochMs, moneyView, text } from './values.ts';

export const worklistItem = z.strictObject({
  kind: z.enum([
    'lateTransfer',
    /** The bill had been paid another way: the customer has paid twice. */
    'secondPayment',
    /** The same code was paid again. */
    'paidTwice',
    'unmatchedTransfer',
    'underPaid',
    'overPaid',
    'outcomeUnknown',
    'receiptNotPrinted',
    'lateDeclined',
    'deadLetter',
    'batchDiffers',
    /** The QR provider has not said whether it has given the money back. */
    'refundUnknown',
  ]),
  transactionId: z.nullable(text),
  reference: z.nullable(text),
  amount: moneyView,
  at: epochMs,
  /** Money that came and waits for a person; null of everything else. */
  transfer: z.nullable(
    z.strictObject({
      id: text,
      memo: text,
      /** By a payout that was asked for, or by the provider that was. */
      goesBack: z.boolean(),
      /** The QR provider gives it back when a supervisor asks. */
      mayRefund: z.boolean(),
      /** Sales that it would pay for, the newest first; `byItself`: attached without a supervisor. */
      fits: z.array(
        z.strictObject({
          transactionId: text,
          reference: text,
          amount: moneyView,
          startedAt: epochMs,
          byItself: z.boolean(),
        }),
      ),
    }),
  ),
});

export const payoutView = z.strictObject({
  id: text,
  reason: z.enum(['transfer', 'excess', 'refund']),
  transactionId: z.nullable(text),
  amount: moneyView,
  /** The payer's account, masked, where the bank tells it. */
  payee: z.nullable(text),
  reference: text,
  askedBy: text,
  askedAt: epochMs,
  confirmedBy: z.nullable(text),
  stage: z.enum(['asked', 'confirmed', 'paidOut', 'withdrawn']),
  end: z.nullable(z.strictObject({ by: text, note: text, at: epochMs })),
});
