/**
 * The words on X and Z reports. Vietnamese as on settlement slips in use there: kết toán = settlement, tổng kết =
 * totals, số lô = batch number, chênh lệch = difference.
 */
import type { CloseReason } from '../settlement/model.ts';
import type { PaymentMethod } from '../transaction/model.ts';
import type { BatchEntry, HostTotals } from '../transaction/model.ts';
import type { ReceiptLanguage } from './paper-money.ts';

export interface BatchWords {
  readonly xTitle: string;
  readonly xMeaning: string;
  readonly zTitle: string;
  readonly batch: string;
  readonly businessDate: string;
  readonly opened: string;
  readonly closed: string;
  readonly closedBy: string;
  readonly because: Readonly<Record<CloseReason, string>>;
  readonly printed: string;
  readonly methods: Readonly<Record<PaymentMethod, string>>;
  readonly kinds: Readonly<Record<BatchEntry['kind'], string>>;
  readonly voided: string;
  readonly nothingBooked: string;
  readonly sumOf: Readonly<Record<PaymentMethod, string>>;
  readonly net: string;
  readonly count: string;
  readonly cash: string;
  readonly float: string;
  readonly cashExpected: string;
  readonly cashCounted: string;
  readonly cashNotCounted: string;
  readonly cashOver: string;
  readonly cashShort: string;
  readonly cashExact: string;
  readonly settlement: string;
  readonly inBalance: string;
  readonly noCards: string;
  readonly differs: string;
  readonly differsAdvice: string;
  readonly hostToldNothing: string;
  readonly columns: Readonly<Record<Exclude<keyof HostTotals, 'currency'>, string>>;
  readonly ours: string;
  readonly theirs: string;
  readonly netDifference: string;
  readonly refused: (count: number) => string;
  readonly notSettled: string;
  readonly waiting: string;
  readonly asking: string;
  readonly uploading: (done: number, of: number) => string;
  readonly nextTry: string;
  readonly inQuestion: (count: number) => string;
  readonly stored: string;
  readonly storedCount: (count: number) => string;
  readonly storedMeaning: string;
}

export const batchWords: Readonly<Record<ReceiptLanguage, BatchWords>> = {
  vi: {
    xTitle: 'BÁO CÁO X - TỔNG KẾT TẠM',
    xMeaning: 'Lô vẫn đang mở. Báo cáo này không chốt lô và không kết toán.',
    zTitle: 'BÁO CÁO Z - KẾT TOÁN',
    batch: 'Số lô',
    businessDate: 'Ngày bán hàng',
    opened: 'Mở lô',
    closed: 'Chốt lô',
    closedBy: 'Người chốt',
    because: { person: 'Nhân viên chốt', cutOver: 'Tự chốt cuối ngày', hostCutOver: 'Ngân hàng yêu cầu chốt' },
    printed: 'In lúc',
    methods: { card: 'THẺ', qr: 'CHUYỂN KHOẢN QR', cash: 'TIỀN MẶT' },
    kinds: { sale: 'Bán hàng', completion: 'Hoàn tất ủy quyền', refund: 'Hoàn tiền' },
    voided: 'Đã hủy',
    nothingBooked: 'Chưa có giao dịch nào',
    sumOf: { card: 'Cộng thẻ', qr: 'Cộng QR', cash: 'Cộng tiền mặt' },
    net: 'TỔNG THANH TOÁN',
    count: 'TỔNG SỐ GD',
    cash: 'KIỂM ĐẾM TIỀN MẶT',
    float: 'Tiền đầu ca',
    cashExpected: 'Phải có trong két',
    cashCounted: 'Đếm được',
    cashNotCounted: 'Chưa kiểm đếm',
    cashOver: 'Thừa',
    cashShort: 'Thiếu',
    cashExact: 'Tiền mặt khớp',
    settlement: 'KẾT QUẢ KẾT TOÁN',
    inBalance: 'KẾT TOÁN THÀNH CÔNG',
    noCards: 'Không có giao dịch thẻ, không cần kết toán với ngân hàng',
    differs: 'KẾT TOÁN CÓ CHÊNH LỆCH',
    differsAdvice:
      'Tiền của khách không bị trừ thêm. Số tiền ngân hàng trả cho cửa hàng có thể khác máy. Giữ phiếu này và gọi ngân hàng thanh toán để đối soát.',
    hostToldNothing: 'Ngân hàng không cho biết số của họ',
    columns: {
      debits: 'Bán hàng',
      debitReversals: 'Hủy bán hàng',
      credits: 'Hoàn tiền',
      creditReversals: 'Hủy hoàn tiền',
    },
    ours: 'Máy',
    theirs: 'Ngân hàng',
    netDifference: 'Ngân hàng trừ máy',
    refused: (count) => `Ngân hàng không nhận ${count} giao dịch khi gửi lại lô`,
    notSettled: 'CHƯA KẾT TOÁN',
    waiting: 'Chờ rõ kết quả các giao dịch của lô, sau đó máy tự kết toán.',
    asking: 'Máy đang hỏi ngân hàng và tự hỏi lại đến khi có kết quả. Không cần làm gì.',
    uploading: (done, of) => `Đang gửi lại từng giao dịch: ${done}/${of}.`,
    nextTry: 'Thử lại lúc',
    inQuestion: (count) => `Chưa rõ kết quả: ${count} giao dịch`,
    stored: 'GIAO DỊCH ĐÃ LƯU, CHỜ GỬI',
    storedCount: (count) => `${count} giao dịch`,
    storedMeaning: 'Ngân hàng chưa trả lời: số tiền này chưa nằm trong tổng và có thể bị từ chối.',
  },
  en: {
    xTitle: 'X REPORT - TOTALS SO FAR',
    xMeaning: 'The batch stays open. This report closes and settles nothing.',
    zTitle: 'Z REPORT - SETTLEMENT',
    batch: 'Batch no.',
    businessDate: 'Business date',
    opened: 'Opened',
    closed: 'Closed',
    closedBy: 'Closed by',
    because: { person: 'a person', cutOver: 'end of the day', hostCutOver: 'the bank asked for it' },
    printed: 'Printed',
    methods: { card: 'CARDS', qr: 'QR TRANSFERS', cash: 'CASH' },
    kinds: { sale: 'Sales', completion: 'Completions', refund: 'Refunds' },
    voided: 'Voided',
    nothingBooked: 'No payments yet',
    sumOf: { card: 'Cards, net', qr: 'QR, net', cash: 'Cash, net' },
    net: 'NET TOTAL',
    count: 'TRANSACTIONS',
    cash: 'CASH COUNT',
    float: 'Opening float',
    cashExpected: 'Should be in drawer',
    cashCounted: 'Counted',
    cashNotCounted: 'Not counted',
    cashOver: 'Over',
    cashShort: 'Short',
    cashExact: 'Cash agrees',
    settlement: 'SETTLEMENT',
    inBalance: 'SETTLED, IN BALANCE',
    noCards: 'No card payments, nothing to settle with the bank',
    differs: 'SETTLED WITH A DIFFERENCE',
    differsAdvice:
      'No customer is charged again. What the bank pays the shop may differ from this terminal. Keep this slip and call your acquirer to reconcile.',
    hostToldNothing: 'The bank did not tell its totals',
    columns: {
      debits: 'Sales',
      debitReversals: 'Voided sales',
      credits: 'Refunds',
      creditReversals: 'Voided refunds',
    },
    ours: 'Terminal',
    theirs: 'Bank',
    netDifference: 'Bank less terminal',
    refused: (count) => `At upload the bank did not take ${count} ${count === 1 ? 'payment' : 'payments'}`,
    notSettled: 'NOT SETTLED YET',
    waiting: 'Waits until every payment of the batch is certain; then the terminal settles by itself.',
    asking: 'The terminal asks the bank, again and again until it answers. Nothing to do.',
    uploading: (done, of) => `Sending each payment again: ${done} of ${of}.`,
    nextTry: 'Next try',
    inQuestion: (count) => `Outcome not known: ${count} ${count === 1 ? 'payment' : 'payments'}`,
    stored: 'STORED, WAITING TO BE SENT',
    storedCount: (count) => `${count} ${count === 1 ? 'payment' : 'payments'}`,
    storedMeaning: 'The bank has not answered: this money is in no total above, and may be refused.',
  },
};
