/** From a sale to its receipt: picks what the paper shows out of what the journal knows. */
import { assert } from '../core/base/assert.ts';
import { addMoney, sameMoney } from '../core/base/money.ts';
import { saleReceipt, type SaleReceiptInput } from '../core/receipt/sale-receipt.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import { chargedAmount, type Transaction } from '../core/transaction/state.ts';

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
  const { amount, method, authorization, card, endedAt, hostOriginal, cash, followUp } = transaction;
  assert(endedAt !== null, 'a receipt needs a sale that took money');
  assert(method !== 'card' || card !== null, 'receipt: a card sale has a card');
  const qr = qrPart(transaction);
  const charged = chargedAmount(transaction);
  const document = documentOf(transaction);
  const stan = document === 'void' ? followUp?.stan : (hostOriginal?.stan ?? authorization?.stan);
  assert(method !== 'card' || stan !== undefined, 'receipt: a card request has a STAN');
  const rrn = hostOriginal?.rrn ?? authorization?.rrn;
  const approvalCode = hostOriginal?.approvalCode ?? authorization?.approvalCode;
  const { unverified } = transaction;
  const approvedBy =
    (document === 'void' ? followUp?.approvedBy : null) ?? unverified?.approvedBy ?? transaction.approvedBy;
  return saleReceipt({
    ...header,
    ...variant,
    at: endedAt,
    method,
    amount: document === 'hold' ? (transaction.held ?? charged) : charged,
    document,
    ...(sameMoney(charged, amount) || document !== 'sale' ? {} : { askedFor: amount }),
    ...(cash === null ? {} : { cash }),
    ...(unverified === null ? {} : { unverified: true as const }),
    ...(approvedBy === null || approvedBy === undefined ? {} : { approvedBy }),
    ...(stan === undefined ? {} : { stan }),
    ...(rrn ? { rrn } : {}),
    ...(approvalCode ? { approvalCode } : {}),
    ...(card === null ? {} : { card }),
    ...(qr === undefined ? {} : { qr }),
  });
}

function documentOf({ phase, kind, stored, hostOriginal }: Transaction): SaleReceiptInput['document'] {
  if (phase === 'voided') return 'void';
  if (phase === 'stored') return stored?.manner === 'chipApproved' ? 'storedByChip' : 'stored';
  if (kind === 'refund') return 'refund';
  if (kind === 'sale') return 'sale';
  return phase === 'completing' || hostOriginal?.kind === 'completion' ? 'completion' : 'hold';
}

function qrPart(transaction: Transaction): SaleReceiptInput['qr'] {
  const { qr, transfers, amount, excess, providerRefund } = transaction;
  if (providerRefund !== null) {
    const { order, refundId, transferId } = providerRefund;
    return { reference: order?.reference ?? refundId, providerTransactionId: transferId };
  }
  const last = transfers.at(-1);
  if (qr === null || last === undefined) return undefined;
  const received = transfers
    .slice(1)
    .reduce((sum, transfer) => addMoney(sum, transfer.amount), transfers[0]?.amount ?? amount);
  assert(received.minorUnits > 0, 'receipt: a transfer brings money');
  return {
    reference: qr.reference,
    providerTransactionId: last.providerTransactionId,
    ...(sameMoney(received, chargedAmount(transaction)) ? {} : { received }),
    ...(excess === null ? {} : { excess }),
  };
}
