/**
 * Terminal action analysis: which cryptogram the terminal asks for, from the TVR and the action codes of issuer and
 * acquirer. EMV 4.4 Book 3 §10.7.
 */
import { hex } from '../../base/bytes.ts';
import type { ActionCodes } from '../configuration.ts';
import type { TransactionData } from '../transaction-data.ts';

export type RequestedCryptogram = 'aac' | 'arqc' | 'tc';

/** `first`: before the first GENERATE AC. `unableToGoOnline`: the host could not be asked (Book 3 §10.7, Book 4 §6.3.6). */
export type AnalysisMoment = 'first' | 'unableToGoOnline';

type Side = keyof ActionCodes;

/** Tags of the Issuer Action Codes, and what counts when the card has none: all bits for online and default. */
const issuerCodes: Readonly<Record<Side, readonly [tag: string, absent: number]>> = {
  denial: ['9F0E', 0x00],
  online: ['9F0F', 0xff],
  default: ['9F0D', 0xff],
};

export function analyseActions(
  data: TransactionData,
  tac: ActionCodes,
  terminalType: number,
  when: AnalysisMoment,
): RequestedCryptogram {
  const matches = (side: Side): boolean => {
    const [tag, absent] = issuerCodes[side];
    return actionCodesMatch(data.tvr.value, hex(tac[side]), data.card.get(tag) ?? new Uint8Array(5).fill(absent));
  };
  if (when === 'first') {
    if (matches('denial')) return 'aac';
    if (onlineCapable(terminalType)) return matches('online') ? 'arqc' : 'tc';
  }
  return matches('default') ? 'aac' : 'tc';
}

/** One bit of the TVR that the terminal's or the issuer's code names as well. */
export function actionCodesMatch(tvr: Uint8Array, tac: Uint8Array, iac: Uint8Array): boolean {
  return tvr.some((byte, index) => (byte & ((tac[index] ?? 0) | (iac[index] ?? 0))) !== 0);
}

/** Second digit of the Terminal Type (Book 4 Annex A1): 3 and 6 are offline only. */
function onlineCapable(terminalType: number): boolean {
  const environment = terminalType & 0x0f;
  return environment !== 3 && environment !== 6;
}
