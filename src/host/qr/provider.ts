/**
 * The terminal's side of every QR provider: one engine around an adapter. It issues, asks, cancels and gives back; takes
 * notices from anywhere; watches open codes; reads the statement again after a start or a silence. What it hands over is
 * confirmed by the provider's own answer wherever there is one to be had. Fits `QrProviderPort` of the application.
 */
import { assert } from '../../core/base/assert.ts';
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import { sameMoney, type Money } from '../../core/base/money.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import type {
  CancelFault,
  ProviderCapabilities,
  QrCancelReply,
  QrOrder,
  QrRefundReply,
  QrRefundRequest,
  RefundFault,
} from '../../core/provider/model.ts';
import { findReference } from '../../core/qr/matcher.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import type { ProviderFault, QrIssue, QrRequest, Transfer } from '../../core/transaction/model.ts';
import type { Lookup, MerchantAccount, Notice, NoticeOutcome, ProviderAdapter } from './adapter.ts';
import { Exchanger, type CallOptions } from './exchange.ts';
import type { HttpCaller } from './http-call.ts';
import type { Listen, ListenFault, Listening, ServiceReply } from './http-service.ts';
import { LookUp } from './look-up.ts';
import { MoneyBack } from './money-back.ts';
import type { NoticeSource, RawNotice } from './notice-source.ts';
import { ProviderHealth } from './provider-health.ts';
import { providerListener } from './provider-listener.ts';
import { noticesPath } from './provider-messages.ts';
import { Unconfirmed } from './unconfirmed.ts';
import { Watch } from './watch.ts';

export interface QrProviderOptions {
  readonly adapter: ProviderAdapter;
  readonly merchant: MerchantAccount;
  /** The terminal's own address for notices; left out: there is none, relays or polling have to do. */
  readonly listener?: { readonly host: string; readonly port: number };
  /** The public address where the provider is told to send notices; left out: that of the listener. */
  readonly noticeUrl?: string;
  /** Relays. */
  readonly sources?: readonly NoticeSource[];
  /** When the newest transfer in the journal was paid: the statement is read from there. Undefined: there is none. */
  readonly lastSeen: () => EpochMs | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How calls are made and notices taken; left out: by TCP. */
  readonly call?: HttpCaller;
  readonly listen?: Listen;
}

interface Known {
  readonly order: QrOrder;
  readonly issued: { readonly amount: Money; readonly issue: QrIssue } | undefined;
}

type TransferNotice = Extract<Notice, { kind: 'transfer' }>;

/** Of calls that nobody waits for. */
const backgroundTimeoutMs = 10_000;
/** A statement is read this far back behind what was seen: banks book late and out of order. */
const overlapMs = 3_600_000;
/** Longest catch-up after a start. */
const longestCatchUpMs = 3 * 86_400_000;
/** A statement is read at least this often, code or no code. */
export const silenceMs = 600_000;
/** First pause after a statement that could not be read, or not be kept. */
const retryMs = 5000;
/** Several open codes share one statement. */
const freshMs = 2000;
/** Notices that are confirmed at once; more have to come again. */
const mostConfirming = 8;
const mostRemembered = 10_000;

export class QrProvider {
  readonly health: ProviderHealth;
  readonly #options: QrProviderOptions;
  readonly #exchanger: Exchanger;
  readonly #lookUp: LookUp;
  readonly #moneyBack: MoneyBack;
  readonly #watch: Watch;
  readonly #unconfirmed: Unconfirmed<TransferNotice>;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(transfer: Transfer) => boolean>();
  /** Of this process: what is missing here is known to the journal. */
  readonly #orders = new Map<string, Known>();
  /** Ids of transfers that a listener has called durable. */
  readonly #durable = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  #confirming = 0;
  #sweeping: Promise<boolean> | undefined;
  #sweptAt: EpochMs | undefined;
  #sweptAtMs = -Infinity;
  #cancelSilence: () => void = () => {};
  #notBefore: EpochMs | undefined;
  readonly #listener: Listening | undefined;
  #listening = false;
  #advertised: string | undefined;

  constructor(options: QrProviderOptions) {
    this.#options = options;
    const { adapter, clock, log, random, call, listener, listen } = options;
    this.health = new ProviderHealth(adapter.name, clock, log);
    assert(URL.canParse(adapter.apiBase), 'qr provider: apiBase is not a URL');
    this.#advertised = options.noticeUrl;
    if (listener !== undefined) {
      this.#listener = providerListener({
        ...listener,
        clock,
        log,
        anyContentType: adapter.answer !== undefined,
        respond: (raw) => this.respond(raw),
        ...(listen === undefined ? {} : { listen }),
      });
    }
    const noticeUrl = (): string | undefined => this.noticeUrl;
    this.#exchanger = new Exchanger({ adapter, clock, random, noticeUrl, ...(call === undefined ? {} : { call }) });
    this.#lookUp = new LookUp(adapter, this.#exchanger, clock);
    this.#moneyBack = new MoneyBack(adapter, this.#exchanger);
    this.#watch = new Watch({ clock, look: (order) => this.#track(this.#look(order)) });
    this.#unconfirmed = new Unconfirmed({
      clock,
      log: options.log,
      again: (notice) => this.#track(this.#confirm(notice)),
    });
  }

  get name(): string {
    return this.#options.adapter.name;
  }

  get capabilities(): ProviderCapabilities {
    return this.#options.adapter.capabilities;
  }

  /** Takes notices from now on; those that nobody listens to yet have to come again. */
  async start(): Promise<Result<void, ListenFault>> {
    assert(!this.#stop.signal.aborted, 'qr provider: started after its stop');
    const listening = await (this.#listener?.start() ?? ok(undefined));
    if (!listening.ok) return listening;
    this.#listening = this.#listener !== undefined;
    const deliver = async (raw: RawNotice): Promise<boolean> => (await this.receive(raw)) !== 'later';
    for (const source of this.#options.sources ?? []) source.start(deliver);
    return listening;
  }

  /** Reads what arrived while the terminal was away, and again after each silence. Once, when listeners are there. */
  catchUp(): void {
    if (this.#options.adapter.statement === undefined) return;
    // Before its first code the terminal waits for nothing: what the account received then is not its business.
    if (this.#options.lastSeen() === undefined) this.#notBefore = this.#options.clock.now();
    void this.#track(this.#sweepAgain(retryMs));
  }

  /** Ends every wait; what was under way is taken up by the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelSilence();
    this.#watch.stop();
    this.#unconfirmed.stop();
    if (this.#listening) await this.#listener?.stop();
    await Promise.all((this.#options.sources ?? []).map((source) => source.stop()));
    await Promise.allSettled(this.#running);
  }

  /** Where the provider is told to send notices; undefined without a public address and without a started listener. */
  get noticeUrl(): string | undefined {
    return this.#advertised ?? (this.#listening ? `${this.#listener?.origin}${noticesPath}` : undefined);
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
    const { reference, expiresAt, amount } = request;
    const known = this.#orders.get(reference)?.issued;
    if (known !== undefined && sameMoney(known.amount, amount)) return ok(known.issue);
    const issued = await this.#issue(request, options);
    if (!issued.ok) return issued;
    const order = { reference, expiresAt };
    this.#remember({ order, issued: { amount, issue: issued.value } });
    this.#watch.add(order);
    return issued;
  }

  watch(order: QrOrder): () => void {
    this.#remember({ order, issued: this.#orders.get(order.reference)?.issued });
    return this.#watch.add(order);
  }

  async query(
    reference: string,
    { expiresAt, ...options }: CallOptions & { readonly expiresAt?: EpochMs },
  ): Promise<Result<readonly Transfer[], ProviderFault>> {
    const order = expiresAt === undefined ? this.#orders.get(reference)?.order : { reference, expiresAt };
    const found = await this.#lookUp.order(order ?? { reference }, options);
    this.#note(found);
    return found;
  }

  cancel(order: QrOrder, options: CallOptions): Promise<Result<QrCancelReply, CancelFault>> {
    return this.#moneyBack.cancel(order, options);
  }

  refund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>> {
    return this.#moneyBack.refund(request, options);
  }

  queryRefund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>> {
    return this.#moneyBack.queryRefund(request, options);
  }

  /** What the provider is told about a request that reached the terminal's own listener. */
  async respond(raw: RawNotice): Promise<ServiceReply> {
    const { adapter } = this.#options;
    return adapter.answer?.(raw) ?? adapter.acknowledge(await this.receive(raw));
  }

  async receive(raw: RawNotice): Promise<NoticeOutcome> {
    const { adapter, log } = this.#options;
    const judged = adapter.notice?.(raw) ?? err(fault('notFound' as const, 'this provider sends no notices', false));
    if (!judged.ok) {
      const { kind, detail } = judged.fault;
      log.write('warning', 'qr notice refused', { provider: adapter.name, fault: kind, detail });
      return kind;
    }
    const notice = judged.value;
    if (notice.kind === 'ignored') {
      log.write('info', 'qr notice ignored', { provider: adapter.name, why: notice.why });
      return 'kept';
    }
    if (await this.#track(this.#confirm(notice))) return 'kept';
    this.#unconfirmed.keep(notice.transfer.providerTransactionId, notice);
    return 'later';
  }

  async #issue(request: QrRequest, options: CallOptions): Promise<Result<QrIssue, ProviderFault>> {
    const { adapter, merchant } = this.#options;
    const { amount, reference } = request;
    if (amount.currency !== 'VND') return err(fault('refused', `${adapter.name}: takes VND only`, true));
    if (adapter.issue !== undefined) {
      const ask = adapter.issue(request);
      return ask.ok ? this.#exchanger.ask(ask.value, options) : ask;
    }
    const { bankBin, account, name } = merchant;
    const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', amount, reference, merchantName: name });
    if (!built.ok) return err(fault('refused', `no code for this sale: ${built.fault.detail}`, true));
    return ok({ payload: built.value, bankBin, account });
  }

  /** True once it is durable here, whatever of it was known before. */
  async #confirm({ transfer, order }: TransferNotice): Promise<boolean> {
    const { adapter, log } = this.#options;
    const id = transfer.providerTransactionId;
    if (this.#durable.has(id)) return true;
    if (adapter.capabilities.confirmedBy === 'signature') return this.#handOver(transfer);
    if (this.#confirming >= mostConfirming) return false;
    this.#confirming += 1;
    const found = await this.#answerTo(transfer, order);
    this.#confirming -= 1;
    if (!found.ok) {
      log.write('warning', 'qr notice not confirmed yet', {
        provider: adapter.name,
        fault: found.fault.kind,
        detail: found.fault.detail,
      });
      return false;
    }
    for (const one of found.value) this.#handOver(one);
    const same = found.value.find(({ providerTransactionId }) => providerTransactionId === id);
    if (same === undefined)
      log.write('warning', 'qr notice of a transfer that the provider does not list', { provider: adapter.name });
    else if (same.amount.minorUnits !== transfer.amount.minorUnits) {
      log.write('error', 'qr notice and the provider’s answer differ in amount; the answer counts', {
        provider: adapter.name,
      });
    }
    return this.#durable.has(id);
  }

  #answerTo(transfer: Transfer, named: Partial<QrOrder>): Promise<Result<readonly Transfer[], ProviderFault>> {
    const options = { signal: this.#stop.signal, timeoutMs: backgroundTimeoutMs };
    const { adapter, clock } = this.#options;
    if (adapter.query === undefined) {
      // A time that a stranger could have written does not make the statement longer than a day.
      const since = Math.max(Math.min(transfer.paidAt, clock.now()) - overlapMs, clock.now() - longestCatchUpMs);
      return this.#lookUp.statement(epochMs(since), options);
    }
    const reference = named.reference ?? findReference(transfer.memo, this.#orders.keys());
    const known = reference === undefined ? undefined : this.#orders.get(reference)?.order;
    const { providerTransactionId } = transfer;
    const order: Lookup = {
      ...known,
      ...(reference === undefined ? {} : { reference }),
      ...named,
      providerTransactionId,
    };
    return this.#lookUp.order(order, options);
  }

  /** True once durable. A repeat is not handed over again. */
  #handOver(transfer: Transfer): boolean {
    const id = transfer.providerTransactionId;
    if (this.#durable.has(id)) return true;
    if (this.#listeners.size === 0 || this.#stop.signal.aborted) return false;
    const kept = [...this.#listeners].every((listener) => listener(transfer));
    if (!kept) return false;
    const [oldest] = this.#durable;
    if (this.#durable.size >= mostRemembered && oldest !== undefined) this.#durable.delete(oldest);
    this.#durable.add(id);
    this.#unconfirmed.settle(id);
    return true;
  }

  /** Looks for one open code; how many of its transfers are known now. */
  async #look(order: QrOrder): Promise<number> {
    if (this.#options.adapter.query === undefined) {
      await this.#sweep();
      return 0;
    }
    const options = { signal: this.#stop.signal, timeoutMs: backgroundTimeoutMs };
    const found = await this.#lookUp.order(order, options);
    this.#note(found);
    if (!found.ok) return 0;
    for (const transfer of found.value) this.#handOver(transfer);
    return found.value.length;
  }

  /** Reads the statement since what was seen last; true when all of it is durable. Those who come meanwhile share it. */
  #sweep(): Promise<boolean> {
    if (this.#options.clock.monotonicMs() - this.#sweptAtMs < freshMs) return Promise.resolve(true);
    this.#sweeping ??= this.#readStatement().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #readStatement(): Promise<boolean> {
    const { clock, lastSeen } = this.#options;
    const now = clock.now();
    // A bank's clock may be ahead of ours: what is in between would be left out.
    const seen = Math.min(this.#sweptAt ?? lastSeen() ?? now, now);
    const since = epochMs(Math.max(seen - overlapMs, now - longestCatchUpMs, this.#notBefore ?? 0));
    const found = await this.#lookUp.statement(since, { signal: this.#stop.signal, timeoutMs: backgroundTimeoutMs });
    this.#note(found);
    if (!found.ok) return false;
    const kept = found.value.map((transfer) => this.#handOver(transfer)).every(Boolean);
    if (!kept) return false;
    this.#sweptAt = now;
    this.#sweptAtMs = clock.monotonicMs();
    return true;
  }

  async #sweepAgain(pauseMs: number): Promise<void> {
    const read = await this.#sweep();
    if (this.#stop.signal.aborted) return;
    const nextMs = read ? silenceMs : Math.min(pauseMs, silenceMs);
    this.#cancelSilence = this.#options.clock.after(nextMs, () => {
      void this.#track(this.#sweepAgain(read ? retryMs : nextMs * 2));
    });
  }

  #note(result: Result<unknown, ProviderFault>): void {
    if (!this.#stop.signal.aborted) this.health.note(result);
  }

  #remember(known: Known): void {
    const [oldest] = this.#orders.keys();
    if (this.#orders.size >= mostRemembered && oldest !== undefined) this.#orders.delete(oldest);
    this.#orders.set(known.order.reference, known);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }
}
