/**
 * The words on a receipt. Vietnamese wording follows card slips in use in Viet Nam (OneFin and Payoo/Shinhan
 * slips): mã chuẩn chi = approval code, số tham chiếu = RRN, mã trace = STAN.
 */
import type { ReceiptLanguage } from './paper-money.ts';

export interface ReceiptWords {
  readonly training: string;
  readonly noRealPayment: string;
  readonly copy: string;
  readonly cardSale: string;
  readonly qrSale: string;
  readonly cashSale: string;
  readonly refund: string;
  readonly hold: string;
  readonly completion: string;
  readonly void: string;
  readonly merchantId: string;
  readonly terminalId: string;
  readonly date: string;
  readonly time: string;
  readonly cardType: string;
  readonly cardNumber: string;
  readonly entryMode: string;
  readonly contactlessChip: string;
  /** Scanned off the customer's phone. */
  readonly customerCode: string;
  readonly contactChip: string;
  readonly contactlessStripe: string;
  readonly amount: string;
  readonly approved: string;
  readonly paymentReceived: string;
  readonly refunded: string;
  readonly holdPlaced: string;
  readonly voided: string;
  /** Taken without the bank: two short lines that say what that means. */
  readonly stored: readonly [string, string];
  readonly storedByChip: readonly [string, string];
  /** Of a transfer that a supervisor has confirmed by hand. */
  readonly unverified: readonly [string, string];
  readonly tendered: string;
  readonly change: string;
  readonly askedFor: string;
  readonly approvedBy: string;
  readonly approvalCode: string;
  readonly rrn: string;
  readonly stan: string;
  readonly aid: string;
  readonly cryptogram: string;
  /** Of a card that has said its last word: the Transaction Certificate. */
  readonly certificate: string;
  readonly signature: string;
  readonly verifiedByPin: string;
  readonly verifiedByDevice: string;
  readonly memo: string;
  readonly providerTransactionId: string;
  readonly received: string;
  readonly overPaid: string;
  readonly journal: string;
  readonly keepSlip: string;
  readonly thanks: string;
}

export const receiptWords: Readonly<Record<ReceiptLanguage, ReceiptWords>> = {
  vi: {
    training: 'HUẤN LUYỆN',
    noRealPayment: 'KHÔNG CÓ GIÁ TRỊ THANH TOÁN',
    copy: 'BẢN SAO',
    cardSale: 'GIAO DỊCH MUA HÀNG',
    qrSale: 'THANH TOÁN BẰNG MÃ QR',
    cashSale: 'THANH TOÁN TIỀN MẶT',
    refund: 'HOÀN TIỀN',
    hold: 'ỦY QUYỀN TRƯỚC',
    completion: 'HOÀN TẤT ỦY QUYỀN',
    void: 'HỦY GIAO DỊCH',
    merchantId: 'Mã merchant',
    terminalId: 'Mã thiết bị',
    date: 'Ngày GD',
    time: 'Giờ giao dịch',
    cardType: 'Loại thẻ',
    cardNumber: 'Số thẻ',
    entryMode: 'Đọc thẻ',
    contactlessChip: 'Chạm (không tiếp xúc)',
    customerCode: 'Mã trên điện thoại',
    contactChip: 'Cắm chip',
    contactlessStripe: 'Chạm (dữ liệu từ)',
    amount: 'SỐ TIỀN',
    approved: 'CHẤP NHẬN',
    paymentReceived: 'ĐÃ NHẬN ĐƯỢC TIỀN',
    refunded: 'ĐÃ HOÀN TIỀN',
    holdPlaced: 'ĐÃ GIỮ TIỀN, CHƯA TRỪ TIỀN',
    voided: 'ĐÃ HỦY, KHÔNG TRỪ TIỀN',
    stored: ['ĐÃ LƯU, CHƯA TRỪ TIỀN', 'Ngân hàng sẽ được hỏi khi có mạng'],
    storedByChip: ['THẺ ĐÃ CHẤP NHẬN', 'Sẽ trừ tiền khi có mạng'],
    unverified: ['CHƯA ĐƯỢC NGÂN HÀNG XÁC NHẬN', 'Quản lý xác nhận tay'],
    tendered: 'Tiền khách đưa',
    change: 'Tiền thối lại',
    askedFor: 'Số tiền yêu cầu',
    approvedBy: 'Người duyệt',
    approvalCode: 'Mã chuẩn chi',
    rrn: 'Số tham chiếu',
    stan: 'Mã trace',
    aid: 'AID',
    cryptogram: 'AC',
    certificate: 'TC',
    signature: 'Chữ ký khách hàng',
    verifiedByPin: 'Khách đã nhập PIN, không cần chữ ký',
    verifiedByDevice: 'Khách đã xác thực trên thiết bị',
    memo: 'Nội dung CK',
    providerTransactionId: 'Mã giao dịch',
    received: 'Số tiền nhận được',
    overPaid: 'Khách chuyển thừa',
    journal: 'Nhật ký',
    keepSlip: 'Vui lòng giữ phiếu để đối chiếu',
    thanks: 'Cảm ơn quý khách!',
  },
  en: {
    training: 'TRAINING',
    noRealPayment: 'NO REAL PAYMENT',
    copy: 'COPY',
    cardSale: 'CARD SALE',
    qrSale: 'QR PAYMENT',
    cashSale: 'CASH PAYMENT',
    refund: 'REFUND',
    hold: 'PRE-AUTHORISATION',
    completion: 'COMPLETION',
    void: 'VOID',
    merchantId: 'Merchant ID',
    terminalId: 'Terminal ID',
    date: 'Date',
    time: 'Time',
    cardType: 'Card type',
    cardNumber: 'Card number',
    entryMode: 'Entry mode',
    contactlessChip: 'Contactless chip',
    customerCode: 'Code on the phone',
    contactChip: 'Contact chip',
    contactlessStripe: 'Contactless magstripe',
    amount: 'AMOUNT',
    approved: 'APPROVED',
    paymentReceived: 'PAYMENT RECEIVED',
    refunded: 'REFUNDED',
    holdPlaced: 'HELD, NOT CHARGED',
    voided: 'VOIDED, NOT CHARGED',
    stored: ['STORED, NOT CHARGED YET', 'The bank is asked once online'],
    storedByChip: ['APPROVED BY THE CARD', 'Charged once online'],
    unverified: ['NOT VERIFIED BY THE BANK', 'Confirmed by hand'],
    tendered: 'Cash tendered',
    change: 'Change',
    askedFor: 'Amount asked for',
    approvedBy: 'Approved by',
    approvalCode: 'Approval code',
    rrn: 'Reference no. (RRN)',
    stan: 'Trace no. (STAN)',
    aid: 'AID',
    cryptogram: 'AC',
    certificate: 'TC',
    signature: 'Customer signature',
    verifiedByPin: 'PIN verified, no signature needed',
    verifiedByDevice: 'Verified on the customer device',
    memo: 'Transfer memo',
    providerTransactionId: 'Transaction ID',
    received: 'Amount received',
    overPaid: 'Overpaid',
    journal: 'Journal',
    keepSlip: 'Please keep this slip',
    thanks: 'Thank you!',
  },
};
