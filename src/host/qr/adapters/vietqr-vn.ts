/**
 * VietQR.vn (api.vietqr.vn): orders over its API with a bearer token; notices come to two addresses that the terminal
 * serves, one for a token and one for transfers. A notice carries that token, not a signature over its content.
 */
import * as z from 'zod';
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import { err, fault, ok } from '../../../core/base/result.ts';
import type { QrRefundReply } from '../../../core/provider/model.ts';
import type { Transfer } from '../../../core/transaction/model.ts';
import type { MerchantAccount, NoticeOutcome, ProviderAdapter } from '../adapter.ts';
import type { ServiceReply } from '../http-service.ts';
import type { RawNotice } from '../notice-source.ts';
import {
  dong,
  jsonRequest,
  maybeText,
  noticeFault,
  noticeJson,
  printableId,
  readJson,
  transferTo,
} from '../reading.ts';
import { hmacHex, md5Hex, sameText } from '../signing.ts';

export interface VietqrVnSettings {
  /** Up to `/vqr`. */
  readonly apiBase: string;
  /** Short name of the bank as VietQR.vn writes it. */
  readonly bankCode: string;
  readonly username: string;
  readonly password: string;
  /** For refunds; left out when VietQR.vn has given none. */
  readonly refundKey?: string;
  /** What VietQR.vn shows to be given a token here. */
  readonly noticeUsername: string;
  readonly noticePassword: string;
}

const tokenLifeMs = 300_000;
const tokenPath = '/api/token_generate';
const syncPath = '/bank/api/transaction-sync';

const token = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().min(1) });
const created = z.looseObject({ qrCode: z.string().min(20), amount: z.unknown() });
const instant = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{10,13}$/)
    .transform(Number),
]);
const checked = z.array(
  z.looseObject({
    referenceNumber: maybeText,
    orderId: maybeText,
    amount: dong,
    content: z.string().nullish(),
    transType: z.string().nullish(),
    status: z.int(),
    type: z.int().nullish(),
    timePaid: instant.nullish(),
  }),
);
const refundAnswer = z.looseObject({ status: z.string(), message: maybeText });

/** Both ways of writing that the documents show. */
const noticeBody = z
  .looseObject({ amount: dong, transType: z.string(), content: z.string().nullish(), orderId: maybeText })
  .transform((found) => {
    const either = (lower: string, camel: string): string => {
      const value = found[lower] ?? found[camel];
      return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
    };
    return {
      amount: found.amount,
      isCredit: found.transType.toUpperCase() === 'C',
      memo: found.content ?? '',
      orderId: found.orderId,
      account: either('bankaccount', 'bankAccount'),
      id: either('referencenumber', 'referenceNumber'),
      transactionId: either('transactionid', 'transactionId'),
      time: either('transactiontime', 'transactionTime'),
    };
  });

/** Seconds or milliseconds since 1970. */
function instantOf(value: number): EpochMs {
  return epochMs(value < 100_000_000_000 ? value * 1000 : value);
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function acknowledge(outcome: NoticeOutcome): ServiceReply {
  if (outcome === 'kept') {
    return {
      status: 200,
      body: { error: false, errorReason: '000', toastMessage: '', object: { reftransactionid: 'kept' } },
    };
  }
  const status = outcome === 'later' ? 503 : outcome === 'signature' || outcome === 'stale' ? 401 : 400;
  return { status, body: { error: true, errorReason: outcome, toastMessage: '', object: null } };
}

const bearer = (held: string) => ({ authorization: `Bearer ${held}` });

const read = (reply: Parameters<typeof readJson>[1]) => readJson(checked, reply, 'VietQR.vn check');

export function vietqrVnAdapter(settings: VietqrVnSettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, bankCode, username, password, refundKey, noticeUsername, noticePassword } = settings;
  const tokenFor = (until: EpochMs): string => `${until}.${hmacHex('sha256', noticePassword, `notice token ${until}`)}`;
  const check = (type: '0' | '1', value: string, held: string) =>
    jsonRequest(
      'POST',
      '/api/transactions/check-order',
      { bankAccount: merchant.account, type, value, checkSum: md5Hex(merchant.account + username) },
      bearer(held),
    );

  function tokenProblem({ headers, receivedAt }: RawNotice): 'signature' | 'stale' | undefined {
    const [, until = ''] = /^Bearer (\d{13})\.[0-9a-f]{64}$/.exec(headers['authorization'] ?? '') ?? [];
    const expected = `Bearer ${tokenFor(epochMs(Number(until)))}`;
    if (until === '' || !sameText(expected, headers['authorization'])) return 'signature';
    return receivedAt > Number(until) ? 'stale' : undefined;
  }

  const refund: ProviderAdapter['refund'] =
    refundKey === undefined
      ? undefined
      : {
          repeatSafe: false,
          needsOrder: false,
          ask:
            ({ refundId, providerTransactionId, amount }) =>
            ({ token: held }) => ({
              request: jsonRequest(
                'POST',
                '/api/transaction/refund',
                {
                  bankAccount: merchant.account,
                  referenceNumber: providerTransactionId,
                  amount: String(amount.minorUnits),
                  content: refundId,
                  multiTimes: true,
                  bankCode,
                  checkSum: md5Hex(refundKey + providerTransactionId + String(amount.minorUnits) + merchant.account),
                },
                bearer(held),
              ),
              read: (reply) => {
                const found = readJson(refundAnswer, reply, 'VietQR.vn refund');
                if (!found.ok) return found;
                const { status, message } = found.value;
                const done = status.toUpperCase() === 'SUCCESS';
                const state: QrRefundReply['state'] = done ? 'refunded' : 'processing';
                return ok({ state, providerRefundId: done ? (message ?? null) : null, detail: status.slice(0, 20) });
              },
            }),
          query:
            ({ refundId, providerTransactionId }) =>
            ({ token: held }) => ({
              request: check('1', providerTransactionId, held),
              read: (reply) => {
                const found = read(reply);
                if (!found.ok) return found;
                // Refunds are transactions of type 6 and carry the words that we gave them.
                const one = found.value.find(({ type, content }) => type === 6 && content?.includes(refundId) === true);
                const state = one?.status === 1 ? 'refunded' : 'processing';
                return ok({
                  state,
                  providerRefundId: one?.referenceNumber ?? null,
                  detail: `status ${one?.status ?? 'none'}`,
                });
              },
            }),
        };

  return {
    name: 'vietqr-vn',
    apiBase,
    capabilities: {
      codesFrom: 'provider',
      canQuery: true,
      canCancel: false,
      canRefund: refund !== undefined,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'how the field sign of a notice is made: a notice is believed by its token, and counts after check-order only',
        'whether timePaid is in seconds or in milliseconds: both are taken',
        'what check-order answers about a refund: it stays in process until an entry of type 6 carries our words',
        'that referenceNumber of check-order and referencenumber of a notice are the same number',
      ],
    },
    token: () => ({
      request: {
        method: 'POST',
        target: tokenPath,
        headers: { 'content-type': 'application/json', authorization: basic(username, password) },
        body: '',
      },
      read: (reply) => {
        const found = readJson(token, reply, 'VietQR.vn token');
        return found.ok ? ok({ token: found.value.access_token, lifetimeMs: found.value.expires_in * 1000 }) : found;
      },
    }),
    issue: ({ reference, amount }) => {
      // Content and order have at most 19 characters.
      if (reference.length > 19)
        return err(fault('refused', 'VietQR.vn order: a reference of more than 19 characters', true));
      const content = {
        bankCode,
        bankAccount: merchant.account,
        userBankName: merchant.name,
        content: reference,
        qrType: 0,
        amount: amount.minorUnits,
        orderId: reference,
        transType: 'C',
      };
      return ok(({ token: held }) => ({
        request: jsonRequest('POST', '/api/qr/generate-customer', content, bearer(held)),
        read: (reply) => {
          const found = readJson(created, reply, 'VietQR.vn order');
          if (!found.ok) return found;
          if (Number(found.value.amount) !== amount.minorUnits) {
            return err(fault('badReply', 'VietQR.vn order: another amount', true));
          }
          return ok({ payload: found.value.qrCode, bankBin: merchant.bankBin, account: merchant.account });
        },
      }));
    },
    query: ({ reference, providerTransactionId }) => {
      const value = reference ?? providerTransactionId;
      if (value === undefined) return err(fault('refused', 'VietQR.vn check: neither order nor number', true));
      return ok([
        ({ token: held }) => ({
          request: check(reference === undefined ? '1' : '0', value, held),
          read: (reply) => {
            const found = read(reply);
            if (!found.ok) return found;
            const transfers: Transfer[] = [];
            for (const one of found.value) {
              const id = one.referenceNumber ?? '';
              const asked = reference === undefined ? id === value : one.orderId === reference;
              if (!asked || one.status !== 1 || one.type === 6 || one.transType === 'D') continue;
              if (!printableId.test(id) || one.amount <= 0 || typeof one.timePaid !== 'number') {
                return err(fault('badReply', 'VietQR.vn check: paid without amount, time or number', true));
              }
              const arrived = {
                id,
                amount: one.amount,
                memo: one.content ?? '',
                paidAt: instantOf(one.timePaid),
                reference: one.orderId,
              };
              transfers.push(transferTo(merchant, arrived));
            }
            return ok(transfers);
          },
        }),
      ]);
    },
    ...(refund === undefined ? {} : { refund }),
    answer: ({ method, path, headers, receivedAt }) => {
      if (!path.endsWith(tokenPath)) return undefined;
      if (method !== 'POST' || !sameText(basic(noticeUsername, noticePassword), headers['authorization'])) {
        return { status: 401, body: { status: 'FAILED', message: 'E401' } };
      }
      const access = tokenFor(epochMs(receivedAt + tokenLifeMs));
      return { status: 200, body: { access_token: access, token_type: 'Bearer', expires_in: tokenLifeMs / 1000 } };
    },
    notice: (raw) => {
      if (!raw.path.endsWith(syncPath)) return noticeFault('notFound', 'no such resource');
      const problem = tokenProblem(raw);
      if (problem !== undefined) return noticeFault(problem, 'token');
      const parsed = noticeJson(noticeBody, raw.body);
      if (!parsed.ok) return parsed;
      const { account, amount, id, isCredit, memo, orderId, time, transactionId } = parsed.value;
      if (account !== merchant.account) return noticeFault('otherAccount', 'another account');
      if (!isCredit || amount <= 0) return ok({ kind: 'ignored', why: 'money that left' });
      const name = id === '' ? transactionId : id;
      if (!printableId.test(name)) return noticeFault('malformed', 'no number');
      const paidAt = /^\d{10,13}$/.test(time) ? instantOf(Number(time)) : raw.receivedAt;
      const transfer = transferTo(merchant, { id: name, amount, memo, paidAt, reference: orderId });
      return ok({ kind: 'transfer', transfer, order: orderId === undefined ? {} : { reference: orderId } });
    },
    acknowledge,
  };
}
