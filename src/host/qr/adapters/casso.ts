/**
 * Casso: sees what arrives on a bank account. Webhook V2: `X-Casso-Signature: t=<ms>,v1=<hex>`, HMAC-SHA512 over
 * `t + "." + ` the body as JSON with sorted keys. The code is built here; the list of transactions has the same ids.
 */
import * as z from 'zod';
import { ok } from '../../../core/base/result.ts';
import type { Transfer } from '../../../core/transaction/model.ts';
import type { MerchantAccount, ProviderAdapter } from '../adapter.ts';
import {
  dong,
  jsonRequest,
  maxSkewMs,
  maybeText,
  noticeFault,
  noticeJson,
  readJson,
  refusal,
  textOrNumber,
  transferTo,
  vietnamTime,
} from '../reading.ts';
import { hmacHex, sameText, sortKeys } from '../signing.ts';
import { spacedTime } from '../vietnam-time.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface CassoSettings {
  /** Up to `/v2`. */
  readonly apiBase: string;
  readonly apiKey: string;
  readonly webhookKey: string;
}

const pageSize = 100;
const id = textOrNumber.pipe(z.string().regex(/^\d{1,20}$/));

const noticeBody = z.looseObject({
  error: z.int().optional(),
  data: z.looseObject({
    id,
    description: z.string().nullish(),
    amount: dong,
    transactionDateTime: vietnamTime,
    accountNumber: textOrNumber,
    virtualAccountNumber: maybeText,
    counterAccountNumber: maybeText,
    counterAccountBankName: maybeText,
    counterAccountName: maybeText,
  }),
});

const record = z.looseObject({
  id,
  description: z.string().nullish(),
  amount: dong,
  when: vietnamTime,
  bankSubAccId: maybeText,
  bank_sub_acc_id: maybeText,
  virtualAccount: maybeText,
  corresponsiveAccount: maybeText,
  corresponsiveBankName: maybeText,
  corresponsiveName: maybeText,
});
const list = z.looseObject({
  error: z.int(),
  data: z.looseObject({ records: z.array(record).max(pageSize), totalPages: z.int().min(0).optional() }).nullish(),
});

/** `t` and `v1` of the header; undefined when it is not of that form. */
function signatureParts(header: string | undefined): { readonly t: string; readonly v1: string } | undefined {
  const found = /^t=(\d{13}), ?v1=([0-9a-f]{128})$/.exec(header ?? '');
  return found === null ? undefined : { t: found[1] ?? '', v1: found[2] ?? '' };
}

function cassoSignature(key: string, t: string, body: unknown): string {
  return hmacHex('sha512', key, `${t}.${JSON.stringify(sortKeys(body))}`);
}

export function cassoAdapter(settings: CassoSettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, apiKey, webhookKey } = settings;
  return {
    name: 'casso',
    apiBase,
    capabilities: {
      codesFrom: 'terminal',
      canQuery: true,
      canCancel: false,
      canRefund: false,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'the list of transactions (/transactions, Authorization: Apikey) is known from public programs only',
        'that the id of a notice is the id in the list, and which field of the list names the account',
        'the names of the payer’s account in the list (corresponsiveAccount, corresponsiveBankName, corresponsiveName)',
        'whether a repeated notice is signed anew: one that is not is refused as stale after five minutes',
      ],
    },
    statement: ({ from, to, page }) => {
      const query = new URLSearchParams({
        fromDate: spacedTime(from).slice(0, 10),
        page: String(page),
        pageSize: String(pageSize),
        sort: 'DESC',
      });
      return () => ({
        request: jsonRequest('GET', `/transactions?${query.toString()}`, undefined, {
          authorization: `Apikey ${apiKey}`,
        }),
        read: (reply) => {
          const found = readJson(list, reply, 'Casso list');
          if (!found.ok) return found;
          const { error, data } = found.value;
          if (error !== 0) return refusal('Casso list', error);
          const records = data?.records ?? [];
          const transfers = records.flatMap((one): Transfer[] => {
            const own = one.bankSubAccId ?? one.bank_sub_acc_id;
            const ours = own === undefined || [own, one.virtualAccount].includes(merchant.account);
            if (!ours || one.amount <= 0 || one.when < from || one.when > to) return [];
            const { amount, description, when } = one;
            const { corresponsiveAccount: account, corresponsiveBankName: bank, corresponsiveName: name } = one;
            const payer = { account, bank, name };
            return [transferTo(merchant, { id: one.id, amount, memo: description ?? '', paidAt: when, payer })];
          });
          // Newest first: what is older than the window ends it.
          const reached = records.some(({ when }) => when < from);
          return ok({ transfers, more: records.length === pageSize && !reached });
        },
      });
    },
    notice: ({ headers, body, receivedAt }) => {
      const parts = signatureParts(headers['x-casso-signature']);
      if (parts === undefined) return noticeFault('signature', 'missing');
      const parsed = noticeJson(z.record(z.string(), z.unknown()), body);
      if (!parsed.ok) return parsed;
      if (!sameText(cassoSignature(webhookKey, parts.t, parsed.value), parts.v1))
        return noticeFault('signature', 'wrong');
      if (Math.abs(receivedAt - Number(parts.t)) > maxSkewMs) return noticeFault('stale', 'signed at another time');
      const shaped = noticeBody.safeParse(parsed.value);
      if (!shaped.success) return noticeFault('malformed', 'not as documented');
      const { data } = shaped.data;
      // What the test button sends.
      if (data.id === '0') return ok({ kind: 'ignored', why: 'a test' });
      if (![data.accountNumber, data.virtualAccountNumber].includes(merchant.account)) {
        return noticeFault('otherAccount', 'another account');
      }
      if (data.amount <= 0) return ok({ kind: 'ignored', why: 'money that left' });
      const arrived = {
        id: data.id,
        amount: data.amount,
        memo: data.description ?? '',
        paidAt: data.transactionDateTime,
        payer: {
          account: data.counterAccountNumber,
          bank: data.counterAccountBankName,
          name: data.counterAccountName,
        },
      };
      return ok({ kind: 'transfer', transfer: transferTo(merchant, arrived), order: {} });
    },
    acknowledge: acknowledgeByStatus,
  };
}
