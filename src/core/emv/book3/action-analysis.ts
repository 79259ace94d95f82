/**
 * Terminal action analysis: which cryptogram the terminal asks for, from the TVR and the action codes of issuer and
 * acquirer. EMV 4.4 Book 3 §10.7.
 */
import { hex } from '../../base/bytes.ts';
import type { ActionCodes } from '../configuration.ts';

export type RequestedCryptogram = 'aac' | 'arqc' | 'tc';

/** `first`: before the first GENERATE AC. `unableToGoOnline`: before the second, because the host was not asked. */
export type AnalysisMoment = 'first' | 'unableToGoOnline';

/** Of `TransactionData`, what this step reads. */
export interface AnalysedData {
  readonly tvr: { readonly value: Uint8Array };
  readonly card: ReadonlyMap<string, Uint8Array>;
}

type Side = keyof ActionCodes;

/** Tags of the Issuer Action Codes, and what every bit counts as when the card has none. */
const issuerCodes: Readonly<Record<Side, readonly [tag: string, absent: 0x00 | 0xff]>> = {
  denial: ['9F0E', 0x00],
  online: ['9F0F', 0xff],
  default: ['9F0D', 0xff],
};

/** `terminalType` is the value of tag 9F35, e.g. 0x22. */
export function analyseActions(
  data: AnalysedData,
  tac: ActionCodes,
  terminalType: number,
  when: AnalysisMoment,
): RequestedCryptogram {
  const environment = environmentOf(terminalType);
  const matches = (side: Side): boolean => {
    const [tag, absent] = issuerCodes[side];
    return actionCodesMatch(data.tvr.value, hex(tac[side]), data.card.get(tag) ?? new Uint8Array(5).fill(absent));
  };
  if (when === 'first') {
    if (matches('denial')) return 'aac';
    if (environment === 'onlineOnly') return 'arqc';
    if (environment === 'both') return matches('online') ? 'arqc' : 'tc';
  }
  // An online-only terminal may leave the default codes out, and then asks for an AAC: it approves nothing by itself.
  return environment === 'onlineOnly' || matches('default') ? 'aac' : 'tc';
}

/** At least one bit of the TVR that the acquirer's or the issuer's code names as well. */
export function actionCodesMatch(tvr: Uint8Array, tac: Uint8Array, iac: Uint8Array): boolean {
  return tvr.some((byte, index) => (byte & ((tac[index] ?? 0) | (iac[index] ?? 0))) !== 0);
}

/** Second digit of the Terminal Type (Book 4 Annex A1). */
function environmentOf(terminalType: number): 'onlineOnly' | 'offlineOnly' | 'both' {
  switch (terminalType & 0x0f) {
    case 1:
    case 4:
      return 'onlineOnly';
    case 3:
    case 6:
      return 'offlineOnly';
    default:
      return 'both';
  }
}
