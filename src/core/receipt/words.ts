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
  readonly merchantId: string;
  readonly terminalId: string;
  readonly date: string;
  readonly time: string;
  readonly cardType: string;
  readonly cardNumber: string;
  readonly entryMode: string;
  readonly contactlessChip: string;
  readonly contactChip: string;
  readonly amount: string;
  readonly approved: string;
  readonly paymentReceived: string;
  readonly approvalCode: string;
  readonly rrn: string;
  readonly stan: string;
  readonly aid: string;
  readonly cryptogram: string;
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
    merchantId: 'Mã merchant',
    terminalId: 'Mã thiết bị',
    date: 'Ngày GD',
    time: 'Giờ giao dịch',
    cardType: 'Loại thẻ',
    cardNumber: 'Số thẻ',
    entryMode: 'Đọc thẻ',
    contactlessChip: 'Chạm (không tiếp xúc)',
    contactChip: 'Cắm chip',
    amount: 'SỐ TIỀN',
    approved: 'CHẤP NHẬN',
    paymentReceived: 'ĐÃ NHẬN ĐƯỢC TIỀN',
    approvalCode: 'Mã chuẩn chi',
    rrn: 'Số tham chiếu',
    stan: 'Mã trace',
    aid: 'AID',
    cryptogram: 'AC',
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
    merchantId: 'Merchant ID',
    terminalId: 'Terminal ID',
    date: 'Date',
    time: 'Time',
    cardType: 'Card type',
    cardNumber: 'Card number',
    entryMode: 'Entry mode',
    contactlessChip: 'Contactless chip',
    contactChip: 'Contact chip',
    amount: 'AMOUNT',
    approved: 'APPROVED',
    paymentReceived: 'PAYMENT RECEIVED',
    approvalCode: 'Approval code',
    rrn: 'Reference no. (RRN)',
    stan: 'Trace no. (STAN)',
    aid: 'AID',
    cryptogram: 'AC',
    memo: 'Transfer memo',
    providerTransactionId: 'Transaction ID',
    received: 'Amount received',
    overPaid: 'Overpaid',
    journal: 'Journal',
    keepSlip: 'Please keep this slip',
    thanks: 'Thank you!',
  },
};
