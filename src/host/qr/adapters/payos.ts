/**
 * payOS: orders by number, HMAC-SHA256 over the sorted pairs of `data` (payos.vn "Kiểm tra dữ liệu với signature";
 * payOSHQ/payos-lib-node). The order number is the reference in another writing, so that each finds the other.
 */
import * as z from 'zod';
import type { EpochMs } from '../../../core/base/brand.ts';
import { err, fault, ok, type Result } from '../../../core/base/result.ts';
import type { QrCancelReply } from '../../../core/provider/model.ts';
import type { ProviderFault, Transfer } from '../../../core/transaction/model.ts';
import type { ApiRequest, MerchantAccount, ProviderAdapter } from '../adapter.ts';
import type { HttpReply } from '../http-call.ts';
import {
  dong,
  jsonRequest,
  maybeText,
  noticeFault,
  noticeJson,
  printableId,
  readJson,
  refusal,
  textOrNumber,
  transferTo,
  type CounterAccount,
} from '../reading.ts';
import { hmacHex, joinPairs, plainText, sameText, sortKeys } from '../signing.ts';
import { readVietnamTime } from '../vietnam-time.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface PayosSettings {
  readonly apiBase: string;
  readonly clientId: string;
  readonly apiKey: string;
  readonly checksumKey: string;
}

const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
/** payOS wants addresses of web pages that a terminal has none of; never visited. */
const nowhere = 'https://cham.invalid/';

/** `CH` and eight symbols of five bits, as a number above zero; undefined for other references. */
export function orderCodeOf(reference: string): number | undefined {
  if (!/^CH[2-9A-HJ-NP-Z]{8}$/.test(reference)) return undefined;
  let code = 0;
  for (const symbol of reference.slice(2)) code = code * 32 + alphabet.indexOf(symbol);
  return code + 1;
}

export function referenceOfOrderCode(orderCode: number): string | undefined {
  if (!Number.isSafeInteger(orderCode) || orderCode < 1 || orderCode > 2 ** 40) return undefined;
  let text = '';
  for (let rest = orderCode - 1, at = 0; at < 8; at += 1, rest = Math.floor(rest / 32)) {
    text = alphabet.charAt(rest % 32) + text;
  }
  return `CH${text}`;
}

/** Over `data` with sorted keys; what is null is empty. */
export function payosSignature(checksumKey: string, data: Readonly<Record<string, unknown>>): string {
  const pairs = Object.keys(data)
    .sort()
    .map((key) => {
      const value = plainText(sortKeys(data[key]));
      return [key, value === 'null' || value === 'undefined' ? '' : value] as const;
    });
  return hmacHex('sha256', checksumKey, joinPairs(pairs));
}

const anyObject = z.record(z.string(), z.unknown());
const envelope = z.looseObject({ code: textOrNumber, data: anyObject.nullish(), signature: z.string().nullish() });

/** ISO 8601 with a zone, or local time without. */
const when = z.string().transform((text, context): EpochMs => {
  const at = readVietnamTime(text) ?? (/(Z|[+-]\d\d:?\d\d)$/.test(text) ? (Date.parse(text) as EpochMs) : Number.NaN);
  if (!Number.isNaN(at)) return at as EpochMs;
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

const transaction = z.looseObject({
  reference: z.string().regex(printableId),
  amount: dong,
  accountNumber: z.string(),
  description: z.string(),
  transactionDateTime: when,
  virtualAccountNumber: maybeText,
  counterAccountBankId: maybeText,
  counterAccountBankName: maybeText,
  counterAccountName: maybeText,
  counterAccountNumber: maybeText,
});
const paymentLink = z.looseObject({
  orderCode: z.int(),
  status: z.enum(['PENDING', 'PROCESSING', 'PAID', 'UNDERPAID', 'CANCELLED', 'EXPIRED', 'FAILED']),
  transactions: z.array(transaction),
});
const created = z.looseObject({ orderCode: z.int(), amount: dong, qrCode: z.string().min(20) });
const noticeBody = z.looseObject({
  code: textOrNumber,
  success: z.boolean().optional(),
  data: anyObject,
  signature: z.string(),
});
const noticeData = z.looseObject({ ...transaction.shape, orderCode: z.int(), code: maybeText });

const payerOf = (found: z.output<typeof transaction>): CounterAccount => ({
  account: found.counterAccountNumber,
  bank: found.counterAccountBankName ?? found.counterAccountBankId,
  name: found.counterAccountName,
});

const numbered = (reference: string | undefined): Result<number, ProviderFault> => {
  const code = reference === undefined ? undefined : orderCodeOf(reference);
  return code === undefined ? err(fault('refused', 'payOS: a reference that is no order number', true)) : ok(code);
};

const orderTarget = (code: number): string => `/v2/payment-requests/${code}`;

export function payosAdapter(settings: PayosSettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, clientId, apiKey, checksumKey } = settings;
  const headers = { 'x-client-id': clientId, 'x-api-key': apiKey };
  const ours = (found: { accountNumber: string; virtualAccountNumber: string | undefined }): boolean =>
    [found.accountNumber, found.virtualAccountNumber].includes(merchant.account);
  const read = <S extends z.ZodType>(schema: S, reply: HttpReply, what: string): Result<z.output<S>, ProviderFault> => {
    const outer = readJson(envelope, reply, what);
    if (!outer.ok) return outer;
    const { code, data, signature } = outer.value;
    if (code !== '00') return refusal(what, code);
    if (typeof signature === 'string' && !sameText(payosSignature(checksumKey, data ?? {}), signature)) {
      return err(fault('badReply', `${what}: wrong signature`, true));
    }
    const parsed = schema.safeParse(data);
    return parsed.success ? ok(parsed.data) : err(fault('badReply', `${what}: not as documented`, true));
  };
  const transfersOf = (link: z.output<typeof paymentLink>): readonly Transfer[] =>
    link.transactions
      .filter((one) => ours(one) && one.amount > 0)
      .map((one) =>
        transferTo(merchant, {
          id: one.reference,
          amount: one.amount,
          memo: one.description,
          paidAt: one.transactionDateTime,
          reference: referenceOfOrderCode(link.orderCode),
          payer: payerOf(one),
        }),
      );
  return {
    name: 'payos',
    apiBase,
    capabilities: {
      codesFrom: 'provider',
      canQuery: true,
      canCancel: true,
      canRefund: false,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'whether a code of a bank account that is not linked through payOS keeps a memo of more than 9 characters',
        'whether each answer carries a signature: it is checked when it is there',
        'the time zone of transactionDateTime: read as UTC+7 when it names none',
        'whether an order that is asked for again after a crash is answered with its code: a no ends the sale, the next has its own order',
        'how often and for how long payOS repeats a notice that was not acknowledged',
      ],
    },
    issue: (request) => {
      const code = numbered(request.reference);
      if (!code.ok) return code;
      const { amount, reference, expiresAt } = request;
      const signed = {
        amount: amount.minorUnits,
        cancelUrl: nowhere,
        description: reference,
        orderCode: code.value,
        returnUrl: nowhere,
      };
      const content = {
        ...signed,
        expiredAt: Math.floor(expiresAt / 1000),
        signature: payosSignature(checksumKey, signed),
      };
      return ok(() => ({
        request: jsonRequest('POST', '/v2/payment-requests', content, headers),
        read: (reply) => {
          const found = read(created, reply, 'payOS order');
          if (!found.ok) return found;
          if (found.value.orderCode !== code.value || found.value.amount !== amount.minorUnits) {
            return err(fault('badReply', 'payOS order: answer for another order', true));
          }
          return ok({ payload: found.value.qrCode, bankBin: merchant.bankBin, account: merchant.account });
        },
      }));
    },
    query: ({ reference }) => {
      const code = numbered(reference);
      if (!code.ok) return code;
      const request: ApiRequest = jsonRequest('GET', orderTarget(code.value), undefined, headers);
      return ok([
        () => ({
          request,
          read: (reply) => {
            const found = read(paymentLink, reply, 'payOS query');
            if (!found.ok) return found;
            if (found.value.orderCode !== code.value) return err(fault('badReply', 'payOS query: another order', true));
            return ok(transfersOf(found.value));
          },
        }),
      ]);
    },
    cancel: ({ reference }) => {
      const code = numbered(reference);
      if (!code.ok) return code;
      const content = { cancellationReason: 'cancelled at the terminal' };
      return ok(() => ({
        request: jsonRequest('POST', `${orderTarget(code.value)}/cancel`, content, headers),
        read: (reply) => {
          const found = read(paymentLink, reply, 'payOS cancel');
          if (!found.ok) return found;
          const { status, transactions } = found.value;
          const ends: Partial<Record<typeof status, QrCancelReply>> = {
            CANCELLED: 'cancelled',
            EXPIRED: 'cancelled',
            PAID: 'paid',
          };
          const end = transactions.length > 0 ? 'paid' : ends[status];
          return end === undefined ? err(fault('badReply', `payOS cancel: status ${status}`, true)) : ok(end);
        },
      }));
    },
    notice: ({ body }) => {
      const outer = noticeJson(noticeBody, body);
      if (!outer.ok) return outer;
      const { data, signature } = outer.value;
      if (!sameText(payosSignature(checksumKey, data), signature)) return noticeFault('signature', 'wrong');
      const parsed = noticeData.safeParse(data);
      if (!parsed.success) return noticeFault('malformed', 'data not as documented');
      const found = parsed.data;
      if (!ours(found)) return noticeFault('otherAccount', 'another account');
      if (found.code !== undefined && found.code !== '00') return ok({ kind: 'ignored', why: 'a payment that failed' });
      const reference = referenceOfOrderCode(found.orderCode);
      // payOS sends a made-up order when its address for notices is set.
      if (reference === undefined || found.amount <= 0) return ok({ kind: 'ignored', why: 'not an order of ours' });
      const { reference: id, amount, description: memo, transactionDateTime: paidAt } = found;
      const transfer = transferTo(merchant, { id, amount, memo, paidAt, reference, payer: payerOf(found) });
      return ok({ kind: 'transfer', transfer, order: { reference } });
    },
    acknowledge: acknowledgeByStatus,
  };
}
