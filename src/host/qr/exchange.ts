/** Makes an adapter's exchanges: one HTTP call each, with the provider's access token where there is one. */
import type { Clock, Random } from '../../core/base/ports.ts';
import { toHex } from '../../core/base/bytes.ts';
import { err, fault, type Result } from '../../core/base/result.ts';
import type { ProviderFault } from '../../core/transaction/model.ts';
import type { ApiRequest, Ask, Moment, ProviderAdapter } from './adapter.ts';
import { httpCall, type HttpCaller, type HttpReply } from './http-call.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface ExchangerOptions {
  readonly adapter: ProviderAdapter;
  readonly clock: Clock;
  readonly random: Random;
  readonly noticeUrl: () => string | undefined;
  readonly call?: HttpCaller;
}

/** A token is not used in its last half minute. */
const tokenMarginMs = 30_000;

export class Exchanger {
  readonly #options: ExchangerOptions;
  #token: { readonly value: string; readonly untilMs: number } | undefined;

  constructor(options: ExchangerOptions) {
    this.#options = options;
  }

  /** `timeoutMs` is for each call: with a new token there are two, and two more when the provider no longer takes it. */
  async ask<T>(make: Ask<T>, options: CallOptions): Promise<Result<T, ProviderFault>> {
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#accessToken(options);
      if (!token.ok) return token;
      const { request, read } = make(this.#moment(token.value));
      const reply = await this.#call(request, options);
      if (!reply.ok) return reply;
      const expired = reply.value.status === 401 && token.value !== '' && attempt === 1;
      if (!expired) return read(reply.value);
      this.#token = undefined;
    }
  }

  #moment(token: string): Moment {
    const { clock, random, noticeUrl } = this.#options;
    return { now: clock.now(), nonce: toHex(random.bytes(16)).toLowerCase(), noticeUrl: noticeUrl(), token };
  }

  async #accessToken(options: CallOptions): Promise<Result<string, ProviderFault>> {
    const { adapter, clock } = this.#options;
    if (adapter.token === undefined) return { ok: true, value: '' };
    const held = this.#token;
    if (held !== undefined && clock.monotonicMs() < held.untilMs) return { ok: true, value: held.value };
    const { request, read } = adapter.token(this.#moment(''));
    const reply = await this.#call(request, options);
    if (!reply.ok) return reply;
    const found = read(reply.value);
    if (!found.ok) return found;
    const { token, lifetimeMs } = found.value;
    this.#token = { value: token, untilMs: clock.monotonicMs() + Math.max(0, lifetimeMs - tokenMarginMs) };
    return { ok: true, value: token };
  }

  async #call(
    { method, target, headers, body }: ApiRequest,
    { signal, timeoutMs }: CallOptions,
  ): Promise<Result<HttpReply, ProviderFault>> {
    const { adapter, clock, call = httpCall } = this.#options;
    const address = /^https?:/.test(target) ? target : adapter.apiBase + target;
    if (!URL.canParse(address)) return err(fault('refused', `${adapter.name}: the address cannot be called`, true));
    return call({ method, url: new URL(address), headers, body, signal, timeoutMs, clock });
  }
}
