/**
 * The messages between terminal and QR provider, checked on both sides. Provider API: `POST /v1/payment-requests`
 * registers a code, `GET /v1/transfers?reference=` (or `?id=`) lists what has been paid; terminal: `POST /notices`.
 */
import * as z from 'zod';
import { epochMs } from '../../core/base/brand.ts';
import { isCurrencyCode, money, type CurrencyCode } from '../../core/base/money.ts';
import { luhnValid, maskPan } from '../../core/base/pan.ts';
import type { Transfer } from '../../core/transaction/model.ts';

export const paymentRequestsPath = '/v1/payment-requests';
export const transfersPath = '/v1/transfers';
export const refundsPath = '/v1/refunds';
export const noticesPath = '/notices';

export function cancelPath(reference: string): string {
  return `${paymentRequestsPath}/${encodeURIComponent(reference)}/cancel`;
}

export function refundPath(refundId: string): string {
  return `${refundsPath}/${encodeURIComponent(refundId)}`;
}

const currency = z.custom<CurrencyCode>((value) => typeof value === 'string' && isCurrencyCode(value));
const amountMinorUnits = z.int().min(1).max(999_999_999_999);
const reference = z.string().regex(/^[A-Z0-9]{1,25}$/);
const time = z.int().min(0);

/** Idempotent by reference: the same content again is answered the same, another content is a conflict (409). */
export const paymentRequestMessage = z.strictObject({
  reference,
  amountMinorUnits,
  currency,
  /** The code that the terminal shows. */
  payload: z.string().min(1).max(512),
  expiresAt: time,
  /** Where notices for this terminal go from now on. */
  noticeUrl: z.url({ protocol: /^https?$/ }),
});

export const registeredMessage = z.strictObject({ reference });

export const transferMessage = z.strictObject({
  /** The provider's own id, 1 to 64 printable characters: the same transfer always has the same. */
  providerTransactionId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  bankBin: z.string().regex(/^\d{6}$/),
  account: z.string().regex(/^[A-Za-z0-9]{1,34}$/),
  amountMinorUnits,
  currency,
  memo: z.string().max(500),
  paidAt: time,
  /** Masked but for the last four digits. */
  payerAccount: z.string().regex(/^\*+\d{0,4}$/),
});

export const cancelledMessage = z.strictObject({ state: z.enum(['cancelled', 'paid', 'unknown']) });

const refundId = z.string().regex(/^[A-Z0-9]{1,20}$/);

/** Idempotent by `refundId`: the same content again is answered the same, another content is a conflict (409). */
export const refundMessage = z.strictObject({
  refundId,
  providerTransactionId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  amountMinorUnits,
});

export const refundStateMessage = z.strictObject({ refundId, state: z.enum(['refunded', 'processing', 'refused']) });

export const transfersMessage = z.strictObject({ transfers: z.array(transferMessage).max(100) });

export type PaymentRequestMessage = z.infer<typeof paymentRequestMessage>;
export type RefundMessage = z.infer<typeof refundMessage>;
export type TransferMessage = z.infer<typeof transferMessage>;

/** A memo is free text of the payer: what looks like a card number in it goes no further. */
export function maskCardNumbers(memo: string): string {
  return memo.replaceAll(/\d{13,19}/g, (digits) => (luhnValid(digits) ? maskPan(digits) : digits));
}

export function toTransfer(message: TransferMessage): Transfer {
  const { payerAccount } = message;
  return {
    providerTransactionId: message.providerTransactionId,
    bankBin: message.bankBin,
    account: message.account,
    amount: money(message.amountMinorUnits, message.currency),
    memo: maskCardNumbers(message.memo),
    paidAt: epochMs(message.paidAt),
    ...(/\d/.test(payerAccount) ? { payer: payerAccount } : {}),
  };
}

export function fromTransfer(transfer: Transfer, payerAccount: string): TransferMessage {
  const { amount, payer: _, ...rest } = transfer;
  return { ...rest, amountMinorUnits: amount.minorUnits, currency: amount.currency, payerAccount };
}

/** JSON of the expected shape, or one sentence that says what is wrong where. */
export function parseMessage<S extends z.ZodType>(
  schema: S,
  text: string,
): { readonly ok: true; readonly message: z.infer<S> } | { readonly ok: false; readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, message: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, problem: `${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'not valid'}` };
}
