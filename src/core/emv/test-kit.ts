/** A sale for tests of entry point and kernels: 45,000 ₫ at a Vietnamese terminal that takes NAPAS and VISA. */
import { hex } from '../base/bytes.ts';
import { money } from '../base/money.ts';
import type { ContactSettings, ContactlessSettings, TerminalApplication, TerminalEmvData } from './configuration.ts';
import type { SaleInput } from './terminal-data.ts';

export const noAction = { denial: '0000000000', online: '0000000000', default: '0000000000' } as const;

export function contactlessApplication(
  aid: string,
  name: string,
  kernelId: string,
  changes: Partial<ContactlessSettings> = {},
): TerminalApplication {
  return {
    aid,
    name,
    selection: 'partial',
    contactless: {
      kernelId,
      kernel: 'pure',
      version: '0001',
      cvmRequiredLimit: 1_000_000,
      floorLimit: 0,
      statusCheck: false,
      zeroAmountAllowed: false,
      terminalTransactionQualifiers: '20000000',
      tac: noAction,
      ...changes,
    },
  };
}

export const terminalForTests: TerminalEmvData = {
  countryCode: '704',
  terminalType: '21',
  terminalCapabilities: '200800',
  additionalTerminalCapabilities: '6000F0A001',
  ifdSerialNumber: 'CHAM0001',
  applications: [],
  caPublicKeys: [],
  revokedCertificates: [],
};

export function saleInputWith(changes: Partial<SaleInput> = {}): SaleInput {
  return {
    amount: money(45_000, 'VND'),
    transactionType: '00',
    at: { year: '2026', month: '12', day: '31', hour: '09', minute: '05', second: '07' },
    unpredictableNumber: hex('DEADBEEF'),
    transactionCounter: 123,
    terminal: terminalForTests,
    randomNumber: 99,
    recentAmount: () => 0,
    onExceptionFile: () => false,
    merchantForcedOnline: false,
    nowMs: 0,
    tornLog: [],
    ...changes,
  };
}

export function contactApplication(
  aid: string,
  name: string,
  changes: Partial<ContactSettings> = {},
): TerminalApplication {
  return {
    aid,
    name,
    selection: 'partial',
    contact: {
      version: '0001',
      tac: noAction,
      floorLimit: 0,
      randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
      ...changes,
    },
  };
}
