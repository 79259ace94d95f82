/** The words of `cham stored`, for the shop's technician in either language. */
import type { FollowUpCase } from '../../core/receipt/follow-up-words.ts';
import type { ReceiptLanguage } from '../../core/receipt/paper-money.ts';

interface StoredWords {
  /** What, amount, when, card, attempts. */
  readonly titles: readonly string[];
  readonly what: Readonly<Record<FollowUpCase, string>>;
  readonly nothing: string;
  readonly deadLetter: string;
  readonly refused: string;
  readonly underWay: string;
  readonly nextTry: string;
  readonly lastError: string;
  readonly settle: string;
  readonly goesOn: string;
}

export const storedWords: Readonly<Record<ReceiptLanguage, StoredWords>> = {
  vi: {
    titles: ['GIAO DỊCH', 'SỐ TIỀN', 'LÚC', 'THẺ', 'LẦN GỬI'],
    what: {
      lateDecline: 'Từ chối muộn',
      storedPayment: 'Thẻ đã lưu',
      reversal: 'Đảo giao dịch',
      void: 'Hủy giao dịch',
      refundReversal: 'Đảo hoàn tiền',
      refundVoid: 'Hủy hoàn tiền',
      holdReversal: 'Đảo lệnh giữ tiền',
      holdVoid: 'Hủy giữ tiền',
      increment: 'Giữ thêm tiền',
      completion: 'Hoàn tất',
    },
    nothing: 'Không có giao dịch nào chờ ngân hàng trả lời và không có gì cần xử lý.',
    deadLetter: 'CẦN NGƯỜI XỬ LÝ từ',
    refused: 'CẦN NGƯỜI XỬ LÝ: ngân hàng từ chối khi gửi lên, mã',
    underWay: 'Đã gửi, đang chờ trả lời',
    nextTry: 'Gửi lại lúc',
    lastError: 'Lỗi lần trước',
    settle: 'Khi xong, quản lý xác nhận "đã xử lý" trên máy.',
    goesOn: 'Các giao dịch không ghi CẦN NGƯỜI XỬ LÝ: máy tự gửi khi có mạng. Không thu tiền lần hai.',
  },
  en: {
    titles: ['WHAT', 'AMOUNT', 'WHEN', 'CARD', 'TRIES'],
    what: {
      lateDecline: 'late decline',
      storedPayment: 'stored payment',
      reversal: 'reversal',
      void: 'void',
      refundReversal: 'refund reversal',
      refundVoid: 'refund void',
      holdReversal: 'hold reversal',
      holdVoid: 'hold cancellation',
      increment: 'hold increment',
      completion: 'completion',
    },
    nothing: 'Nothing waits for an answer of the bank, and nothing needs a person.',
    deadLetter: 'DEAD LETTER, needs a person, since',
    refused: 'NEEDS A PERSON: refused by the bank when it was sent, code',
    underWay: 'sent, waiting for the answer',
    nextTry: 'next try',
    lastError: 'last error',
    settle: 'When that is done, a supervisor settles it by hand on the terminal.',
    goesOn: 'What is not marked for a person the terminal sends by itself. Do not charge a second time.',
  },
};
