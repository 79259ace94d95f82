/** What this terminal makes of a customer's code: the AIDs that it takes, and how its acquirer wants such a payment written. */
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { TerminalEmvData } from '../core/emv/configuration.ts';
import { readCode } from '../core/qr/cpm-payment.ts';
import type { Config } from './config/schema.ts';

/** ISO 8583:1987 DE 22: 03 bar code, 2 no PIN entry. The training acquirer looks at neither. */
const trainingEntryMode = '032';

/** Undefined where the acquirer takes no such codes. */
export function codeReader(
  { acquirer, walletCodes: wallets }: Pick<Config, 'acquirer' | 'walletCodes'>,
  { applications }: TerminalEmvData,
): ((text: string) => KernelResult) | undefined {
  const entryMode = acquirer.kind === 'training' ? trainingEntryMode : acquirer.consumerCode?.entryMode;
  if (entryMode === undefined) return undefined;
  return (text) => readCode(text, { entryMode, applications, wallets });
}
