/**
 * MoMo, all-in-one gateway v2 (developers.momo.vn): HMAC-SHA256 over `key=value&…` in alphabetical order, the access key
 * included. The order is our reference; our request ids are kept by MoMo for 31 days, so that repeats do nothing.
 */
import * as z from 'zod';
import { epochMs } from '../../../core/base/brand.ts';
import { err, fault, ok } from '../../../core/base/result.ts';
import type { QrRefundReply } from '../../../core/provider/model.ts';
import type { MerchantAccount, ProviderAdapter } from '../adapter.ts';
import {
  dong,
  jsonRequest,
  maybeText,
  noticeFault,
  noticeJson,
  readJson,
  refusal,
  textOrNumber,
  transferTo,
} from '../reading.ts';
import { hmacHex, joinPairs, sameText } from '../signing.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface MomoSettings {
  readonly apiBase: string;
  readonly partnerCode: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Where a notice goes when there is no public address: nowhere; polling finds the payment. */
const nowhere = 'https://cham.invalid/';

const paid = 0;
/** Waits for the payer; such an order is not paid yet. */
const waiting = 1000;
/** Certainly not paid: no funds, limits, expired, refused by the payer, cancelled, no such order. */
const unpaid: readonly number[] = [42, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1017];
/** A refund that was turned down for good. */
const refundTurnedDown: readonly number[] = [42, 1080, 1081, 1088];

/** Fields of an instant payment notification, in the order in which they are signed; `accessKey` is not sent. */
const signedFields = [
  'accessKey',
  'amount',
  'extraData',
  'message',
  'orderId',
  'orderInfo',
  'orderType',
  'partnerCode',
  'payType',
  'requestId',
  'responseTime',
  'resultCode',
  'transId',
] as const;

const transId = textOrNumber.pipe(z.string().regex(/^\d{1,20}$/));
const answer = z.looseObject({ resultCode: z.int(), partnerCode: z.string(), orderId: z.string() });
const created = z.looseObject({ ...answer.shape, amount: dong.optional(), qrCodeUrl: z.string().min(10).optional() });
const status = z.looseObject({
  ...answer.shape,
  amount: dong.optional(),
  transId: textOrNumber.optional(),
  responseTime: z.int().min(0).optional(),
});
const refundStatus = z.looseObject({
  ...answer.shape,
  transId: maybeText,
  refundTrans: z.array(z.looseObject({ orderId: z.string(), resultCode: z.int(), transId: maybeText })).nullish(),
});
const noticeBody = z.looseObject({
  partnerCode: z.string(),
  orderId: z.string().regex(/^[A-Z0-9]{1,25}$/),
  requestId: z.string(),
  amount: dong,
  orderInfo: z.string(),
  orderType: z.string(),
  transId,
  resultCode: z.int(),
  message: z.string(),
  payType: z.string(),
  responseTime: z.int().min(0),
  extraData: z.string(),
  signature: z.string(),
});

/** Over `fields` as they stand, the access key put in its place. */
function momoSignature(secretKey: string, fields: readonly (readonly [string, unknown])[]): string {
  return hmacHex('sha256', secretKey, joinPairs(fields));
}

function momoNoticeSignature(
  { accessKey, secretKey }: Pick<MomoSettings, 'accessKey' | 'secretKey'>,
  notice: Readonly<Record<string, unknown>>,
): string {
  return momoSignature(
    secretKey,
    signedFields.map((name) => [name, name === 'accessKey' ? accessKey : notice[name]] as const),
  );
}

const refundReply = (code: number, id: string | undefined, definite: boolean): QrRefundReply => ({
  state: code === paid ? 'refunded' : definite && refundTurnedDown.includes(code) ? 'refused' : 'processing',
  providerRefundId: id ?? null,
  detail: `result code ${code}`,
});

export function momoAdapter(settings: MomoSettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, partnerCode, accessKey, secretKey } = settings;
  const api = '/v2/gateway/api';
  /** `fields` are signed in this order together with the access key, and sent without it. */
  const signed = (target: string, fields: readonly (readonly [string, unknown])[], more = {}) => {
    const signature = momoSignature(secretKey, [['accessKey', accessKey], ...fields]);
    return jsonRequest('POST', `${api}/${target}`, { ...Object.fromEntries(fields), ...more, lang: 'vi', signature });
  };
  const isOurs = (found: { partnerCode: string; orderId: string }, orderId: string): boolean =>
    found.partnerCode === partnerCode && found.orderId === orderId;
  return {
    name: 'momo',
    apiBase,
    capabilities: {
      codesFrom: 'provider',
      canQuery: true,
      canCancel: false,
      canRefund: true,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'whether a merchant account is given qrCodeUrl, the text of the code: MoMo enables it on request',
        'how long a code stays payable after the terminal has withdrawn it: MoMo has no call to cancel an unpaid order',
        'which result codes of refund/query are final refusals: 42, 1080, 1081 and 1088 are taken for them',
        'how often MoMo repeats a notice that was not acknowledged',
      ],
    },
    issue: ({ reference, amount }) => {
      const request = (address: string) =>
        signed(
          'create',
          [
            ['amount', amount.minorUnits],
            ['extraData', ''],
            ['ipnUrl', address],
            ['orderId', reference],
            ['orderInfo', reference],
            ['partnerCode', partnerCode],
            ['redirectUrl', address],
            ['requestId', reference],
            ['requestType', 'captureWallet'],
          ],
          { autoCapture: true },
        );
      return ok(({ noticeUrl = nowhere }) => ({
        request: request(noticeUrl),
        read: (reply) => {
          const found = readJson(created, reply, 'MoMo order');
          if (!found.ok) return found;
          const { resultCode, qrCodeUrl } = found.value;
          if (resultCode !== paid) return refusal('MoMo order', resultCode);
          if (!isOurs(found.value, reference)) return err(fault('badReply', 'MoMo order: another order', true));
          if (qrCodeUrl === undefined)
            return err(fault('refused', 'MoMo order: no qrCodeUrl; ask MoMo to enable it', true));
          return ok({ payload: qrCodeUrl, bankBin: merchant.bankBin, account: merchant.account });
        },
      }));
    },
    query: ({ reference }) => {
      if (reference === undefined) return err(fault('refused', 'MoMo query: no reference', true));
      return ok([
        ({ nonce }) => ({
          request: signed('query', [
            ['orderId', reference],
            ['partnerCode', partnerCode],
            ['requestId', nonce],
          ]),
          read: (reply) => {
            const found = readJson(status, reply, 'MoMo query');
            if (!found.ok) return found;
            const { resultCode, amount, transId: id, responseTime } = found.value;
            if (!isOurs(found.value, reference)) return err(fault('badReply', 'MoMo query: another order', true));
            if (resultCode === waiting || unpaid.includes(resultCode)) return ok([]);
            // Being processed, only authorised, or in trouble: neither paid nor certainly not.
            if (resultCode !== paid)
              return err(fault('noReply', `MoMo query: no result yet, code ${resultCode}`, true));
            if (amount === undefined || amount <= 0 || !transId.safeParse(id).success || responseTime === undefined) {
              return err(fault('badReply', 'MoMo query: paid without amount or id', true));
            }
            const paidAt = epochMs(responseTime);
            return ok([transferTo(merchant, { id: String(id), amount, memo: reference, paidAt, reference })]);
          },
        }),
      ]);
    },
    refund: {
      repeatSafe: true,
      needsOrder: false,
      ask:
        ({ refundId, providerTransactionId, amount }) =>
        () => ({
          request: signed('refund', [
            ['amount', amount.minorUnits],
            ['description', ''],
            ['orderId', refundId],
            ['partnerCode', partnerCode],
            ['requestId', refundId],
            ['transId', Number(providerTransactionId)],
          ]),
          read: (reply) => {
            const found = readJson(refundStatus, reply, 'MoMo refund');
            if (!found.ok) return found;
            if (!isOurs(found.value, refundId)) return err(fault('badReply', 'MoMo refund: another refund', true));
            // A no may be about a repeat of what was done: only the query says what became of it.
            return ok(refundReply(found.value.resultCode, found.value.transId, false));
          },
        }),
      query:
        ({ refundId }) =>
        ({ nonce }) => ({
          request: signed('refund/query', [
            ['orderId', refundId],
            ['partnerCode', partnerCode],
            ['requestId', nonce],
          ]),
          read: (reply) => {
            const found = readJson(refundStatus, reply, 'MoMo refund query');
            if (!found.ok) return found;
            if (!isOurs(found.value, refundId))
              return err(fault('badReply', 'MoMo refund query: another refund', true));
            const one = found.value.refundTrans?.find(({ orderId }) => orderId === refundId) ?? found.value;
            return ok(refundReply(one.resultCode, one.transId, true));
          },
        }),
    },
    notice: ({ body }) => {
      const parsed = noticeJson(noticeBody, body);
      if (!parsed.ok) return parsed;
      const found = parsed.value;
      if (!sameText(momoNoticeSignature(settings, found), found.signature)) return noticeFault('signature', 'wrong');
      if (found.partnerCode !== partnerCode) return noticeFault('otherAccount', 'another partner');
      if (found.resultCode !== paid || found.amount <= 0) return ok({ kind: 'ignored', why: 'a payment that failed' });
      const { transId: id, amount, orderId: reference, responseTime } = found;
      const arrived = { id, amount, memo: reference, paidAt: epochMs(responseTime), reference };
      return ok({ kind: 'transfer', transfer: transferTo(merchant, arrived), order: { reference } });
    },
    acknowledge: (outcome) => (outcome === 'kept' ? { status: 204 } : acknowledgeByStatus(outcome)),
  };
}
