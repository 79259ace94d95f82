/** Entry Point pre-processing (Book B §3.1.1), rule by rule, and what the TTQ claims. */
import { describe, expect, it } from 'vitest';
import { toHex } from '../../base/bytes.ts';
import { money } from '../../base/money.ts';
import type { ContactlessSettings, ContactSettings, Kernel2Settings } from '../configuration.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactlessApplication, noAction, saleInputWith, terminalForTests } from '../test-kit.ts';
import { preProcess } from './pre-processing.ts';
import { runSale } from './test-kit.ts';

const contact: ContactSettings = {
  version: '0001',
  tac: noAction,
  floorLimit: 0,
  randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
};

const kernel2: Kernel2Settings = {
  kernelConfiguration: 'A0',
  cardDataInputCapability: '20',
  cvmCapabilityRequired: '60',
  cvmCapabilityNotRequired: '08',
  securityCapability: '08',
  tornRecords: 0,
  tornLifetimeSeconds: 300,
};

interface Case {
  readonly settings?: Partial<ContactlessSettings>;
  readonly amount?: number;
  readonly input?: Partial<SaleInput>;
  readonly capabilities?: string;
  readonly terminalType?: string;
  readonly withContact?: boolean;
}

/** TTQ in hex, or undefined when the Combination is not allowed. */
function ttq({ settings = {}, amount = 45_000, input = {}, capabilities, terminalType, withContact }: Case) {
  const application = contactlessApplication('A0000000031010', 'VISA', '03', {
    kernel: 'kernel3',
    terminalTransactionQualifiers: 'FFFFFFFF',
    floorLimit: 100_000,
    ...settings,
  });
  const terminal = {
    ...terminalForTests,
    terminalCapabilities: capabilities ?? '20F8C8',
    terminalType: terminalType ?? '22',
    applications: [withContact === true ? { ...application, contact } : application],
  };
  const [combination] = preProcess(saleInputWith({ amount: money(amount, 'VND'), terminal, ...input }));
  return combination && toHex(combination.ttq);
}

describe('limits', () => {
  it.each<[string, Case, string | undefined]>([
    ['§3.1.1.2: bits of byte 2 that belong to the sale begin at zero', {}, '27004080'],
    ['§3.1.1.3: status check', { settings: { statusCheck: true }, amount: 1 }, '27804080'],
    ['§3.1.1.3: not supported', { amount: 1 }, '27004080'],
    ['§3.1.1.3: another amount', { settings: { statusCheck: true }, amount: 2 }, '27004080'],
    [
      '§3.1.1.3: a unit has 100 cents',
      { settings: { statusCheck: true }, input: { amount: money(100, 'USD') } },
      '27804080',
    ],
    [
      '§3.1.1.3: a cent is no unit',
      { settings: { statusCheck: true }, input: { amount: money(1, 'USD') } },
      '27004080',
    ],
    ['§3.1.1.4: zero not allowed', { amount: 0 }, undefined],
    ['§3.1.1.4 and 11: zero allowed', { settings: { zeroAmountAllowed: true }, amount: 0 }, '27804080'],
    [
      '§3.1.1.11: zero on a reader that is offline only',
      { settings: { zeroAmountAllowed: true }, amount: 0, terminalType: '23' },
      undefined,
    ],
    ['§3.1.1.5: below the limit', { settings: { transactionLimit: 45_001 } }, '27004080'],
    ['§3.1.1.5: at the limit', { settings: { transactionLimit: 45_000 } }, undefined],
    ['§3.1.1.6: at the floor limit', { settings: { floorLimit: 45_000 } }, '27004080'],
    ['§3.1.1.6 and 9: above the floor limit', { settings: { floorLimit: 44_999 } }, '27804080'],
    ['§3.1.1.8: below the CVM limit', { settings: { cvmRequiredLimit: 45_001 } }, '27004080'],
    ['§3.1.1.8 and 12: at the CVM limit', { settings: { cvmRequiredLimit: 45_000 } }, '27404080'],
    [
      'both, beside the offline PIN of the contact reader',
      { settings: { floorLimit: 0, cvmRequiredLimit: 0 }, withContact: true },
      '37E04080',
    ],
    ['a refund goes online', { input: { transactionType: '20' } }, '27804080'],
    ['a pre-authorisation goes online', { input: { onlineOnly: true } }, '27804080'],
    ['the merchant wants to go online', { input: { merchantForcedOnline: true } }, '27804080'],
  ])('%s', (_, given, expected) => {
    expect(ttq(given)).toBe(expected);
  });

  it('Kernel 2 chooses between its limits itself: only what exceeds both is refused here', () => {
    const kernel2 = { kernel: 'kernel2', transactionLimit: 45_000, onDeviceTransactionLimit: 90_000 } as const;
    expect(ttq({ settings: kernel2, amount: 90_000 })).toBeDefined();
    expect(ttq({ settings: kernel2, amount: 90_001 })).toBeUndefined();
    expect(ttq({ settings: { kernel: 'kernel2', transactionLimit: 45_000 } })).toBeDefined();
    expect(ttq({ settings: { kernel: 'kernel2', transactionLimit: 44_999 } })).toBeUndefined();
  });

  it('§3.1.1.13: nothing allowed asks for another interface, without a command to the card', () => {
    const applications = [contactlessApplication('A0000000031010', 'VISA', '03', { transactionLimit: 1 })];
    const input = saleInputWith({ terminal: { ...terminalForTests, applications } });
    const { result, commands } = runSale(() => '9000', input);
    expect(commands).toEqual([]);
    expect(result.outcome).toEqual({ kind: 'tryAnotherInterface' });
    expect(result.parameters).toMatchObject({
      start: 'none',
      uiOnOutcome: { message: 'insertOrSwipeCard', status: 'processingError' },
      removalTimeoutMs: 0,
    });
  });
});

describe('the TTQ claims what kernel and terminal have', () => {
  it.each<[string, Case, string]>([
    ['no PIN pad: no online PIN', { capabilities: '20A8C8' }, '23004080'],
    ['no paper: no signature', { capabilities: '2048C8' }, '25004080'],
    ['a contact reader with offline PIN', { withContact: true }, '37204080'],
    ['a contact reader without', { withContact: true, capabilities: '2068C8' }, '37004080'],
    ['offline only, by terminal type', { terminalType: '26' }, '2F004080'],
    ['configuration claims less', { settings: { terminalTransactionQualifiers: '20000000' } }, '20000000'],
    ['PURE with settings', { settings: { kernel: 'pure', kernel2 }, withContact: true }, '36204000'],
    ['Kernel 2 knows no TTQ', { settings: { kernel: 'kernel2' }, withContact: true }, '00000000'],
    ['Kernel 8 is not there', { settings: { kernel: 'kernel8' }, withContact: true }, '00000000'],
    ['no kernel', { settings: { kernel: 'none' }, withContact: true }, '00000000'],
    ['PURE without settings verifies nobody', { settings: { kernel: 'pure' }, withContact: true }, '30200000'],
  ])('%s', (_, given, expected) => {
    expect(ttq(given)).toBe(expected);
  });
});
