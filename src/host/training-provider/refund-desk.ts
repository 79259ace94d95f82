/** Refunds at the training bank: given back out of its book, and answered as providers in the field answer. */
import type { Clock } from '../../core/base/ports.ts';
import type { ServiceReply } from '../qr/http-service.ts';
import { parseMessage, refundMessage } from '../qr/provider-messages.ts';
import type { Ledger } from './ledger.ts';

/** What can go wrong with a refund; all off at first. */
export interface RefundMisbehaviour {
  /** Gives nothing back. */
  readonly refuseRefunds: boolean;
  /** So often "processing" is answered about each refund before it is said what became of it. */
  readonly refundsProcessing: number;
  /** Answers to the request only after this pause; the money has gone back before it. */
  readonly refundDelayMs: number;
  /** The money goes back, and the answer to the request says nothing of it. */
  readonly loseRefundReplies: boolean;
}

export const refundsInOrder: RefundMisbehaviour = {
  refuseRefunds: false,
  refundsProcessing: 0,
  refundDelayMs: 0,
  loseRefundReplies: false,
};

export class RefundDesk {
  readonly #clock: Clock;
  /** How often each refund was answered for. */
  readonly #answers = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `body`: a refund, known by its id: asked for again it is the same one. */
  give(ledger: Ledger, body: string, misbehaviour: RefundMisbehaviour): ServiceReply | Promise<ServiceReply> {
    const { refundDelayMs } = misbehaviour;
    const answer = this.#give(ledger, body, misbehaviour);
    if (refundDelayMs === 0) return answer;
    return new Promise((resolve) => {
      this.#clock.after(refundDelayMs, () => resolve(answer));
    });
  }

  #give(ledger: Ledger, body: string, misbehaviour: RefundMisbehaviour): ServiceReply {
    const parsed = parseMessage(refundMessage, body);
    if (!parsed.ok) return problem(400, parsed.problem);
    const refund = parsed.message;
    const { refundId, providerTransactionId, amountMinorUnits } = refund;
    const known = ledger.refunds().find((one) => one.refundId === refundId);
    if (known !== undefined) {
      const same = known.providerTransactionId === providerTransactionId && known.amountMinorUnits === amountMinorUnits;
      return same ? this.state(ledger, refundId, misbehaviour) : problem(409, 'known with another content');
    }
    const paid = ledger.transfers().find((one) => one.providerTransactionId === providerTransactionId);
    const given = ledger
      .refunds()
      .filter((one) => one.providerTransactionId === providerTransactionId)
      .reduce((sum, one) => sum + one.amountMinorUnits, 0);
    const refused =
      misbehaviour.refuseRefunds || paid === undefined || given + amountMinorUnits > paid.amountMinorUnits;
    const booked = refused ? undefined : ledger.append({ type: 'refunded', refund });
    if (booked?.ok === false) return problem(503, booked.fault.detail);
    if (misbehaviour.loseRefundReplies) return problem(502, 'the answer was lost');
    this.#answers.set(refundId, 0);
    return this.state(ledger, refundId, misbehaviour);
  }

  /** What is in the book was given back; what is not there never was, or not yet where it says so. */
  state(ledger: Ledger, refundId: string, { refundsProcessing }: RefundMisbehaviour): ServiceReply {
    const known = ledger.refunds().some((one) => one.refundId === refundId);
    const answers = this.#answers.get(refundId) ?? (known ? 0 : Infinity);
    this.#answers.set(refundId, answers + 1);
    const state = answers < refundsProcessing ? 'processing' : known ? 'refunded' : 'refused';
    return { status: 200, body: { refundId, state } };
  }
}

function problem(status: number, error: string): ServiceReply {
  return { status, body: { error } };
}
