/** What a card session starts with: the sale, this terminal's EMV data, and what chance and time have to add. */
import type { TransactionId } from '../core/base/brand.ts';
import { civilTime } from '../core/base/calendar.ts';
import type { Money } from '../core/base/money.ts';
import type { Clock, Random } from '../core/base/ports.ts';
import type { TerminalEmvData } from '../core/emv/configuration.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import { nextStan, type TerminalState } from '../core/transaction/state.ts';
import type { Config } from './config/schema.ts';

export interface SaleSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly emv: TerminalEmvData;
  readonly config: Config;
}

export function saleInput(
  state: TerminalState,
  id: TransactionId,
  amount: Money,
  { clock, random, emv, config }: SaleSurroundings,
): SaleInput {
  const kind = state.transactions.get(id)?.kind;
  return {
    amount,
    // EMV Book 3 Annex A, tag 9C: 20 for a refund, 00 for goods and services, on hold or at once.
    transactionType: kind === 'refund' ? '20' : '00',
    at: civilTime(clock.now(), config.terminal.timeZone),
    unpredictableNumber: random.bytes(4),
    transactionCounter: nextStan(state),
    terminal: emv,
    randomNumber: percentDie(random),
    recentAmount: () => 0,
    onExceptionFile: () => false,
    merchantForcedOnline: false,
    onlineOnly: kind !== 'sale',
    nowMs: clock.monotonicMs(),
    tornLog: [],
  };
}

/** 1–99, each equally likely: a byte of the last, incomplete run of 99 is thrown again. */
function percentDie(random: Random): number {
  for (;;) {
    const [byte = 0] = random.bytes(1);
    if (byte < 198) return 1 + (byte % 99);
  }
}
