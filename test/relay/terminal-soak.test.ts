/** The short form of the soak with a real terminal at the end of the relay; and what it would see. */
import { expect, it } from 'vitest';
import { differences, terminalSoak } from './terminal-soak.ts';

it('a relay and a terminal that are killed book each transfer once', { timeout: 120_000 }, async () => {
  const wishes = { notices: 40, duplicates: 0.1, reorder: 0.2, relayKills: 2, terminalKills: 2, seed: 1 };
  const report = await terminalSoak(wishes);
  expect(report.violations).toEqual([]);
  expect(report).toMatchObject({ transfers: 40, taken: 44, relayKills: 2, terminalKills: 2 });
  expect(report).toMatchObject({ confirmed: 36, late: 3, unmatched: 1 });
});

it('would see a transfer that is lost, doubled, something else, or nobody’s', () => {
  const expected = new Map([
    ['FT1', 'QrPaymentConfirmed'],
    ['FT2', 'QrPaymentConfirmed'],
    ['FT3', 'QrPaymentLate'],
    ['FT4', 'TransferUnmatched'],
  ] as const);
  const found = new Map([
    ['FT2', ['QrPaymentConfirmed', 'QrPaymentLate']],
    ['FT3', ['QrPaymentConfirmed']],
    ['FT4', ['TransferUnmatched']],
    ['FT5', ['TransferUnmatched']],
  ]);
  expect(differences(found, expected)).toEqual([
    'FT1: found [] in the journal, expected QrPaymentConfirmed once',
    'FT2: found [QrPaymentConfirmed, QrPaymentLate] in the journal, expected QrPaymentConfirmed once',
    'FT3: found [QrPaymentConfirmed] in the journal, expected QrPaymentLate once',
    'FT5: in the journal, and the bank has it not',
  ]);
});
