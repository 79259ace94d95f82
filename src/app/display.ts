/**
 * What the customer display shows for a sale: the amount, what to do, and in the end whether money was taken.
 * Two short lines, because such displays have no more.
 */
import { assert } from '../core/base/assert.ts';
import type { DisplayContent } from '../../devices/customer-display.ts';
import type { CardPrompt } from '../contract/view.ts';
import { paperMoney, type ReceiptLanguage } from '../core/receipt/paper-money.ts';
import { isDeclinedForNow } from '../core/transaction/evolve-answers.ts';
import { chargedAmount, moneyMoved, type Phase, type Transaction } from '../core/transaction/state.ts';

type Words = Readonly<
  Record<
    | Phase
    | 'charged'
    | 'refunding'
    | 'refunded'
    | 'notRefunded'
    | 'approvedByChip'
    | CardPrompt['kind']
    | 'insertCard'
    | 'showCode',
    string
  >
>;

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
    leaveCard: 'Đừng rút thẻ',
    removeCard: 'Mời rút thẻ',
    chooseApplication: 'Chọn ứng dụng thẻ',
    enterPin: 'Nhập PIN trên bàn phím',
    insertCard: 'Mời cắm thẻ vào khe',
    showCode: 'Mời đưa mã trả tiền',
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
    leaveCard: 'Leave the card in',
    removeCard: 'Please take your card',
    chooseApplication: 'Choose the application',
    enterPin: 'PIN on the keypad',
    insertCard: 'Please insert the card',
    showCode: 'Please show your code',
  },
};

/** While the card is being read, what it asks for is what matters; afterwards the phase speaks. */
const forCard: ReadonlySet<Phase> = new Set(['awaitingCard']);

/** `transaction` is the sale on the screen, or undefined between sales. */
export function displayContent(
  transaction: Transaction | undefined,
  language: ReceiptLanguage,
  prompt: CardPrompt | null = null,
): DisplayContent {
  const say = words[language];
  if (transaction === undefined || transaction.closed) {
    return prompt?.kind === 'removeCard' ? { kind: 'text', lines: [say.removeCard] } : { kind: 'idle' };
  }
  const { phase, amount, qr } = transaction;
  const late = transaction.lateTransfers.length > 0 && moneyMoved(transaction) === 'yes' && phase !== 'paid';
  const shown = phase === 'authorised' ? (transaction.held ?? amount) : chargedAmount(transaction);
  const lines = [paperMoney(shown, language), late ? say.charged : say[wordFor(transaction)]];
  assert(
    lines.every((line) => line !== ''),
    'display: an amount and what to do',
  );
  if (prompt !== null && forCard.has(phase))
    return { kind: 'text', lines: [paperMoney(shown, language), say[prompt.kind]] };
  // How it ended, and that the card is still there: the amount has been read by now.
  // Its power is off a moment before its last word is journaled: until then it is asked to stay.
  const answer = late ? 'unknown' : answerOf(transaction);
  const told = answer === undefined ? {} : { answer };
  if (prompt?.kind === 'removeCard' && phase !== 'completingCard') {
    return { kind: 'text', lines: [lines[1] ?? '', say.removeCard], ...told };
  }
  return phase === 'awaitingPayment' && qr?.issue
    ? { kind: 'qr', payload: qr.issue.payload, lines }
    : { kind: 'text', lines, ...told };
}

/** What needs the cashier is told as a question: money that came late, or not all of it. */
function answerOf(transaction: Transaction): 'yes' | 'no' | 'unknown' | undefined {
  const { phase, endedAt } = transaction;
  if (phase === 'underPaid' || phase === 'reversing' || phase === 'voiding') return 'unknown';
  return endedAt === null ? undefined : moneyMoved(transaction);
}

/** A refund turns the question round: has my money been given back? */
function wordFor(transaction: Transaction): keyof Words {
  const { phase, kind, stored } = transaction;
  if (phase === 'stored' && stored?.manner === 'chipApproved') return 'approvedByChip';
  if (phase === 'awaitingCard' && transaction.presentment === 'code') return 'showCode';
  if (phase === 'awaitingCard' && transaction.tryAgain === 'useAnotherInterface') return 'insertCard';
  if (isDeclinedForNow(transaction) && kind !== 'refund') return 'declined';
  if (kind !== 'refund' || phase === 'awaitingCard' || phase === 'completingCard') return phase;
  const moved = moneyMoved(transaction);
  if (moved === 'yes') return 'refunded';
  return transaction.endedAt === null || moved === 'unknown' ? 'refunding' : 'notRefunded';
}

/** The shop's code between sales: the customer types the amount. */
export function staticContent(payload: string, language: ReceiptLanguage): DisplayContent {
  const lines = language === 'vi' ? ['Quét để trả', 'Nhập đúng số tiền'] : ['Scan to pay', 'Type the amount'];
  return { kind: 'qr', payload, lines };
}

/** After a halt nothing may be paid: a code that is still shown could be. */
export function haltedContent(language: ReceiptLanguage): DisplayContent {
  return {
    kind: 'text',
    lines: language === 'vi' ? ['Máy tạm dừng', 'Xin hỏi thu ngân'] : ['Out of service', 'Please ask the cashier'],
  };
}
