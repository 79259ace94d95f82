/**
 * VNPAY gateway 2.1.0 (sandbox.vnpayment.vn/apis; lehuygiang28/vnpay): amounts are đồng × 100, times GMT+7. Orders and
 * notices are signed with HMAC-SHA512 over the sorted query, questions and refunds over values joined by `|`.
 */
import * as z from 'zod';
import { assert } from '../../../core/base/assert.ts';
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import { err, fault, ok, type Result } from '../../../core/base/result.ts';
import type { QrOrder, QrRefundReply, QrRefundRequest } from '../../../core/provider/model.ts';
import type { ProviderFault, Transfer } from '../../../core/transaction/model.ts';
import type { Ask, MerchantAccount, NoticeOutcome, ProviderAdapter } from '../adapter.ts';
import type { HttpReply } from '../http-call.ts';
import type { ServiceReply } from '../http-service.ts';
import { jsonRequest, noticeFault, readJson, refusal, transferTo } from '../reading.ts';
import { hmacHex, plainText, sameText } from '../signing.ts';
import { compactTime, readVietnamTime } from '../vietnam-time.ts';

export interface VnpaySettings {
  /** Of the payment page, up to the host. */
  readonly apiBase: string;
  /** Of questions and refunds, up to the host. */
  readonly queryBase: string;
  readonly tmnCode: string;
  readonly hashSecret: string;
}

/** An order is named by reference and time of creation; that time is this long before its expiry, so both are known. */
const orderLifeMs = 15 * 60_000;

const version = '2.1.0';
/** VNPAY wants the address of the payer; a terminal knows none. */
const ipAddress = '127.0.0.1';
const queryFields =
  'vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TxnRef vnp_TransactionDate vnp_CreateDate vnp_IpAddr vnp_OrderInfo';
const refundFields =
  'vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TransactionType vnp_TxnRef vnp_Amount vnp_TransactionNo vnp_TransactionDate vnp_CreateBy vnp_CreateDate vnp_IpAddr vnp_OrderInfo';
const refundReplyFields =
  'vnp_ResponseId vnp_Command vnp_ResponseCode vnp_Message vnp_TmnCode vnp_TxnRef vnp_Amount vnp_BankCode vnp_PayDate vnp_TransactionNo vnp_TransactionType vnp_TransactionStatus vnp_OrderInfo';
const queryReplyFields = `${refundReplyFields} vnp_PromotionCode vnp_PromotionAmount`;

/** Refusals of a refund that a repeat of an accepted one is not answered with. */
const refundTurnedDown: readonly string[] = ['02', '03', '97'];

const replies: Readonly<Record<NoticeOutcome, readonly [string, string]>> = {
  kept: ['00', 'Confirm Success'],
  later: ['99', 'Cannot be kept at present'],
  notFound: ['01', 'Order not found'],
  otherAccount: ['01', 'Order not found'],
  signature: ['97', 'Invalid Checksum'],
  stale: ['99', 'Stale'],
  malformed: ['99', 'Not understood'],
};

function acknowledge(outcome: NoticeOutcome): ServiceReply {
  const [code, message] = replies[outcome];
  return { status: 200, body: { RspCode: code, Message: message } };
}

/** As VNPAY writes a query: sorted by key, form encoded, without the signature itself. */
function vnpayQuery(fields: Readonly<Record<string, string>>): string {
  const kept = Object.entries(fields).filter(([key]) => key !== 'vnp_SecureHash' && key !== 'vnp_SecureHashType');
  return new URLSearchParams(kept.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

function vnpayHash(secret: string, fields: Readonly<Record<string, unknown>>, names: string): string {
  const values = names.split(' ').map((name) => plainText(fields[name]));
  return hmacHex('sha512', secret, values.join('|'));
}

const text = z.union([z.string(), z.int()]).transform(String);
const generated = z.looseObject({ code: text, qrcontent: z.string().optional() });
const transactionReply = z.looseObject({
  vnp_ResponseCode: text,
  vnp_TxnRef: text.optional(),
  vnp_TransactionStatus: text.optional(),
  vnp_TransactionType: text.optional(),
  vnp_TransactionNo: text.optional(),
  vnp_PayDate: text.optional(),
  vnp_Amount: text.optional(),
  vnp_OrderInfo: text.optional(),
  vnp_SecureHash: z.string().optional(),
});

/** Hundredths of a đồng that are whole đồng. */
function amountOf(hundredths: string | undefined): number | undefined {
  return /^[1-9]\d{0,11}00$/.test(hundredths ?? '') ? Number(hundredths) / 100 : undefined;
}

const transactionNo = /^[1-9]\d{0,19}$/;

const createdAt = (expiresAt: EpochMs): string => compactTime(epochMs(expiresAt - orderLifeMs));

/** The engine refuses a refund without one. */
function orderOf({ order }: QrRefundRequest): QrOrder {
  assert(order !== null, 'VNPAY: a refund names its order');
  return order;
}

const refundReply = (state: QrRefundReply['state'], found: z.output<typeof transactionReply>): QrRefundReply => ({
  state,
  providerRefundId: found.vnp_TransactionNo ?? null,
  detail: `response code ${found.vnp_ResponseCode}, status ${found.vnp_TransactionStatus ?? 'none'}`,
});

export function vnpayAdapter(settings: VnpaySettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, queryBase, tmnCode, hashSecret } = settings;
  const api = `${queryBase}/merchant_webapi/api/transaction`;
  const ask = (fields: Readonly<Record<string, string>>, names: string) =>
    jsonRequest('POST', api, { ...fields, vnp_SecureHash: vnpayHash(hashSecret, fields, names) });
  const read = (
    reply: HttpReply,
    names: string,
    what: string,
  ): Result<z.output<typeof transactionReply>, ProviderFault> => {
    const found = readJson(transactionReply, reply, what);
    if (!found.ok) return found;
    const { vnp_SecureHash: hash, ...fields } = found.value;
    // VNPAY signs what it has found; a refusal may come without.
    const unsigned = hash === undefined && fields.vnp_ResponseCode !== '00' && fields.vnp_ResponseCode !== '91';
    if (unsigned || sameText(vnpayHash(hashSecret, { ...fields, vnp_TmnCode: tmnCode }, names), hash?.toLowerCase())) {
      return found;
    }
    return err(fault('badReply', `${what}: wrong signature`, true));
  };
  const querydr =
    <T>(
      { reference, expiresAt }: QrOrder,
      judge: (found: z.output<typeof transactionReply>) => Result<T, ProviderFault>,
    ): Ask<T> =>
    ({ now, nonce }) => ({
      request: ask(
        {
          vnp_RequestId: nonce,
          vnp_Version: version,
          vnp_Command: 'querydr',
          vnp_TmnCode: tmnCode,
          vnp_TxnRef: reference,
          vnp_TransactionDate: createdAt(expiresAt),
          vnp_CreateDate: compactTime(now),
          vnp_IpAddr: ipAddress,
          vnp_OrderInfo: `query ${reference}`,
        },
        queryFields,
      ),
      read: (reply) => {
        const found = read(reply, queryReplyFields, 'VNPAY query');
        if (!found.ok) return found;
        const { vnp_TxnRef: txnRef, vnp_ResponseCode: code } = found.value;
        if (code === '00' && txnRef !== reference) return err(fault('badReply', 'VNPAY query: another order', true));
        return judge(found.value);
      },
    });
  const transfersOf = (
    reference: string,
    found: z.output<typeof transactionReply>,
  ): Result<readonly Transfer[], ProviderFault> => {
    const { vnp_ResponseCode: code, vnp_TransactionStatus: status = '', vnp_PayDate: date = '' } = found;
    if (code === '91') return ok([]);
    if (code !== '00') return err(fault('noReply', `VNPAY query: response code ${code}`, true));
    if (status === '01' || status === '02') return ok([]);
    // 05, 06 and 09 tell of a refund, so there was a payment; all else (reversed, suspected) is no answer yet.
    if (!['00', '05', '06', '09'].includes(status)) {
      return err(fault('noReply', `VNPAY query: no result yet, status ${status}`, true));
    }
    const amount = amountOf(found.vnp_Amount);
    const paidAt = readVietnamTime(date);
    const id = found.vnp_TransactionNo ?? '';
    if (amount === undefined || paidAt === undefined || !transactionNo.test(id)) {
      return err(fault('badReply', 'VNPAY query: paid without amount, time or id', true));
    }
    return ok([transferTo(merchant, { id, amount, memo: reference, paidAt, reference })]);
  };
  const refundFor = (
    { refundId, amount, paid, requestedAt, providerTransactionId }: QrRefundRequest,
    order: QrOrder,
  ) => ({
    vnp_RequestId: refundId,
    vnp_Version: version,
    vnp_Command: 'refund',
    vnp_TmnCode: tmnCode,
    vnp_TransactionType: amount.minorUnits === paid.minorUnits ? '02' : '03',
    vnp_TxnRef: order.reference,
    vnp_Amount: String(amount.minorUnits * 100),
    vnp_TransactionNo: providerTransactionId,
    vnp_TransactionDate: createdAt(order.expiresAt),
    vnp_CreateBy: 'terminal',
    vnp_CreateDate: compactTime(requestedAt),
    vnp_IpAddr: ipAddress,
    vnp_OrderInfo: `refund ${refundId}`,
  });
  return {
    name: 'vnpay',
    apiBase,
    capabilities: {
      codesFrom: 'provider',
      canQuery: true,
      canCancel: false,
      canRefund: true,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [
        'the command genqr, which gives the text of a code, is known from one public program, not from VNPAY',
        'whether an order that is asked for again after a crash is answered with its code: a no ends the sale, the next has its own order',
        'whether an order is taken whose time of creation lies up to 15 minutes back',
        'what a question (querydr) answers after a refund: a part of an amount stays in process until a person has looked',
        'refunds are switched off in the sandbox, and VNPAY staff set the address for notices',
      ],
    },
    issue: ({ reference, amount, expiresAt }) => {
      const fields = {
        vnp_Version: version,
        vnp_Command: 'genqr',
        vnp_TmnCode: tmnCode,
        vnp_Amount: String(amount.minorUnits * 100),
        vnp_CurrCode: 'VND',
        vnp_TxnRef: reference,
        // Comes back with the notice, so that the order can be asked for after a restart.
        vnp_OrderInfo: `${reference} ${compactTime(expiresAt)}`,
        vnp_OrderType: 'other',
        vnp_Locale: 'vn',
        vnp_ReturnUrl: 'https://cham.invalid/',
        vnp_IpAddr: ipAddress,
        vnp_CreateDate: createdAt(expiresAt),
        vnp_ExpireDate: compactTime(expiresAt),
      };
      const query = vnpayQuery(fields);
      const target = `/paymentv2/vpcpay.html?${query}&vnp_SecureHash=${hmacHex('sha512', hashSecret, query)}`;
      return ok(() => ({
        request: { method: 'GET', target, headers: {}, body: '' },
        read: (reply) => {
          const found = readJson(generated, reply, 'VNPAY order');
          if (!found.ok) return found;
          const { code, qrcontent = '' } = found.value;
          if (code !== '00') return refusal('VNPAY order', code);
          if (qrcontent.length < 20) return err(fault('badReply', 'VNPAY order: no code', true));
          return ok({ payload: qrcontent, bankBin: merchant.bankBin, account: merchant.account });
        },
      }));
    },
    query: ({ reference, expiresAt }) => {
      if (reference === undefined || expiresAt === undefined) {
        return err(fault('refused', 'VNPAY query: the time of the order is not known', true));
      }
      return ok([querydr({ reference, expiresAt }, (found) => transfersOf(reference, found))]);
    },
    refund: {
      repeatSafe: false,
      needsOrder: true,
      ask: (request) => () => ({
        request: ask(refundFor(request, orderOf(request)), refundFields),
        read: (reply) => {
          const found = read(reply, refundReplyFields, 'VNPAY refund');
          if (!found.ok) return found;
          const { vnp_ResponseCode: code, vnp_TransactionStatus: status } = found.value;
          if (refundTurnedDown.includes(code)) return ok(refundReply('refused', found.value));
          return ok(refundReply(code === '00' && status === '00' ? 'refunded' : 'processing', found.value));
        },
      }),
      query: (request) =>
        querydr(orderOf(request), (found) => {
          const { vnp_TransactionType: type = '', vnp_TransactionStatus: status = '' } = found;
          if (found.vnp_ResponseCode !== '00') {
            return err(fault('noReply', `VNPAY query: response code ${found.vnp_ResponseCode}`, true));
          }
          // The answer is about the order: only a full refund can be nobody else's.
          const ours = type === '02' && request.amount.minorUnits === request.paid.minorUnits;
          const state = ours && status === '00' ? 'refunded' : ours && status === '09' ? 'refused' : 'processing';
          return ok(refundReply(state, found));
        }),
    },
    notice: ({ path }) => {
      const params = new URLSearchParams(path.slice(path.indexOf('?') + 1));
      const fields = Object.fromEntries(params);
      // One name twice would let two readers see two things.
      if (!path.includes('?') || [...params.keys()].length !== Object.keys(fields).length) {
        return noticeFault('malformed', 'query');
      }
      const expected = hmacHex('sha512', hashSecret, vnpayQuery(fields));
      if (!sameText(expected, fields['vnp_SecureHash']?.toLowerCase())) return noticeFault('signature', 'wrong');
      if (fields['vnp_TmnCode'] !== tmnCode) return noticeFault('otherAccount', 'another merchant');
      if (fields['vnp_ResponseCode'] !== '00' || (fields['vnp_TransactionStatus'] ?? '00') !== '00') {
        return ok({ kind: 'ignored', why: 'a payment that failed' });
      }
      const { vnp_TxnRef: reference = '', vnp_TransactionNo: id = '', vnp_OrderInfo: info = '' } = fields;
      const amount = amountOf(fields['vnp_Amount']);
      const paidAt = readVietnamTime(fields['vnp_PayDate'] ?? '');
      if (
        amount === undefined ||
        paidAt === undefined ||
        !/^[A-Z0-9]{1,25}$/.test(reference) ||
        !transactionNo.test(id)
      ) {
        return noticeFault('malformed', 'not as documented');
      }
      const expiresAt = readVietnamTime(info.slice(reference.length + 1));
      const order = { reference, ...(expiresAt === undefined ? {} : { expiresAt }) };
      const transfer = transferTo(merchant, { id, amount, memo: reference, paidAt, reference });
      return ok({ kind: 'transfer', transfer, order });
    },
    acknowledge,
  };
}
