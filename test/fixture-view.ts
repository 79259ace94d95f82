/** A valid, empty view, for tests that need a terminal without having one. */
import { contractVersion, type TerminalView } from '../src/contract/view.ts';

export function fixtureView(over: Partial<TerminalView> = {}): TerminalView {
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
    haltReason: null,
    sale: null,
    background: [],
    worklist: [],
    recent: [],
    devices: [],
    acquirerLink: 'up',
    journal: { sequence: 0, hash: '0'.repeat(64) },
    simulator: null,
    ...over,
  };
}
