/**
 * What the customer display shows for a sale: the amount, what to do, and in the end whether money was taken.
 * Two short lines, because such displays have no more.
 */
import type { DisplayContent } from '../../devices/customer-display.ts';
import { paperMoney, type ReceiptLanguage } from '../core/receipt/paper-money.ts';
import { chargedAmount, moneyMoved, type Phase, type Transaction } from '../core/transaction/state.ts';

type Words = Readonly<Record<Phase | 'charged' | 'refunding' | 'refunded' | 'notRefunded' | 'approvedByChip', string>>;

const words: Readonly<Record<ReceiptLanguage, Words>> = {
  vi: {
    awaitingCard: 'Mời chạm thẻ',
    authorising: 'Đang hỏi ngân hàng',
    completingCard: 'Đừng rút thẻ',
    approved: 'Đã thanh toán',
    declined: 'Bị từ chối, chưa trừ tiền',
    reversing: 'Chưa rõ, đang hủy',
    reversed: 'Đã hủy, không trừ tiền',
    issuingQr: 'Đang tạo mã QR',
    partlyApproved: 'Được duyệt một phần',
    storing: 'Đang lưu giao dịch',
    stored: 'Đã lưu, chưa trừ tiền',
    lateDeclined: 'Bị từ chối, chưa trừ tiền',
    authorised: 'Đã giữ, chưa trừ tiền',
    incrementing: 'Đang hỏi ngân hàng',
    completing: 'Đã thanh toán',
    completed: 'Đã thanh toán',
    voiding: 'Đang hủy giao dịch',
    voided: 'Đã hủy, không trừ tiền',
    awaitingCash: 'Trả tiền mặt tại quầy',
    awaitingPayment: 'Quét mã để trả',
    checkingPayment: 'Đang hỏi ngân hàng',
    paid: 'Đã thanh toán',
    underPaid: 'Nhận chưa đủ tiền',
    cancelled: 'Đã hủy, chưa trừ tiền',
    failed: 'Không được, chưa trừ tiền',
    expired: 'Hết hạn, chưa nhận tiền',
    charged: 'Tiền đến muộn, hỏi quầy',
    refunding: 'Đang hoàn tiền',
    refunded: 'Đã hoàn tiền',
    notRefunded: 'Chưa hoàn tiền',
    approvedByChip: 'Thẻ đã chấp nhận',
  },
  en: {
    awaitingCard: 'Please tap your card',
    authorising: 'Asking the bank',
    completingCard: 'Leave the card in',
    approved: 'Paid',
    declined: 'Declined, not charged',
    reversing: 'Not sure yet, undoing',
    reversed: 'Undone, not charged',
    issuingQr: 'Preparing the QR code',
    partlyApproved: 'Part approved',
    storing: 'Storing the payment',
    stored: 'Stored, not charged yet',
    lateDeclined: 'Declined, not charged',
    authorised: 'Held, not charged',
    incrementing: 'Asking the bank',
    completing: 'Paid',
    completed: 'Paid',
    voiding: 'Being voided',
    voided: 'Voided, not charged',
    awaitingCash: 'Please pay cash',
    awaitingPayment: 'Scan to pay',
    checkingPayment: 'Asking the bank',
    paid: 'Paid',
    underPaid: 'Not paid in full',
    cancelled: 'Cancelled, not charged',
    failed: 'Not done, not charged',
    expired: 'Expired, nothing received',
    charged: 'Paid late, ask cashier',
    refunding: 'Refund under way',
    refunded: 'Refunded',
    notRefunded: 'Not refunded',
    approvedByChip: 'Approved by your card',
  },
};

/** `transaction` is the sale on the screen, or undefined between sales. */
export function displayContent(transaction: Transaction | undefined, language: ReceiptLanguage): DisplayContent {
  if (transaction === undefined || transaction.closed) return { kind: 'idle' };
  const { phase, amount, qr } = transaction;
  const say = words[language];
  const late = transaction.lateTransfers.length > 0 && moneyMoved(transaction) === 'yes' && phase !== 'paid';
  const shown = phase === 'authorised' ? (transaction.held ?? amount) : chargedAmount(transaction);
  const lines = [paperMoney(shown, language), late ? say.charged : say[wordFor(transaction)]];
  return phase === 'awaitingPayment' && qr?.issue
    ? { kind: 'qr', payload: qr.issue.payload, lines }
    : { kind: 'text', lines };
}

/** A refund turns the question round: has my money been given back? */
function wordFor(transaction: Transaction): keyof Words {
  const { phase, kind, stored } = transaction;
  if (phase === 'stored' && stored?.manner === 'chipApproved') return 'approvedByChip';
  if (kind !== 'refund' || phase === 'awaitingCard') return phase;
  const moved = moneyMoved(transaction);
  if (moved === 'yes') return 'refunded';
  return transaction.endedAt === null || moved === 'unknown' ? 'refunding' : 'notRefunded';
}

/** After a halt nothing may be paid: a code that is still shown could be. */
export function haltedContent(language: ReceiptLanguage): DisplayContent {
  return {
    kind: 'text',
    lines: language === 'vi' ? ['Máy tạm dừng', 'Xin hỏi thu ngân'] : ['Out of service', 'Please ask the cashier'],
  };
}
