/** From a sale to its receipt: picks what the paper shows out of what the journal knows. */
import { assert } from '../core/base/assert.ts';
import { addMoney, sameMoney } from '../core/base/money.ts';
import { saleReceipt, type SaleReceiptInput } from '../core/receipt/sale-receipt.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import type { Transaction } from '../core/transaction/state.ts';

/** What is the same on every receipt of a terminal. */
export type ReceiptHeader = Pick<SaleReceiptInput, 'merchant' | 'language' | 'timeZone' | 'training'>;

export interface ReceiptVariant {
  readonly columns: number;
  readonly copy: boolean;
  readonly journalHead: { readonly sequence: number; readonly hash: string };
}

export function receiptOf(
  transaction: Transaction,
  header: ReceiptHeader,
  variant: ReceiptVariant,
): readonly ReceiptLine[] {
  const { amount, method, authorization, card, endedAt } = transaction;
  assert(endedAt !== null, 'a receipt needs a sale that took money');
  const qr = qrPart(transaction);
  return saleReceipt({
    ...header,
    ...variant,
    at: endedAt,
    method,
    amount,
    outcome: 'approved',
    ...(authorization === null ? {} : { stan: authorization.stan }),
    ...(authorization?.rrn ? { rrn: authorization.rrn } : {}),
    ...(authorization?.approvalCode ? { approvalCode: authorization.approvalCode } : {}),
    ...(card === null ? {} : { card }),
    ...(qr === undefined ? {} : { qr }),
  });
}

function qrPart({ qr, transfers, amount, excess }: Transaction): SaleReceiptInput['qr'] {
  const last = transfers.at(-1);
  if (qr === null || last === undefined) return undefined;
  const received = transfers
    .slice(1)
    .reduce((sum, transfer) => addMoney(sum, transfer.amount), transfers[0]?.amount ?? amount);
  return {
    reference: qr.reference,
    providerTransactionId: last.providerTransactionId,
    ...(sameMoney(received, amount) ? {} : { received }),
    ...(excess === null ? {} : { excess }),
  };
}
