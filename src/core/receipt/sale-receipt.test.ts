/** Sale receipts: everything that must be on the paper is there, whole, and within the paper's width. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../base/brand.ts';
import { money } from '../base/money.ts';
import { maskPan } from '../base/pan.ts';
import { displayWidth, printable } from './layout.ts';
import { paperMoney } from './paper-money.ts';
import type { ReceiptLine } from './receipt.ts';
import { saleReceipt, type SaleReceiptInput } from './sale-receipt.ts';

const common = {
  columns: 32,
  merchant: {
    name: 'Chạm Coffee',
    addressLines: ['12 Nguyễn Huệ, Phường Sài Gòn', 'TP. Hồ Chí Minh'],
    merchantId: '000001234567890',
    terminalId: 'CHAM0001',
  },
  language: 'vi',
  timeZone: 'Asia/Ho_Chi_Minh',
  at: epochMs(Date.UTC(2026, 10, 21, 17, 5, 9)),
  amount: money(45_000, 'VND'),
  document: 'sale',
  copy: false,
  training: false,
} as const satisfies Partial<SaleReceiptInput>;

const cardSale: SaleReceiptInput = {
  ...common,
  method: 'card',
  stan: 123,
  rrn: '632514000123',
  approvalCode: 'A1B2C3',
  card: {
    maskedPan: maskPan('9704000000000018'),
    label: 'NAPAS',
    aid: 'A0000007271010',
    posEntryMode: '072',
    cryptogram: '5A1C09E4D2B3F786',
  },
  journalHead: { sequence: 1234, hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
};

const qrSale: SaleReceiptInput = {
  ...common,
  method: 'qr',
  qr: { reference: 'CHAM7K2M9QX4', providerTransactionId: 'FT26325001234567' },
};

function texts(lines: readonly ReceiptLine[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.kind === 'text') return [line.text];
    return line.kind === 'banner' ? line.lines : [];
  });
}

const squeezed = (lines: readonly ReceiptLine[]): readonly string[] =>
  texts(lines).map((line) => line.trim().replaceAll(/ +/g, ' '));

function expectWithin(lines: readonly ReceiptLine[], columns: number): void {
  for (const line of lines) {
    if (line.kind === 'banner') for (const text of line.lines) expect(displayWidth(text)).toBeLessThanOrEqual(columns);
    if (line.kind !== 'text') continue;
    expect(displayWidth(line.text) * (line.size === 'double' ? 2 : 1)).toBeLessThanOrEqual(columns);
  }
}

describe('sale receipt', () => {
  it('card sale in Vietnamese', () => {
    const lines = squeezed(saleReceipt(cardSale));
    const expected = [
      'Chạm Coffee',
      'TP. Hồ Chí Minh',
      'GIAO DỊCH MUA HÀNG',
      'Mã merchant 000001234567890',
      'Mã thiết bị CHAM0001',
      'Ngày GD 22/11/2026',
      'Giờ giao dịch 00:05:09',
      'Loại thẻ NAPAS',
      'Số thẻ 970400******0018',
      'Đọc thẻ Chạm (không tiếp xúc)',
      'AID A0000007271010',
      'AC 5A1C09E4D2B3F786',
      'SỐ TIỀN',
      '45.000 đ',
      'CHẤP NHẬN',
      'Mã chuẩn chi A1B2C3',
      'Số tham chiếu 632514000123',
      'Mã trace 000123',
      'Nhật ký #1234 9f86d081884c7d65',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
  });

  it('card sale in English, contact chip', () => {
    const card = { ...cardSale.card, posEntryMode: '052' } as NonNullable<SaleReceiptInput['card']>;
    const lines = squeezed(saleReceipt({ ...cardSale, card, columns: 48, language: 'en' }));
    const expected = [
      'CARD SALE',
      'Date 2026-11-22',
      'Entry mode Contact chip',
      'VND 45,000',
      'APPROVED',
      'Approval code A1B2C3',
      'Reference no. (RRN) 632514000123',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
  });

  it('QR sale, paid in excess', () => {
    const qr = {
      reference: 'CHAM7K2M9QX4',
      providerTransactionId: 'FT26325001234567',
      received: money(50_000, 'VND'),
      excess: money(5000, 'VND'),
    };
    const lines = squeezed(saleReceipt({ ...qrSale, qr }));
    const expected = [
      'ĐÃ NHẬN ĐƯỢC TIỀN',
      'Số tiền nhận được 50.000 đ',
      'Khách chuyển thừa 5.000 đ',
      'Nội dung CK CHAM7K2M9QX4',
      'Mã giao dịch FT26325001234567',
    ];
    expect(lines).toEqual(expect.arrayContaining(expected));
    expect(lines.join('\n')).not.toMatch(/AID|Mã chuẩn chi|Số thẻ/);
  });

  it('says how the cardholder was verified, and has a line to sign on only where that was by signature', () => {
    const { card } = cardSale;
    if (card === undefined) throw new Error('a card');
    const of = (cvm: NonNullable<typeof card.cvm>, document: SaleReceiptInput['document'] = 'sale') =>
      saleReceipt({ ...cardSale, columns: 48, document, card: { ...card, cvm } });
    expect(squeezed(of('signature'))).toContain('Chữ ký khách hàng');
    expect(of('signature').some((line) => line.kind === 'feed' && line.lines === 3)).toBe(true);
    for (const cvm of ['offlinePin', 'onlinePin'] as const) {
      expect(squeezed(of(cvm))).toContain('Khách đã nhập PIN, không cần chữ ký');
    }
    expect(squeezed(of('device'))).toContain('Khách đã xác thực trên thiết bị');
    expect(of('none')).toEqual(saleReceipt({ ...cardSale, columns: 48 }));
    // The cardholder need not be there when a sale is voided.
    expect(squeezed(of('signature', 'void'))).not.toContain('Chữ ký khách hàng');
  });

  it('prints the TC of an inserted card, and the cryptogram of one that was tapped', () => {
    const { card } = cardSale;
    if (card === undefined) throw new Error('a card');
    const chip = saleReceipt({ ...cardSale, card: { ...card, posEntryMode: '051' } });
    expect(squeezed(chip)).toContain(`TC ${card.cryptogram}`);
    expect(squeezed(saleReceipt(cardSale))).toContain(`AC ${card.cryptogram}`);
  });

  it('claims nothing about signature or PIN', () => {
    for (const language of ['vi', 'en'] as const) {
      expect(squeezed(saleReceipt({ ...cardSale, language })).join('\n')).not.toMatch(/chữ ký|signature|PIN/i);
    }
  });

  it('marks a copy, and only a copy', () => {
    expect(squeezed(saleReceipt({ ...cardSale, copy: true }))).toContain('*** BẢN SAO ***');
    expect(squeezed(saleReceipt({ ...qrSale, copy: true, language: 'en' }))).toContain('*** COPY ***');
    expect(squeezed(saleReceipt(cardSale)).join()).not.toContain('BẢN SAO');
  });

  it('says training at the top and at the bottom, and only then', () => {
    const lines = saleReceipt({ ...cardSale, training: true });
    const banners = lines.filter((line) => line.kind === 'banner');
    expect(banners).toHaveLength(2);
    expect(lines[0]).toEqual({ kind: 'banner', lines: ['HUẤN LUYỆN', 'KHÔNG CÓ GIÁ TRỊ THANH TOÁN'] });
    expect(saleReceipt(cardSale).some((line) => line.kind === 'banner')).toBe(false);
  });

  it('ends with a cut', () => {
    expect(saleReceipt(qrSale).at(-1)).toEqual({ kind: 'cut' });
  });

  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  const anyInput: fc.Arbitrary<SaleReceiptInput> = fc.record({
    columns: fc.integer({ min: 24, max: 64 }),
    merchant: fc.record({
      name: word,
      addressLines: fc.array(word, { maxLength: 3 }),
      merchantId: word,
      terminalId: word,
    }),
    language: fc.constantFrom('vi' as const, 'en' as const),
    timeZone: fc.constant('Asia/Ho_Chi_Minh'),
    at: fc.integer({ min: 0, max: 4_102_444_800_000 }).map(epochMs),
    method: fc.constant('card' as const),
    amount: fc.nat(999_999_999_999).map((minorUnits) => money(minorUnits, 'VND')),
    document: fc.constantFrom('sale', 'refund', 'hold', 'completion', 'void', 'stored', 'storedByChip'),
    rrn: word,
    approvalCode: word,
    card: fc.record({
      maskedPan: fc.constant(maskPan('9704000000000018')),
      label: word,
      aid: word,
      posEntryMode: fc.constantFrom('072', '052', '022'),
      cryptogram: word,
    }),
    copy: fc.boolean(),
    training: fc.boolean(),
  });

  it('whatever the input: nothing is too wide, nothing is lost, the amount is on one line', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const lines = saleReceipt(input);
        expectWithin(lines, input.columns);
        const all = texts(lines).join('').replaceAll(' ', '');
        const { name, addressLines, merchantId, terminalId } = input.merchant;
        const given = [name, ...addressLines, merchantId, terminalId, input.rrn, input.approvalCode];
        for (const text of [...given, input.card?.label, input.card?.aid, input.card?.cryptogram]) {
          expect(all).toContain(printable(text ?? '').replaceAll(' ', ''));
        }
        expect(texts(lines)).toContain(paperMoney(input.amount, input.language));
      }),
    );
  });
});
