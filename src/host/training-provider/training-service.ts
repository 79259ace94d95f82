/**
 * The training service: behaves like any of the QR providers over real HTTP on loopback, signatures included, keeps a book
 * of its own, and misbehaves when it is told to. No real money can move. The embedded training mode has its own bank
 * (training-provider.ts); this one is what the adapters of real providers are held against.
 */
import { assert } from '../../core/base/assert.ts';
import { toHex } from '../../core/base/bytes.ts';
import { money } from '../../core/base/money.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import type { MerchantAccount } from '../qr/adapter.ts';
import type { HttpCaller } from '../qr/http-call.ts';
import {
  listenTcp,
  type Listen,
  type ListenFault,
  type Listening,
  type ServiceReply,
  type ServiceRequest,
} from '../qr/http-service.ts';
import type { Bank, Face, Ordered, Paid, Refunded } from './face.ts';
import { NoticeSender } from './notice-sender.ts';

export interface TrainingServiceOptions {
  readonly face: Face;
  readonly merchant: MerchantAccount;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How it is reached and how it sends notices; left out: by TCP. */
  readonly listen?: Listen;
  readonly call?: HttpCaller;
}

/** What goes wrong in the field; all off at first. */
export interface ServiceMisbehaviour {
  /** Sends the notice once more after it was acknowledged. */
  readonly deliverTwice: boolean;
  /** Sends the notice only after this pause. */
  readonly noticeDelayMs: number;
  /** Signs with another key. */
  readonly badSignature: boolean;
  /** Never sends a notice; a question still finds the transfer. */
  readonly dropNotices: boolean;
  /** Keeps notices back, and sends them in the wrong order once this is switched off. */
  readonly outOfOrder: boolean;
  /** Added to the amount that arrives. */
  readonly amountErrorMinorUnits: number;
  /** The payer's bank has lost what the code said. */
  readonly wrongMemo: boolean;
  /** The notice names another account. */
  readonly wrongAccount: boolean;
  /** Answers to the terminal: 503, not JSON, or only after this pause. */
  readonly down: boolean;
  readonly garbage: boolean;
  readonly slowMs: number;
}

const wellBehaved: ServiceMisbehaviour = {
  deliverTwice: false,
  noticeDelayMs: 0,
  badSignature: false,
  dropNotices: false,
  outOfOrder: false,
  amountErrorMinorUnits: 0,
  wrongMemo: false,
  wrongAccount: false,
  down: false,
  garbage: false,
  slowMs: 0,
};

export class TrainingService {
  readonly #options: TrainingServiceOptions;
  readonly #service: Listening;
  readonly #sender: NoticeSender;
  readonly #orders = new Map<string, Ordered>();
  readonly #paid: Paid[] = [];
  readonly #refunds = new Map<string, Refunded>();
  readonly #heldBack: (() => void)[] = [];
  readonly #bank: Bank;
  #misbehaviour = wellBehaved;
  #noticeUrl: string | undefined;
  #acknowledged = 0;

  constructor(options: TrainingServiceOptions) {
    this.#options = options;
    const { host, port, clock, log, merchant, call, listen = listenTcp } = options;
    const handle = (request: ServiceRequest): ServiceReply | Promise<ServiceReply> => this.#answer(request);
    this.#service = listen({ host, port, maxBodyBytes: 16 * 1024, anyContentType: true, handle });
    this.#sender = new NoticeSender({ clock, log, ...(call === undefined ? {} : { call }) });
    this.#bank = {
      merchant,
      now: () => clock.now(),
      order: (key) => this.#orders.get(key),
      add: (order) => {
        if (this.#orders.has(order.key)) return false;
        this.#orders.set(order.key, { ...order, createdAt: clock.now(), cancelled: false });
        return true;
      },
      paidFor: (key) => this.#paid.filter((one) => one.key === key),
      transfers: () => this.#paid,
      refunds: () => [...this.#refunds.values()],
      refund: (refund) => this.#refund(refund),
      code: (reference, amount) => this.#code(reference, amount),
    };
  }

  start(): Promise<Result<void, ListenFault>> {
    return this.#service.start();
  }

  async stop(): Promise<void> {
    await this.#sender.stop();
    await this.#service.stop();
  }

  /** What the terminal's configuration names. */
  get apiBase(): string {
    return this.#service.origin + this.#options.face.base;
  }

  /** For providers that are told once, in their own settings, where notices go. */
  noticesTo(url: string | undefined): void {
    this.#noticeUrl = url;
  }

  /** Switches given here change, others stay. */
  misbehave(switches: Partial<ServiceMisbehaviour>): void {
    this.#misbehaviour = { ...this.#misbehaviour, ...switches };
    if (!this.#misbehaviour.outOfOrder) for (const send of this.#heldBack.splice(0).toReversed()) send();
  }

  /** The bank's book, oldest first. */
  transfers(): readonly Paid[] {
    return this.#paid;
  }

  refunds(): readonly Refunded[] {
    return this.#bank.refunds();
  }

  /** How many notices were acknowledged, repeats included. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The payer confirms: the money is in the book when this returns; the notice follows. */
  pay(reference: string, amount: number): Paid {
    const { clock, random, merchant, face } = this.#options;
    const { amountErrorMinorUnits, wrongMemo, wrongAccount } = this.#misbehaviour;
    const order = [...this.#orders.values()].find((one) => one.reference === reference);
    assert(!face.knowsOrders || order !== undefined, 'training service: no such order');
    const bytes = random.bytes(6);
    const paid: Paid = {
      id: face.numbered ? String(bytes.reduce((sum, byte) => sum * 256 + byte, 1)) : `FT${toHex(bytes)}`,
      key: order?.key,
      amount: amount + amountErrorMinorUnits,
      memo: wrongMemo ? 'CHUYEN TIEN' : `MBVCB.4471.${reference}.CT tu 0351000866789`,
      paidAt: clock.now(),
      account: wrongAccount ? `${merchant.account.slice(0, -1)}X` : merchant.account,
      payer: { account: '0351000866789', bank: 'Training Bank', name: 'NGUYEN VAN A' },
    };
    this.#paid.push(paid);
    this.#notify(paid);
    return paid;
  }

  #notify(paid: Paid, again = false): void {
    const { tell } = this.#options.face;
    const { dropNotices, outOfOrder, noticeDelayMs } = this.#misbehaviour;
    const order = paid.key === undefined ? undefined : this.#orders.get(paid.key);
    if (tell === undefined || dropNotices) return;
    const send = (): void =>
      this.#sender.send({
        id: paid.id,
        waitMs: noticeDelayMs,
        attempt: async (post) => {
          const url = order?.noticeUrl ?? this.#noticeUrl;
          const { badSignature } = this.#misbehaviour;
          return url !== undefined && tell(post, { paid, order, url, bank: this.#bank, badSignature });
        },
        acknowledged: () => {
          this.#acknowledged += 1;
          if (this.#misbehaviour.deliverTwice && !again) this.#notify(paid, true);
        },
      });
    if (outOfOrder) this.#heldBack.push(send);
    else send();
  }

  #answer(request: ServiceRequest): ServiceReply | Promise<ServiceReply> {
    const { down, garbage, slowMs } = this.#misbehaviour;
    if (down) return { status: 503, body: { error: 'down' } };
    if (garbage) return { status: 200, body: '<html>Bảo trì hệ thống</html>' };
    const answer = this.#options.face.handle(request, this.#bank);
    if (slowMs === 0) return answer;
    return new Promise((resolve) => {
      this.#options.clock.after(slowMs, () => resolve(answer));
    });
  }

  #refund({ refundId, transferId, amount }: Omit<Refunded, 'id'>): boolean {
    const paid = this.#paid.find(({ id }) => id === transferId);
    const given = [...this.#refunds.values()]
      .filter((one) => one.transferId === transferId)
      .reduce((sum, one) => sum + one.amount, 0);
    if (this.#refunds.has(refundId) || paid === undefined || amount < 1 || given + amount > paid.amount) return false;
    this.#refunds.set(refundId, { refundId, transferId, amount, id: String(900_000 + this.#refunds.size) });
    return true;
  }

  #code(reference: string, amount: number): string {
    const { bankBin, account, name } = this.#options.merchant;
    const sum = money(amount, 'VND');
    const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', amount: sum, reference, merchantName: name });
    assert(built.ok, 'training service: an order without a code');
    return built.value;
  }
}
