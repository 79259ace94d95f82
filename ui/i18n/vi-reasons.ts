/** Vietnamese: why a payment went as it did, what the cashier does next, and what the customer reads of it. */
import type { ReasonMessages } from './sale-messages.ts';

export const viReasons: ReasonMessages = {
  reasons: {
    cashier: {
      why: 'Thu ngân đã hủy.',
      next: 'Bắt đầu giao dịch mới khi khách sẵn sàng.',
      customer: 'Giao dịch được hủy tại quầy.',
    },
    cardTimeout: {
      why: 'Hết thời gian chờ đọc thẻ.',
      next: 'Hỏi khách rồi bắt đầu giao dịch mới.',
      customer: 'Đã hết thời gian chờ thẻ. Quý khách có thể thử lại.',
    },
    codeTimeout: {
      why: 'Hết thời gian chờ quét mã.',
      next: 'Hỏi khách rồi bắt đầu giao dịch mới.',
      customer: 'Đã hết thời gian chờ mã. Quý khách có thể thử lại.',
    },
    restart: {
      why: 'Máy vừa khởi động lại, giao dịch này đã dừng.',
      next: 'Bắt đầu lại từ đầu.',
      customer: 'Máy vừa khởi động lại. Quý khách có thể thử lại.',
    },
    cardholder: {
      why: 'Khách đã hủy trên bàn phím PIN, hoặc không chọn ứng dụng nào của thẻ.',
      next: 'Hỏi khách rồi bắt đầu giao dịch mới.',
      customer: 'Quý khách đã hủy. Quý khách có thể thử lại.',
    },
    billPaid: {
      why: 'Mã QR đã cất của hóa đơn này vừa được trả, nên máy dừng lần thu này.',
      next: 'Đừng thu nữa: khoản chuyển đã trả hóa đơn. Khách đã đưa tiền mặt thì trả lại.',
      customer: 'Quý khách đã trả bằng chuyển khoản. Không cần trả thêm.',
    },
    hostNotReached: {
      why: 'Không có mạng tới ngân hàng, yêu cầu chưa được gửi.',
      next: 'Kiểm tra dây mạng rồi thử lại, hoặc thu cách khác.',
      customer: 'Máy chưa kết nối được ngân hàng. Vui lòng trả bằng cách khác.',
    },
    codeNoNetwork: {
      why: 'Trả bằng mã cần có mạng, mà máy không tới được ngân hàng; yêu cầu chưa được gửi.',
      next: 'Kiểm tra dây mạng rồi thử lại với mã mới, hoặc thu cách khác.',
      customer: 'Trả bằng mã cần có mạng, hiện đang mất mạng. Vui lòng trả bằng cách khác.',
    },
    cardNotSupported: {
      why: 'Máy không nhận loại thẻ này.',
      next: 'Mời khách dùng thẻ khác hoặc mã QR.',
      customer: 'Máy không nhận loại thẻ này. Vui lòng dùng thẻ khác.',
    },
    cardBlocked: {
      why: 'Ứng dụng trên thẻ bị khóa.',
      next: 'Mời khách dùng thẻ khác và liên hệ ngân hàng.',
      customer: 'Thẻ này chưa dùng được. Vui lòng liên hệ ngân hàng phát hành.',
    },
    cardUnreadable: {
      why: 'Không đọc được dữ liệu trên thẻ.',
      next: 'Thử lại một lần, nếu không được thì dùng thẻ khác.',
      customer: 'Máy không đọc được thẻ. Vui lòng thử lại hoặc dùng thẻ khác.',
    },
    useAnotherInterface: {
      why: 'Thẻ này không chạm được, cần cắm chip.',
      next: 'Mời khách dùng thẻ khác hoặc mã QR.',
      customer: 'Thẻ này không chạm được ở đây. Vui lòng dùng thẻ khác.',
    },
    readerUnavailable: {
      why: 'Mất kết nối đầu đọc thẻ.',
      next: 'Kiểm tra dây đầu đọc. Có thể thu bằng mã QR.',
      customer: 'Đầu đọc thẻ đang gián đoạn. Quý khách có thể trả bằng mã QR.',
    },
    qrUnavailable: {
      why: 'Ngân hàng chưa cấp được mã QR.',
      next: 'Thử lại, hoặc thu bằng thẻ.',
      customer: 'Chưa tạo được mã QR. Quý khách có thể trả bằng thẻ.',
    },
    qrNoNetwork: {
      why: 'Mất mạng: mã QR cần mạng để ngân hàng báo tiền về.',
      next: 'Thu tiền mặt, hoặc thẻ nếu máy nhận thẻ khi mất mạng. Đừng dùng ảnh mã QR in sẵn mà không kiểm tra.',
      customer: 'Đang mất mạng nên chưa dùng được mã QR. Quý khách có thể trả tiền mặt hoặc thẻ.',
    },
    notStored: {
      why: 'Không liên lạc được ngân hàng và không lưu lại được giao dịch.',
      next: 'Kiểm tra dây mạng rồi thử lại, hoặc thu cách khác.',
      customer: 'Máy chưa kết nối được ngân hàng. Vui lòng trả bằng cách khác.',
    },
    otherCard: {
      why: 'Đây không phải thẻ đã thanh toán.',
      next: 'Thử lại với đúng thẻ đã thanh toán.',
      customer: 'Đây không phải thẻ quý khách đã dùng. Vui lòng dùng đúng thẻ đó.',
    },
    refundRefused: {
      why: 'Nhà cung cấp QR không hoàn khoản này.',
      next: 'Chưa hoàn tiền. Hoàn bằng chuyển khoản, hai người duyệt.',
      customer: 'Tiền chưa được hoàn. Vui lòng trao đổi với thu ngân.',
    },
    refundNotSent: {
      why: 'Không kết nối được nhà cung cấp QR; chưa gửi yêu cầu hoàn.',
      next: 'Chưa hoàn tiền. Kiểm tra mạng rồi hoàn lại, hoặc hoàn bằng chuyển khoản.',
      customer: 'Tiền chưa được hoàn. Vui lòng trao đổi với thu ngân.',
    },
    'tryAgain.removedTooEarly': {
      why: 'Thẻ rời đầu đọc quá sớm.',
      next: 'Mời khách đưa thẻ lại và giữ yên.',
      customer: 'Thẻ rời ra quá sớm. Vui lòng đưa thẻ lại và giữ yên.',
    },
    'tryAgain.communicationError': {
      why: 'Chưa đọc xong thẻ.',
      next: 'Mời khách đưa thẻ lại, chỉ một thẻ.',
      customer: 'Chưa đọc xong thẻ. Vui lòng đưa thẻ lại, chỉ một thẻ.',
    },
    'tryAgain.seePhone': {
      why: 'Khách cần xác nhận trên điện thoại.',
      next: 'Mời khách làm theo điện thoại rồi chạm lại.',
      customer: 'Vui lòng xem điện thoại, xác nhận rồi chạm lại.',
    },
    'tryAgain.useAnotherInterface': {
      why: 'Thẻ này phải cắm chip.',
      next: 'Mời khách cắm thẻ vào khe, đầu có chip vào trước.',
      customer: 'Vui lòng cắm thẻ vào khe, đầu có chip vào trước.',
    },
    'tryAgain.codeNotCpm': {
      why: 'Đó không phải mã thanh toán của thẻ. Chưa trừ tiền.',
      next: 'Nhờ khách mở mã thẻ trong ứng dụng ngân hàng rồi quét, hoặc hủy và thu cách khác.',
      customer: 'Đó không phải mã thẻ. Quý khách chưa bị trừ tiền. Vui lòng mở mã thẻ trong ứng dụng ngân hàng.',
    },
    'tryAgain.codeOfWallet': {
      why: 'Máy không nhận mã của ví này. Chưa trừ tiền.',
      next: 'Hủy, chọn Mã QR và mời khách quét mã trên máy.',
      customer: 'Máy không nhận mã của ví này. Quý khách chưa bị trừ tiền. Quý khách có thể quét mã QR của quầy.',
    },
    'tryAgain.codeBroken': {
      why: 'Mã bị hỏng hoặc đọc chưa hết. Chưa trừ tiền.',
      next: 'Nhờ khách tạo mã mới rồi quét lại.',
      customer: 'Không đọc được mã. Quý khách chưa bị trừ tiền. Vui lòng đưa mã mới.',
    },
    'tryAgain.codeNoApplication': {
      why: 'Máy không nhận thẻ nào trong mã này. Chưa trừ tiền.',
      next: 'Nhờ khách đưa mã của thẻ khác, hoặc hủy và thu cách khác.',
      customer: 'Máy không nhận thẻ của mã này. Quý khách chưa bị trừ tiền. Vui lòng đưa mã khác.',
    },
    'tryAgain.codeNoCryptogram': {
      why: 'Mã thiếu mật mã để ngân hàng biết là mã thật. Chưa trừ tiền.',
      next: 'Nhờ khách tạo mã mới, hoặc hủy và thu cách khác.',
      customer: 'Không kiểm tra được mã này. Quý khách chưa bị trừ tiền. Vui lòng đưa mã mới.',
    },
    'tryAgain.codeUsed': {
      why: 'Mã này đã được gửi cho ngân hàng trước đó. Không trừ tiền lần nữa.',
      next: 'Xem kết quả ở mục Gần đây; nếu còn thiếu thì nhờ khách tạo mã mới.',
      customer: 'Mã này đã dùng rồi. Quý khách không bị trừ tiền lần nữa. Vui lòng đưa mã mới.',
    },
    'tryAgain.codeUnreadable': {
      why: 'Máy quét gửi dữ liệu không phải mã. Chưa trừ tiền.',
      next: 'Quét lại. Nếu vẫn vậy, gọi kỹ thuật: có thể máy quét cài đặt sai.',
      customer: 'Chưa quét được mã. Quý khách chưa bị trừ tiền. Vui lòng đưa mã lại gần máy quét.',
    },
    'declined.card': {
      why: 'Thẻ tự từ chối, chưa hỏi tới ngân hàng.',
      next: 'Mời khách dùng thẻ khác hoặc mã QR.',
      customer: 'Thẻ này chưa dùng được ở đây. Vui lòng dùng thẻ khác.',
    },
    'declined.05': {
      why: 'Ngân hàng phát hành từ chối, không nêu lý do.',
      next: 'Mời khách dùng thẻ khác hoặc hỏi ngân hàng.',
      customer: 'Vui lòng dùng thẻ khác, hoặc hỏi ngân hàng phát hành thẻ.',
    },
    'declined.14': {
      why: 'Số thẻ không hợp lệ.',
      next: 'Mời khách dùng thẻ khác.',
      customer: 'Ngân hàng không nhận ra thẻ này. Vui lòng dùng thẻ khác.',
    },
    'declined.30': {
      why: 'Ngân hàng báo lỗi định dạng yêu cầu.',
      next: 'Thu cách khác và báo kỹ thuật mã này.',
      customer: 'Hệ thống chưa xử lý được. Vui lòng trả bằng cách khác.',
    },
    'declined.41': {
      why: 'Ngân hàng báo thẻ đã mất.',
      next: 'Mời khách dùng cách khác; không giữ thẻ.',
      customer: 'Thẻ này chưa dùng được. Vui lòng liên hệ ngân hàng phát hành.',
    },
    'declined.43': {
      why: 'Ngân hàng báo thẻ bị đánh cắp.',
      next: 'Mời khách dùng cách khác; không tranh cãi, không giữ thẻ.',
      customer: 'Thẻ này chưa dùng được. Vui lòng liên hệ ngân hàng phát hành.',
    },
    'declined.51': {
      why: 'Số dư tài khoản không đủ.',
      next: 'Mời khách dùng thẻ khác hoặc mã QR.',
      customer: 'Vui lòng dùng thẻ khác hoặc quét mã QR. Lý do có trong ứng dụng ngân hàng của quý khách.',
    },
    'declined.54': {
      why: 'Thẻ đã hết hạn.',
      next: 'Mời khách dùng thẻ khác.',
      customer: 'Thẻ đã hết hạn. Vui lòng dùng thẻ khác.',
    },
    'declined.55': {
      why: 'Sai mã PIN.',
      next: 'Mời khách thử lại hoặc dùng thẻ khác.',
      customer: 'Mã PIN chưa đúng. Vui lòng thử lại hoặc dùng thẻ khác.',
    },
    'declined.61': {
      why: 'Vượt quá hạn mức của thẻ.',
      next: 'Mời khách đổi hạn mức trong ứng dụng, hoặc trả cách khác.',
      customer: 'Vượt quá hạn mức của thẻ. Vui lòng trả bằng cách khác.',
    },
    'declined.91': {
      why: 'Ngân hàng phát hành không phản hồi.',
      next: 'Đợi ít phút rồi thử lại, hoặc thu cách khác.',
      customer: 'Ngân hàng của quý khách đang gián đoạn. Vui lòng trả bằng cách khác.',
    },
    'declined.94': {
      why: 'Ngân hàng báo giao dịch trùng.',
      next: 'Xem danh sách gần đây trước khi thu lại.',
      customer: 'Ngân hàng báo trùng giao dịch. Vui lòng chờ thu ngân kiểm tra.',
    },
    'declined.96': {
      why: 'Hệ thống ngân hàng đang lỗi.',
      next: 'Thử lại sau ít phút, hoặc thu cách khác.',
      customer: 'Hệ thống ngân hàng đang gián đoạn. Vui lòng trả bằng cách khác.',
    },
    'unknown.noReply': {
      why: 'Ngân hàng không trả lời kịp.',
      next: 'Đừng thu lại. Máy đang tự đảo giao dịch; nhờ khách xem ứng dụng ngân hàng.',
      customer: 'Ngân hàng chưa trả lời. Vui lòng đừng trả thêm; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'unknown.linkLost': {
      why: 'Mất mạng khi đang chờ ngân hàng trả lời.',
      next: 'Đừng thu lại. Kiểm tra dây mạng; máy tự đảo giao dịch khi có mạng.',
      customer: 'Máy mất kết nối ngân hàng. Vui lòng đừng trả thêm; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'unknown.badReply': {
      why: 'Câu trả lời của ngân hàng không đọc được.',
      next: 'Đừng thu lại. Máy đang tự đảo giao dịch; nhờ khách xem ứng dụng ngân hàng.',
      customer: 'Ngân hàng trả lời chưa rõ. Vui lòng đừng trả thêm; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'unknown.restart': {
      why: 'Máy khởi động lại khi đang chờ ngân hàng trả lời.',
      next: 'Đừng thu lại. Máy đang tự đảo giao dịch; nhờ khách xem ứng dụng ngân hàng.',
      customer: 'Máy vừa khởi động lại. Vui lòng đừng trả thêm; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'reversal.partialRefused': {
      why: 'Phần tiền ngân hàng đã chấp nhận đang được trả lại.',
      next: 'Đừng thu lại bằng thẻ này khi ngân hàng chưa xác nhận. Máy tự làm tiếp.',
      customer: 'Phần tiền đã trả đang được hoàn lại. Vui lòng chờ thu ngân.',
    },
    'reversal.lateApproval': {
      why: 'Ngân hàng chấp nhận quá muộn, máy đang tự đảo giao dịch.',
      next: 'Đừng thu lại. Máy đang tự đảo giao dịch; nhờ khách xem ứng dụng ngân hàng.',
      customer: 'Ngân hàng trả lời quá muộn. Vui lòng đừng trả thêm; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'reversal.askedLater': {
      why: 'Ngân hàng chưa xử lý được, và lâu rồi chưa xác nhận là không trừ tiền.',
      next: 'Đừng thu lại thẻ này. Máy vẫn tự hỏi tiếp; nhờ khách xem ứng dụng ngân hàng.',
      customer: 'Ngân hàng chưa xác nhận là không trừ tiền. Nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'reversal.cardDeclined': {
      why: 'Ngân hàng duyệt, thẻ từ chối: không tính.',
      next: 'Đừng giao hàng hay làm lại. Máy đang tự trả tiền.',
      customer: 'Thẻ đã từ chối. Giao dịch không được tính; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'reversal.cardRemoved': {
      why: 'Thẻ rời khe quá sớm hoặc bị treo: không tính.',
      next: 'Đừng giao hàng hay làm lại. Máy đang tự trả tiền.',
      customer: 'Thẻ rời ra trước khi xong. Giao dịch không được tính; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'reversal.restart': {
      why: 'Máy khởi động lại, thẻ chưa xong: không tính.',
      next: 'Đừng giao hàng hay làm lại. Máy đang tự trả tiền.',
      customer: 'Máy vừa khởi động lại. Giao dịch không được tính; nếu đã bị trừ, tiền sẽ được trả lại.',
    },
    'stored.deferred': {
      why: 'Mất mạng nên chưa hỏi được ngân hàng. Khi chưa hỏi thì chưa có tiền về; cửa hàng chịu rủi ro.',
      next: 'Đừng thu lại. Máy tự hỏi ngân hàng ngay khi có mạng.',
      customer: 'Ngân hàng sẽ được hỏi sau. Vui lòng đừng trả thêm lần nữa.',
    },
    'stored.chipApproved': {
      why: 'Mất mạng; chip trên thẻ đã tự chấp nhận. Máy báo ngân hàng khi có mạng.',
      next: 'Giao hàng cho khách. Đừng thu lại.',
      customer: 'Thẻ của quý khách đã chấp nhận. Vui lòng đừng trả thêm lần nữa.',
    },
    'stored.deadLetter': {
      why: 'Chưa báo được cho ngân hàng, hoặc ngân hàng không nhận. Cần người xử lý.',
      next: 'Đừng thu lại. Gửi lại trong mục Giao dịch đang lưu, hoặc xử lý tay cùng quản lý.',
      customer: 'Vui lòng đừng trả thêm. Thu ngân đang làm việc với ngân hàng.',
    },
    'void.refused': {
      why: 'Ngân hàng không cho hủy. Mọi thứ vẫn như trước.',
      next: 'Giao dịch vẫn còn hiệu lực. Nếu phải trả tiền cho khách, hãy hoàn tiền.',
      customer: 'Chưa có gì thay đổi. Vui lòng trao đổi với thu ngân.',
    },
    'void.notSent': {
      why: 'Lệnh hủy chưa được gửi vì mất mạng. Mọi thứ vẫn như trước.',
      next: 'Giao dịch vẫn còn hiệu lực. Kiểm tra dây mạng rồi hủy lần nữa.',
      customer: 'Chưa có gì thay đổi. Vui lòng trao đổi với thu ngân.',
    },
    'increment.refused': {
      why: 'Ngân hàng không cho giữ thêm. Khoản giữ cũ vẫn còn.',
      next: 'Chưa trừ tiền. Hoàn tất trong số đang giữ, phần còn lại mời khách trả riêng.',
      customer: 'Chưa có gì thay đổi, chỉ giữ số tiền cũ. Vui lòng trao đổi với thu ngân.',
    },
    'increment.notSent': {
      why: 'Lệnh giữ thêm chưa được gửi vì mất mạng. Khoản giữ cũ vẫn còn.',
      next: 'Chưa trừ tiền. Kiểm tra dây mạng rồi giữ thêm lần nữa.',
      customer: 'Chưa có gì thay đổi, chỉ giữ số tiền cũ. Vui lòng trao đổi với thu ngân.',
    },
    'completion.refused': {
      why: 'Ngân hàng không nhận số tiền cuối. Mọi thứ vẫn như trước.',
      next: 'Gọi ngân hàng kèm mã chuẩn chi, rồi hoàn tất lần nữa hoặc hủy.',
      customer: 'Ngân hàng chưa nhận số tiền cuối. Vui lòng trao đổi với thu ngân.',
    },
  },
};
