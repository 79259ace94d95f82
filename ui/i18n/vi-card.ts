/** Vietnamese words around an inserted card. */
import type { CardMessages } from './card-messages.ts';

export const viCard: CardMessages = {
  card: {
    present: {
      sale: {
        title: 'Mời khách chạm hoặc cắm thẻ',
        hint: 'Chạm thẻ hay điện thoại lên đầu đọc, hoặc cắm thẻ vào khe. Chưa trừ tiền.',
        customerTitle: 'Vui lòng chạm hoặc cắm thẻ',
        customerHint: 'Chạm và giữ yên, hoặc cắm đầu có chip vào khe',
      },
      refund: {
        title: 'Hoàn tiền: chạm hoặc cắm thẻ đã trả',
        hint: 'Tiền về lại đúng thẻ đó. Chưa hoàn tiền.',
        customerTitle: 'Vui lòng chạm hoặc cắm thẻ đã thanh toán',
        customerHint: 'Tiền sẽ về lại thẻ này',
      },
      preAuthorization: {
        title: 'Giữ tiền: mời khách chạm hoặc cắm thẻ',
        hint: 'Chỉ giữ, không trừ tiền. Chưa giữ tiền.',
        customerTitle: 'Vui lòng chạm hoặc cắm thẻ để giữ tiền',
        customerHint: 'Chỉ giữ, không trừ tiền lúc này',
      },
    },
    stays: {
      hint: 'Đừng rút thẻ: thẻ còn phải nghe câu trả lời. Chưa có kết quả, đừng làm lại.',
      customerHint: 'Vui lòng chưa rút thẻ, chờ một lát',
    },
    prompts: {
      leaveCard: {
        title: 'Đang đọc thẻ',
        hint: 'Đừng rút thẻ. Chưa có tiền nào được chuyển.',
        overdue: 'Thẻ trả lời quá lâu. Máy đang dừng; chưa có tiền nào được chuyển.',
        customerTitle: 'Đang đọc thẻ',
        customerHint: 'Vui lòng chưa rút thẻ',
        customerOverdue: 'Thẻ trả lời quá lâu. Chưa có tiền nào được chuyển.',
      },
      chooseApplication: {
        title: 'Khách chọn cách trả',
        hint: 'Để khách chọn; đừng rút thẻ. Chưa có tiền nào được chuyển.',
        overdue: 'Không ai chọn. Máy đang dừng; chưa có tiền nào được chuyển.',
        customerTitle: 'Quý khách muốn trả bằng gì?',
        customerHint: 'Chọn một ứng dụng trên thẻ, vui lòng chưa rút thẻ',
        customerOverdue: 'Đã hết thời gian chọn. Chưa có tiền nào được chuyển.',
      },
      enterPin: {
        title: 'Khách nhập PIN',
        hint: 'Trên bàn phím PIN, không phải ở đây. Đừng nhìn, đừng nhập hộ. Chưa có tiền nào được chuyển.',
        overdue: 'Hết thời gian nhập PIN. Máy đang dừng; chưa có tiền nào được chuyển.',
        customerTitle: 'Vui lòng nhập mã PIN',
        customerHint: 'Nhập trên bàn phím PIN và che tay. Vui lòng chưa rút thẻ',
        customerOverdue: 'Đã hết thời gian nhập PIN. Chưa có tiền nào được chuyển.',
      },
    },
    triesLeft: (tries) => (tries === 1 ? 'Chỉ còn một lần nhập PIN' : `Còn ${tries} lần nhập PIN`),
    noneOfThem: 'Không trả bằng thẻ này',
    remove: { cashier: 'Nhắc khách rút thẻ.', customer: 'Quý khách nhớ rút thẻ' },
    removeFirst: {
      cashier: 'Rút thẻ trước ra đã.',
      customer: 'Vui lòng rút thẻ cũ ra trước',
    },
  },
};
