/**
 * The words on a follow-up slip: for each thing that may need a person, what happened and what to do. They speak to the
 * shop, and say "the customer's money" where that is meant.
 */
import type { MoneyMoved } from '../transaction/model.ts';
import type { ReceiptLanguage } from './paper-money.ts';

/**
 * lateDecline: a stored payment was sent and refused. All others: a message that the host does not answer or will not
 * have, each worded for what it is about, a sale, a refund or a hold.
 */
export const followUpCases = [
  'lateDecline',
  'storedPayment',
  'reversal',
  'void',
  'refundReversal',
  'refundVoid',
  'holdReversal',
  'holdVoid',
  'increment',
  'completion',
] as const;
export type FollowUpCase = (typeof followUpCases)[number];

/** Whose money the slip is about: was it taken, given back, or held? */
export type FollowUpSubject = 'sale' | 'refund' | 'hold';

export interface FollowUpWords {
  readonly title: string;
  readonly customersMoney: string;
  readonly money: Readonly<Record<FollowUpSubject, Readonly<Record<MoneyMoved, string>>>>;
  readonly happened: Readonly<Record<FollowUpCase, string>>;
  readonly whatToDo: string;
  readonly advice: Readonly<Record<FollowUpCase, string>>;
  readonly paidAt: string;
  readonly knownAt: string;
  readonly attempts: string;
  readonly responseCode: string;
  readonly call: string;
  readonly callBank: string;
  readonly batch: string;
  readonly handledBy: string;
  readonly printed: string;
}

export function followUpSubject(about: FollowUpCase): FollowUpSubject {
  if (about === 'refundReversal' || about === 'refundVoid') return 'refund';
  return about === 'holdReversal' || about === 'holdVoid' || about === 'increment' ? 'hold' : 'sale';
}

export const followUpWords: Readonly<Record<ReceiptLanguage, FollowUpWords>> = {
  vi: {
    title: 'PHIẾU THEO DÕI',
    customersMoney: 'TIỀN CỦA KHÁCH',
    money: {
      sale: { no: 'CHƯA TRỪ TIỀN', yes: 'ĐÃ TRỪ TIỀN', unknown: 'CHƯA RÕ ĐÃ TRỪ TIỀN HAY CHƯA' },
      refund: { no: 'CHƯA HOÀN TIỀN', yes: 'ĐÃ HOÀN TIỀN', unknown: 'CHƯA RÕ ĐÃ HOÀN TIỀN HAY CHƯA' },
      hold: { no: 'CHỈ GIỮ, CHƯA TRỪ TIỀN', yes: 'ĐÃ TRỪ TIỀN', unknown: 'CHƯA RÕ TIỀN CÓ BỊ GIỮ HAY KHÔNG' },
    },
    happened: {
      lateDecline:
        'Thẻ được nhận khi mất mạng. Khi gửi lên, ngân hàng đã từ chối. Cửa hàng chưa nhận được tiền của giao dịch này.',
      storedPayment:
        'Thẻ được nhận khi mất mạng. Máy đã gửi nhiều lần mà ngân hàng không nhận. Cửa hàng chưa chắc nhận được tiền.',
      reversal:
        'Giao dịch không rõ kết quả. Máy đã gửi lệnh đảo nhiều lần mà ngân hàng không trả lời. Khách có thể đã bị trừ tiền.',
      void: 'Giao dịch đã được yêu cầu hủy, nhưng ngân hàng chưa xác nhận. Khách có thể vẫn bị trừ tiền.',
      refundReversal:
        'Lần hoàn tiền không rõ kết quả. Máy đã gửi lệnh đảo nhiều lần mà ngân hàng không trả lời. Khách có thể đã được hoàn tiền.',
      refundVoid: 'Lần hoàn tiền đã được yêu cầu hủy, nhưng ngân hàng chưa xác nhận. Khách có thể vẫn được hoàn tiền.',
      holdReversal:
        'Yêu cầu giữ tiền không rõ kết quả. Máy đã gửi lệnh đảo nhiều lần mà ngân hàng không trả lời. Tiền của khách có thể đang bị giữ.',
      holdVoid:
        'Khoản ủy quyền trước đã được yêu cầu hủy, nhưng ngân hàng chưa xác nhận. Tiền của khách có thể vẫn bị giữ.',
      increment:
        'Đã xin ngân hàng giữ thêm tiền, nhưng ngân hàng chưa xác nhận. Tiền của khách có thể đang bị giữ thêm.',
      completion:
        'Khoản ủy quyền trước chưa hoàn tất được. Tiền của khách có thể vẫn bị giữ, cửa hàng chưa chắc nhận được tiền.',
    },
    whatToDo: 'VIỆC CẦN LÀM',
    advice: {
      lateDecline:
        'Liên hệ khách và xin thanh toán bằng cách khác. Không quẹt lại thẻ khi khách không có mặt. Nếu không liên hệ được, gọi ngân hàng với số tham chiếu bên dưới.',
      storedPayment:
        'Không thu tiền lần hai. Gọi ngân hàng với số tham chiếu bên dưới và hỏi giao dịch đã được ghi nhận chưa; nếu chưa, liên hệ khách.',
      reversal:
        'Gọi ngân hàng, đọc các số bên dưới và yêu cầu hoàn lại nếu đã trừ. Không tự hoàn tiền mặt khi ngân hàng chưa trả lời.',
      void: 'Gọi ngân hàng, đọc các số bên dưới và yêu cầu hủy hoặc hoàn tiền cho khách. Không hủy lần hai trên máy.',
      refundReversal:
        'Gọi ngân hàng, đọc các số bên dưới và hỏi đã hoàn tiền chưa. Không hoàn lần nữa khi ngân hàng chưa trả lời.',
      refundVoid:
        'Gọi ngân hàng, đọc các số bên dưới và yêu cầu hủy lần hoàn tiền. Không thu lại của khách khi ngân hàng chưa trả lời.',
      holdReversal:
        'Gọi ngân hàng, đọc các số bên dưới và yêu cầu giải tỏa nếu có khoản giữ. Không giữ lần nữa khi ngân hàng chưa trả lời.',
      holdVoid: 'Gọi ngân hàng, đọc các số bên dưới và yêu cầu giải tỏa khoản giữ. Không hủy lần hai trên máy.',
      increment:
        'Gọi ngân hàng, đọc các số bên dưới và hỏi đang giữ bao nhiêu. Chỉ hoàn tất trong số tiền ngân hàng xác nhận.',
      completion:
        'Gọi ngân hàng, đọc các số bên dưới và yêu cầu hoàn tất hoặc giải tỏa khoản giữ. Không thu lại bằng thẻ khác khi chưa có trả lời.',
    },
    paidAt: 'Khách thanh toán lúc',
    knownAt: 'Biết kết quả lúc',
    attempts: 'Số lần đã gửi',
    responseCode: 'Mã trả lời',
    call: 'Gọi',
    callBank: 'Ngân hàng thanh toán của cửa hàng',
    batch: 'Số lô',
    handledBy: 'Người xử lý, ngày, chữ ký',
    printed: 'In lúc',
  },
  en: {
    title: 'FOLLOW-UP NEEDED',
    customersMoney: "THE CUSTOMER'S MONEY",
    money: {
      sale: { no: 'NO MONEY WAS TAKEN', yes: 'MONEY WAS TAKEN', unknown: 'NOT KNOWN WHETHER MONEY WAS TAKEN' },
      refund: { no: 'NOT GIVEN BACK', yes: 'GIVEN BACK', unknown: 'NOT KNOWN WHETHER IT WAS GIVEN BACK' },
      hold: { no: 'HELD AT MOST, NOT TAKEN', yes: 'MONEY WAS TAKEN', unknown: 'NOT KNOWN WHETHER MONEY IS HELD' },
    },
    happened: {
      lateDecline:
        'The card was accepted while the network was down. When it was sent, the bank refused it. The shop has not been paid for this sale.',
      storedPayment:
        'The card was accepted while the network was down. It was sent several times and the bank did not take it. The shop may not be paid.',
      reversal:
        'The outcome of this payment is unknown. Its reversal was sent several times without an answer. The customer may have been charged.',
      void: 'This payment was to be voided, but the bank has not confirmed it. The customer may still be charged.',
      refundReversal:
        'The outcome of this refund is unknown. Its reversal was sent several times without an answer. The customer may have been given the money.',
      refundVoid:
        'This refund was to be voided, but the bank has not confirmed it. The customer may still be given the money.',
      holdReversal:
        "The outcome of this hold is unknown. Its reversal was sent several times without an answer. The customer's money may be held.",
      holdVoid:
        "This hold was to be cancelled, but the bank has not confirmed it. The customer's money may still be held.",
      increment: "The bank was asked to hold more and has not confirmed it. More of the customer's money may be held.",
      completion:
        "The pre-authorisation could not be completed. The customer's money may still be held, and the shop may not be paid.",
    },
    whatToDo: 'WHAT TO DO',
    advice: {
      lateDecline:
        'Contact the customer and ask for another way to pay. Do not charge the card again without the customer. If you cannot reach them, call the bank with the reference below.',
      storedPayment:
        'Do not charge a second time. Call the bank with the reference below and ask whether it has the payment; if not, contact the customer.',
      reversal:
        'Call the bank, read it the numbers below and ask it to give the money back if it was taken. Do not refund in cash before the bank has answered.',
      void: 'Call the bank, read it the numbers below and ask it to void or refund the payment. Do not void it a second time here.',
      refundReversal:
        'Call the bank, read it the numbers below and ask whether it gave the money back. Do not refund again before it has answered.',
      refundVoid:
        'Call the bank, read it the numbers below and ask it to void the refund. Do not charge the customer before it has answered.',
      holdReversal:
        'Call the bank, read it the numbers below and ask it to release a hold if there is one. Do not hold again before it has answered.',
      holdVoid:
        'Call the bank, read it the numbers below and ask it to release the hold. Do not cancel it a second time here.',
      increment:
        'Call the bank, read it the numbers below and ask how much is held. Complete no more than it confirms.',
      completion:
        'Call the bank, read it the numbers below and ask it to complete the payment or release the hold. Do not charge another card before it has answered.',
    },
    paidAt: 'Customer paid',
    knownAt: 'Known since',
    attempts: 'Times sent',
    responseCode: 'Response code',
    call: 'Call',
    callBank: "The shop's acquiring bank",
    batch: 'Batch no.',
    handledBy: 'Handled by, date, signature',
    printed: 'Printed',
  },
};
