/**
 * The terminal's side of a QR provider: builds the VietQR code with our own codec, registers it, asks for
 * transfers, and hands over verified notices. Fits `QrProviderPort` of the application.
 */
import { assert } from '../../core/base/assert.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import type { ProviderFault, QrIssue, QrRequest, Transfer } from '../../core/transaction/model.ts';
import { httpCall, type HttpCall, type HttpCaller } from './http-call.ts';
import type { Listen, ListenFault, Listening } from './http-service.ts';
import { noticeListener } from './notice-listener.ts';
import { requestContent, signatureHeaders } from './notice-signature.ts';
import {
  noticesPath,
  parseMessage,
  paymentRequestsPath,
  registeredMessage,
  toTransfer,
  transfersMessage,
  transfersPath,
  type PaymentRequestMessage,
} from './provider-messages.ts';

export interface MerchantAccount {
  /** Six digits. */
  readonly bankBin: string;
  /** 1 to 19 letters and digits. */
  readonly account: string;
  /** Shown to the payer; folded to `[A-Z0-9 ]` and cut to 25 characters in the code. */
  readonly name: string;
}

export interface QrProviderLinkOptions {
  /** Scheme, host and port of the provider, e.g. `http://127.0.0.1:7500`. */
  readonly apiBase: string;
  readonly merchant: MerchantAccount;
  /** Shared with the provider; at least 16 bytes. */
  readonly secret: Uint8Array;
  readonly noticeListener: { readonly host: string; readonly port: number };
  /** How calls are made and notices taken; left out: by TCP. */
  readonly call?: HttpCaller;
  readonly listen?: Listen;
  readonly clock: Clock;
  readonly log: Log;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

const minSecretLength = 16;

export class QrProviderLink {
  readonly #options: QrProviderLinkOptions;
  readonly #notices: Listening;
  #advertised: string | undefined;
  readonly #listeners = new Set<(transfer: Transfer) => boolean>();

  constructor(options: QrProviderLinkOptions) {
    assert(options.secret.length >= minSecretLength, `qr provider: a secret has at least ${minSecretLength} bytes`);
    assert(URL.canParse(options.apiBase), 'qr provider: apiBase is not a URL');
    this.#options = options;
    const { noticeListener: address, secret, clock, log, listen } = options;
    this.#notices = noticeListener({
      ...address,
      secret,
      clock,
      log,
      deliver: (transfer) => this.#deliver(transfer),
      ...(listen === undefined ? {} : { listen }),
    });
  }

  /** Opens the notice listener; until then nothing can be issued. */
  start(): Promise<Result<void, ListenFault>> {
    return this.#notices.start();
  }

  stop(): Promise<void> {
    return this.#notices.stop();
  }

  /** Where the provider is told to send notices; known while the link is started. */
  get noticeUrl(): string {
    return this.#advertised ?? `${this.#notices.origin}${noticesPath}`;
  }

  /** For a provider that reaches the listener by another address, such as a relay in front of it. */
  advertise(noticeUrl: string): void {
    this.#advertised = noticeUrl;
  }

  onTransfer(listener: (transfer: Transfer) => boolean): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async issue(request: QrRequest, options: CallOptions): Promise<Result<QrIssue, ProviderFault>> {
    const { bankBin, account, name } = this.#options.merchant;
    const { amount, reference, expiresAt } = request;
    const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', amount, reference, merchantName: name });
    if (!built.ok) return err(fault('refused', `no code for this sale: ${built.fault.detail}`, true));
    const message: PaymentRequestMessage = {
      reference,
      amountMinorUnits: amount.minorUnits,
      currency: amount.currency,
      payload: built.value,
      expiresAt,
      noticeUrl: this.noticeUrl,
    };
    const reply = await this.#call('POST', paymentRequestsPath, JSON.stringify(message), options);
    if (!reply.ok) return reply;
    const parsed = parseMessage(registeredMessage, reply.value);
    if (!parsed.ok) return err(fault('badReply', `payment request: ${parsed.problem}`, true));
    if (parsed.message.reference !== reference) return err(fault('badReply', 'answer for another reference', true));
    return ok({ payload: built.value, bankBin, account });
  }

  async query(reference: string, options: CallOptions): Promise<Result<readonly Transfer[], ProviderFault>> {
    const target = `${transfersPath}?reference=${encodeURIComponent(reference)}`;
    const reply = await this.#call('GET', target, '', options);
    if (!reply.ok) return reply;
    const parsed = parseMessage(transfersMessage, reply.value);
    if (!parsed.ok) return err(fault('badReply', `transfers: ${parsed.problem}`, true));
    return ok(parsed.message.transfers.map(toTransfer));
  }

  #deliver(transfer: Transfer): boolean {
    return this.#listeners.size > 0 && [...this.#listeners].every((listener) => listener(transfer));
  }

  /** The body of a 200; all else is a fault. */
  async #call(
    method: HttpCall['method'],
    target: string,
    body: string,
    { signal, timeoutMs }: CallOptions,
  ): Promise<Result<string, ProviderFault>> {
    const { apiBase, secret, clock, call = httpCall } = this.#options;
    const signed = signatureHeaders(secret, requestContent(method, target, body), clock.now());
    const headers = { 'content-type': 'application/json', ...signed };
    const reply = await call({ method, url: new URL(target, apiBase), headers, body, signal, timeoutMs, clock });
    if (!reply.ok) return reply;
    const { status } = reply.value;
    if (status === 200) return ok(reply.value.body);
    const kind = status >= 400 && status < 500 ? 'refused' : 'badReply';
    return err(fault(kind, `${method} ${target}: HTTP status ${status}`, true));
  }
}
