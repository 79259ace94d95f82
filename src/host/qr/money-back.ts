/** What a provider can do about a code besides issuing it: withdraw it, give money back, say what became of a refund. */
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import type {
  CancelFault,
  QrCancelReply,
  QrOrder,
  QrRefundReply,
  QrRefundRequest,
  RefundFault,
} from '../../core/provider/model.ts';
import type { ProviderAdapter } from './adapter.ts';
import type { CallOptions, Exchanger } from './exchange.ts';

export class MoneyBack {
  readonly #adapter: ProviderAdapter;
  readonly #exchanger: Exchanger;

  constructor(adapter: ProviderAdapter, exchanger: Exchanger) {
    this.#adapter = adapter;
    this.#exchanger = exchanger;
  }

  async cancel(order: QrOrder, options: CallOptions): Promise<Result<QrCancelReply, CancelFault>> {
    const { cancel, name } = this.#adapter;
    if (cancel === undefined) return err(fault('notSupported', `${name}: a code cannot be withdrawn`, true));
    const ask = cancel(order);
    return ask.ok ? this.#exchanger.ask(ask.value, options) : ask;
  }

  async refund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>> {
    const refund = this.#refunds(request);
    if (!refund.ok) return refund;
    const reply = await this.#exchanger.ask(refund.value.ask(request), options);
    if (reply.ok) return reply;
    const { kind, detail } = reply.fault;
    // Of these the request may have arrived.
    const mayHaveArrived = kind === 'noReply' || kind === 'badReply';
    return err(fault(kind, detail, refund.value.repeatSafe || !mayHaveArrived));
  }

  async queryRefund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>> {
    const refund = this.#refunds(request);
    return refund.ok ? this.#exchanger.ask(refund.value.query(request), options) : refund;
  }

  #refunds({ order }: QrRefundRequest): Result<NonNullable<ProviderAdapter['refund']>, RefundFault> {
    const { refund, name } = this.#adapter;
    if (refund === undefined) return err(fault('notSupported', `${name}: cannot give money back`, true));
    if (refund.needsOrder && order === null) return err(fault('notSupported', `${name}: of which order?`, true));
    return ok(refund);
  }
}
