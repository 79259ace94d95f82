/**
 * The model of money that goes back: what the journal says of it, told from the events alone, against the bank's book and
 * against what had come. Nothing is ever given back twice, whichever ways were taken.
 */
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import type { RefundMessage } from '../../src/host/qr/provider-messages.ts';

type Of<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;
type Back = Pick<Of<'PayoutAsked'>, 'reason' | 'sale' | 'transferId' | 'amount'>;

/** A transfer that waits for nobody any more, and the sale that it had come late for. */
export interface Gone {
  readonly transferId: string;
  readonly sale: string | null;
}

export class GivenBack {
  readonly #asked = new Map<string, Back & { readonly refundId: string }>();
  readonly #payouts = new Map<string, Back>();
  /** Refunds that the journal says the bank has made. */
  readonly #made = new Map<string, RefundMessage>();
  readonly #ofSale = new Map<string, number>();
  readonly #ofTransfer = new Map<string, number>();
  readonly #expect: (holds: boolean, otherwise: string) => void;

  constructor(expect: (holds: boolean, otherwise: string) => void) {
    this.#expect = expect;
  }

  /** What waits for nobody any more because of `event`. */
  take(event: JournalEvent): Gone | undefined {
    if (event.type === 'ProviderRefundStarted') this.#asked.set(event.transactionId, event);
    if (event.type === 'PayoutAsked') this.#payouts.set(event.payoutId, event);
    if (event.type === 'PayoutCompleted') return this.#gone(this.#payouts.get(event.payoutId));
    if (event.type !== 'ProviderRefunded') return undefined;
    const refund = this.#asked.get(event.transactionId);
    const { refundId, transferId: providerTransactionId } = refund ?? {};
    if (refund === undefined || refundId === undefined || !providerTransactionId) return undefined;
    this.#made.set(refundId, { refundId, providerTransactionId, amountMinorUnits: refund.amount.minorUnits });
    return this.#gone(refund);
  }

  #gone(back: Back | undefined): Gone | undefined {
    if (back === undefined) return undefined;
    const { reason, sale, transferId, amount } = back;
    if (transferId !== null) add(this.#ofTransfer, transferId, amount.minorUnits);
    if (reason === 'refund' && sale !== null) add(this.#ofSale, sale, amount.minorUnits);
    return reason === 'transfer' && transferId !== null ? { transferId, sale } : undefined;
  }

  /** `paid`: what a sale has taken, and what a transfer has brought; undefined for none of the journal's. */
  compare(book: readonly RefundMessage[], paid: (id: string) => number | undefined): void {
    const theirs = new Map(book.map((refund) => [refund.refundId, refund]));
    for (const refund of book) {
      const own = this.#made.get(refund.refundId);
      const same = own !== undefined && JSON.stringify(sorted(own)) === JSON.stringify(sorted(refund));
      this.#expect(
        same,
        `the bank has given ${JSON.stringify(refund)} back, and the journal says ${JSON.stringify(own)}`,
      );
    }
    for (const id of this.#made.keys()) {
      this.#expect(theirs.has(id), `the journal says that ${id} was given back, and the bank has not`);
    }
    for (const [id, back] of [...this.#ofSale, ...this.#ofTransfer]) {
      this.#expect(back <= (paid(id) ?? 0), `${back} was given back of ${id}, which had brought ${paid(id)}`);
    }
  }
}

function add(sums: Map<string, number>, id: string, amount: number): void {
  sums.set(id, (sums.get(id) ?? 0) + amount);
}

function sorted({ refundId, providerTransactionId, amountMinorUnits }: RefundMessage): RefundMessage {
  return { refundId, providerTransactionId, amountMinorUnits };
}
