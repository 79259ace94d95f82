/** Fixture views for the screens: one valid view, and a sale for every stage. Built through the contract. */
import {
  terminalView,
  type SaleStage,
  type SaleView,
  type SimulatorView,
  type TerminalView,
  type WorklistItem,
} from '../../src/contract/view.ts';

/** The clock of the fixture terminal: far from this machine's, so that a screen using its own would show. */
export const fixtureNow = Date.UTC(2026, 10, 21, 7, 15, 0);

const vnd = (minorUnits: number) => ({ minorUnits, currency: 'VND' });

/** EMVCo merchant-presented shape, in pieces; screens draw it and never look inside. */
export const vietQrPayload = [
  '000201010212',
  '38540010A000000727',
  '0124000697043601',
  '10DEMO0000010208QRIBFTTA',
  '5303704540545000',
  '5802VN6215',
  '0811CHAM7K2M9QX6304',
  '1D2B',
].join('');

const card = { maskedPan: '970400******0018', label: 'NAPAS' };

const base: SaleView = {
  id: 'sale-1',
  method: 'card',
  amount: vnd(45_000),
  startedAt: fixtureNow - 4_000,
  stage: 'presentCard',
  moneyMoved: 'no',
  reason: null,
  waitSince: null,
  waitUntil: null,
  card: null,
  stan: null,
  approvalCode: null,
  rrn: null,
  responseCode: null,
  qr: null,
  received: null,
  missing: null,
  excess: null,
  receipt: { state: 'none', trouble: null, copies: 0 },
  reversal: null,
  actions: [],
};

const wait = { waitSince: fixtureNow - 4_000, waitUntil: fixtureNow + 26_000 };
const qr = { payload: vietQrPayload, reference: 'CHAM7K2M9QX' };

/** What the terminal would say of a sale in each stage. */
export const stageSales: Readonly<Record<SaleStage, SaleView>> = {
  presentCard: { ...base, ...wait, actions: ['cancel'] },
  authorising: { ...base, ...wait, stage: 'authorising', moneyMoved: 'unknown', card, stan: 127 },
  preparingQr: { ...base, ...wait, method: 'qr', stage: 'preparingQr', actions: ['cancel'] },
  showQr: {
    ...base,
    method: 'qr',
    stage: 'showQr',
    waitSince: fixtureNow - 4_000,
    waitUntil: fixtureNow + 176_000,
    qr,
    actions: ['cancel'],
  },
  checkingPayment: { ...base, ...wait, method: 'qr', stage: 'checkingPayment', moneyMoved: 'unknown', qr },
  approved: {
    ...base,
    stage: 'approved',
    moneyMoved: 'yes',
    card,
    stan: 127,
    approvalCode: '831472',
    rrn: '632507000127',
    responseCode: '00',
    receipt: { state: 'printed', trouble: null, copies: 1 },
    actions: ['reprint', 'close'],
  },
  underPaid: {
    ...base,
    method: 'qr',
    stage: 'underPaid',
    moneyMoved: 'yes',
    qr,
    received: vnd(40_000),
    missing: vnd(5_000),
    receipt: { state: 'printed', trouble: null, copies: 1 },
    actions: ['reprint', 'close'],
  },
  declined: {
    ...base,
    stage: 'declined',
    reason: 'declined.51',
    card,
    stan: 127,
    rrn: '632507000127',
    responseCode: '51',
    receipt: { state: 'printed', trouble: null, copies: 1 },
    actions: ['reprint', 'close'],
  },
  cancelled: { ...base, stage: 'cancelled', reason: 'cashier', actions: ['close'] },
  failed: { ...base, stage: 'failed', reason: 'hostNotReached', card, stan: 127, actions: ['close'] },
  expired: { ...base, method: 'qr', stage: 'expired', qr, actions: ['close'] },
  unknown: {
    ...base,
    stage: 'unknown',
    moneyMoved: 'unknown',
    reason: 'unknown.noReply',
    card,
    stan: 127,
    reversal: { attempts: 2, nextTryAt: fixtureNow + 12_000 },
    receipt: { state: 'printed', trouble: null, copies: 1 },
    actions: ['reprint', 'close'],
  },
  reversed: {
    ...base,
    stage: 'reversed',
    reason: 'unknown.noReply',
    card,
    stan: 127,
    reversal: { attempts: 3, nextTryAt: null },
    receipt: { state: 'printed', trouble: null, copies: 1 },
    actions: ['reprint', 'close'],
  },
};

/** Stages in the dress that needs the most room. */
export const fullSales = {
  tryAgain: { ...stageSales.presentCard, reason: 'tryAgain.communicationError' },
  receiptFailed: {
    ...stageSales.approved,
    amount: vnd(128_450_000),
    receipt: { state: 'failed', trouble: 'coverOpen', copies: 1 },
  },
  overPaid: {
    ...stageSales.approved,
    method: 'qr',
    card: null,
    stan: null,
    approvalCode: null,
    rrn: null,
    responseCode: null,
    qr,
    received: vnd(50_000),
    excess: vnd(5_000),
    receipt: { state: 'failed', trouble: 'timeout', copies: 0 },
  },
  unknownLinkLost: {
    ...stageSales.unknown,
    amount: vnd(128_450_000),
    reason: 'unknown.linkLost',
    receipt: { state: 'failed', trouble: 'paperOut', copies: 0 },
  },
} as const satisfies Readonly<Record<string, SaleView>>;

const worklist: readonly WorklistItem[] = [
  {
    kind: 'lateTransfer',
    transactionId: 'sale-8',
    reference: 'CHAM5T8P1ZC',
    amount: vnd(210_000),
    at: fixtureNow - 3_600_000,
  },
  { kind: 'unmatchedTransfer', transactionId: null, reference: null, amount: vnd(99_000), at: fixtureNow - 7_200_000 },
  {
    kind: 'outcomeUnknown',
    transactionId: 'sale-9',
    reference: null,
    amount: vnd(320_000),
    at: fixtureNow - 9_000_000,
  },
  { kind: 'receiptNotPrinted', transactionId: 'sale-7', reference: null, amount: vnd(45_000), at: fixtureNow - 60_000 },
];

const recent: readonly SaleView[] = [
  { ...stageSales.approved, id: 'sale-0', amount: vnd(65_000), startedAt: fixtureNow - 300_000 },
  { ...stageSales.declined, id: 'sale-2', amount: vnd(1_250_000), startedAt: fixtureNow - 900_000 },
  { ...stageSales.underPaid, id: 'sale-3', startedAt: fixtureNow - 1_500_000 },
  { ...stageSales.cancelled, id: 'sale-4', amount: vnd(30_000), startedAt: fixtureNow - 2_100_000 },
  { ...fullSales.receiptFailed, id: 'sale-5', startedAt: fixtureNow - 2_700_000 },
  { ...stageSales.expired, id: 'sale-6', amount: vnd(18_000), startedAt: fixtureNow - 3_300_000 },
];

function simulatedCard(id: string, name: string, vi: string, en: string): SimulatorView['cards'][number] {
  return { id, name: { vi: name, en: name }, hint: { vi, en } };
}

export const idleView: TerminalView = terminalView.parse({
  version: 1,
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
  haltReason: null,
  sale: null,
  background: [],
  worklist,
  recent,
  devices: [
    { role: 'cardReader', name: 'reader', description: 'Simulated reader', state: 'ready', detail: 'ready' },
    { role: 'receiptPrinter', name: 'printer', description: 'Simulated printer', state: 'ready', detail: 'ready' },
    { role: 'customerDisplay', name: 'display', description: 'Simulated display', state: 'ready', detail: 'ready' },
  ],
  acquirerLink: 'up',
  journal: { sequence: 128, hash: 'a3f1' },
  simulator: {
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
      simulatedCard('member', 'Thẻ thành viên', 'Không có ứng dụng thanh toán mà máy nhận', 'No payment application'),
    ],
    networkConnected: true,
    printer: { jammed: false, coverOpen: false, paperOut: false },
    display: { kind: 'idle' },
    payableQr: null,
  },
});

/** A checked view: idle, with `changes`. */
export function viewWith(changes: Partial<TerminalView>): TerminalView {
  return terminalView.parse({ ...idleView, ...changes });
}

export function saleViewWith(sale: SaleView, language: 'vi' | 'en' = 'vi'): TerminalView {
  return viewWith({ sale, terminal: { ...idleView.terminal, defaultLanguage: language } });
}
