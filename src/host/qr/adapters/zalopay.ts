/**
 * ZaloPay v2 (docs.zalopay.vn; zalopay-oss/zalopay-nodejs): HMAC-SHA256 over values joined by `|`, with key1 for requests
 * and key2 for callbacks. Orders are named by Vietnamese date and reference: `yymmdd_REFERENCE`.
 */
import * as z from 'zod';
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import { err, fault, ok } from '../../../core/base/result.ts';
import type { QrRefundReply } from '../../../core/provider/model.ts';
import type { Transfer } from '../../../core/transaction/model.ts';
import type { Ask, MerchantAccount, NoticeOutcome, ProviderAdapter } from '../adapter.ts';
import type { ServiceReply } from '../http-service.ts';
import { dong, jsonRequest, maybeText, noticeFault, noticeJson, readJson, refusal, transferTo } from '../reading.ts';
import { hmacHex, sameText } from '../signing.ts';
import { compactTime } from '../vietnam-time.ts';

export interface ZalopaySettings {
  /** Up to the host: `/v2/…` is put behind it. */
  readonly apiBase: string;
  readonly appId: number;
  /** Signs requests. */
  readonly key1: string;
  /** Signs callbacks. */
  readonly key2: string;
}

/** Longest time from issue to expiry of a code of this terminal: an order may bear the date of either. */
const longestLifeMs = 3_600_000;
/** ZaloPay takes no less. */
const shortestExpirySeconds = 300;

const zpId = z.union([z.int().min(1).transform(String), z.string().regex(/^[1-9]\d{0,19}$/)]);
const created = z.looseObject({
  return_code: z.int(),
  sub_return_code: z.int().optional(),
  order_url: maybeText,
  qr_code: maybeText,
});
const status = z.looseObject({
  return_code: z.int(),
  sub_return_code: z.int().optional(),
  is_processing: z.boolean().optional(),
  amount: dong.optional(),
  zp_trans_id: z.union([z.int(), z.string()]).optional(),
  server_time: z.int().optional(),
});
const refunded = z.looseObject({ return_code: z.int(), sub_return_code: z.int().optional(), refund_id: maybeText });
const noticeBody = z.looseObject({ data: z.string(), mac: z.string() });
const noticeData = z.looseObject({
  app_id: z.int(),
  app_trans_id: z.string().regex(/^\d{6}_[A-Z0-9]{1,25}$/),
  amount: dong,
  zp_trans_id: zpId,
  server_time: z.int().min(0),
  embed_data: z.string().optional(),
});

const replies: Partial<Record<NoticeOutcome, readonly [number, string]>> = {
  kept: [1, 'success'],
  later: [0, 'cannot be kept at present'],
  signature: [-1, 'mac not equal'],
};

/** All answers are 200: ZaloPay reads `return_code`. */
function acknowledge(outcome: NoticeOutcome): ServiceReply {
  const [code, message] = replies[outcome] ?? [-1, outcome];
  return { status: 200, body: { return_code: code, return_message: message } };
}

/** What we put into an order comes back with its callback. */
function expiryIn(embedData: string | undefined): { readonly expiresAt: EpochMs } | Record<string, never> {
  const found = /^\{"expiresAt":(\d{13})\}$/.exec(embedData ?? '');
  return found === null ? {} : { expiresAt: epochMs(Number(found[1])) };
}

/** Codes about the question (its form, its signature, too many, trouble inside), which say nothing of the order. */
function isRequestProblem(subCode: number | undefined): boolean {
  return subCode !== undefined && subCode <= -400 && subCode > -600;
}

const dateOf = (at: EpochMs): string => compactTime(at).slice(2, 8);

const datesOf = (expiresAt: EpochMs): readonly string[] => [
  ...new Set([dateOf(expiresAt), dateOf(epochMs(expiresAt - longestLifeMs))]),
];

const refundReply = (
  code: number,
  sub: number | undefined,
  id: string | undefined,
  definite: boolean,
): QrRefundReply => ({
  state: code === 1 ? 'refunded' : code === 2 && definite ? 'refused' : 'processing',
  providerRefundId: id ?? null,
  detail: `return code ${code}, ${sub ?? 'no sub code'}`,
});

export function zalopayAdapter(settings: ZalopaySettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, appId, key1, key2 } = settings;
  const post = (target: string, content: object, signed: readonly (string | number)[]) =>
    jsonRequest('POST', target, { ...content, mac: hmacHex('sha256', key1, signed.join('|')) });
  const queryOne =
    (orderId: string, reference: string): Ask<readonly Transfer[]> =>
    () => ({
      request: post('/v2/query', { app_id: appId, app_trans_id: orderId }, [appId, orderId, key1]),
      read: (reply) => {
        const found = readJson(status, reply, 'ZaloPay query');
        if (!found.ok) return found;
        const { return_code: code, is_processing: processing, amount, zp_trans_id: zp, server_time: at } = found.value;
        const { sub_return_code: sub } = found.value;
        if (code === 2 && isRequestProblem(sub)) return refusal('ZaloPay query', sub);
        if (code === 2) return ok([]);
        if (code === 3) {
          return processing === true ? err(fault('noReply', 'ZaloPay query: being processed', true)) : ok([]);
        }
        if (code !== 1) return err(fault('badReply', `ZaloPay query: return code ${code}`, true));
        const id = zpId.safeParse(zp);
        if (!id.success || amount === undefined || amount <= 0 || at === undefined) {
          return err(fault('badReply', 'ZaloPay query: paid without amount or id', true));
        }
        return ok([transferTo(merchant, { id: id.data, amount, memo: reference, paidAt: epochMs(at), reference })]);
      },
    });
  const refundName = (refundId: string, at: EpochMs): string => `${dateOf(at)}_${appId}_${refundId}`;
  return {
    name: 'zalopay',
    apiBase,
    capabilities: {
      codesFrom: 'provider',
      canQuery: true,
      canCancel: false,
      canRefund: true,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'whether qr_code (VietQR) comes with each order; without it the text of the code is order_url, for ZaloPay only',
        'that sub codes from -400 to -599 are about the question and all others of code 2 about the order',
        'whether server_time of a query is the time of the payment or of the answer',
        'a withdrawn code stays payable until ZaloPay lets it expire, five minutes after its issue at the earliest',
        'whether an order that is asked for again after a crash is answered with its code: a no ends the sale, the next has its own order',
        'whether a refund that is repeated on another day is known by its name (m_refund_id): ask for it instead',
      ],
    },
    issue: ({ reference, amount, expiresAt }) =>
      ok(({ now, noticeUrl }) => {
        const dates = datesOf(expiresAt);
        const today = dateOf(now);
        const orderId = `${dates.includes(today) ? today : dates[0]}_${reference}`;
        const embedData = JSON.stringify({ expiresAt });
        const [user, item] = ['terminal', '[]'];
        const seconds = Math.max(shortestExpirySeconds, Math.ceil((expiresAt - now) / 1000));
        const content = {
          app_id: appId,
          app_user: user,
          app_trans_id: orderId,
          app_time: now,
          expire_duration_seconds: seconds,
          amount: amount.minorUnits,
          item,
          description: reference,
          embed_data: embedData,
          bank_code: '',
          ...(noticeUrl === undefined ? {} : { callback_url: noticeUrl }),
        };
        return {
          request: post('/v2/create', content, [appId, orderId, user, amount.minorUnits, now, embedData, item]),
          read: (reply) => {
            const found = readJson(created, reply, 'ZaloPay order');
            if (!found.ok) return found;
            const { return_code: code, sub_return_code: sub, order_url: url, qr_code: qr } = found.value;
            if (code !== 1) return refusal('ZaloPay order', sub ?? code);
            const payload = qr ?? url;
            if (payload === undefined) return err(fault('badReply', 'ZaloPay order: no code', true));
            return ok({ payload, bankBin: merchant.bankBin, account: merchant.account });
          },
        };
      }),
    query: ({ reference, expiresAt }) => {
      if (reference === undefined || expiresAt === undefined) {
        return err(fault('refused', 'ZaloPay query: the date of the order is not known', true));
      }
      return ok(datesOf(expiresAt).map((date) => queryOne(`${date}_${reference}`, reference)));
    },
    refund: {
      repeatSafe: true,
      needsOrder: false,
      ask:
        ({ refundId, providerTransactionId, amount, requestedAt }) =>
        ({ now }) => {
          const name = refundName(refundId, requestedAt);
          const [sum, words] = [amount.minorUnits, refundId];
          const content = {
            m_refund_id: name,
            app_id: appId,
            zp_trans_id: providerTransactionId,
            amount: sum,
            timestamp: now,
            description: words,
          };
          return {
            request: post('/v2/refund', content, [appId, providerTransactionId, sum, words, now]),
            read: (reply) => {
              const found = readJson(refunded, reply, 'ZaloPay refund');
              if (!found.ok) return found;
              const { return_code: code, sub_return_code: sub, refund_id: id } = found.value;
              // A no may be about a repeat of what was done: only the query says what became of it.
              return ok(refundReply(code, sub, id, false));
            },
          };
        },
      query:
        ({ refundId, requestedAt }) =>
        ({ now }) => {
          const name = refundName(refundId, requestedAt);
          return {
            request: post('/v2/query_refund', { app_id: appId, m_refund_id: name, timestamp: now }, [appId, name, now]),
            read: (reply) => {
              const found = readJson(refunded, reply, 'ZaloPay refund query');
              if (!found.ok) return found;
              const { return_code: code, sub_return_code: sub, refund_id: id } = found.value;
              return ok(refundReply(code, sub, id, !isRequestProblem(sub)));
            },
          };
        },
    },
    notice: ({ body }) => {
      const outer = noticeJson(noticeBody, body);
      if (!outer.ok) return outer;
      // `type` stands outside what is signed: the data themselves say whether they are about an order.
      const { data, mac } = outer.value;
      if (!sameText(hmacHex('sha256', key2, data), mac)) return noticeFault('signature', 'wrong');
      const parsed = noticeJson(noticeData, Buffer.from(data));
      if (!parsed.ok) return parsed;
      const {
        app_id: app,
        app_trans_id: orderId,
        amount,
        zp_trans_id: id,
        server_time: at,
        embed_data: embed,
      } = parsed.value;
      if (app !== appId) return noticeFault('otherAccount', 'another app');
      if (amount <= 0) return noticeFault('malformed', 'amount');
      const reference = orderId.slice(7);
      const transfer = transferTo(merchant, { id, amount, memo: reference, paidAt: epochMs(at), reference });
      return ok({ kind: 'transfer', transfer, order: { reference, ...expiryIn(embed) } });
    },
    acknowledge,
  };
}
