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
