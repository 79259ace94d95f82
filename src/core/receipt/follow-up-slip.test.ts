/** Follow-up slips: each says what happened, whether money was taken, and what to do, within the paper's width. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../base/brand.ts';
import { money } from '../base/money.ts';
import { maskPan } from '../base/pan.ts';
import { followUpSlip, type FollowUpSlipInput } from './follow-up-slip.ts';
import { followUpCases } from './follow-up-words.ts';
import { displayWidth } from './layout.ts';

const slip: FollowUpSlipInput = {
  columns: 48,
  merchant: {
    name: 'Chạm Coffee',
    addressLines: ['12 Nguyễn Huệ'],
    merchantId: '000001234567890',
    terminalId: 'CHAM0001',
  },
  language: 'vi',
  timeZone: 'Asia/Ho_Chi_Minh',
  training: false,
  printedAt: epochMs(Date.UTC(2026, 10, 22, 2)),
  copy: false,
  about: 'lateDecline',
  moneyMoved: 'no',
  amount: money(450_000, 'VND'),
  card: { maskedPan: maskPan('9704000000000018'), label: 'NAPAS' },
  paidAt: epochMs(Date.UTC(2026, 10, 21, 3)),
  knownAt: epochMs(Date.UTC(2026, 10, 21, 5, 30)),
  attempts: 3,
  batch: 12,
  stan: 123,
  rrn: '632514000123',
  approvalCode: null,
  responseCode: '51',
  transactionId: 'S-A',
  call: 'Ngân hàng Chạm 1900 0000',
};

function texts(over: Partial<FollowUpSlipInput> = {}): readonly string[] {
  return followUpSlip({ ...slip, ...over }).flatMap((line) =>
    line.kind === 'text' ? [line.text.trim().replaceAll(/ +/g, ' ')] : [],
  );
}

describe('follow-up slip', () => {
  it('a late decline, with every number the bank will ask for', () => {
    const lines = texts();
    const expected = [
      'PHIẾU THEO DÕI',
      '450.000 đ',
      'TIỀN CỦA KHÁCH',
      'CHƯA TRỪ TIỀN',
      'VIỆC CẦN LÀM',
      'Gọi Ngân hàng Chạm 1900 0000',
      'Số thẻ 970400******0018',
      'Khách thanh toán lúc 21/11/2026 10:00:00',
      'Biết kết quả lúc 21/11/2026 12:30:00',
      'Số lần đã gửi 3',
      'Số lô 000012',
      'Mã trace 000123',
      'Số tham chiếu 632514000123',
      'Mã trả lời 51',
      'Mã giao dịch S-A',
      'Người xử lý, ngày, chữ ký',
      '_'.repeat(48),
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
    expect(lines.join(' ')).not.toContain('Mã chuẩn chi');
  });

  it('an undeliverable reversal in English, without what is not known', () => {
    const lines = texts({
      language: 'en',
      about: 'reversal',
      moneyMoved: 'unknown',
      rrn: null,
      responseCode: null,
      call: null,
    });
    const expected = [
      'FOLLOW-UP NEEDED',
      'NOT KNOWN WHETHER MONEY WAS TAKEN',
      "Call The shop's acquiring bank",
      'Trace no. (STAN) 000123',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
    expect(lines.join(' ')).toContain('Do not refund in cash before the bank has answered.');
    expect(lines.join(' ')).not.toMatch(/RRN|Response code/);
  });

  it('speaks of a refund and of a hold as such', () => {
    expect(texts({ language: 'en', about: 'refundVoid', moneyMoved: 'unknown' })).toContain(
      'NOT KNOWN WHETHER IT WAS GIVEN BACK',
    );
    expect(texts({ language: 'en', about: 'holdVoid', moneyMoved: 'no' })).toContain('HELD AT MOST, NOT TAKEN');
  });

  const papers = followUpCases.flatMap((about) =>
    (['vi', 'en'] as const).flatMap((language) => [32, 48].map((columns) => ({ about, language, columns }))),
  );
  it.each(papers)('$about in $language fits $columns columns', (over) => {
    const lines = followUpSlip({ ...slip, ...over, training: true, copy: true, moneyMoved: 'unknown' });
    for (const line of lines) {
      if (line.kind !== 'text') continue;
      expect(displayWidth(line.text) * (line.size === 'double' ? 2 : 1)).toBeLessThanOrEqual(over.columns);
    }
    expect(lines.filter(({ kind }) => kind === 'banner')).toHaveLength(2);
    expect(lines.at(-1)).toEqual({ kind: 'cut' });
  });

  it('every case has its own story and its own advice', () => {
    for (const language of ['vi', 'en'] as const) {
      const stories = followUpCases.map((about) => texts({ about, language }).join(' '));
      expect(new Set(stories).size).toBe(followUpCases.length);
    }
  });
});
