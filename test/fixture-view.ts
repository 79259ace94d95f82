/** A valid, empty view, for tests that need a terminal without having one. */
import { contractVersion, type TerminalView } from '../src/contract/view.ts';

export function fixtureView(over: Partial<TerminalView> = {}): TerminalView {
  const nothing = { minorUnits: 0, currency: 'VND' };
  return {
    version: contractVersion,
    now: 1_800_000_000_000,
    terminal: {
      id: 'CHAM0001',
      merchantName: 'Tiệm Cà Phê Sớm Mai',
      currency: 'VND',
      currencyExponent: 0,
      maxAmountMinorUnits: 200_000_000,
      defaultLanguage: 'vi',
      timeZone: 'Asia/Ho_Chi_Minh',
      training: true,
      softwareVersion: '0.1.0',
    },
    state: 'ready',
    halt: null,
    sale: null,
    slot: false,
    cardPrompt: null,
    codes: { taken: false, unasked: null },
    aside: [],
    background: [],
    worklist: [],
    payouts: [],
    recent: [],
    holds: [],
    outbox: {
      count: 0,
      underWay: 0,
      nextTryAt: null,
      lastError: null,
      items: [],
      exposure: {
        count: 0,
        sum: nothing,
        limit: null,
        oldestAt: null,
        sentence: { vi: 'Không có giao dịch nào đang lưu.', en: 'No payment is stored.' },
      },
    },
    batches: {
      open: { number: 1, businessDate: null, openedAt: null, lines: [], net: nothing, expectedCash: nothing },
      closing: [],
      settled: [],
    },
    supervisors: [],
    devices: [],
    acquirerLink: 'up',
    qrLink: {
      confirms: 'atOnce',
      askEveryMs: 15_000,
      provider: { name: 'training', answer: 'unknown', since: null, detail: '' },
      relay: null,
    },
    staticQr: null,
    journal: { sequence: 0, hash: '0'.repeat(64) },
    simulator: null,
    ...over,
  };
}
