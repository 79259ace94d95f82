/** Vietnamese: payments by QR. */
import type { QrMessages } from './qr-messages.ts';

export const viQr: QrMessages = {
  qr: {
    aside: 'Đang chờ chuyển khoản',
    asideHint: 'Các mã này vẫn trả được đến hết giờ. Tiền về thì máy tự báo và in phiếu; chưa báo là chưa nhận tiền.',
    nothingAside: 'Không có mã nào đang chờ chuyển khoản.',
    nextCustomer: 'Cất mã, phục vụ tiếp',
    payOtherWay: 'Trả cách khác',
    bringBack: 'Hiện lại mã',
    transferTitle: 'Xử lý khoản chuyển',
    transferHint:
      'Đã nhận tiền, chưa tính là bán. Gắn vào giao dịch đúng, hoặc trả khách rồi ghi lại; quản lý phê duyệt.',
    transferGone: 'Khoản chuyển này đã được xử lý.',
    transferNotes: ['Đã chuyển trả khách', 'Không phải tiền bán hàng', 'Ngân hàng đã xác nhận qua điện thoại'],
    settleTransfer: 'Xử lý',
    attach: (reference, amount, time) => `Gắn vào ${reference}: ${amount}, ${time}`,
    attachNote: 'Gắn vào giao dịch',
    endWithNote: 'Kết thúc với ghi chú',
    fitsNothing: 'Không có giao dịch QR nào còn mở hay đã hủy mà khoản này trả đủ.',
    collectRest: (amount) => `Thu nốt ${amount} bằng`,
    partTaken: {
      title: 'Đã nhận một phần',
      why: 'Khách chuyển ít hơn số cần thu; phần đã chuyển được tính vào hóa đơn.',
      next: 'Thu phần còn lại rồi mới giao hàng.',
      customerTitle: 'Đã nhận một phần',
      customer: 'Vui lòng trả phần còn lại cùng thu ngân.',
    },
  },
};
