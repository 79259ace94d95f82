/**
 * The protocol of the training bank, and of anybody who wants to be a provider for this terminal: provider-messages.ts has
 * its messages, notice-signature.ts its signatures. The code is built here and registered there.
 */
import { err, fault, ok } from '../../../core/base/result.ts';
import type { ProviderCapabilities, QrRefundReply } from '../../../core/provider/model.ts';
import { buildVietQr } from '../../../core/qr/vietqr.ts';
import type { ApiRequest, Ask, MerchantAccount, ProviderAdapter } from '../adapter.ts';
import { requestContent, signatureHeaders, signatureProblem } from '../notice-signature.ts';
import {
  cancelledMessage,
  cancelPath,
  paymentRequestsPath,
  refundPath,
  refundsPath,
  refundStateMessage,
  registeredMessage,
  toTransfer,
  transferMessage,
  transfersMessage,
  transfersPath,
  type PaymentRequestMessage,
  type RefundMessage,
} from '../provider-messages.ts';
import { noticeFault, noticeJson, readJson } from '../reading.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface ChamSettings {
  /** Scheme, host and port, e.g. `http://127.0.0.1:7500`. */
  readonly apiBase: string;
  /** Shared with the provider; at least 16 bytes. */
  readonly secret: Uint8Array;
}

export const chamCapabilities: ProviderCapabilities = {
  codesFrom: 'terminal',
  canQuery: true,
  canCancel: true,
  canRefund: true,
  pushesNotices: true,
  confirmedBy: 'query',
  unverified: [],
};

const readRefund: ReturnType<Ask<QrRefundReply>>['read'] = (reply) => {
  const found = readJson(refundStateMessage, reply, 'refund');
  if (!found.ok) return found;
  const { state, refundId } = found.value;
  return ok({ state, providerRefundId: refundId, detail: state });
};

export function chamAdapter({ apiBase, secret }: ChamSettings, merchant: MerchantAccount): ProviderAdapter {
  const request = (
    method: ApiRequest['method'],
    target: string,
    content: unknown,
    now: Parameters<typeof signatureHeaders>[2],
  ): ApiRequest => {
    const body = content === undefined ? '' : JSON.stringify(content);
    const signature = signatureHeaders(secret, requestContent(method, target, body), now);
    return { method, target, headers: { 'content-type': 'application/json', ...signature }, body };
  };
  return {
    name: 'cham',
    apiBase: apiBase.replace(/\/+$/, ''),
    capabilities: chamCapabilities,
    issue: ({ amount, reference, expiresAt }) => {
      const { bankBin, account, name } = merchant;
      const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', amount, reference, merchantName: name });
      if (!built.ok) return err(fault('refused', `no code for this sale: ${built.fault.detail}`, true));
      const payload = built.value;
      return ok(({ now, noticeUrl = 'http://127.0.0.1:9/' }) => {
        const message: PaymentRequestMessage = {
          reference,
          amountMinorUnits: amount.minorUnits,
          currency: amount.currency,
          payload,
          expiresAt,
          noticeUrl,
        };
        return {
          request: request('POST', paymentRequestsPath, message, now),
          read: (reply) => {
            const found = readJson(registeredMessage, reply, 'payment request');
            if (!found.ok) return found;
            if (found.value.reference !== reference)
              return err(fault('badReply', 'answer for another reference', true));
            return ok({ payload, bankBin, account });
          },
        };
      });
    },
    query: ({ reference, providerTransactionId: id }) => {
      if (id === undefined && reference === undefined) return err(fault('refused', 'transfers: of what?', true));
      const [name, value] = id === undefined ? ['reference', reference ?? ''] : ['id', id];
      const target = `${transfersPath}?${name}=${encodeURIComponent(value)}`;
      return ok([
        ({ now }) => ({
          request: request('GET', target, undefined, now),
          read: (reply) => {
            const found = readJson(transfersMessage, reply, 'transfers');
            return found.ok ? ok(found.value.transfers.map(toTransfer)) : found;
          },
        }),
      ]);
    },
    cancel: ({ reference }) =>
      ok(({ now }) => ({
        request: request('POST', cancelPath(reference), {}, now),
        read: (reply) => {
          const found = readJson(cancelledMessage, reply, 'cancel');
          return found.ok ? ok(found.value.state) : found;
        },
      })),
    refund: {
      repeatSafe: true,
      needsOrder: false,
      ask:
        ({ refundId, providerTransactionId, amount }) =>
        ({ now }) => {
          const message: RefundMessage = { refundId, providerTransactionId, amountMinorUnits: amount.minorUnits };
          return { request: request('POST', refundsPath, message, now), read: readRefund };
        },
      query:
        ({ refundId }) =>
        ({ now }) => ({ request: request('GET', refundPath(refundId), undefined, now), read: readRefund }),
    },
    notice: ({ method, headers, body, receivedAt }) => {
      if (method !== 'POST') return noticeFault('notFound', 'only POST');
      const problem = signatureProblem(secret, body, headers, receivedAt);
      if (problem !== undefined) return noticeFault(problem === 'stale' ? 'stale' : 'signature', problem);
      const parsed = noticeJson(transferMessage, body);
      return parsed.ok ? ok({ kind: 'transfer', transfer: toTransfer(parsed.value), order: {} }) : parsed;
    },
    acknowledge: acknowledgeByStatus,
  };
}
