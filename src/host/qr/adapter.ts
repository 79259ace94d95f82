/**
 * What a QR provider's adapter is: data and pure functions. It builds requests, reads replies and judges notices; the
 * engine (provider.ts) calls, repeats, watches and confirms, the same way for all.
 */
import type { EpochMs } from '../../core/base/brand.ts';
import type { Fault, Result } from '../../core/base/result.ts';
import type {
  ProviderCapabilities,
  QrCancelReply,
  QrOrder,
  QrRefundReply,
  QrRefundRequest,
} from '../../core/provider/model.ts';
import type { ProviderFault, QrIssue, QrRequest, Transfer } from '../../core/transaction/model.ts';
import type { HttpReply } from './http-call.ts';
import type { ServiceReply } from './http-service.ts';
import type { RawNotice } from './notice-source.ts';

/** The account that receives the money. */
export interface MerchantAccount {
  /** Six digits. */
  readonly bankBin: string;
  /** 1 to 19 letters and digits. */
  readonly account: string;
  /** Shown to the payer; folded to `[A-Z0-9 ]` and cut to 25 characters in the code. */
  readonly name: string;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Below the adapter's `apiBase`, with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One question and how its answer is read. */
export interface Exchange<T> {
  readonly request: ApiRequest;
  readonly read: (reply: HttpReply) => Result<T, ProviderFault>;
}

/** Built when it is sent: signatures bear the time. */
export type Ask<T> = (moment: Moment) => Exchange<T>;

/** What an exchange may depend on besides its own arguments. */
export interface Moment {
  readonly now: EpochMs;
  /** 32 hexadecimal digits, new for each exchange: for ids that must not repeat. */
  readonly nonce: string;
  /** Where the provider shall send notices; undefined when it is not told with a request. */
  readonly noticeUrl: string | undefined;
  /** From `token`; empty for adapters that need none. */
  readonly token: string;
}

export interface AccessToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

/** Times of transfers that are asked for, both ends included. */
export interface StatementWindow {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** From 1. */
  readonly page: number;
}

/** What an order is asked for by: whatever is known of it. */
export type Lookup = Partial<QrOrder> & { readonly providerTransactionId?: string };

export interface StatementPage {
  /** Incoming transfers to the merchant's account only. */
  readonly transfers: readonly Transfer[];
  readonly more: boolean;
}

export type Notice =
  /** `order` where the provider names one: what to ask about. */
  | { readonly kind: 'transfer'; readonly transfer: Transfer; readonly order: Partial<QrOrder> }
  /** Genuine, and nothing that we wait for: a payment that failed, money that left, a test. */
  | { readonly kind: 'ignored'; readonly why: string };

/** Never retry-safe: the same bytes stay wrong. `detail` has nothing of the content. */
export type NoticeFault = Fault<'notFound' | 'signature' | 'stale' | 'malformed' | 'otherAccount'>;

/** `kept`: durable here, or needs no keeping; `later`: send it again; otherwise why it was refused. */
export type NoticeOutcome = 'kept' | 'later' | NoticeFault['kind'];

export interface ProviderAdapter {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;
  /** Scheme, host, port and perhaps a path, without a slash at its end. */
  readonly apiBase: string;
  readonly token?: Ask<AccessToken>;
  /** Left out: the terminal builds the code. */
  readonly issue?: (request: QrRequest) => Result<Ask<QrIssue>, ProviderFault>;
  /** All have to answer; together they are the answer. */
  readonly query?: (order: Lookup) => Result<readonly Ask<readonly Transfer[]>[], ProviderFault>;
  /** Between pages of a statement, so that the provider's limit of calls is kept. Left out: none. */
  readonly pageGapMs?: number;
  /** In place of `query` where a provider knows accounts only. */
  readonly statement?: (window: StatementWindow) => Ask<StatementPage>;
  readonly cancel?: (order: QrOrder) => Result<Ask<QrCancelReply>, ProviderFault>;
  readonly refund?: {
    /** True when the provider knows a repeat by our refund id, so that it cannot pay twice. */
    readonly repeatSafe: boolean;
    /** True when a refund names the order that was paid, not only the transfer. */
    readonly needsOrder: boolean;
    readonly ask: (request: QrRefundRequest) => Ask<QrRefundReply>;
    readonly query: (request: QrRefundRequest) => Ask<QrRefundReply>;
  };
  /** Requests that are no notices but have to be answered, such as for a token; undefined for others. */
  readonly answer?: (raw: RawNotice) => ServiceReply | undefined;
  readonly notice?: (raw: RawNotice) => Result<Notice, NoticeFault>;
  /** What the provider wants to hear. */
  readonly acknowledge: (outcome: NoticeOutcome) => ServiceReply;
}
