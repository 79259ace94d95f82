/** Vietnamese words around a code that the customer shows. */
import type { CodeMessages } from './code-messages.ts';

export const viCode: CodeMessages = {
  code: {
    method: 'Quét mã khách',
    paidBy: 'Mã của khách',
    methodHint: 'Mã trên điện thoại khách',
    present: {
      sale: {
        title: 'Quét mã của khách',
        hint: 'Mã thẻ trên điện thoại của khách. Chưa trừ tiền.',
        overdue: 'Hết thời gian chờ mã. Máy đang dừng giao dịch này, chưa trừ tiền.',
        customerTitle: 'Vui lòng đưa mã thanh toán',
        customerHint: 'Mở mã thẻ trong ứng dụng ngân hàng và đưa vào máy quét',
        customerOverdue: 'Đã hết thời gian chờ mã. Quý khách chưa bị trừ tiền.',
      },
      refund: {
        title: 'Hoàn tiền: quét mã mới',
        hint: 'Mã của thẻ đã trả, trên đúng điện thoại đó. Chưa hoàn tiền.',
        overdue: 'Hết thời gian chờ mã. Máy đang dừng, chưa hoàn tiền.',
        customerTitle: 'Vui lòng đưa mã của thẻ đã thanh toán',
        customerHint: 'Tiền sẽ về lại thẻ này',
        customerOverdue: 'Đã hết thời gian chờ mã. Chưa hoàn tiền.',
      },
    },
    field: 'Quét hoặc gõ mã',
    take: 'Nhận mã',
    show: 'Đưa mã',
    showNow: 'Máy quét đang chờ mã',
    phone: 'điện thoại',
  },
};
