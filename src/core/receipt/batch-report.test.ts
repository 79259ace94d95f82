/** X and Z reports: every sum is there, adds up, and stays within the paper; every state says what it means. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettlementInput } from '../settlement/events.ts';
import type { Booking } from '../settlement/model.ts';
import { Batches, cardEntry, closeByPerson, vnd } from '../settlement/test-kit.ts';
import { hostTotals } from '../settlement/totals.ts';
import { batchReport, type BatchReportInput } from './batch-report.ts';
import { displayWidth } from './layout.ts';
import type { ReceiptLine } from './receipt.ts';

const merchant = {
  name: 'Chạm Coffee',
  addressLines: ['12 Nguyễn Huệ, TP. Hồ Chí Minh'],
  merchantId: '000001234567890',
  terminalId: 'CHAM0001',
};

function input(batch: BatchReportInput['batch'], over: Partial<BatchReportInput> = {}): BatchReportInput {
  return {
    columns: 48,
    merchant,
    language: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
    training: false,
    printedAt: cardEntry(7200, 1).requestedAt,
    copy: false,
    batch,
    inQuestion: 0,
    stored: { count: 0, sum: vnd(0) },
    ...over,
  };
}

function squeezed(lines: readonly ReceiptLine[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.kind === 'banner') return line.lines;
    return line.kind === 'text' ? [line.text.trim().replaceAll(/ +/g, ' ')] : [];
  });
}

const print = (batch: BatchReportInput['batch'], over: Partial<BatchReportInput> = {}) =>
  squeezed(batchReport(input(batch, over)));
const whole = (lines: readonly string[]) => lines.join(' ');

/** Two NAPAS sales of which one is voided, a Visa refund, a QR transfer, cash in and out. */
function traded(): Batches {
  const batches = new Batches().card(1, 450_000).card(2, 30_000).voided(2);
  const entry = cardEntry(3, 20_000, { kind: 'refund' });
  return batches
    .booked({ batch: 1, method: 'card', scheme: 'VISA', entry })
    .booked({ batch: 1, method: 'qr', scheme: 'VietQR', entry: cardEntry(4, 45_000) })
    .booked({ batch: 1, method: 'cash', scheme: '', entry: cardEntry(5, 100_000) })
    .booked({ batch: 1, method: 'cash', scheme: '', entry: cardEntry(6, 15_000, { kind: 'refund' }) });
}

const counted: SettlementInput = { ...closeByPerson, countedCash: vnd(80_000) } as SettlementInput;
const reply = (responseCode: string, stan = 101): SettlementInput => ({
  type: 'ReconciliationReply',
  batch: 1,
  stan,
  attempt: 1,
  reply: { responseCode },
});

describe('X report', () => {
  it('in Vietnamese, line by line', () => {
    const { state } = traded();
    expect(print(state.open)).toEqual([
      'Chạm Coffee',
      '12 Nguyễn Huệ, TP. Hồ Chí Minh',
      'BÁO CÁO X - TỔNG KẾT TẠM',
      'Mã merchant 000001234567890',
      'Mã thiết bị CHAM0001',
      'Số lô 000001',
      'Ngày bán hàng 15/01/2027',
      'Mở lô 15/01/2027 15:00',
      'In lúc 15/01/2027 17:00',
      'Lô vẫn đang mở. Báo cáo này không chốt lô và',
      'không kết toán.',
      'THẺ',
      'NAPAS Bán hàng (2) 480.000 đ',
      'Đã hủy (1) -30.000 đ',
      'VISA Hoàn tiền (1) -20.000 đ',
      'Cộng thẻ 430.000 đ',
      'CHUYỂN KHOẢN QR',
      'VietQR Bán hàng (1) 45.000 đ',
      'Cộng QR 45.000 đ',
      'TIỀN MẶT',
      'Bán hàng (1) 100.000 đ',
      'Hoàn tiền (1) -15.000 đ',
      'Cộng tiền mặt 85.000 đ',
      'TỔNG THANH TOÁN',
      '560.000 đ',
      'TỔNG SỐ GD 6',
      'KIỂM ĐẾM TIỀN MẶT',
      'Tiền đầu ca 0 đ',
      'Phải có trong két 85.000 đ',
    ]);
  });

  it('of a batch without payments', () => {
    const lines = print(new Batches().state.open, { language: 'en' });
    expect(lines).toEqual(expect.arrayContaining(['X REPORT - TOTALS SO FAR', 'No payments yet', 'VND 0']));
    expect(whole(lines)).not.toContain('CASH');
  });

  it('names what is not certain yet and not in the totals', () => {
    const lines = print(traded().state.open, {
      inQuestion: 1,
      stored: { count: 7, sum: vnd(3_450_000) },
      language: 'en',
    });
    const expected = ['Outcome not known: 1 payment', 'STORED, WAITING TO BE SENT', '7 payments VND 3,450,000'];
    expect(lines).toEqual(expect.arrayContaining(expected));
  });
});

describe('Z report', () => {
  it('settled in balance, cash short', () => {
    const batches = traded().when(counted, reply('00'));
    const lines = print(batches.settled(), { copy: true });
    const expected = [
      'BÁO CÁO Z - KẾT TOÁN',
      '*** BẢN SAO ***',
      'Chốt lô 15/01/2027 15:00',
      'Người chốt Lan',
      'Phải có trong két 85.000 đ',
      'Đếm được 80.000 đ',
      'Thiếu 5.000 đ',
      'KẾT TOÁN THÀNH CÔNG',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    [85_000, 'Cash agrees'],
    [86_000, 'Over VND 1,000'],
  ])('counted %d: %s', (minorUnits, text) => {
    const close = { ...closeByPerson, countedCash: vnd(minorUnits) } as SettlementInput;
    expect(print(traded().when(close, reply('00')).settled(), { language: 'en' })).toContain(text);
  });

  it('nobody counted, closed by the clock', () => {
    const batches = traded().when({ type: 'CloseBatch', batch: 1, because: 'cutOver', by: null }, reply('00'));
    const lines = print(batches.settled());
    expect(lines).toEqual(expect.arrayContaining(['Đếm được Chưa kiểm đếm', 'Người chốt Tự chốt cuối ngày']));
  });

  it('with a difference: both sides, what it comes to, and what to do', () => {
    const theirs = hostTotals([cardEntry(1, 450_000), cardEntry(3, 20_000, { kind: 'refund' })]);
    const batches = traded().when(closeByPerson, reply('95'));
    for (const stan of [102, 103]) {
      batches.when({ type: 'UploadReply', batch: 1, stan, attempt: 1, responseCode: stan === 102 ? '00' : '12' });
    }
    const answer = { responseCode: '95', hostTotals: { ...theirs, credits: { count: 1, minorUnits: 25_000 } } };
    batches.when({ type: 'ReconciliationReply', batch: 1, stan: 104, attempt: 1, reply: answer });
    const lines = print(batches.settled(), { language: 'en' });
    const expected = [
      'SETTLED WITH A DIFFERENCE',
      'Sales',
      '- Terminal (2) VND 480,000',
      '- Bank (1) VND 450,000',
      'Voided sales',
      '- Terminal (1) VND 30,000',
      '- Bank (0) VND 0',
      'Refunds',
      '- Bank (1) VND 25,000',
      'Bank less terminal VND -5,000',
      'At upload the bank did not take 1 payment',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
    expect(lines).not.toContain('Voided refunds');
    expect(whole(lines)).toContain('call your acquirer to reconcile');
  });

  it('on its way: waiting, asking, uploading, each with what happens next', () => {
    const waiting = traded();
    waiting.questions = 1;
    expect(whole(print(waiting.when(closeByPerson).closing(), { language: 'en', inQuestion: 1 }))).toContain(
      'NOT SETTLED YET Waits until every payment of the batch is certain',
    );
    const asking = traded().when(closeByPerson, reply('91'));
    expect(print(asking.closing(), { language: 'en' })).toContain('Next try 2027-01-15 15:00');
    const uploading = traded().when(closeByPerson, reply('95'));
    expect(print(uploading.closing(), { language: 'en' })).toContain('Sending each payment again: 0 of 2.');
  });

  it('without cards there is nothing to settle', () => {
    const batches = new Batches().when(closeByPerson);
    expect(whole(print(batches.settled(), { language: 'en' }))).toContain('No card payments, nothing to settle');
  });
});

describe('the paper', () => {
  const booking = fc
    .record({
      method: fc.constantFrom('card', 'qr', 'cash'),
      scheme: fc.constantFrom('NAPAS', 'A very long name of a scheme nobody has heard of', ''),
      kind: fc.constantFrom('sale', 'completion', 'refund'),
      minorUnits: fc.integer({ min: 1, max: 999_999_999_999 }),
      voided: fc.boolean(),
    })
    .map(({ method, scheme, kind, minorUnits, voided }): Booking => {
      return { method, scheme, entry: cardEntry(1, minorUnits, { kind, voided }) };
    });

  it('is never too narrow for its text, and training is said twice', () => {
    fc.assert(
      fc.property(
        fc.array(booking, { maxLength: 20 }),
        fc.constantFrom(32, 42, 48),
        fc.constantFrom('vi', 'en'),
        fc.nat(1_000_000_000),
        (bookings, columns, language, float) => {
          const { state } = new Batches();
          const { opened } = state.open;
          if (opened === null) throw new Error('not opened');
          const open = { number: 999_999, opened: { ...opened, float: vnd(float) }, bookings };
          const stored = { count: 123, sum: vnd(999_999_999) };
          const lines = batchReport(input(open, { columns, language, stored, inQuestion: 12, training: true }));
          for (const line of lines) {
            if (line.kind !== 'text') continue;
            expect(displayWidth(line.text) * (line.size === 'double' ? 2 : 1)).toBeLessThanOrEqual(columns);
          }
          expect(lines.filter(({ kind }) => kind === 'banner')).toHaveLength(2);
          expect(lines.at(-1)).toEqual({ kind: 'cut' });
        },
      ),
    );
  });
});
