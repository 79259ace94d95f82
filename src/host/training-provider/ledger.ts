/**
 * The training provider's own book: codes registered, transfers received, notices acknowledged. Kept in memory
 * and, when a file is given, as one JSON line an entry, so that it survives the provider.
 */
import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { WholeLines } from '../whole-lines.ts';
import {
  parseMessage,
  paymentRequestMessage,
  refundMessage,
  transferMessage,
  type PaymentRequestMessage,
  type RefundMessage,
  type TransferMessage,
} from '../qr/provider-messages.ts';

const entry = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('registered'), request: paymentRequestMessage }),
  z.strictObject({ type: z.literal('received'), transfer: transferMessage }),
  z.strictObject({ type: z.literal('refunded'), refund: refundMessage }),
  z.strictObject({ type: z.literal('acknowledged'), providerTransactionId: z.string() }),
]);

export type LedgerEntry = z.infer<typeof entry>;
export type LedgerFault = Fault<'ledgerBroken' | 'ledgerNotWritable'>;

export class Ledger {
  readonly #file: string | undefined;
  readonly #lines: WholeLines | undefined;
  readonly #requests = new Map<string, PaymentRequestMessage>();
  readonly #transfers = new Map<string, TransferMessage>();
  readonly #refunds = new Map<string, RefundMessage>();
  readonly #acknowledged = new Set<string>();
  #noticeUrl: string | undefined;

  private constructor(file: string | undefined) {
    this.#file = file;
    this.#lines = file === undefined ? undefined : new WholeLines(file);
  }

  /** `ledgerBroken` names the line. Half a last line, left by a power cut, is cut off: it was never confirmed. */
  static open(file: string | undefined): Result<Ledger, LedgerFault> {
    const ledger = new Ledger(file);
    if (file === undefined) return ok(ledger);
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
        const parsed = parseMessage(entry, line);
        if (!parsed.ok) return err(fault('ledgerBroken', `${file} line ${index + 1}: ${parsed.problem}`, false));
        ledger.#apply(parsed.message);
      }
      if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole));
      return ok(ledger);
    } catch (error) {
      return err(fault('ledgerBroken', `${file}: ${String(error)}`, false));
    }
  }

  /** On disk when it returns ok; the book in memory is as before when it does not. */
  append(added: LedgerEntry): Result<void, LedgerFault> {
    try {
      this.#lines?.append(`${JSON.stringify(added)}\n`, { flush: true });
    } catch (error) {
      return err(fault('ledgerNotWritable', `${this.#file}: ${String(error)}`, true));
    }
    this.#apply(added);
    return ok(undefined);
  }

  request(reference: string): PaymentRequestMessage | undefined {
    return this.#requests.get(reference);
  }

  /** In the order in which they were received. */
  transfers(): readonly TransferMessage[] {
    return [...this.#transfers.values()];
  }

  refunds(): readonly RefundMessage[] {
    return [...this.#refunds.values()];
  }

  unacknowledged(): readonly TransferMessage[] {
    return this.transfers().filter(({ providerTransactionId }) => !this.#acknowledged.has(providerTransactionId));
  }

  /** Of the latest registration: a terminal that was restarted may listen elsewhere. */
  get noticeUrl(): string | undefined {
    return this.#noticeUrl;
  }

  #apply(added: LedgerEntry): void {
    switch (added.type) {
      case 'registered':
        this.#requests.set(added.request.reference, added.request);
        this.#noticeUrl = added.request.noticeUrl;
        break;
      case 'received':
        this.#transfers.set(added.transfer.providerTransactionId, added.transfer);
        break;
      case 'refunded':
        this.#refunds.set(added.refund.refundId, added.refund);
        break;
      case 'acknowledged':
        this.#acknowledged.add(added.providerTransactionId);
        break;
    }
  }
}
