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
    payout: {
      title: 'Chuyển trả khách',
      nothing: 'Không có khoản nào phải chuyển trả.',
      begin: 'Hoàn bằng chuyển khoản',
      beginExcess: (amount) => `Chuyển trả phần thừa ${amount}`,
      askHint:
        'Máy chưa chuyển tiền: đây là lệnh để cửa hàng chuyển tại ngân hàng. Quản lý khác người yêu cầu phải duyệt.',
      askedBy: 'Người yêu cầu',
      ask: 'Yêu cầu chuyển trả',
      confirm: 'Duyệt',
      confirmHint: (askedBy) => `${askedBy} yêu cầu. Chưa trả tiền; người duyệt phải là người khác.`,
      complete: 'Đã chuyển xong',
      completeHint: 'Chỉ ghi khi ngân hàng đã chuyển. Chép mã giao dịch của ngân hàng vào đây.',
      bankReference: 'Mã giao dịch ngân hàng',
      withdraw: 'Rút lệnh',
      withdrawHint: 'Chưa trả tiền. Khoản này trở lại danh sách cần xử lý.',
      name: 'Người thực hiện',
      payee: (account) => `Tài khoản ${account}`,
      noPayee: 'Ngân hàng không báo tài khoản; hỏi khách',
      by: {
        asked: (name) => `yêu cầu: ${name}`,
        confirmed: (name) => `duyệt: ${name}`,
        paidOut: (name) => `chuyển: ${name}`,
        withdrawn: (name) => `rút: ${name}`,
      },
      stages: {
        asked: 'Chưa trả, chờ người thứ hai duyệt',
        confirmed: 'Chưa trả, đã duyệt: chuyển tại ngân hàng',
        paidOut: 'Đã chuyển trả khách',
        withdrawn: 'Đã rút lệnh, không trả',
      },
      reasons: { transfer: 'cả khoản chuyển', excess: 'phần chuyển thừa', refund: 'hoàn giao dịch' },
    },
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
