/** Fixture views for the screens, built through the contract: an idle terminal, and one on a bad day. */
import {
  contractVersion,
  terminalView,
  type SaleView,
  type SimulatorView,
  type TerminalView,
  type WorklistItem,
} from '../../src/contract/view.ts';
import { fixtureNow, fullSales, stageSales, vnd } from './sales.ts';

const worklist: readonly WorklistItem[] = [
  {
    kind: 'lateTransfer',
    transactionId: 'sale-8',
    reference: 'CHAM5T8P1ZC',
    amount: vnd(210_000),
    at: fixtureNow - 3_600_000,
    transfer: {
      id: 'FT24325001',
      memo: 'MBVCB 5T8P1ZC CHAM5T8P1ZC chuyen tien',
      goesBack: false,
      mayRefund: true,
      fits: [
        {
          transactionId: 'sale-8',
          reference: 'CHAM5T8P1ZC',
          amount: vnd(210_000),
          startedAt: fixtureNow - 4_000_000,
          byItself: false,
        },
      ],
    },
  },
  {
    kind: 'unmatchedTransfer',
    transactionId: null,
    reference: 'CAM ON SHOP',
    amount: vnd(99_000),
    at: fixtureNow - 7_200_000,
    transfer: { id: 'FT24325002', memo: 'CAM ON SHOP', goesBack: false, mayRefund: false, fits: [] },
  },
  {
    kind: 'outcomeUnknown',
    transactionId: 'sale-9',
    reference: null,
    amount: vnd(320_000),
    at: fixtureNow - 9_000_000,
    transfer: null,
  },
  {
    kind: 'receiptNotPrinted',
    transactionId: 'sale-7',
    reference: null,
    amount: vnd(45_000),
    at: fixtureNow - 60_000,
    transfer: null,
  },
];

const recent: readonly SaleView[] = [
  {
    ...stageSales.approved,
    id: 'sale-0',
    refundable: vnd(65_000),
    actions: ['reprint', 'void', 'refund'],
    amount: vnd(65_000),
    charged: vnd(65_000),
    startedAt: fixtureNow - 300_000,
  },
  {
    ...stageSales.declined,
    id: 'sale-2',
    amount: vnd(1_250_000),
    charged: vnd(1_250_000),
    startedAt: fixtureNow - 900_000,
  },
  { ...stageSales.underPaid, id: 'sale-3', startedAt: fixtureNow - 1_500_000 },
  {
    ...stageSales.cancelled,
    id: 'sale-4',
    amount: vnd(30_000),
    charged: vnd(30_000),
    startedAt: fixtureNow - 2_100_000,
  },
  { ...fullSales.receiptFailed, id: 'sale-5', startedAt: fixtureNow - 2_700_000 },
  { ...stageSales.expired, id: 'sale-6', amount: vnd(18_000), charged: vnd(18_000), startedAt: fixtureNow - 3_300_000 },
];

const totals = (count: number, minorUnits: number) => ({ count, minorUnits });

function simulatedCard(id: string, name: string, vi: string, en: string): SimulatorView['cards'][number] {
  return {
    id,
    name: { vi: name, en: name },
    hint: { vi, en },
    interface: id.endsWith('chip') ? 'contact' : 'contactless',
  };
}

export const idleView: TerminalView = terminalView.parse({
  version: contractVersion,
  now: fixtureNow,
  terminal: {
    id: 'CHAM-0001',
    merchantName: 'Cà phê Hàng Trống',
    currency: 'VND',
    currencyExponent: 0,
    maxAmountMinorUnits: 500_000_000,
    defaultLanguage: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
    training: true,
    softwareVersion: '0.1.0',
  },
  state: 'ready',
  halt: null,
  sale: null,
  slot: true,
  cardPrompt: null,
  codes: { taken: true, unasked: null },
  aside: [],
  background: [],
  worklist,
  payouts: [],
  recent,
  holds: [],
  outbox: {
    count: 0,
    underWay: 0,
    nextTryAt: null,
    lastError: null,
    items: [],
    exposure: {
      count: 0,
      sum: vnd(0),
      limit: vnd(5_000_000),
      oldestAt: null,
      sentence: { vi: 'Không có giao dịch nào đang lưu.', en: 'No payment is stored.' },
    },
  },
  batches: {
    open: {
      number: 42,
      businessDate: '2026-11-21',
      openedAt: fixtureNow - 28_800_000,
      lines: [],
      net: vnd(0),
      expectedCash: vnd(500_000),
    },
    closing: [],
    settled: [],
  },
  supervisors: ['Lan', 'Minh Quân'],
  devices: [
    { role: 'cardReader', name: 'reader', description: 'Simulated reader', state: 'ready', detail: 'ready' },
    { role: 'receiptPrinter', name: 'printer', description: 'Simulated printer', state: 'ready', detail: 'ready' },
    { role: 'customerDisplay', name: 'display', description: 'Simulated display', state: 'ready', detail: 'ready' },
  ],
  acquirerLink: 'up',
  qrLink: {
    confirms: 'atOnce',
    askEveryMs: 15_000,
    provider: { name: 'training', answer: 'answers', since: fixtureNow - 600_000, detail: '' },
    relay: null,
  },
  staticQr: null,
  journal: { sequence: 128, hash: 'a3f1' },
  simulator: {
    codes: [
      {
        id: 'napas-phone',
        name: { vi: 'NAPAS', en: 'NAPAS' },
        hint: { vi: 'Ngân hàng chấp nhận', en: 'The bank approves' },
      },
      { id: 'broken', name: { vi: 'Mã hỏng', en: 'Broken' }, hint: { vi: 'Máy không đọc được', en: 'Cannot be read' } },
    ],
    cards: [
      simulatedCard('napas', 'NAPAS', 'Thẻ nội địa: hỏi ngân hàng và được chấp nhận', 'Goes online and is approved'),
      simulatedCard('visa', 'Visa', 'Trả mật mã ngay: hỏi ngân hàng, được chấp nhận', 'Goes online and is approved'),
      simulatedCard('mastercard', 'Mastercard', 'Hỏi ngân hàng và được chấp nhận', 'Goes online and is approved'),
      simulatedCard(
        'jcb',
        'JCB',
        'Hỏi ngân hàng; ngân hàng huấn luyện từ chối vì thiếu tiền',
        'Declined for lack of funds',
      ),
      simulatedCard(
        'removed',
        'NAPAS, rút sớm',
        'Rời đầu đọc giữa chừng: phải chạm lại',
        'Leaves the reader too early',
      ),
      simulatedCard('declines', 'NAPAS, từ chối', 'Thẻ tự từ chối, không hỏi ngân hàng', 'The card itself declines'),
      simulatedCard(
        'blocked',
        'Visa, bị khóa',
        'Ngân hàng phát hành đã khóa ứng dụng trên thẻ',
        'The application is blocked',
      ),
      simulatedCard('napas-chip', 'NAPAS', 'Thẻ chip: hỏi PIN và được chấp nhận', 'Chip card with PIN, is approved'),
      simulatedCard('member', 'Thẻ thành viên', 'Không có ứng dụng thanh toán mà máy nhận', 'No payment application'),
    ],
    insertedCard: null,
    pin: 'right',
    networkConnected: true,
    printer: { jammed: false, coverOpen: false, paperOut: false },
    display: { kind: 'idle' },
    payableQr: null,
  },
});

/** Everything at once that a bad day brings: stored payments, dead letters, a late decline, batches that differ. */
export const busyView: TerminalView = terminalView.parse({
  ...idleView,
  worklist: [
    {
      kind: 'lateDeclined',
      transactionId: 'late-1',
      reference: null,
      amount: vnd(750_000),
      at: fixtureNow - 120_000,
      transfer: null,
    },
    {
      kind: 'deadLetter',
      transactionId: 'dead-1',
      reference: null,
      amount: vnd(128_450_000),
      at: fixtureNow - 60_000,
      transfer: null,
    },
    {
      kind: 'batchDiffers',
      transactionId: null,
      reference: null,
      amount: vnd(20_000),
      at: fixtureNow - 90_000_000,
      transfer: null,
    },
    ...worklist,
  ],
  recent: [{ ...stageSales.lateDeclined, id: 'late-1' }, ...recent],
  holds: [{ ...stageSales.held, id: 'hold-1' }],
  outbox: {
    count: 7,
    underWay: 1,
    nextTryAt: fixtureNow + 72_000,
    lastError: 'connection refused',
    items: [
      { ...stageSales.stored, id: 'stored-1' },
      { ...fullSales.deadLetter, id: 'dead-1' },
      { ...fullSales.chipApproved, id: 'stored-2' },
      { ...stageSales.completing, id: 'completing-1' },
    ],
    exposure: {
      count: 5,
      sum: vnd(3_450_000),
      limit: vnd(5_000_000),
      oldestAt: fixtureNow - 7_800_000,
      sentence: {
        vi: 'Nếu cả 5 thẻ đang lưu bị từ chối, cửa hàng mất 3.450.000 ₫ (hạn mức 5.000.000 ₫, cũ nhất 2 giờ 10 phút).',
        en: 'If all 5 stored cards are refused, you lose ₫3,450,000 (limit ₫5,000,000, oldest 2 h 10 min).',
      },
    },
  },
  batches: {
    open: {
      ...idleView.batches.open,
      lines: [
        { method: 'card', scheme: 'NAPAS', kind: 'sale', booked: totals(31, 4_120_000), voided: totals(1, 45_000) },
        {
          method: 'card',
          scheme: 'Mastercard',
          kind: 'completion',
          booked: totals(2, 3_300_000),
          voided: totals(0, 0),
        },
        { method: 'card', scheme: 'NAPAS', kind: 'refund', booked: totals(1, 65_000), voided: totals(0, 0) },
        { method: 'qr', scheme: 'VietQR', kind: 'sale', booked: totals(12, 1_240_000), voided: totals(0, 0) },
        { method: 'cash', scheme: '', kind: 'sale', booked: totals(20, 1_835_000), voided: totals(0, 0) },
      ],
      net: vnd(10_385_000),
      expectedCash: vnd(2_335_000),
    },
    closing: [
      {
        number: 41,
        businessDate: '2026-11-20',
        phase: 'waiting',
        inQuestion: 2,
        attempts: 3,
        nextTryAt: fixtureNow + 30_000,
        lastError: 'no reply within 30 s',
      },
    ],
    settled: [
      {
        number: 40,
        businessDate: '2026-11-19',
        settledAt: fixtureNow - 90_000_000,
        balance: 'differs',
        difference: vnd(-20_000),
      },
      {
        number: 39,
        businessDate: '2026-11-18',
        settledAt: fixtureNow - 180_000_000,
        balance: 'inBalance',
        difference: vnd(0),
      },
    ],
  },
});

/** A checked view: idle, with `changes`. */
export function viewWith(changes: Partial<TerminalView>): TerminalView {
  return terminalView.parse({ ...idleView, ...changes });
}

export function saleViewWith(sale: SaleView, language: 'vi' | 'en' = 'vi'): TerminalView {
  return viewWith({ sale, terminal: { ...idleView.terminal, defaultLanguage: language } });
}
