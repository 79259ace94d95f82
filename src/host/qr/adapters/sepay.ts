/**
 * SePay: sees what arrives on a bank account (developer.sepay.vn "Webhooks", docs.sepay.vn "API Giao dịch"). The code is
 * built here. Notices carry an API key or HMAC-SHA256 over `timestamp + "." + body`; the list has the same ids.
 */
import * as z from 'zod';
import { epochMs } from '../../../core/base/brand.ts';
import { err, fault, ok } from '../../../core/base/result.ts';
import type { Transfer } from '../../../core/transaction/model.ts';
import type { MerchantAccount, NoticeFault, ProviderAdapter } from '../adapter.ts';
import type { RawNotice } from '../notice-source.ts';
import {
  dong,
  jsonRequest,
  maxSkewMs,
  maybeText,
  noticeFault,
  noticeJson,
  readJson,
  textOrNumber,
  transferTo,
  vietnamTime,
} from '../reading.ts';
import { hmacHex, sameText } from '../signing.ts';
import { spacedTime } from '../vietnam-time.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface SepaySettings {
  /** Up to `/userapi`. */
  readonly apiBase: string;
  readonly apiToken: string;
  readonly webhookAuth: 'hmac' | 'apikey';
  readonly webhookKey: string;
}

/** A list of more transfers than this does not tell how to go on, so that a window is asked for in slices. */
const mostPerSlice = 500;
const sliceMs = 3 * 3_600_000;

const noticeBody = z.looseObject({
  id: textOrNumber.pipe(z.string().regex(/^\d{1,20}$/)),
  transactionDate: vietnamTime,
  accountNumber: z.string(),
  subAccount: maybeText,
  content: z.string().nullish(),
  transferType: z.enum(['in', 'out']),
  transferAmount: dong,
});

const listed = z.looseObject({
  id: textOrNumber.pipe(z.string().regex(/^\d{1,20}$/)),
  account_number: z.string(),
  sub_account: maybeText,
  transaction_date: vietnamTime,
  amount_in: dong,
  transaction_content: z.string().nullish(),
});
const list = z.looseObject({ transactions: z.array(listed).max(mostPerSlice) });

export function sepayAdapter(settings: SepaySettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, apiToken, webhookAuth, webhookKey } = settings;
  const isOurs = (account: string, subAccount: string | undefined): boolean =>
    account === merchant.account || subAccount === merchant.account;

  function authProblem({ headers, body, receivedAt }: RawNotice): { ok: false; fault: NoticeFault } | undefined {
    if (webhookAuth === 'apikey') {
      const right = sameText(`Apikey ${webhookKey}`, headers['authorization']);
      return right ? undefined : noticeFault('signature', 'wrong key');
    }
    const timestamp = headers['x-sepay-timestamp'] ?? '';
    const expected = `sha256=${hmacHex('sha256', webhookKey, `${timestamp}.`, body)}`;
    if (!sameText(expected, headers['x-sepay-signature'])) return noticeFault('signature', 'wrong');
    // Seconds; milliseconds are taken too.
    if (!/^\d{10}(\d{3})?$/.test(timestamp)) return noticeFault('malformed', 'timestamp');
    const signedAt = Number(timestamp) * (timestamp.length === 10 ? 1000 : 1);
    return Math.abs(receivedAt - signedAt) > maxSkewMs ? noticeFault('stale', 'signed at another time') : undefined;
  }

  return {
    name: 'sepay',
    apiBase,
    capabilities: {
      codesFrom: 'terminal',
      canQuery: true,
      canCancel: false,
      canRefund: false,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'the content that is signed (timestamp, full stop, body) is known from two public programs, not from SePay',
        'that the id of a notice is the id in the list of transactions (the older API, which SePay no longer extends)',
        `what the list leaves out when more than ${mostPerSlice} transfers arrive in ${sliceMs / 3_600_000} hours`,
      ],
    },
    statement: ({ from, to, page }) => {
      const begin = epochMs(from + (page - 1) * sliceMs);
      const end = epochMs(Math.min(to, begin + sliceMs));
      const query = new URLSearchParams({
        account_number: merchant.account,
        transaction_date_min: spacedTime(begin),
        transaction_date_max: spacedTime(end),
        limit: String(mostPerSlice),
      });
      return () => ({
        request: jsonRequest('GET', `/transactions/list?${query.toString()}`, undefined, {
          authorization: `Bearer ${apiToken}`,
        }),
        read: (reply) => {
          // The older API answers a wrong token with 200 and nothing.
          if (reply.status === 200 && reply.body.trim() === '') {
            return err(fault('refused', 'SePay list: empty answer, is the token right?', true));
          }
          const found = readJson(list, reply, 'SePay list');
          if (!found.ok) return found;
          const transfers = found.value.transactions.flatMap((one): Transfer[] =>
            one.amount_in > 0 && isOurs(one.account_number, one.sub_account)
              ? [
                  transferTo(merchant, {
                    id: one.id,
                    amount: one.amount_in,
                    memo: one.transaction_content ?? '',
                    paidAt: one.transaction_date,
                  }),
                ]
              : [],
          );
          return ok({ transfers, more: end < to });
        },
      });
    },
    notice: (raw) => {
      const problem = authProblem(raw);
      if (problem !== undefined) return problem;
      const parsed = noticeJson(noticeBody, raw.body);
      if (!parsed.ok) return parsed;
      const { id, transactionDate, accountNumber, subAccount, content, transferType, transferAmount } = parsed.value;
      if (!isOurs(accountNumber, subAccount)) return noticeFault('otherAccount', 'another account');
      if (transferType === 'out' || transferAmount <= 0) return ok({ kind: 'ignored', why: 'money that left' });
      const arrived = { id, amount: transferAmount, memo: content ?? '', paidAt: transactionDate };
      return ok({ kind: 'transfer', transfer: transferTo(merchant, arrived), order: {} });
    },
    acknowledge: acknowledgeByStatus,
  };
}
